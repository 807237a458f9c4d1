package httpapi

import (
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/gorilla/mux"
)

// segments returns the segments of a path, decoded. A slash within one, which is %2F in the path, stays part of it.
func segments(u *url.URL) []string {
	parts := strings.Split(u.EscapedPath(), "/")
	for i, part := range parts {
		if decoded, err := url.PathUnescape(part); err == nil {
			parts[i] = decoded
		}
	}
	return parts
}

// normalizePath rewrites the path in one encoding, so that %73 and s are the same to the router. A slash within a segment becomes
// %2F.
func normalizePath(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawPath != "" {
			parts := segments(r.URL)
			for i := range parts {
				parts[i] = url.PathEscape(parts[i])
			}
			u := *r.URL
			u.RawPath = strings.Join(parts, "/")
			same := *r
			same.URL = &u
			r = &same
		}
		next.ServeHTTP(w, r)
	})
}

// decodeVars decodes the variables of the path for handlers.
func decodeVars(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		vars := mux.Vars(r)
		for name, value := range vars {
			if decoded, err := url.PathUnescape(value); err == nil {
				vars[name] = decoded
			}
		}
		next.ServeHTTP(w, r)
	})
}

// pathID returns the id in a request's path.
func pathID(r *http.Request) string { return mux.Vars(r)["id"] }

func isPattern(p string) bool {
	_, err := path.Match(p, "")
	return err == nil && strings.HasPrefix(p, "/")
}

// pathMatches reports whether a pattern matches the segments of a path. The empty pattern matches every path.
func pathMatches(pattern string, parts []string) bool {
	if pattern == "" {
		return true
	}
	patterns := strings.Split(pattern, "/")
	return slices.EqualFunc(patterns, parts, segmentMatches)
}

func segmentMatches(pattern, part string) bool {
	if pattern == "*" {
		return part != ""
	}
	if decoded, err := url.PathUnescape(pattern); err == nil && decoded == part {
		return true
	}
	ok, err := path.Match(pattern, part)
	return ok && err == nil
}

// routeMatches reports whether some path matches both the pattern and a route's template.
func routeMatches(template, pattern string) bool {
	return slices.EqualFunc(strings.Split(pattern, "/"), strings.Split(template, "/"), func(p, part string) bool {
		return strings.HasPrefix(part, "{") && p != "" || segmentMatches(p, part)
	})
}

// methodsOf returns the methods of the calls whose paths a pattern could match, sorted; the empty pattern matches all of the
// API. There are none where no route has such a path.
func (s *Server) methodsOf(pattern string) []string {
	var methods []string
	for _, r := range s.routes {
		if pattern == "" && strings.HasPrefix(r.Path, apiPrefix) || pattern != "" && routeMatches(r.Path, pattern) {
			methods = append(methods, r.Methods()...)
		}
	}
	slices.Sort(methods)
	return slices.Compact(methods)
}

// nearestRoutes returns the routes that differ least from a pattern, the nearest first, written as patterns.
func (s *Server) nearestRoutes(pattern string) []string {
	const most = 3
	routes := make([]string, 0, len(s.routes))
	for _, r := range s.routes {
		parts := strings.Split(r.Path, "/")
		for i := range parts {
			if strings.HasPrefix(parts[i], "{") {
				parts[i] = "*"
			}
		}
		if path := strings.Join(parts, "/"); strings.HasPrefix(path, apiPrefix) && !slices.Contains(routes, path) {
			routes = append(routes, path)
		}
	}
	slices.SortStableFunc(routes, func(a, b string) int {
		return levenshtein.Distance(pattern, a, nil) - levenshtein.Distance(pattern, b, nil)
	})
	return routes[:min(most, len(routes))]
}
