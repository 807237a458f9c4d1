package fermi

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects ends a chain of redirects that leads nowhere.
const maxRedirects = 10

// tooMany says why the last of a chain of redirects isn't followed.
const tooMany = "it is the last of too many redirects"

// stay says why a redirect isn't followed; empty where it is. Only the same request to the same host is followed: net/http makes a
// GET of some others, whose success would say nothing of the call, and the token is for the host that it was configured for.
func stay(next *http.Request, via []*http.Request) string {
	first, last := via[0], via[len(via)-1]
	sent := "the request"
	if first.Header.Get("Authorization") != "" {
		sent = "the token"
	}
	switch {
	case last.URL.Scheme == "https" && next.URL.Scheme != "https":
		return sent + " isn't sent unencrypted"
	case !sameHost(first.URL, next.URL):
		return sent + " isn't sent to another host"
	case next.Method != first.Method:
		return "followed, it would be another request"
	case len(via) >= maxRedirects:
		return tooMany
	}
	return ""
}

// sameHost tells whether two addresses have the same host and port. The default ports of http and https count as one.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// port is an address's port; empty is the default of its scheme.
func port(u *url.URL) string {
	if defaultPort := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() != defaultPort {
		return u.Port()
	}
	return ""
}

// redirection is where an answer leads, nil where it leads nowhere.
func redirection(response *http.Response) *url.URL {
	if response.StatusCode < 300 || response.StatusCode >= 400 {
		return nil
	}
	location, err := response.Location()
	if err != nil || location.Host == "" {
		return nil
	}
	return location
}

// endpointOf is the address of the API in that of one of its calls; the host alone where it isn't one.
func endpointOf(u *url.URL) string {
	base := &url.URL{Scheme: u.Scheme, Host: u.Host}
	if path, _, ok := strings.Cut(u.Path, "/api/v1/"); ok {
		base.Path = path
	}
	return Printable(base.String())
}

// withoutQuery is an address for people, without what may be a secret in it.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
