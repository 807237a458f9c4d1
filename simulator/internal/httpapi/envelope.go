package httpapi

import (
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

type envelope struct {
	Code    int                 `json:"code"`
	Message string              `json:"message"`
	Data    any                 `json:"data,omitempty"`
	Error   *api.FailureDetails `json:"error,omitempty"`
}

func write(w http.ResponseWriter, r *http.Request, e envelope) {
	body := encode(e)
	setContentHeaders(w, r)
	w.WriteHeader(e.Code)
	_, _ = w.Write(append(body, '\n'))
}

func setContentHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Language", exchangeOf(r).language.Tag())
}

// encode returns v in JSON. v is of a type of package api, none of which fails to encode.
func encode(v any) []byte {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // a type that fails does so in every test of its answer
	}
	return body
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request, m text.Message, data any) {
	write(w, r, envelope{Code: http.StatusOK, Message: m.In(exchangeOf(r).language), Data: data})
}

func (s *Server) refuse(w http.ResponseWriter, r *http.Request, status int, reason api.ErrorReason, field string, details map[string]any) {
	if (status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable) && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	write(w, r, envelope{
		Code: status, Message: text.Error(exchangeOf(r).language, reason, details),
		Error: &api.FailureDetails{Reason: reason, Field: field, Details: wireDetails(details)},
	})
}

// wireDetails returns the details of a refusal as the API has them.
func wireDetails(details map[string]any) map[string]any {
	wire := maps.Clone(details)
	for name, value := range wire {
		switch v := value.(type) {
		case world.Shape:
			wire[name] = map[string]any{"gpuCount": v.GPUs, "cpuCores": v.Cores, "memory": v.MemoryGB}
		case []world.Shape:
			shapes := make([]text.Message, len(v))
			for i := range v {
				shapes[i] = text.Shape(v[i])
			}
			wire[name] = shapes
		}
	}
	return wire
}

// fail answers with an error.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	if refused, ok := refusalOf(err); ok {
		s.refuse(w, r, refused.status, refused.reason, refused.field, refused.details)
		return
	}
	if isNotSaved(err) {
		s.notSaved(w, r, err)
		return
	}
	s.refuse(w, r, http.StatusInternalServerError, api.ErrorReasonInternal, "", map[string]any{"error": err.Error()})
}

// refusalOf returns an error as the API tells it; false for a failure to save or of the server itself. It is the one place where
// the domain's errors become statuses.
func refusalOf(err error) (*badRequest, bool) {
	var refused *world.Error
	var wrong *backend.WrongClusterError
	var bad *badRequest
	switch {
	case errors.As(err, &bad):
		return bad, true
	case errors.As(err, &refused):
		status := map[world.ErrorKind]int{
			world.Invalid:  http.StatusUnprocessableEntity,
			world.NotFound: http.StatusNotFound,
			world.Conflict: http.StatusConflict,
			world.Gone:     http.StatusGone,
			world.Stale:    http.StatusPreconditionFailed,
		}[refused.Kind]
		return &badRequest{status: status, reason: api.ErrorReason(refused.Reason), field: refused.Field, details: refused.Details}, true
	case errors.As(err, &wrong):
		return &badRequest{
			status: http.StatusPreconditionFailed, reason: api.ErrorReasonWrongCluster,
			details: map[string]any{"cluster": wrong.Cluster, "wanted": wrong.Wanted},
		}, true
	}
	return nil, false
}

func formatTime(t time.Time) string { return t.Format("2006-01-02T15:04:05.999Z07:00") }

// etag returns the entity tag of a revision. It is weak, since answers of one revision differ in progress, cost and language.
func etag(revision int) string { return "W/" + opaqueTag(revision) }

func opaqueTag(revision int) string { return `"` + strconv.Itoa(revision) + `"` }

// tag sets the ETag of an answer. Clients may then store the answer, and have to revalidate it.
func tag(w http.ResponseWriter, revision int) {
	w.Header().Set("ETag", etag(revision))
	w.Header().Set("Cache-Control", "private, no-cache")
}
