package fermi

import (
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects bounds a chain of redirects.
const maxRedirects = 10

// tooMany says why the last redirect of a chain isn't followed.
const tooMany = "it is the last of too many redirects"

// stay says why a redirect isn't followed, or returns "" if it is. Only the same request to the same host is: net/http turns
// some requests into a GET, whose success would say nothing about the call, and the token is meant for the configured host.
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

// sameHost reports whether two URLs have the same host and port. The default ports of http and https are the same here.
func sameHost(a, b *url.URL) bool {
	return strings.EqualFold(a.Hostname(), b.Hostname()) && port(a) == port(b)
}

// port returns a URL's port, or "" for the default one.
func port(u *url.URL) string {
	if defaultPort := map[string]string{"http": "80", "https": "443"}[u.Scheme]; u.Port() != defaultPort {
		return u.Port()
	}
	return ""
}

// redirection returns where an answer redirects to, or nil.
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

// endpointOf returns the endpoint in the URL of a call, or just the host if the URL is of no call.
func endpointOf(u *url.URL) string {
	base := &url.URL{Scheme: u.Scheme, Host: u.Host}
	if path, _, ok := strings.Cut(u.Path, "/api/v1/"); ok {
		base.Path = path
	}
	return Printable(base.String())
}

// withoutQuery returns a URL without its query and password, which may be secret.
func withoutQuery(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
