package httpapi

import (
	"log/slog"
	"maps"
	"net/http"
	"strings"
)

// settle lets no answer begin before all that it may tell is on disk, whatever its handler read or changed. Where that
// fails, the answer says so instead: the change may be lost, and is tried again with the next request.
func (s *Server) settle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := of(r)
		if !isHealth(e.route) {
			e.settle = func() error {
				err := s.engine.Settle()
				if err != nil {
					s.log.LogAttrs(r.Context(), slog.LevelError, "not saved", slog.String("error", err.Error()),
						slog.String("request_id", e.requestID))
					maps.DeleteFunc(w.Header(), func(name string, _ []string) bool { return !strings.HasPrefix(name, "X-") })
					s.refuse(w, r, http.StatusServiceUnavailable, "STATE_NOT_SAVED", "", map[string]any{"error": err.Error()})
				}
				return err
			}
		}
		next.ServeHTTP(w, r)
	})
}
