// Package negotiate chooses the language and the encoding of an HTTP response that a client prefers.
package negotiate

import (
	"net/http"
	"strconv"
	"strings"

	"golang.org/x/text/language"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

var (
	languages   = language.NewMatcher(tags(text.Languages()))
	anyLanguage = language.MustParse("mul") // what "*" is parsed as
)

func tags(languages []text.Language) []language.Tag {
	tags := make([]language.Tag, len(languages))
	for i, l := range languages {
		tags[i] = language.MustParse(string(l))
	}
	return tags
}

// Language returns the language that a client with these headers prefers. One that wants neither, or says nothing, gets Chinese.
func Language(h http.Header) text.Language {
	_, i := language.MatchStrings(languages, strings.Join(h.Values("Accept-Language"), ","))
	return text.Languages()[i]
}

// PageLanguage is Language for a browser. One that wants neither gets English.
func PageLanguage(h http.Header) text.Language {
	wanted, _, err := language.ParseAcceptLanguage(h.Get("Accept-Language"))
	if err != nil || len(wanted) == 0 {
		return text.Chinese
	}
	_, i, confidence := languages.Match(wanted...)
	if confidence == language.No && wanted[0] != anyLanguage {
		return text.English
	}
	return text.Languages()[i]
}

// Gzip reports whether a client with these headers prefers gzip to no encoding (RFC 9110, section 12.5.3).
func Gzip(h http.Header) bool {
	gzip, identity, others := -1.0, -1.0, -1.0 // weights; -1 if not listed
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

// weight returns the q parameter of a coding, or 1 if there is none. An invalid value counts as 0, since the client may
// have meant to refuse the coding.
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
