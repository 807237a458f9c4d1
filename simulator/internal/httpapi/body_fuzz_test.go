package httpapi

import (
	"bytes"
	"encoding/json"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// decoded reads a JSON text with its numbers as fractions, so that equal numbers compare as equal.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return exact(v)
}

func exact(v any) any {
	switch v := v.(type) {
	case json.Number:
		if r, ok := new(big.Rat).SetString(string(v)); ok {
			return r.RatString()
		}
	case []any:
		for i := range v {
			v[i] = exact(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = exact(v[k])
		}
	}
	return v
}

// A text means the same with its whole numbers written plainly, and a text that is no JSON doesn't become any.
func FuzzPlainIntegers(f *testing.F) {
	for _, text := range []string{
		`4.0`, `{"a":-40e-1,"b":"4.0"}`, `[1e3,0.0,-0.0,1e18,1e19,12.50e1,4.5,1E+2]`, `"\"4.0`, `4.0.0`, `1e99999`, `01.0`,
		`{"4.0":4.0}`, `"\\",4.0`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		plain := normalizeIntegers(bytes.Clone(text))
		if json.Valid(text) != json.Valid(plain) {
			t.Fatalf("%q became %q", text, plain)
		}
		// big.Rat would take minutes for a number of a million digits.
		if !json.Valid(text) || strings.ContainsAny(string(text), "eE") && len(text) > 20 || len(text) > 1000 {
			return
		}
		if want, got := decoded(t, text), decoded(t, plain); !reflect.DeepEqual(want, got) {
			t.Errorf("%q became %q", text, plain)
		}
	})
}

// Half a character is found exactly where encoding/json puts another one in its place.
func FuzzLoneSurrogate(f *testing.F) {
	for _, text := range []string{
		`"\ud800"`, `"\ud83d\ude00"`, `"\\ud800"`, `{"\udc00":1}`, `"\ud800\u0041"`, `"\ud800\ud800\udc00"`, `"\uD83D\\uDE00"`, `"\u005cud800"`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		lone := loneSurrogate(text)
		if !json.Valid(text) || !utf8.Valid(text) || bytes.Contains(text, []byte("\ufffd")) ||
			bytes.Contains(bytes.ToLower(text), []byte(`\ufffd`)) {
			return
		}
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return
		}
		again, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		if replaced := bytes.Contains(again, []byte("\ufffd")) || bytes.Contains(again, []byte(`\ufffd`)); replaced != (lone != "") {
			t.Errorf("%q: found %q, and decoded it is %q", text, lone, again)
		}
	})
}
