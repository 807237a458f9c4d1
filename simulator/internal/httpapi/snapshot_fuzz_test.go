package httpapi

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// The members of an object are those that encoding/json finds, and each value is as the text has it.
func FuzzMembers(f *testing.F) {
	for _, text := range []string{
		`{}`, `null`, ` { "a" : 1 , "b":[1,{"c":"}"}] }`, `{"\"":"\\\"","a":-1e5,"":{}}`,
		`{"a":true,"b":null}`, "{\"a\":\t\"x,y\"\r\n}", `{"a":{"b":{"c":[[],[{}]]}}}`,
		`[1]`, `"a"`, `5`, `{"a":1}x`, `{"\u0061":1}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		var want map[string]json.RawMessage
		wrong := json.Unmarshal(text, &want)
		got := map[string]json.RawMessage{}
		err := members("", text, func(name string, value []byte) error {
			if !json.Valid(value) {
				t.Errorf("%q: the value of %q is %q", text, name, value)
			}
			got[name] = bytes.TrimSpace(value)
			return nil
		})
		if (err == nil) != (wrong == nil) {
			t.Fatalf("%q: %v, and encoding/json says %v", text, err, wrong)
		}
		if err == nil && len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}

// Whatever comes as a snapshot is refused, or is JSON, as each of its records is.
func FuzzDecodeSnapshot(f *testing.F) {
	for _, text := range []string{
		`{"format":1,"scenario":{"name":"","text":""},"start":"2024-12-08T10:00:00Z","state":{"a":{"b":{}}}}`,
		`{"data":{"format":1}}`, `{"format":2}`,
		`{"format":1,"format":1}`, `{"format":1,"state":{"a":5}}`, `{"format":"1"}`, `{"data":{"data":{}}}`, `{"format":1,"more":1}`, `[]`, `{`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := decodeSnapshot(text)
		if (s == nil) != (err != nil) {
			t.Fatalf("%q: %v, %v", text, s, err)
		}
		if s == nil {
			return
		}
		if !json.Valid(text) {
			t.Errorf("%q is no JSON, and was taken", text)
		}
		for _, r := range s.records {
			if !json.Valid(r.Data) {
				t.Errorf("%q: the record %s %s is %q", text, r.Kind, r.ID, r.Data)
			}
		}
	})
}
