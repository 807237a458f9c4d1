package httpapi

import (
	"log/slog"
	"net/http"
)

// settle lets no answer begin before all that it may tell is on disk, whatever its handler read or changed. Where that
// fails, the answer says so instead: the change may be lost, and is tried again with the next request.
func (s *Server) settle(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := of(r)
		if !isHealth(e.route) {
			e.beforeAnswer(func(int) bool {
				err := s.engine.Settle()
				if err != nil {
					s.log.LogAttrs(r.Context(), slog.LevelError, "not saved", slog.String("error", err.Error()),
						slog.String("request_id", e.requestID))
					dropHeaders(w)
					s.refuse(w, r, http.StatusServiceUnavailable, "STATE_NOT_SAVED", "", map[string]any{"error": err.Error()})
				}
				return err == nil
			})
		}
		next.ServeHTTP(w, r)
	})
}
