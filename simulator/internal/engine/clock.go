package engine

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Clock is the clock as it is now.
type Clock struct {
	Now    time.Time
	Mode   Mode
	Moving Mode // the mode, or while that is manual the one to go on with: realtime or auto
	Speed  float64
	Next   *time.Time // the next event; nil when nothing more will happen by itself
	Idle   bool       // no task has anything left to happen
	Events uint64     // processed since the start
}

// Clock reads the clock.
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

// SetClock changes mode and speed from now on; an empty mode and a speed of 0 stay as they are.
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

// ErrPast is an advance to a time that has passed, or one beyond what virtual time can hold.
var ErrPast = errors.New("virtual time runs forward only, and not beyond 200 years from its start")

// ErrReplaced is an advance of a world that was reset, restored or replaced meanwhile.
var ErrReplaced = errors.New("the world was replaced while it advanced")

const day = 24 * time.Hour

// fewEvents is how much of an advance is done at a time: what happens then lies in memory together.
const fewEvents = 1_000

const horizon = des.Time(200 * 365 * 24 * time.Hour)

// Advance runs everything due in the next d, unless ctx ends or the engine is closed before: it ends at the next event then,
// and returns how far it came. The error is ctx's, or ErrClosed.
func (e *Engine) Advance(ctx context.Context, d time.Duration) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	if d < 0 || des.Time(d) > horizon-e.world.Now() {
		return Clock{}, ErrPast
	}
	return e.run(ctx, e.world.Now().Add(d))
}

// AdvanceTo is Advance, until t.
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

// run moves the world to t, a day, a few events or a turn at a time, and lets others in between.
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

// AdvanceUntilIdle is Advance, until no task has anything left to happen. It stops after a year, since in a world with events
// of its own a task may wait for ever.
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

// advance moves the world to t, unless the engine is closed before.
func (e *Engine) advance(t des.Time) {
	for !e.advanceSome(t, e.isClosed) && !e.isClosed() {
	}
}

// longestTurn is how long an advance goes on before others get theirs.
const longestTurn = 50 * time.Millisecond

// turn says when an advance has to pause although it has not arrived. It is asked before each event, since one alone may take
// milliseconds in a large world: an advance has to end at the next one, and others have to get in between.
func (e *Engine) turn(ctx context.Context) func() bool {
	began := e.options.Wall()
	return func() bool { return ctx.Err() != nil || e.isClosed() || e.options.Wall().Sub(began) > longestTurn }
}

// advanceSome moves the world towards t, and reports whether it came there.
func (e *Engine) advanceSome(t des.Time, stop func() bool) bool {
	events, arrived := e.world.AdvanceSome(t, fewEvents, stop)
	e.check()
	e.options.Observe(events)
	e.announce()
	return arrived
}

// sync brings the world up to what the wall clock shows. While nothing can be saved, time stands still.
func (e *Engine) sync() {
	if e.mode != Realtime || e.failing != nil {
		return
	}
	now := e.options.Wall()
	if now.Before(e.seen) || now.Before(e.wall) {
		// The wall clock was set back, now or while the world was only on disk. Virtual time goes on from here. Counted from the
		// old reading, it would stand still until the wall clock shows that again.
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

// anchor makes a realtime clock go on from the world's present time.
func (e *Engine) anchor() {
	e.wall, e.at = e.options.Wall(), e.world.Now()
	e.seen = e.wall
}

// announce tells all who wait that something has changed.
func (e *Engine) announce() {
	e.unsettled()
	close(e.changed)
	e.changed = make(chan struct{})
}

// wallUntil is how long a realtime clock takes to reach t.
func (e *Engine) wallUntil(t des.Time) time.Duration {
	return time.Duration(math.Ceil(min(float64(t-e.world.Now())/e.speed, float64(math.MaxInt64/2))))
}
