package httpapi

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/negotiate"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// exchange holds what middlewares and handlers know of a request and its answer.
type exchange struct {
	http.ResponseWriter
	requestID string
	language  text.Language
	head      bool         // the answer's body is not sent
	status    int          // 0 until an answer begins
	bytes     int64        // of the answer's body so far
	route     string       // the path's template
	fault     string       // id of the fault that was applied
	held      bool         // the client chose how long it lasts, so metrics leave its duration out
	body      []byte       // the first of it, for the journal
	cluster   string       // id of the one that the request is for; "" for the present one
	mark      backend.Mark // when the request came
	saved     bool         // its change is on disk
	// checks are called in order before an answer begins. A check that returns false has sent an answer of its own, and what the
	// handler writes is dropped.
	checks    []func(status int) bool
	overruled bool // a check has answered
}

type exchangeKey struct{}

// exchangeOf returns the exchange of a request that passed through beginExchange.
func exchangeOf(r *http.Request) *exchange { return r.Context().Value(exchangeKey{}).(*exchange) }

// Unwrap is for http.ResponseController.
func (e *exchange) Unwrap() http.ResponseWriter { return e.ResponseWriter }

// beforeAnswer adds a check before all others. If it sends an answer of its own, the others check that.
func (e *exchange) beforeAnswer(check func(status int) bool) {
	e.checks = append([]func(int) bool{check}, e.checks...)
}

func (e *exchange) WriteHeader(status int) {
	for len(e.checks) > 0 && !e.overruled {
		check := e.checks[0]
		e.checks = e.checks[1:]
		e.overruled = !check(status)
	}
	if e.overruled {
		return
	}
	if e.status == 0 {
		e.status = status
	}
	e.limitWrite()
	e.ResponseWriter.WriteHeader(status)
}

func (e *exchange) Write(b []byte) (int, error) {
	if e.status == 0 {
		e.WriteHeader(http.StatusOK)
	}
	if e.overruled {
		return len(b), nil
	}
	e.limitWrite()
	n, err := e.ResponseWriter.Write(b)
	if !e.head {
		e.bytes += int64(n)
	}
	return n, err
}

// limitWrite sets the deadline for the next write.
func (e *exchange) limitWrite() {
	_ = http.NewResponseController(e.ResponseWriter).SetWriteDeadline(time.Now().Add(slowClient))
}

// routeLabel returns the path's template, as the label of metrics and logs.
func (e *exchange) routeLabel() string {
	if e.route == "" {
		return "none"
	}
	return e.route
}

// beginExchange gives each request an id, its client's if that is well-formed, and sets the headers that all answers have.
func (s *Server) beginExchange(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := &exchange{ResponseWriter: w, requestID: r.Header.Get("X-Request-Id"), head: r.Method == http.MethodHead}
		if !reasonableID(e.requestID) {
			e.requestID = uuid.NewString()
		}
		e.language = negotiate.Language(r.Header)
		w.Header().Set("X-Request-Id", e.requestID)
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		// Answers are out of date at once, so nothing should store them. Vary is for caches that do all the same.
		h.Set("Cache-Control", "no-store")
		h.Set("Vary", "Accept-Language, Accept-Encoding, Authorization, Fermi-Cluster-Id")
		next.ServeHTTP(e, r.WithContext(context.WithValue(r.Context(), exchangeKey{}, e)))
	})
}

func reasonableID(id string) bool {
	return id != "" && len(id) <= 64 && strings.IndexFunc(id, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	}) < 0
}

// noteRoute sets the exchange's route.
func (s *Server) noteRoute(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if template, err := mux.CurrentRoute(r).GetPathTemplate(); err == nil {
			exchangeOf(r).route = template
		}
		next.ServeHTTP(w, r)
	})
}

// recordRequest counts, logs and journals a request when it is over, however it ends.
func (s *Server) recordRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := exchangeOf(r)
		began := time.Now()
		s.metrics.inFlight.Inc()
		defer func() {
			took := time.Since(began)
			s.metrics.inFlight.Dec()
			s.metrics.count(r.Method, e, took)
			s.logAccess(r, e, took)
		}()
		limitBody(w, r)
		if s.control != nil && strings.HasPrefix(r.URL.Path, apiPrefix) {
			if r.Body != http.NoBody {
				r.Body = &journaledBody{ReadCloser: r.Body, exchange: e}
			}
			defer func() { s.control.journal.add(s.control.entry(r, e)) }()
		}
		next.ServeHTTP(w, r)
	})
}

const apiPrefix = "/api/v1/"
