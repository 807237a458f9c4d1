package httpapi

import (
	"cmp"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// Texts are compared in Unicode normal form C: what looks the same is the same, whoever typed it.

func normal(text string) string { return norm.NFC.String(text) }

func compareTexts(a, b string) int { return cmp.Compare(normal(a), normal(b)) }

// matcher reports whether a text is one that a filter lets through.
type matcher func(text string) bool

// named reads the parameter name. The filter accepts names that contain it, and every name where it is absent or empty.
func (q *query) named() matcher {
	text, _ := q.text("name")
	wanted := normal(text)
	return func(text string) bool { return wanted == "" || strings.Contains(normal(text), wanted) }
}

// exactly reads a parameter that lets through texts that equal it, and all where it is absent or empty.
func (q *query) exactly(name string) matcher {
	text, _ := q.text(name)
	if text == "" {
		return func(string) bool { return true }
	}
	return equalTo(text)
}

func equalTo(wanted string) matcher {
	wanted = normal(wanted)
	return func(text string) bool { return normal(text) == wanted }
}

// labelFilter lets through labels that have a key and, where one is given, its value.
type labelFilter struct {
	key, value string
	anyValue   bool
}

// labelFilters reads parameters of the form key=value, or key for any value.
func (q *query) labelFilters(name string) (filters []labelFilter) {
	for _, text := range q.all(name) {
		key, value, exact := strings.Cut(text, "=")
		if key == "" {
			q.fail(name, message{"应为 key=value 或 key", "want key=value or key"})
		}
		filters = append(filters, labelFilter{normal(key), normal(value), !exact})
	}
	return filters
}

// let reports whether labels pass the filter.
func (f *labelFilter) let(labels map[string]string) bool {
	for key, value := range labels {
		if normal(key) == f.key && (f.anyValue || normal(value) == f.value) {
			return true
		}
	}
	return false
}
