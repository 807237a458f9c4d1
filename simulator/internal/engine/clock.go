package engine

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Clock is the state of the clock.
type Clock struct {
	Now    time.Time
	Mode   Mode
	Moving Mode // the mode in which a manual clock resumes, or else the mode: realtime or auto
	Speed  float64
	Next   *time.Time // the next event; nil if nothing more will happen by itself
	Idle   bool       // no task has anything left to happen
	Events uint64     // processed since the start
}

// Clock returns the clock as it is now.
func (e *Engine) Clock() Clock {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	return e.clock()
}

func (e *Engine) clock() Clock {
	c := Clock{Now: e.Time(e.world.Now()), Mode: e.mode, Moving: e.moving, Speed: e.speed, Idle: e.world.Idle(), Events: e.world.Processed()}
	if at, ok := e.world.Next(); ok {
		next := e.Time(at)
		c.Next = &next
	}
	return c
}

// SetClock changes the mode and the speed from now on. An empty mode or a speed of 0 leaves it as it is.
func (e *Engine) SetClock(m Mode, speed float64) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	if e.failing != nil {
		return Clock{}, e.failing
	}
	if m == "" {
		m = e.mode
	}
	if speed == 0 {
		speed = e.speed
	}
	if err := checkClock(m, speed); err != nil {
		return Clock{}, err
	}
	e.setMode(m, speed)
	e.anchor()
	e.announce()
	return e.clock(), nil
}

// SetMode changes the mode from now on.
func (e *Engine) SetMode(m Mode) (Clock, error) {
	if err := checkClock(m, 1); err != nil {
		return Clock{}, err
	}
	return e.SetClock(m, 0)
}

// SetSpeed changes the speed from now on.
func (e *Engine) SetSpeed(speed float64) (Clock, error) {
	if err := checkClock(Manual, speed); err != nil {
		return Clock{}, err
	}
	return e.SetClock("", speed)
}

// ErrPast is the error of an advance to the past or beyond the end of virtual time.
var ErrPast = errors.New("virtual time runs forward only, and not beyond 200 years from its start")

// ErrReplaced is the error of an advance during which the world was reset, restored or replaced.
var ErrReplaced = errors.New("the world was replaced while it advanced")

const day = 24 * time.Hour

// fewEvents bounds how many events an advance processes at a time, since their reports are held in memory together.
const fewEvents = 1_000

const horizon = des.Time(200 * 365 * 24 * time.Hour)

// Advance processes all events of the next d. If ctx ends or the engine is closed, it stops before the next event and returns the clock
// at that point, with ctx's error or ErrClosed.
func (e *Engine) Advance(ctx context.Context, d time.Duration) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	if d < 0 || des.Time(d) > horizon-e.world.Now() {
		return Clock{}, ErrPast
	}
	return e.run(ctx, e.world.Now().Add(d))
}

// AdvanceTo is like Advance, until t.
func (e *Engine) AdvanceTo(ctx context.Context, t time.Time) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	at := des.Time(t.Sub(*e.start.Load())) // saturates
	if at < e.world.Now() || at > horizon {
		return Clock{}, ErrPast
	}
	return e.run(ctx, at)
}

// run advances the world to t in small steps. It gives up the lock between two steps.
func (e *Engine) run(ctx context.Context, t des.Time) (Clock, error) {
	began := e.world
	for {
		if e.failing != nil {
			return e.clock(), e.failing
		}
		if err := ctx.Err(); err != nil {
			return e.clock(), err
		}
		if e.world != began {
			return e.clock(), ErrReplaced
		}
		if e.isClosed() {
			return e.clock(), ErrClosed
		}
		arrived := e.advanceSome(min(t, e.world.Now().Add(day)), e.turn(ctx))
		e.anchor()
		if arrived && e.world.Now() >= t {
			return e.clock(), nil
		}
		e.mu.Unlock()
		e.mu.Lock()
	}
}

// AdvanceUntilIdle is like Advance, until no task has anything left to happen. It stops after a year: with background load a task may
// wait for ever.
func (e *Engine) AdvanceUntilIdle(ctx context.Context) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	began := e.world
	end := min(horizon, e.world.Now().Add(365*day))
	for ctx.Err() == nil && !e.world.Idle() {
		if e.isClosed() {
			return e.clock(), ErrClosed
		}
		if e.failing != nil {
			return e.clock(), e.failing
		}
		at, ok := e.world.Next()
		if !ok || at > end {
			break
		}
		e.advanceSome(at, e.turn(ctx))
		e.anchor()
		e.mu.Unlock()
		e.mu.Lock()
		if e.world != began && e.failing == nil {
			return e.clock(), ErrReplaced
		}
	}
	return e.clock(), ctx.Err()
}

// advance advances the world to t, unless the engine is closed first.
func (e *Engine) advance(t des.Time) {
	for !e.advanceSome(t, e.isClosed) && !e.isClosed() {
	}
}

// longestTurn bounds how long an advance holds the lock.
const longestTurn = 50 * time.Millisecond

// turn returns a function that reports whether an advance must pause, to end or to give up the lock. It is called before each event,
// since a single event may take milliseconds in a large world.
func (e *Engine) turn(ctx context.Context) func() bool {
	began := e.options.Wall()
	return func() bool { return ctx.Err() != nil || e.isClosed() || e.options.Wall().Sub(began) > longestTurn }
}

// advanceSome advances the world towards t, and reports whether it reached t.
func (e *Engine) advanceSome(t des.Time, stop func() bool) bool {
	events, arrived := e.world.AdvanceSome(t, fewEvents, stop)
	e.check()
	e.options.Observe(events)
	e.announce()
	return arrived
}

// sync advances a realtime world to the present reading of the wall clock. While nothing can be saved, time stands still.
func (e *Engine) sync() {
	if e.mode != Realtime || e.failing != nil {
		return
	}
	now := e.options.Wall()
	if now.Before(e.seen) || now.Before(e.wall) {
		// The wall clock was set back, now or while the world was only on disk. Count from the new reading: from the old one
		// virtual time would stand still until the wall clock shows it again.
		e.wall, e.at = now, e.world.Now()
	}
	e.seen = now
	elapsed := float64(now.Sub(e.wall)) * e.speed
	t := e.at + des.Time(min(elapsed, float64(horizon-e.at)))
	if next, ok := e.world.Next(); ok && next <= t {
		e.advance(t)
	} else {
		e.world.AdvanceTo(t)
	}
}

// anchor makes a realtime clock continue from the world's present time.
func (e *Engine) anchor() {
	e.wall, e.at = e.options.Wall(), e.world.Now()
	e.seen = e.wall
}

// announce wakes all who wait.
func (e *Engine) announce() {
	e.noteChange()
	close(e.changed)
	e.changed = make(chan struct{})
}

// wallUntil returns how long a realtime clock takes to reach t.
func (e *Engine) wallUntil(t des.Time) time.Duration {
	return time.Duration(math.Ceil(min(float64(t-e.world.Now())/e.speed, float64(math.MaxInt64/2))))
}
