// Package recordjson reads and writes the JSON of saved records.
package recordjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Encode returns a record's JSON. It panics on a value that JSON lacks, such as an infinite number, which no record has.
func Encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

// Decode reads a record strictly: a field that is unknown here means something to whoever wrote it.
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
