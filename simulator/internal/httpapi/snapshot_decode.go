package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// savedSnapshot is a decoded snapshot. Its records are slices of the body, which may have 256 MiB, not copies.
type savedSnapshot struct {
	cluster  string
	scenario engine.Scenario
	start    time.Time
	records  []world.Record
}

// decodeSnapshot reads the answer of GET, or only its data.
func decodeSnapshot(body []byte) (*savedSnapshot, error) {
	if err := json.Unmarshal(body, &struct{}{}); err != nil {
		return nil, decodeError(err)
	}
	fields, err := fieldsOf(body)
	if err != nil {
		return nil, err
	}
	if data := fields["data"]; fields["format"] == nil && isObject(data) {
		if fields, err = fieldsOf(data); err != nil {
			return nil, err
		}
	}
	var format int
	if err := decodeField("format", fields["format"], &format); err != nil {
		return nil, err
	}
	if format < 1 {
		return nil, errors.New("it has no format number; want what GET " + snapshotPath + " answers")
	}
	if format > snapshotFormat {
		return nil, fmt.Errorf("its format is %d and this simulator knows formats up to %d: %w", format, snapshotFormat, world.ErrNewerState)
	}
	var s savedSnapshot
	known := []struct {
		name string
		read func(value []byte) error
	}{
		{"format", func([]byte) error { return nil }},
		{"cluster", func(value []byte) error { return decodeField("cluster", value, &s.cluster) }},
		{"scenario", func(value []byte) error { return decodeField("scenario", value, &s.scenario) }},
		{"start", func(value []byte) error { return decodeField("start", value, &s.start) }},
		{"state", func(value []byte) (err error) { s.records, err = recordsOf(value); return err }},
	}
	for _, k := range known {
		if value, ok := fields[k.name]; ok {
			if err := k.read(value); err != nil {
				return nil, err
			}
			delete(fields, k.name)
		}
	}
	if unknown := slices.Sorted(maps.Keys(fields)); len(unknown) > 0 {
		return nil, unknownField(unknown[0])
	}
	return &s, nil
}

// A record takes some 70 bytes of memory beside its data, so the number of records is limited: one for each leastRecord bytes of
// the text, which is less than any record has, and shortRecords more.
const (
	leastRecord  = 16
	shortRecords = 1_000
)

// recordsOf reads records by kind and id.
func recordsOf(state []byte) ([]world.Record, error) {
	each := func(f func(kind, id string, data []byte)) error {
		return members("state", state, func(kind string, byID []byte) error {
			return members("state."+kind, byID, func(id string, data []byte) error {
				f(kind, id, data)
				return nil
			})
		})
	}
	n := 0
	if err := each(func(string, string, []byte) { n++ }); err != nil {
		return nil, err
	}
	if n > shortRecords+len(state)/leastRecord {
		return nil, fmt.Errorf("its state has %d records in %d bytes; no server saves so many in so few", n, len(state))
	}
	records := make([]world.Record, 0, n)
	// The error is nil: the same text was read above.
	_ = each(func(kind, id string, data []byte) {
		records = append(records, world.Record{Kind: kind, ID: id, Data: data})
	})
	return records, nil
}

// fieldsOf returns the fields of an object.
func fieldsOf(object []byte) (map[string][]byte, error) {
	fields := map[string][]byte{}
	err := members("", object, func(name string, value []byte) error {
		if _, twice := fields[name]; twice {
			return bad(api.ErrorReasonDuplicateField, name, map[string]any{"field": name})
		}
		fields[name] = value
		return nil
	})
	return fields, err
}

// decodeField reads a field strictly; one that is absent leaves v as it is.
func decodeField(name string, value []byte, v any) error {
	if value == nil {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(value))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		wrong.Field = strings.TrimSuffix(name+"."+wrong.Field, ".")
	}
	if err != nil {
		return decodeError(err)
	}
	return nil
}

// members calls f for each member of an object, in its order. null has none. The text must be valid JSON. Each value is a part of
// the text: encoding/json would copy them, and the whole state with all its records twice.
func members(field string, text []byte, f func(name string, value []byte) error) error {
	text = bytes.TrimSpace(text)
	if string(text) == "null" {
		return nil
	}
	if !isObject(text) {
		return bad(api.ErrorReasonInvalidType, field, map[string]any{"expected": "object", "got": kindOf(text)})
	}
	at := 1
	for {
		at += blanks(text[at:], ", \t\r\n")
		if text[at] == '}' {
			return nil
		}
		end := at + valueLength(text[at:])
		var name string
		if err := json.Unmarshal(text[at:end], &name); err != nil {
			return decodeError(err)
		}
		at = end + blanks(text[end:], ": \t\r\n")
		end = at + valueLength(text[at:])
		if err := f(name, text[at:end:end]); err != nil {
			return err
		}
		at = end
	}
}

func isObject(text []byte) bool { return bytes.HasPrefix(text, []byte("{")) }

// kindOf returns JSON's name for the type of a value.
func kindOf(text []byte) string {
	switch text[0] {
	case '[':
		return "array"
	case '"':
		return "string"
	case 't', 'f':
		return "bool"
	}
	return "number"
}

// blanks returns the number of leading bytes that are in cutset.
func blanks(text []byte, cutset string) int {
	return len(text) - len(bytes.TrimLeft(text, cutset))
}

// valueLength returns the length of the value that a JSON text begins with.
func valueLength(text []byte) int {
	depth := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
			if depth == 0 {
				return i + 1
			}
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
			if depth < 0 {
				return i // of the object around a number
			}
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
		}
	}
	return len(text)
}
