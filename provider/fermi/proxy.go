package fermi

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// A ProxyError is an environment variable that should name a proxy and doesn't.
type ProxyError struct {
	Variable string
	Problem  string
}

// Error doesn't repeat the variable's value, which may have a password in it.
func (e *ProxyError) Error() string {
	return fmt.Sprintf("%s is not the address of a proxy, such as http://proxy.example.com:3128: %s", e.Variable, e.Problem)
}

// proxyFromEnvironment chooses proxies by HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in upper or lower case. An invalid value is an
// error, where net/http would connect directly.
func proxyFromEnvironment() (func(*http.Request) (*url.URL, error), error) {
	for _, names := range [][]string{{"http_proxy", "HTTP_PROXY"}, {"https_proxy", "HTTPS_PROXY"}} {
		for _, name := range names {
			value := os.Getenv(name)
			if value == "" {
				continue
			}
			if problem := proxyProblem(value); problem != "" {
				return nil, &ProxyError{name, problem}
			}
			break // the second is ignored
		}
	}
	choose := httpproxy.FromEnvironment().ProxyFunc()
	return func(request *http.Request) (*url.URL, error) { return choose(request.URL) }, nil
}

// proxySchemes are the kinds of proxies that net/http supports.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// proxyProblem says what is wrong with a proxy's address, or returns "".
func proxyProblem(value string) string {
	if strings.ContainsFunc(value, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "there is a space or a control character in it"
	}
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	if err != nil {
		return "it can't be read as a URL"
	}
	switch host := strings.ToLower(u.Hostname()); {
	case !slices.Contains(proxySchemes, u.Scheme):
		return "its scheme is none of " + strings.Join(proxySchemes, ", ")
	case host == "":
		return "there is no host in it"
	case slices.Contains(proxySchemes, host):
		return "its host is the name of a scheme, as if something were missing or twice between them"
	}
	if port := u.Port(); port != "" {
		if number, err := strconv.ParseUint(port, 10, 16); err != nil || number == 0 {
			return "its port is not between 1 and 65535"
		}
	}
	return ""
}
