// Package engine runs one world for many clients: it holds the lock and the clock, and lets clients wait.
package engine

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

// Mode is what drives virtual time.
type Mode string

const (
	// Realtime follows the wall clock, times a speed.
	Realtime Mode = "realtime"
	// Manual moves only when it is advanced.
	Manual Mode = "manual"
	// Auto stands still until a client waits, then jumps from event to event.
	Auto Mode = "auto"
)

// VirtualStart is when manual and auto clocks start.
var VirtualStart = time.Date(2024, 12, 8, 10, 0, 0, 0, time.UTC)

// MaxSpeed is the fastest realtime clock, in virtual seconds a second.
const MaxSpeed = 1e6

// Options says what to run. The zero values of Mode, Speed, Start and Wall mean Auto, 1, the mode's own start and
// time.Now.
type Options struct {
	Config *world.Config
	Seed   uint64
	Mode   Mode
	Speed  float64
	Start  time.Time
	Wall   func() time.Time
	// Observe sees all events, in order, while the world is locked.
	Observe func([]world.Event)
}

// Engine runs a world. Its methods are safe for concurrent use.
type Engine struct {
	options Options

	// The instant of virtual time 0. Atomic, since Time is called with and without the lock.
	start atomic.Pointer[time.Time]

	mu    sync.Mutex
	world *world.World
	mode  Mode
	speed float64
	// A realtime clock was at virtual time at when the wall clock showed wall.
	wall time.Time
	at   des.Time

	changed   chan struct{} // closed and replaced whenever the world or the clock moves
	deadlines map[*des.Time]struct{}
	closed    chan struct{}
	closeOnce sync.Once
}

// New starts an engine. The error says what is wrong with the options.
func New(o Options) (*Engine, error) {
	if o.Mode == "" {
		o.Mode = Auto
	}
	if o.Speed == 0 {
		o.Speed = 1
	}
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.Observe == nil {
		o.Observe = func([]world.Event) {}
	}
	if err := checkClock(o.Mode, o.Speed); err != nil {
		return nil, err
	}
	e := &Engine{options: o, changed: make(chan struct{}), deadlines: map[*des.Time]struct{}{}, closed: make(chan struct{})}
	return e, e.Reset()
}

func checkClock(m Mode, speed float64) error {
	if m != Realtime && m != Manual && m != Auto {
		return fmt.Errorf("no clock is named %q; there are realtime, manual and auto", m)
	}
	if !(speed > 0 && speed <= MaxSpeed) {
		return fmt.Errorf("speed %g is outside the range above 0 and up to %g", speed, MaxSpeed)
	}
	return nil
}

// Close ends all waits. Everything else goes on working.
func (e *Engine) Close() { e.closeOnce.Do(func() { close(e.closed) }) }

// Closed is closed by Close.
func (e *Engine) Closed() <-chan struct{} { return e.closed }

// Reset goes back to the world's start, with the same seed and the first clock. It ends all waits: they were for a world
// that is no more.
func (e *Engine) Reset() error {
	w, err := world.New(e.options.Config, e.options.Seed)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.world = w
	e.mode, e.speed = e.options.Mode, e.options.Speed
	start := e.options.Start
	if start.IsZero() {
		start = VirtualStart
		if e.mode == Realtime {
			start = e.options.Wall()
		}
	}
	start = start.UTC()
	e.start.Store(&start)
	e.anchor()
	e.announce()
	return nil
}

// Time converts virtual time to an instant.
func (e *Engine) Time(t des.Time) time.Time { return e.start.Load().Add(t.Duration()) }

// View lets f read the world as it is now. It must not keep the world, nor change it.
func (e *Engine) View(f func(*world.World)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	f(e.world)
}

// Do carries out a command now, and lets f, unless nil, read the world right after it.
func (e *Engine) Do(c world.Command, f func(*world.World, world.Result)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	r, err := e.world.Step(c)
	if err != nil {
		return err
	}
	e.options.Observe(r.Events)
	e.announce()
	if f != nil {
		f(e.world, r)
	}
	return nil
}

// Clock is the clock as it is now.
type Clock struct {
	Now    time.Time
	Mode   Mode
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
	c := Clock{Now: e.Time(e.world.Now()), Mode: e.mode, Speed: e.speed, Idle: e.world.Idle(), Events: e.world.Processed()}
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
	if m == "" {
		m = e.mode
	}
	if speed == 0 {
		speed = e.speed
	}
	if err := checkClock(m, speed); err != nil {
		return Clock{}, err
	}
	e.mode, e.speed = m, speed
	e.anchor()
	e.announce()
	return e.clock(), nil
}

// ErrPast is an advance to a time that has passed, or one beyond what virtual time can hold.
var ErrPast = errors.New("virtual time runs forward only, and not beyond 200 years from its start")

const horizon = des.Time(200 * 365 * 24 * time.Hour)

// Advance runs everything due in the next d and returns the clock then.
func (e *Engine) Advance(d time.Duration) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	if d < 0 || des.Time(d) > horizon-e.world.Now() {
		return Clock{}, ErrPast
	}
	e.advance(e.world.Now().Add(d))
	e.anchor()
	return e.clock(), nil
}

// AdvanceTo runs everything due until t and returns the clock then.
func (e *Engine) AdvanceTo(t time.Time) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	at := des.Time(t.Sub(*e.start.Load())) // saturates
	if at < e.world.Now() || at > horizon {
		return Clock{}, ErrPast
	}
	e.advance(at)
	e.anchor()
	return e.clock(), nil
}

// AdvanceUntilIdle runs until no task has anything left to happen, or until ctx ends, and returns the clock then. It
// stops after a year: a task that waits for good in a world that goes on by itself would else never let it end.
func (e *Engine) AdvanceUntilIdle(ctx context.Context) (Clock, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	end := min(horizon, e.world.Now().Add(365*24*time.Hour))
	for ctx.Err() == nil && !e.world.Idle() {
		at, ok := e.world.Next()
		if !ok || at > end {
			break
		}
		e.advance(at)
	}
	e.anchor()
	return e.clock(), ctx.Err()
}

// advance moves the world to t.
func (e *Engine) advance(t des.Time) {
	// A day at a time, so that the events of a long advance never lie in memory together.
	for now := e.world.Now(); now < t; now = e.world.Now() {
		e.options.Observe(e.world.AdvanceTo(min(t, now.Add(24*time.Hour))))
	}
	e.options.Observe(e.world.AdvanceTo(t))
	e.announce()
}

// sync brings the world up to what the wall clock shows.
func (e *Engine) sync() {
	if e.mode != Realtime {
		return
	}
	elapsed := float64(e.options.Wall().Sub(e.wall)) * e.speed
	t := e.at + des.Time(min(elapsed, float64(horizon-e.at)))
	if next, ok := e.world.Next(); ok && next <= t {
		e.advance(t)
	} else {
		e.world.AdvanceTo(t)
	}
}

// anchor makes a realtime clock go on from the world's present time.
func (e *Engine) anchor() { e.wall, e.at = e.options.Wall(), e.world.Now() }

func (e *Engine) announce() {
	close(e.changed)
	e.changed = make(chan struct{})
}

// wallUntil is how long a realtime clock takes to reach t.
func (e *Engine) wallUntil(t des.Time) time.Duration {
	return time.Duration(math.Ceil(min(float64(t-e.world.Now())/e.speed, float64(math.MaxInt64/2))))
}
