package world

import (
	"fmt"
	"strings"
)

// ErrorKind is the kind of an error.
type ErrorKind int

const (
	// Invalid is a wrong value.
	Invalid ErrorKind = iota
	// NotFound is an unknown object.
	NotFound
	// Conflict is a command that the state forbids.
	Conflict
	// Gone is an object that was purged.
	Gone
	// Stale is a revision that is not the present one.
	Stale
)

// Error says why a command was refused.
type Error struct {
	Kind    ErrorKind
	Reason  Reason         // stable, for programs
	Field   string         // of the request, as the API names it
	Details map[string]any // values that the reason refers to
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

// under returns the error as that of an item of a list.
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
