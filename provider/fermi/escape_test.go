package fermi

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"unicode"
)

func TestPrintable(t *testing.T) {
	for s, want := range map[string]string{
		"": "",
		"训练 llama2-7b, é e\u0301 👩‍🔬 100 %": "训练 llama2-7b, é e\u0301 👩‍🔬 100 %",
		`a\b`:                        `a\b`,
		"a\nb\rc\td":                 `a\nb\rc\td`,
		"\x1b[31mred\x1b[0m":         `\u001b[31mred\u001b[0m`,
		"\x00\x07\x7f":               `\u0000\u0007\u007f`,
		"\u0080\u009b1m\u009f\u00a0": "\\u0080\\u009b1m\\u009f\u00a0",
		"a\u202eb\u202dc":            `a\u202eb\u202dc`,
		"\u2066\u2067\u2068\u2069":   `\u2066\u2067\u2068\u2069`,
		"\u200e\u200f\u061c":         `\u200e\u200f\u061c`,
		"\u2028\u2029":               `\u2028\u2029`,
		"a\xffb\x9bc\ufffd":          "a\\xffb\\x9bc\ufffd",
	} {
		if got := Printable(s); got != want {
			t.Errorf("%q gives %q, want %q", s, got, want)
		}
	}
	for r := rune(0); r <= unicode.MaxRune; r++ {
		if got := Printable(string(r)); (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) && got == string(r) {
			t.Errorf("%U isn't escaped", r)
		}
	}
}

// Whatever an API, or a stranger in its place, writes into an answer, an error of it has no character that acts on a terminal.
func TestErrorsArePrintable(t *testing.T) {
	const evil = "\u001b[2J\u202e\u009b\u2066\n\r\u200f"
	quoted := `\u001b[2J\u202e\u009b\u2066\n\r\u200f`
	for name, handler := range map[string]http.HandlerFunc{
		"message, reason and field": func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 422, strings.ReplaceAll(`{"message":"m?","error":{"reason":"R?","field":"f?","details":{"allowed":["?"]}}}`, "?", quoted))
		},
		"a page": func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 502, "<html>"+evil) },
		"a request id": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["X-Request-Id"] = []string{"a\u202e\u009bb"}
			w.WriteHeader(500)
		},
		"a redirect": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"http://other\u202e.example/\u202e\u009b"}
			w.WriteHeader(308)
		},
		"a redirect that can't be read": func(w http.ResponseWriter, _ *http.Request) {
			w.Header()["Location"] = []string{"http://other:\u202e\u009b"}
			w.WriteHeader(308)
		},
		"another's task": func(w http.ResponseWriter, _ *http.Request) {
			answerJSON(w, 200, strings.Replace(taskJSON, "task-001", quoted, 1))
		},
		"no JSON": func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, 200, evil) },
	} {
		var seen []string
		client := newTestClient(t, Options{OnAttempt: func(_ context.Context, a Attempt) { seen = append(seen, a.URL, a.RequestID) }}, handler)
		_, err := client.GetTask(t.Context(), "task-001")
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, text := range append(seen, err.Error(), e.Redirect) {
			if strings.ContainsFunc(text, unprintable) {
				t.Errorf("%s: %q", name, text)
			}
		}
	}
}
