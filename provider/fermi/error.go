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

// An Error is a call that failed: what was tried, and the last thing that came back.
type Error struct {
	Method, URL string
	// Status is the last answer's, 0 when none came.
	Status int
	// Reason is the API's stable word for what is wrong, such as CAPACITY_EXCEEDED; empty where it gives none.
	Reason ErrorReason
	// Field is the field of the request that the reason is about, such as resourceConfig.gpuCount; it may be empty.
	Field string
	// Message is the API's sentence for people, or the start of an answer that isn't the API's.
	Message   string
	Details   map[string]any
	RequestID string
	// Redirect is the endpoint that the answer leads to, as in https://fermi.example.com; empty where it leads nowhere.
	Redirect string
	// ToAPI tells that the redirect leads to a call of the API, as far as its address tells, and not round in a circle.
	ToAPI bool
	// RetryAfter is how long the API asked to stay away, 0 when it didn't.
	RetryAfter time.Duration
	// Attempts is how often the call was sent, at least 1 unless it could not be sent at all.
	Attempts int
	// Uncertain tells that some attempt may have been carried out; see IsUncertain.
	Uncertain bool
	// Cause is a broken connection, a deadline, an answer that can't be read; nil when the API refused.
	Cause error
	// Last is why the last whole attempt failed, where the cause is that the caller's patience ended before the next; else nil.
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
		// A page for browsers is mostly white space.
		e.Message = strings.Join(strings.Fields(start(strings.TrimSpace(string(got.body)), 200)), " ")
		return e
	}
	e.Message = envelope.Message
	if envelope.Error != nil {
		e.Reason, e.Field, e.Details = envelope.Error.Reason, envelope.Error.Field, envelope.Error.Details
	}
	return e
}

// withoutURL is what went wrong with a request, since method and URL are told once.
func withoutURL(err error) error {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// start is the first n characters of s.
func start(s string, n int) string {
	// What is dropped may be megabytes.
	s = s[:min(len(s), (n+1)*utf8.UTFMax)]
	if runes := []rune(s); len(runes) > n {
		return string(runes[:n]) + "…"
	}
	return s
}

// Error is one line: the call, the answer, the request id, the number of attempts. What others wrote in it is made Printable.
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

// IsNotFound tells that the API knows no such object. A 404 of something else on the way, or of an address where the API isn't,
// tells nothing of the object.
func IsNotFound(err error) bool {
	reason := reasonOf(err, http.StatusNotFound)
	return strings.HasSuffix(string(reason), "_NOT_FOUND") && reason != ErrorReasonPathNotFound
}

// IsGone tells that a finished task's record was purged.
func IsGone(err error) bool { return reasonOf(err, http.StatusGone) != "" }

// IsConflict tells that the object's state forbids the call.
func IsConflict(err error) bool { return hasStatus(err, http.StatusConflict) }

// IsWrongCluster tells that the API serves another cluster than the call was for, and changed nothing; see ForCluster.
func IsWrongCluster(err error) bool {
	return reasonOf(err, http.StatusPreconditionFailed) == ErrorReasonWrongCluster
}

// IsStale tells that the object has another revision than the call was for. Nothing was changed.
func IsStale(err error) bool {
	return reasonOf(err, http.StatusPreconditionFailed) == ErrorReasonRevisionMismatch
}

// IsLacking tells that the API doesn't have the call at all, as an older one may lack a newer call.
func IsLacking(err error) bool {
	return hasStatus(err, http.StatusNotFound) && !IsNotFound(err) ||
		hasStatus(err, http.StatusMethodNotAllowed) || hasStatus(err, http.StatusNotImplemented)
}

// IsWithoutTLS tells that an https endpoint's server doesn't speak TLS.
func IsWithoutTLS(err error) bool {
	var record tls.RecordHeaderError
	return errors.Is(err, http.ErrSchemeMismatch) || errors.As(err, &record)
}

// IsUncertain tells that a call may have been carried out although it failed: some attempt was sent and no answer came,
// or one that doesn't tell, and none after it told either.
func IsUncertain(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Uncertain && !IsRefused(err)
}

// IsRefused tells that the API has looked at a request and neither carries it out nor has done so before.
func IsRefused(err error) bool {
	var e *Error
	if !errors.As(err, &e) || e.Cause != nil || e.Reason == "" || e.Reason == ErrorReasonIdempotencyKeyReused {
		return false
	}
	return e.Status == http.StatusBadRequest || e.Status == http.StatusConflict || e.Status == http.StatusUnprocessableEntity
}

// FinalStatus is the status in which a purged task ended, as a 410 carries it; empty when it isn't told.
func FinalStatus(err error) TaskStatus {
	var e *Error
	if !IsGone(err) || !errors.As(err, &e) {
		return ""
	}
	status, _ := e.Details["status"].(string)
	return TaskStatus(status)
}

// reasonOf is the API's word for a failure of a status; empty when that isn't what failed, or the API's answer.
func reasonOf(err error, status int) ErrorReason {
	var e *Error
	if !hasStatus(err, status) || !errors.As(err, &e) {
		return ""
	}
	return e.Reason
}

func hasStatus(err error, status int) bool {
	var e *Error
	// A cause means that something else happened after that answer.
	return errors.As(err, &e) && e.Status == status && e.Cause == nil
}
