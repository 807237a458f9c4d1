package httpapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// badRequest is a refusal as the API tells it, of a request that is wrong itself or that the cluster's state forbids.
type badRequest struct {
	status  int
	reason  api.ErrorReason
	field   string
	details map[string]any
	cause   error // what the details say, where that is an error; nil otherwise
}

func (b *badRequest) Error() string { return string(b.reason) }

func (b *badRequest) Unwrap() error { return b.cause }

func bad(reason api.ErrorReason, field string, details map[string]any) *badRequest {
	return &badRequest{status: http.StatusBadRequest, reason: reason, field: field, details: details}
}

// invalidValue returns the error of a field with a wrong value. The field is "" for the whole body.
func invalidValue(field string, why text.Message) *badRequest {
	return bad(api.ErrorReasonInvalidValue, field, map[string]any{"error": why})
}

func invalidHeader(name string, why text.Message) *badRequest {
	return bad(api.ErrorReasonInvalidHeader, "", map[string]any{"header": name, "error": why})
}

func invalidJSON(why any) *badRequest {
	return bad(api.ErrorReasonInvalidJSON, "", map[string]any{"error": why})
}

// decode reads a JSON object into v, strictly.
func decode(r *http.Request, v any) error {
	body, err := readBody(r, "application/json")
	if err != nil {
		return err
	}
	if !utf8.Valid(body) {
		return invalidJSON(text.WantUTF8)
	}
	return decodeObject(body, v)
}

// decodeObject reads a JSON object into v, strictly.
func decodeObject(body []byte, v any) error {
	if !bytes.HasPrefix(bytes.TrimLeft(body, " \t\r\n"), []byte("{")) {
		return invalidJSON(text.WantObject)
	}
	body = normalizeIntegers(body)
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return decodeError(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return invalidJSON(text.MoreAfterObject)
	}
	return checkKeys(json.NewDecoder(bytes.NewReader(body)), reflect.TypeOf(v), "")
}

// checkKeys reports the first key that differs in case from its field, or that comes twice: encoding/json takes
// TASKNAME for taskName, and the last of two. The value has been decoded into t, so its shape is known to be right.
func checkKeys(d *json.Decoder, t reflect.Type, path string) error {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() == reflect.Slice {
		return checkItems(d, t, path)
	}
	opening, err := d.Token()
	if err != nil || opening != json.Delim('{') {
		return err
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key := token.(string)
		at := strings.TrimPrefix(path+"."+key, ".")
		if seen[key] {
			return bad(api.ErrorReasonDuplicateField, at, map[string]any{"field": at})
		}
		seen[key] = true
		if t.Kind() == reflect.Map {
			var text *string
			if err := d.Decode(&text); err != nil {
				return err
			}
			if text == nil { // which encoding/json takes for an empty one
				return bad(api.ErrorReasonInvalidType, at, map[string]any{"expected": "string", "got": "null"})
			}
			continue
		}
		value, known := fieldType(t, key)
		if !known {
			return unknownField(at)
		}
		if err := checkKeys(d, value, at); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// checkItems reports a text that is null, which encoding/json takes for an empty one. Other items are checked one by one when they are
// decoded.
func checkItems(d *json.Decoder, t reflect.Type, path string) error {
	if t.Elem().Kind() != reflect.String {
		var items json.RawMessage
		return d.Decode(&items)
	}
	var texts []*string
	if err := d.Decode(&texts); err != nil {
		return err
	}
	if i := slices.Index(texts, nil); i >= 0 {
		return bad(api.ErrorReasonInvalidType, fmt.Sprintf("%s[%d]", path, i), map[string]any{"expected": "string", "got": "null"})
	}
	return nil
}

// fieldType returns the type of a struct's field by its name in JSON.
func fieldType(t reflect.Type, key string) (reflect.Type, bool) {
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name == key {
			return t.Field(i).Type, true
		}
	}
	return nil, false
}

func unknownField(name string) error {
	return bad(api.ErrorReasonUnknownField, name, map[string]any{"field": name})
}

// jsonType returns JSON's name for the type of values that t holds.
func jsonType(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Int:
		return "integer"
	case reflect.Float64:
		return "number"
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Slice:
		return "array"
	}
	return "object"
}

func decodeError(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return bad(api.ErrorReasonInvalidType, wrong.Field, map[string]any{"expected": jsonType(wrong.Type), "got": wrong.Value})
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		return unknownField(name)
	}
	return invalidJSON(err.Error())
}
