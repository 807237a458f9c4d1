package fermi

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// An Error is a call that failed, with its last answer.
type Error struct {
	Method, URL string
	// Status is the HTTP status of the last answer, or 0 if none came.
	Status int
	// Reason is the API's stable code for what is wrong, such as CAPACITY_EXCEEDED. It may be empty.
	Reason ErrorReason
	// Field is the field of the request that the reason is about, such as resourceConfig.gpuCount. It may be empty.
	Field string
	// Message is the API's message for users, or the start of an answer that isn't the API's.
	Message   string
	Details   map[string]any
	RequestID string
	// Redirect is the endpoint that the answer redirects to, such as https://fermi.example.com. It may be empty.
	Redirect string
	// ToAPI is set if the redirect leads to a call of the API, judging by its URL, and isn't circular.
	ToAPI bool
	// RetryAfter is how long the API asked to wait, or 0.
	RetryAfter time.Duration
	// Attempts is how often the call was sent. It is 0 if the call could not be sent at all.
	Attempts int
	// Uncertain is set if an attempt may have been carried out; see IsUncertain.
	Uncertain bool
	// Cause is a broken connection, a deadline or an unreadable answer. It is nil if the API refused the call.
	Cause error
	// Last is why the last complete attempt failed, if the Cause is that ctx ended before the next one.
	Last error
}

func newError(method, target string, got answer, cause error) *Error {
	e := &Error{Method: method, URL: target, Status: got.status, Attempts: got.attempts, Uncertain: got.uncertain, Cause: withoutURL(cause)}
	if got.status == 0 {
		return e
	}
	e.RequestID = got.header.Get("X-Request-Id")
	e.RetryAfter, _ = retryAfter(got.header, time.Now())
	if got.redirect != nil {
		e.Redirect = endpointOf(got.redirect)
		e.ToAPI = strings.Contains(got.redirect.Path, "/api/v1/") && got.stay != tooMany
		e.Message = "it redirects to " + start(withoutQuery(got.redirect), 200)
		if got.stay != "" {
			e.Message += "; " + got.stay
		}
		return e
	}
	var envelope envelope
	if json.Unmarshal(got.body, &envelope) != nil {
		// An HTML page is mostly white space.
		e.Message = strings.Join(strings.Fields(start(strings.TrimSpace(string(got.body)), 200)), " ")
		return e
	}
	e.Message = envelope.Message
	if envelope.Error != nil {
		e.Reason, e.Field, e.Details = envelope.Error.Reason, envelope.Error.Field, envelope.Error.Details
	}
	return e
}

// withoutURL strips method and URL from an error, which Error adds once.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// start returns the first n characters of s.
func start(s string, n int) string {
	// s may be megabytes long.
	s = s[:min(len(s), (n+1)*utf8.UTFMax)]
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

// Error returns one line with the call, the answer, the request id and the number of attempts. Text from others is made
// Printable.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: ", e.Method, e.URL)
	if e.Status != 0 {
		fmt.Fprintf(&b, "HTTP %d %s", e.Status, http.StatusText(e.Status))
		if e.Reason != "" {
			fmt.Fprintf(&b, ", %s", e.Reason)
		}
		if e.Field != "" {
			fmt.Fprintf(&b, " (%s)", e.Field)
		}
		if e.Message != "" {
			fmt.Fprintf(&b, ": %s", e.Message)
		}
		if e.RetryAfter > 0 {
			fmt.Fprintf(&b, "; the API asks to wait %s", e.RetryAfter.Round(time.Second))
		}
	}
	if e.Cause != nil {
		if e.Status != 0 {
			b.WriteString("; ")
		}
		b.WriteString(e.Cause.Error())
	}
	if e.Last != nil {
		fmt.Fprintf(&b, "; before that: %s", e.Last)
	}
	var notes []string
	if e.RequestID != "" {
		notes = append(notes, "request "+e.RequestID)
	}
	if e.Attempts > 1 {
		notes = append(notes, fmt.Sprintf("%d attempts", e.Attempts))
	}
	if len(notes) > 0 {
		fmt.Fprintf(&b, " [%s]", strings.Join(notes, ", "))
	}
	return Printable(b.String())
}

func (e *Error) Unwrap() error { return e.Cause }

// IsNotFound reports whether the API has no such object. A 404 from a proxy, or from an address without the API, says nothing
// about the object.
func IsNotFound(err error) bool {
	reason := reasonOf(err, http.StatusNotFound)
	return strings.HasSuffix(string(reason), "_NOT_FOUND") && reason != ErrorReasonPathNotFound
}

// IsGone reports whether a finished task's record was purged.
func IsGone(err error) bool { return reasonOf(err, http.StatusGone) != "" }

// IsConflict reports whether the object's state forbids the call.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsWrongCluster reports whether the API serves another cluster than the call was for. Nothing was changed; see ForCluster.
func IsWrongCluster(err error) bool {
	return reasonOf(err, http.StatusPreconditionFailed) == ErrorReasonWrongCluster
}

// IsStale reports whether the object has another revision than the call was for. Nothing was changed.
func IsStale(err error) bool {
	return reasonOf(err, http.StatusPreconditionFailed) == ErrorReasonRevisionMismatch
}

// IsLacking reports whether the API doesn't have the call at all, as an older version may not.
func IsLacking(err error) bool {
	return hasStatus(err, http.StatusNotFound) && !IsNotFound(err) ||
		hasStatus(err, http.StatusMethodNotAllowed) || hasStatus(err, http.StatusNotImplemented)
}

// IsWithoutTLS reports whether the server of an https endpoint doesn't speak TLS.
func IsWithoutTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record)
}

// IsUncertain reports whether a failed call may have been carried out: an attempt was sent, its outcome is unknown, and no later
// attempt told it.
func IsUncertain(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Uncertain && !IsRefused(err)
}

// IsRefused reports whether the API has rejected a request, and hasn't carried it out in an earlier attempt either.
func IsRefused(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Cause != nil || e.Reason == "" || e.Reason == ErrorReasonIdempotencyKeyReused {
		return false
	}
	return e.Status == http.StatusBadRequest || e.Status == http.StatusConflict || e.Status == http.StatusUnprocessableEntity
}

// FinalStatus returns the status in which a purged task ended, or "" if the API doesn't tell.
func FinalStatus(err error) TaskStatus {
	var e *Error
	if !IsGone(err) || !errors.As(err, &e) {
		return ""
	}
	status, _ := e.Details["status"].(string)
	return TaskStatus(status)
}

// reasonOf returns the API's reason if a call failed with the status, or "".
func reasonOf(err error, status int) ErrorReason {
	var e *Error
	if !hasStatus(err, status) || !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func hasStatus(err error, status int) bool {
	var e *Error
	// With a cause, something else happened after that answer.
	return errors.As(err, &e) && e.Status == status && e.Cause == nil
}
