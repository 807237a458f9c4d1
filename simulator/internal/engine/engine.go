package engine

import (
	"cmp"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
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

// MaxSpeed is the highest speed of a realtime clock, in virtual seconds per second.
const MaxSpeed = 1e6

// Options holds the parameters of an engine. The zero values of Mode, Speed, Start, Wall and NewID mean Auto, 1, the mode's own
// start, time.Now and random UUIDs.
type Options struct {
	Config   *world.Config
	Scenario Scenario // the source of Config
	Seed     uint64
	Mode     Mode
	Speed    float64
	Start    time.Time
	Wall     func() time.Time
	// NewID returns a new cluster's id, a unique UUID in lower case.
	NewID func() string
	// Observe is called with all events, in order, with the engine's lock held.
	Observe func([]world.Event)
	// Store keeps the world; nil keeps it in memory only. Saved is what the store holds; its world must have been made of
	// Config. If Mode is "" and Speed 0, the saved clock continues, a realtime one as if it had never stopped.
	Store Store
	Saved []store.Record
	// Check tests the world's invariants after every command and every few events, and panics if one is violated. It is slow in
	// a large world.
	Check bool
	// Storage is called with the reason when the store refuses a commit, and with nil when it accepts them again. The engine's
	// lock is held.
	Storage func(error)
	// NewMode is the mode of a new world if Mode is "".
	NewMode Mode
}

// Scenario is the YAML source of a world, with a display name.
type Scenario struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Engine runs a world. Its methods are safe for concurrent use.
type Engine struct {
	options Options

	// The instant of virtual time 0, and what the world offers. They are atomic since some readers don't hold the lock.
	start   atomic.Pointer[time.Time]
	catalog atomic.Pointer[catalog.Indexed]

	mu       sync.Mutex
	world    *world.World
	history  *history.Recorder
	cluster  string // the id of the present cluster
	scenario Scenario
	mode     Mode
	moving   Mode // the last mode that wasn't manual: realtime or auto
	speed    float64
	// The realtime clock's anchor: virtual time was at when the wall clock showed wall.
	wall time.Time
	at   des.Time
	seen time.Time // the wall clock at the last sync

	changed   chan struct{} // closed and replaced whenever the world or the clock moves
	deadlines map[*des.Time]struct{}
	closed    chan struct{}
	closeOnce sync.Once
	feed      feed
	keys      keyAges
	durability
}

// New starts an engine. The error says what is wrong with the options or with what was saved.
func New(o Options) (*Engine, error) {
	if o.Wall == nil {
		o.Wall = time.Now
	}
	if o.NewID == nil {
		o.NewID = uuid.NewString
	}
	if o.Storage == nil {
		o.Storage = func(error) {}
	}
	if o.Observe == nil {
		o.Observe = func([]world.Event) {}
	}
	e := &Engine{options: o, changed: make(chan struct{}), deadlines: map[*des.Time]struct{}{}, closed: make(chan struct{})}
	if err := checkClock(e.firstClock()); err != nil {
		return nil, err
	}
	e.options.Observe = func(events []world.Event) {
		o.Observe(events)
		e.note(events)
		e.noteNodes(events)
	}
	start := e.restart
	if len(o.Saved) > 0 {
		start = e.resume
	}
	err := start()
	if err == nil {
		err = e.Settle()
	}
	if err != nil && !e.readable() {
		e.Close()
		return nil, err
	}
	return e, nil
}

// firstClock returns the clock of a new world.
func (e *Engine) firstClock() (Mode, float64) {
	return cmp.Or(e.options.Mode, e.options.NewMode, Auto), cmp.Or(e.options.Speed, 1)
}

// setMode sets mode and speed. A clock that has always been manual resumes as realtime.
func (e *Engine) setMode(m Mode, speed float64) {
	e.mode, e.speed = m, speed
	if m != Manual {
		e.moving = m
	}
	e.moving = cmp.Or(e.moving, Realtime)
}

func (e *Engine) restart() error { return e.Load(e.options.Scenario, e.options.Config) }

func checkClock(m Mode, speed float64) error {
	if m != Realtime && m != Manual && m != Auto {
		return fmt.Errorf("no clock is named %q; there are realtime, manual and auto", m)
	}
	if !(speed > 0 && speed <= MaxSpeed) {
		return fmt.Errorf("speed %g is outside the range above 0 and up to %g", speed, MaxSpeed)
	}
	return nil
}

// Close ends all waits. Everything else continues to work.
func (e *Engine) Close() { e.closeOnce.Do(func() { close(e.closed) }) }

// Closed is closed by Close.
func (e *Engine) Closed() <-chan struct{} { return e.closed }

// Reset begins a new cluster with the same scenario, the same seed and the first clock. It ends all waits, which were for the old
// world.
func (e *Engine) Reset() error {
	e.mu.Lock()
	scenario, config := e.scenario, e.world.Config()
	e.mu.Unlock()
	return e.Load(scenario, config)
}

// Load begins a new cluster: a world made of config, with the seed of the present one and the first clock. It ends all waits. It
// returns when the new world is on disk. If it returns an error, nothing has changed.
func (e *Engine) Load(s Scenario, config *world.Config) error {
	e.mu.Lock()
	seed := e.options.Seed
	if e.world != nil {
		seed = e.world.Seed()
	}
	e.mu.Unlock()
	w, err := world.New(config, seed)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failing != nil {
		return e.failing
	}
	e.setMode(e.firstClock())
	start := e.options.Start
	if start.IsZero() {
		start = VirtualStart
		if e.mode == Realtime {
			start = e.options.Wall()
		}
	}
	e.replace(w, newHistory(w, start), e.options.NewID(), s, start)
	return e.settle(e.changes, e.failures)
}

// replace makes w the present world, with its history and its cluster's id.
func (e *Engine) replace(w *world.World, h *history.Recorder, cluster string, s Scenario, start time.Time) {
	start = start.UTC()
	e.start.Store(&start)
	e.catalog.Store(w.Catalog())
	e.world, e.history, e.cluster, e.scenario = w, h, cluster, s
	w.Meter(h)
	e.keys = nil
	e.anchor()
	e.replaced = true
	e.noteReplaced()
	e.announce()
}

// Scenario returns the scenario of the present world.
func (e *Engine) Scenario() Scenario {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.scenario
}

// Catalog returns what the present world offers.
func (e *Engine) Catalog() *catalog.Indexed { return e.catalog.Load() }

// Time converts virtual time to an instant.
func (e *Engine) Time(t des.Time) time.Time { return e.start.Load().Add(t.Duration()) }

// View calls f with the world as it is now. f must not change the world or keep it.
func (e *Engine) View(f func(*world.World)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	f(e.world)
}

// Do carries out a command now and calls f, if not nil, with the world right after it. It returns when the change is on disk. A
// *StorageError says that it can't be saved; then nothing has changed.
func (e *Engine) Do(c world.Command, f func(*world.World, world.Result)) error {
	return e.DoIn("", c, f)
}

func (e *Engine) do(c world.Command, f func(*world.World, world.Result)) error {
	if e.failing != nil {
		return e.failing
	}
	e.sync()
	e.ageKeys()
	r, err := e.world.Step(c)
	if err != nil {
		return err
	}
	e.ageKeys()
	e.check()
	e.options.Observe(r.Events)
	e.announce()
	if f != nil {
		f(e.world, r)
	}
	return e.settle(e.changes, e.failures)
}

// check panics if the world violates an invariant and Options.Check is set.
func (e *Engine) check() {
	if e.options.Check {
		if err := e.world.CheckInvariants(); err != nil {
			panic(fmt.Sprintf("engine: at %s: %v", e.world.Now().Duration(), err))
		}
	}
}
