package httpapi

import (
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
)

// Guard refuses requests that a web page of another server may have caused, and passes the others on to next. A browser sends
// such requests with the page's Origin. A page whose host name is made to resolve to this machine (DNS rebinding) could even
// read the answers; its requests have that name as their Host. Loopback hosts and the hosts are
// allowed. Health checks always pass.
func (s *Server) Guard(next http.Handler, hosts []string) http.Handler {
	allowed := make([]string, len(hosts))
	for i, host := range hosts {
		allowed[i] = normalHost(host)
	}
	known := func(host string) bool {
		return isLoopback(host) || slices.Contains(allowed, host)
	}
	host := s.refusing(api.ErrorReasonHostNotAllowed, func(r *http.Request) map[string]any { return map[string]any{"host": r.Host} })
	origin := s.refusing(api.ErrorReasonOriginNotAllowed, func(r *http.Request) map[string]any {
		return map[string]any{"origin": strings.Join(r.Header.Values("Origin"), ", "), "host": r.Host}
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isHealth(r.URL.Path):
			next.ServeHTTP(w, r)
		case !known(normalHost(r.Host)):
			host.ServeHTTP(w, r)
		case !sameOrigin(r, allowed):
			origin.ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// refusing returns a handler that answers 403.
func (s *Server) refusing(reason api.ErrorReason, details func(*http.Request) map[string]any) http.Handler {
	return s.beginExchange(s.recordRequest(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusForbidden, reason, "", details(r))
	})))
}

// Full returns a handler for clients beyond the limit of connections. It answers 503, and passes health checks on to next.
func (s *Server) Full(next http.Handler) http.Handler {
	full := s.beginExchange(s.recordRequest(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonTooManyConnections, "", nil)
	})))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if isHealth(r.URL.Path) {
			next.ServeHTTP(w, r)
			return
		}
		full.ServeHTTP(w, r)
	})
}

// sameOrigin reports whether a request comes from no page, from a page of this server, or from one of an allowed host. With a
// proxy, the Host that arrives here may differ from the one in the Origin.
func sameOrigin(r *http.Request, allowed []string) bool {
	for _, text := range r.Header.Values("Origin") {
		origin, err := url.Parse(text)
		if err != nil || origin.Scheme != "http" && origin.Scheme != "https" || origin.Host == "" {
			return false // "null" among them, which any page can make its origin
		}
		same := withoutPort(origin.Host, origin.Scheme) == withoutPort(r.Host, origin.Scheme)
		if !same && !slices.Contains(allowed, normalHost(origin.Host)) {
			return false
		}
	}
	return true
}

// withoutPort removes the scheme's default port from a host with a port.
func withoutPort(host, scheme string) string {
	return strings.TrimSuffix(strings.ToLower(host), map[string]string{"http": ":80", "https": ":443"}[scheme])
}

// normalHost is the host of a Host header, or of anything like it: without a port, brackets and a final dot.
func normalHost(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

// isLoopback reports whether a host is this machine to itself. No name server has names in localhost (RFC 6761).
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
