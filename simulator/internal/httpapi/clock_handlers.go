package httpapi

import (
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

func (s *Server) answerClock(w http.ResponseWriter, r *http.Request, c engine.Clock) {
	s.answer(w, r, text.OK, newClock(c))
}

func newClock(c engine.Clock) api.Clock {
	clock := api.Clock{
		Now: formatTime(c.Now), Mode: api.ClockMode(c.Mode), Speed: c.Speed, Moving: api.MovingMode(c.Moving), Idle: c.Idle,
		Events: int64(c.Events),
	}
	if c.Next != nil {
		clock.Next = formatTime(*c.Next)
	}
	return clock
}

func (s *controlPlane) GetClock(w http.ResponseWriter, r *http.Request) {
	s.answerClock(w, r, s.engine.Clock())
}

var clockModes = []string{string(api.ClockModeRealtime), string(api.ClockModeManual), string(api.ClockModeAuto)}

func (s *controlPlane) SetClock(w http.ResponseWriter, r *http.Request) {
	var body api.ClockSetting
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	var mode engine.Mode
	speed := 0.0
	switch {
	case body.Mode == nil && body.Speed == nil:
		s.fail(w, r, invalidValue("", text.WantModeOrSpeed))
		return
	case body.Mode != nil && !slices.Contains(clockModes, string(*body.Mode)):
		s.fail(w, r, invalidValue("mode", text.NoneOf(string(*body.Mode), clockModes)))
		return
	case body.Speed != nil && !(*body.Speed > 0 && *body.Speed <= engine.MaxSpeed):
		s.fail(w, r, invalidValue("speed", text.WantSpeed(int(engine.MaxSpeed))))
		return
	}
	if body.Mode != nil {
		mode = engine.Mode(*body.Mode)
	}
	if body.Speed != nil {
		speed = *body.Speed
	}
	c, err := s.engine.SetClock(mode, speed)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answerClock(w, r, c)
}

func (s *controlPlane) AdvanceClock(w http.ResponseWriter, r *http.Request) {
	var body api.ClockAdvance
	if err := decode(r, &body); err != nil {
		s.fail(w, r, err)
		return
	}
	c, err := s.advance(r, body.By, body.To, body.Until)
	var malformed *badRequest
	switch {
	case errors.As(err, &malformed), isNotSaved(err):
		s.fail(w, r, err)
	case errors.Is(err, engine.ErrClosed): // the server stops: the answer says how far it came
		s.answerClock(w, r, c)
	case errors.Is(err, engine.ErrPast):
		s.refuse(w, r, http.StatusUnprocessableEntity, api.ErrorReasonClockCannotGoBack, "", nil)
	case errors.Is(err, engine.ErrReplaced):
		s.refuse(w, r, http.StatusConflict, api.ErrorReasonAdvanceEnded, "", nil)
	case err != nil:
		s.refuse(w, r, http.StatusServiceUnavailable, api.ErrorReasonCancelled, "", nil)
	default:
		s.answerClock(w, r, c)
	}
}

func (s *controlPlane) advance(r *http.Request, by, to, until *string) (engine.Clock, error) {
	count := 0
	for _, v := range []*string{by, to, until} {
		if v != nil {
			count++
		}
	}
	switch {
	case count != 1:
		return engine.Clock{}, invalidValue("", text.WantOneAdvance)
	case by != nil:
		d, err := des.ParseDuration(*by)
		if err != nil {
			return engine.Clock{}, invalidValue("by", text.WantDuration)
		}
		return s.engine.Advance(r.Context(), d)
	case to != nil:
		t, err := time.Parse(time.RFC3339, *to)
		if err != nil {
			return engine.Clock{}, invalidValue("to", text.WantTime)
		}
		return s.engine.AdvanceTo(r.Context(), t)
	case *until != "idle":
		return engine.Clock{}, invalidValue("until", text.WantIdle)
	}
	return s.engine.AdvanceUntilIdle(r.Context())
}

func (s *controlPlane) Reset(w http.ResponseWriter, r *http.Request) {
	if err := noteSaved(r, s.Control.Reset()); err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.Reset, nil)
}
