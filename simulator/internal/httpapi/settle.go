package httpapi

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
)

// answerWhenSaved holds an answer back until everything that its handler read or changed is on disk. If that fails, those changes
// are undone, and the answer is 503.
func (s *Server) answerWhenSaved(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := exchangeOf(r)
		tells := !isHealth(e.route) && e.route != metricsPath && e.route != contractPath // something that is saved
		if tells && s.durable != nil {
			e.mark = s.durable.Mark()
			e.beforeAnswer(func(int) bool {
				if e.saved {
					return true
				}
				err := s.durable.SettleSince(e.mark)
				if err != nil {
					dropHeaders(w)
					s.notSaved(w, r, err)
				}
				return err == nil
			})
		}
		next.ServeHTTP(w, r)
	})
}

// notSaved answers 503: a change was undone or refused, since it can't be saved.
func (s *Server) notSaved(w http.ResponseWriter, r *http.Request, err error) {
	s.log.LogAttrs(r.Context(), slog.LevelError, "not saved", slog.String("error", err.Error()),
		slog.String("request_id", exchangeOf(r).requestID))
	s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonStateNotSaved, "", map[string]any{"error": err.Error()})
}

// isNotSaved reports whether an error is a failure to save.
func isNotSaved(err error) bool {
	var storage *backend.StorageError
	return errors.As(err, &storage)
}

// noteSaved notes that a request's change is on disk if err is nil, and returns err. A later failure doesn't undo the change.
func noteSaved(r *http.Request, err error) error {
	exchangeOf(r).saved = err == nil
	return err
}

// logStorage logs the first write that fails, and the first that succeeds again.
func (s *Server) logStorage(err error) {
	if err != nil {
		s.log.Error("the state can't be saved: what was not on disk is undone, and every change is refused until a write succeeds",
			slog.String("error", err.Error()))
		return
	}
	s.log.Warn("the state can be saved again: changes are accepted")
}
