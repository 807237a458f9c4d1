package engine_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func newEngine(t *testing.T, o engine.Options) *engine.Engine {
	t.Helper()
	config, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	o.Config, o.Seed, o.Check = config, 1, true
	e, err := engine.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// create makes a task that trains about ten seconds later, and returns its id.
func create(t *testing.T, e *engine.Engine) string {
	t.Helper()
	environment, id := "env-001", ""
	c := world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", EnvironmentID: &environment,
	}}
	if err := e.Do(c, func(_ *world.World, r world.Result) { id = r.Created.Task }); err != nil {
		t.Fatal(err)
	}
	return id
}

func status(t *testing.T, e *engine.Engine, id string) (s world.Status) {
	t.Helper()
	e.View(func(w *world.World) {
		v, err := w.Task(id)
		if err != nil {
			t.Error(err)
		}
		s = v.Status
	})
	return s
}

// wallClock is a wall clock that a test sets.
type wallClock struct {
	mu  sync.Mutex
	now time.Time
}

func (w *wallClock) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

// move sets it forth, or back.
func (w *wallClock) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWallClock() *wallClock {
	return &wallClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("CST", 8*3600))}
}

func TestStart(t *testing.T) {
	wall := newWallClock()
	own := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name    string
		options engine.Options
		want    time.Time
	}{
		{"manual", engine.Options{Mode: engine.Manual}, engine.VirtualStart},
		{"auto", engine.Options{Mode: engine.Auto}, engine.VirtualStart},
		{"auto by default", engine.Options{}, engine.VirtualStart},
		{"realtime", engine.Options{Mode: engine.Realtime}, wall.Now().UTC()},
		{"a start of one's own", engine.Options{Mode: engine.Realtime, Start: own}, own},
	} {
		c.options.Wall = wall.Now
		// == also compares the zone: answers show UTC whatever the machine's zone is.
		if got := newEngine(t, c.options).Clock().Now; got != c.want {
			t.Errorf("%s: starts at %v, want %v", c.name, got, c.want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	config, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []engine.Options{
		{Config: config, Mode: "sundial"},
		{Config: config, Speed: -1},
		{Config: config, Speed: engine.MaxSpeed * 2},
	} {
		if _, err := engine.New(o); err == nil {
			t.Errorf("mode %q and speed %g were accepted", o.Mode, o.Speed)
		}
	}
}

func TestWhatDrivesEachClock(t *testing.T) {
	for _, c := range []struct {
		mode  engine.Mode
		speed float64
		want  time.Duration // of virtual time in ten seconds of the wall clock
	}{
		{engine.Manual, 1, 0},
		{engine.Auto, 1, 0},
		{engine.Realtime, 1, 10 * time.Second},
		{engine.Realtime, 0.5, 5 * time.Second},
		{engine.Realtime, 360, time.Hour},
	} {
		wall := newWallClock()
		e := newEngine(t, engine.Options{Mode: c.mode, Speed: c.speed, Wall: wall.Now})
		before := e.Clock().Now
		wall.move(10 * time.Second)
		if got := e.Clock().Now.Sub(before); got != c.want {
			t.Errorf("%s × %g: moved %s, want %s", c.mode, c.speed, got, c.want)
		}
	}
}

func TestRealtimeRunsWhatIsDue(t *testing.T) {
	wall := newWallClock()
	e := newEngine(t, engine.Options{Mode: engine.Realtime, Speed: 10, Wall: wall.Now})
	id := create(t, e)
	wall.move(2 * time.Second)
	if got := status(t, e, id); got != world.Running {
		t.Errorf("after twenty virtual seconds the task is %s, want running", got)
	}
	wall.move(-time.Hour)
	if got, want := e.Clock().Now, wall.Now().Add(time.Hour+18*time.Second).UTC(); got != want {
		t.Errorf("a wall clock that is set back moves virtual time to %v, want %v", got, want)
	}
	before := e.Clock().Now
	wall.move(3 * time.Second)
	if got := e.Clock().Now.Sub(before); got != 30*time.Second {
		t.Errorf("three seconds after it was set back virtual time has moved by %s, want 30s", got)
	}
}

func TestSetClockMakesNoJump(t *testing.T) {
	wall := newWallClock()
	e := newEngine(t, engine.Options{Mode: engine.Realtime, Speed: 60, Wall: wall.Now})
	start := e.Clock().Now
	for _, step := range []struct {
		mode  engine.Mode
		speed float64
		wall  time.Duration // that passes after the change
		want  time.Duration // of virtual time since the start
	}{
		{"", 0, 10 * time.Second, 10 * time.Minute},
		{"", 1, 10 * time.Second, 10*time.Minute + 10*time.Second},
		{engine.Manual, 0, time.Hour, 10*time.Minute + 10*time.Second},
		{engine.Realtime, 0, time.Second, 10*time.Minute + 11*time.Second},
		{engine.Auto, 2, time.Hour, 10*time.Minute + 11*time.Second},
		{engine.Realtime, 0, time.Second, 10*time.Minute + 13*time.Second},
	} {
		before := e.Clock().Now
		c, err := e.SetClock(step.mode, step.speed)
		if err != nil {
			t.Fatal(err)
		}
		if c.Now != before {
			t.Errorf("the change to %q × %g moves time from %v to %v", step.mode, step.speed, before, c.Now)
		}
		wall.move(step.wall)
		if got := e.Clock().Now.Sub(start); got != step.want {
			t.Errorf("%q × %g: %s since the start, want %s", step.mode, step.speed, got, step.want)
		}
	}
	before := e.Clock()
	if _, err := e.SetClock("sundial", 0); err == nil {
		t.Error("a clock of an unknown mode was set")
	}
	if _, err := e.SetClock("", -1); err == nil {
		t.Error("a negative speed was set")
	}
	if got := e.Clock(); got.Mode != before.Mode || got.Speed != before.Speed {
		t.Errorf("a refused change leaves %s × %g, want %s × %g", got.Mode, got.Speed, before.Mode, before.Speed)
	}
}

func TestAdvance(t *testing.T) {
	at := engine.VirtualStart.Add
	for _, mode := range []engine.Mode{engine.Manual, engine.Auto} {
		e := newEngine(t, engine.Options{Mode: mode})
		id := create(t, e)
		for _, c := range []struct {
			name    string
			advance func() (engine.Clock, error)
			want    time.Time
			err     error
		}{
			{"by a second", func() (engine.Clock, error) { return e.Advance(t.Context(), time.Second) }, at(time.Second), nil},
			{"by nothing", func() (engine.Clock, error) { return e.Advance(t.Context(), 0) }, at(time.Second), nil},
			{"to now", func() (engine.Clock, error) { return e.AdvanceTo(t.Context(), at(time.Second)) }, at(time.Second), nil},
			{"back", func() (engine.Clock, error) { return e.Advance(t.Context(), -1) }, at(time.Second), engine.ErrPast},
			{"to the past", func() (engine.Clock, error) { return e.AdvanceTo(t.Context(), at(0)) }, at(time.Second), engine.ErrPast},
			{"to the year 1", func() (engine.Clock, error) { return e.AdvanceTo(t.Context(), time.Time{}) }, at(time.Second), engine.ErrPast},
			{"too far", func() (engine.Clock, error) { return e.Advance(t.Context(), 1<<63-1) }, at(time.Second), engine.ErrPast},
			{"to the year 9999", func() (engine.Clock, error) {
				return e.AdvanceTo(t.Context(), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
			}, at(time.Second), engine.ErrPast},
			{"to a time", func() (engine.Clock, error) { return e.AdvanceTo(t.Context(), at(time.Minute)) }, at(time.Minute), nil},
		} {
			clock, err := c.advance()
			if !errors.Is(err, c.err) {
				t.Errorf("%s, %s: error %v, want %v", mode, c.name, err, c.err)
			}
			if got := e.Clock().Now; got != c.want || err == nil && clock.Now != c.want {
				t.Errorf("%s, %s: at %v, answered %v, want %v", mode, c.name, got, clock.Now, c.want)
			}
		}
		if got := status(t, e, id); got != world.Running {
			t.Errorf("%s: an advance past the start leaves the task %s, want running", mode, got)
		}
	}
}

func TestAdvanceRealtime(t *testing.T) {
	wall := newWallClock()
	e := newEngine(t, engine.Options{Mode: engine.Realtime, Wall: wall.Now})
	start := e.Clock().Now
	if _, err := e.Advance(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	wall.move(time.Second)
	if got, want := e.Clock().Now.Sub(start), time.Hour+time.Second; got != want {
		t.Errorf("an hour's advance and a second later it is %s since the start, want %s", got, want)
	}
}

func TestAdvanceUntilIdle(t *testing.T) {
	e := newEngine(t, engine.Options{Mode: engine.Manual})
	id := create(t, e)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := e.AdvanceUntilIdle(cancelled); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled advance returns %v", err)
	}
	if got := status(t, e, id); got != world.Starting {
		t.Errorf("a cancelled advance leaves the task %s, want starting", got)
	}
	if c := e.Clock(); c.Next == nil {
		t.Error("with a task that starts nothing is said to come next")
	}
	c, err := e.AdvanceUntilIdle(t.Context())
	if err != nil || c.Next != nil || c.Events == 0 {
		t.Errorf("idle: next event %v, %d events, error %v; want none, some, none", c.Next, c.Events, err)
	}
	if got := status(t, e, id); got != world.Succeeded {
		t.Errorf("the task is %s, want succeeded", got)
	}
}

func TestObserveSeesEveryEventInOrder(t *testing.T) {
	var seen []world.Status
	e := newEngine(t, engine.Options{Mode: engine.Manual, Observe: func(events []world.Event) {
		for _, v := range events {
			if n := len(seen); n == 0 || seen[n-1] != v.Status {
				seen = append(seen, v.Status)
			}
		}
	}})
	create(t, e)
	if _, err := e.AdvanceUntilIdle(t.Context()); err != nil {
		t.Fatal(err)
	}
	want := []world.Status{world.Starting, world.Running, world.Succeeded}
	if len(seen) != len(want) || seen[0] != want[0] || seen[1] != want[1] || seen[2] != want[2] {
		t.Errorf("observed %v, want %v", seen, want)
	}
}

func TestReset(t *testing.T) {
	wall := newWallClock()
	e := newEngine(t, engine.Options{Mode: engine.Manual, Speed: 3, Wall: wall.Now})
	id := create(t, e)
	if _, err := e.Advance(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := e.SetClock(engine.Realtime, 5); err != nil {
		t.Fatal(err)
	}
	if err := e.Reset(); err != nil {
		t.Fatal(err)
	}
	c := e.Clock()
	if c.Now != engine.VirtualStart || c.Mode != engine.Manual || c.Speed != 3 || c.Events != 0 || c.Next != nil {
		t.Errorf("after a reset the clock is %+v, want the first one", c)
	}
	if got := create(t, e); got != id {
		t.Errorf("the first task after a reset is %s, want %s", got, id)
	}
}
