package httpapi

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
)

// answerWhenSaved lets no answer begin before all that it may tell is on disk, whatever its handler read or changed. Where that
// fails, the answer says so instead, and what it would have told is undone.
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

// notSaved answers that a change is undone, or was not made, because it can't be saved.
func (s *Server) notSaved(w http.ResponseWriter, r *http.Request, err error) {
	s.log.LogAttrs(r.Context(), slog.LevelError, "not saved", slog.String("error", err.Error()),
		slog.String("request_id", exchangeOf(r).requestID))
	s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonStateNotSaved, "", map[string]any{"error": err.Error()})
}

// isNotSaved reports whether an error is that of the disk.
func isNotSaved(err error) bool {
	var storage *backend.StorageError
	return errors.As(err, &storage)
}

// noteSaved notes that what a request has changed is on disk. A later failure of the disk doesn't undo it.
func noteSaved(r *http.Request, err error) error {
	exchangeOf(r).saved = err == nil
	return err
}

// logStorage says in the log when the disk begins to refuse, and when it takes changes again.
func (s *Server) logStorage(err error) {
	if err != nil {
		s.log.Error("the state can't be saved: what was not on disk is undone, and every change is refused until a write succeeds",
			slog.String("error", err.Error()))
		return
	}
	s.log.Warn("the state can be saved again: changes are accepted")
}
