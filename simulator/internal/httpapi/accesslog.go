package httpapi

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

// logAccess writes a line for a finished request. The line has nothing that may hold a secret of the client: no path, no query,
// no body, and of the headers only a well-formed request id.
func (s *Server) logAccess(r *http.Request, e *exchange, took time.Duration) {
	level := slog.LevelInfo
	if isHealth(r.URL.Path) || r.URL.Path == "/metrics" {
		level = slog.LevelDebug // these come every few seconds
	}
	if !s.log.Enabled(r.Context(), level) {
		return
	}
	s.log.LogAttrs(r.Context(), level, "request",
		slog.String("method", methodLabel(r.Method)), slog.String("route", e.routeLabel()), slog.Int("status", e.status),
		slog.Int64("bytes", e.bytes), slog.Duration("duration", took), slog.String("request_id", e.requestID),
		slog.String("remote", r.RemoteAddr))
}

// recoverPanics answers 500 when a handler panics, and logs the panic. http.ErrAbortHandler passes: it cuts the connection.
func (s *Server) recoverPanics(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			e := exchangeOf(r)
			s.log.LogAttrs(r.Context(), slog.LevelError, "panic", slog.String("method", methodLabel(r.Method)),
				slog.String("route", e.routeLabel()), slog.String("request_id", e.requestID),
				slog.String("panic", fmt.Sprint(p)), slog.String("stack", string(debug.Stack())))
			if e.status != 0 {
				panic(http.ErrAbortHandler) // half an answer can't be taken back
			}
			for _, name := range []string{"ETag", "Location", "Idempotency-Replayed", "Preference-Applied"} {
				w.Header().Del(name)
			}
			s.refuse(w, r, http.StatusInternalServerError, api.ErrorReasonInternal, "", map[string]any{
				"error": text.ServerMistake, "requestId": e.requestID,
			})
		}()
		next.ServeHTTP(w, r)
	})
}
