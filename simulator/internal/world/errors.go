package world

import (
	"fmt"
	"strings"
)

// ErrorKind says what sort of mistake a refused command is.
type ErrorKind int

const (
	// Invalid is a wrong value.
	Invalid ErrorKind = iota
	// NotFound is an unknown object.
	NotFound
	// Conflict is a command that the state forbids.
	Conflict
	// Gone is an object whose record was purged.
	Gone
	// Stale is a command for an older revision.
	Stale
)

// Error is a refused command. A refused command changes nothing.
type Error struct {
	Kind    ErrorKind
	Reason  Reason         // stable, for programs
	Field   string         // the field of the request, in the API's words
	Details map[string]any // figures behind the reason
}

func (e *Error) Error() string {
	if e.Field == "" {
		return string(e.Reason)
	}
	return fmt.Sprintf("%s: %s", e.Field, e.Reason)
}

func invalid(reason Reason, field string) *Error {
	return &Error{Kind: Invalid, Reason: reason, Field: field}
}

// under says that the error is in an item of a list.
func (e *Error) under(list string, i int) *Error {
	e.Field = strings.TrimSuffix(fmt.Sprintf("%s[%d].%s", list, i, e.Field), ".")
	return e.with("index", i)
}

func (e *Error) with(key string, value any) *Error {
	if e.Details == nil {
		e.Details = map[string]any{}
	}
	e.Details[key] = value
	return e
}
