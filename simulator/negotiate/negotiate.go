// Package negotiate finds the form of an answer that a client prefers.
package negotiate

import (
	"net/http"
	"strconv"
	"strings"
)

// Gzip reports whether a client that sends these headers prefers an answer in gzip to one as it is (RFC 9110, section
// 12.5.3).
func Gzip(h http.Header) bool {
	gzip, identity, others := -1.0, -1.0, -1.0 // weights, -1 for what is not named
	for _, member := range strings.Split(strings.Join(h.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(member, ";")
		q := weight(parameters)
		switch strings.ToLower(strings.TrimSpace(coding)) {
		case "gzip", "x-gzip":
			gzip = q
		case "identity":
			identity = q
		case "*":
			others = q
		}
	}
	if gzip < 0 {
		gzip = others
	}
	return gzip > 0 && gzip >= identity
}

// weight reads the weight among the parameters of a coding: 1 without one, and 0 where it is none that there is, so that
// nobody gets what he may have refused.
func weight(parameters string) float64 {
	for _, p := range strings.Split(parameters, ";") {
		name, value, _ := strings.Cut(p, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "q") {
			continue
		}
		q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(q >= 0 && q <= 1) {
			return 0
		}
		return q
	}
	return 1
}
