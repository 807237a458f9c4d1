// Package recordjson reads and writes the JSON of saved records.
package recordjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Encode returns the JSON of a record. It panics if v has a value that JSON can't represent, such as an infinite number;
// no record has one.
func Encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// Decode decodes the JSON of a record strictly. An unknown field is an error, because whoever wrote it meant something
// by it.
func Decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the record")
	}
	return nil
}
