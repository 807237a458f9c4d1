package engine_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// The tests here run in bubbles: what they call real time is simulated by testing/synctest and takes none.

// becomes is what a client waits for that wants to see a status.
func becomes(id string, s world.Status) func(*world.World) bool {
	return func(w *world.World) bool {
		v, err := w.Task(id)
		return err != nil || v.Status == s
	}
}

func never(*world.World) bool { return false }

// outcome is how a wait ended.
type outcome struct {
	ready bool
	real  time.Duration
}

// wait starts a wait in the background.
func wait(ctx context.Context, e *engine.Engine, d time.Duration, ready func(*world.World) bool) <-chan outcome {
	done := make(chan outcome, 1)
	begin := time.Now()
	go func() {
		ok := e.Wait(ctx, d, ready)
		done <- outcome{ok, time.Since(begin)}
	}()
	synctest.Wait()
	return done
}

// open fails the test when the wait has ended.
func open(t *testing.T, done <-chan outcome, when string) {
	t.Helper()
	synctest.Wait()
	if len(done) > 0 {
		t.Fatalf("%s: the wait has ended with %+v", when, <-done)
	}
}

func want(t *testing.T, done <-chan outcome, w outcome, when string) {
	t.Helper()
	if got := <-done; got != w {
		t.Errorf("%s: the wait ended with %+v, want %+v", when, got, w)
	}
}

func TestAutoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Auto})
		id := create(t, e)

		want(t, wait(t.Context(), e, time.Second, becomes(id, world.Running)), outcome{false, 0}, "a deadline before the change")
		if got := e.Clock().Now.Sub(engine.VirtualStart); got != time.Second {
			t.Errorf("the wait took %s of virtual time, want its whole second", got)
		}
		want(t, wait(t.Context(), e, time.Minute, becomes(id, world.Running)), outcome{true, 0}, "the change before the deadline")
		if got := e.Clock().Now.Sub(engine.VirtualStart); got < 5*time.Second || got > 11*time.Second {
			t.Errorf("it is %s since the start, want the moment of the change", got)
		}
		want(t, wait(t.Context(), e, time.Minute, becomes(id, world.Running)), outcome{true, 0}, "what is so already")
		want(t, wait(t.Context(), e, 20*time.Hour, becomes(id, world.Succeeded)), outcome{true, 0}, "the end of the training")
		idle := e.Clock().Now
		want(t, wait(t.Context(), e, time.Second, never), outcome{false, time.Second}, "nothing left to happen")
		if got := e.Clock().Now; got != idle {
			t.Errorf("with nothing left to happen time moved from %v to %v", idle, got)
		}
	})
}

func TestAutoWaitStopsAtTheFirstDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Auto})
		// Nothing is left to happen, so that both wait before time moves.
		short, long := wait(t.Context(), e, 2*time.Second, never), wait(t.Context(), e, time.Minute, never)
		id := create(t, e)
		want(t, short, outcome{false, 0}, "the short wait")
		synctest.Wait()
		want(t, long, outcome{false, 0}, "the long wait")
		if got := e.Clock().Now.Sub(engine.VirtualStart); got != time.Minute {
			t.Errorf("it is %s since the start, want the last deadline", got)
		}
		if got := status(t, e, id); got != world.Running {
			t.Errorf("the task is %s, want running", got)
		}
	})
}

func TestManualWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Manual})
		id := create(t, e)
		advance := func(d time.Duration) {
			if _, err := e.Advance(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
		changed := wait(t.Context(), e, time.Minute, becomes(id, world.Running))
		expired := wait(t.Context(), e, 20*time.Second, never)
		open(t, changed, "before any advance")
		advance(2 * time.Second)
		open(t, changed, "an advance before the change")
		open(t, expired, "an advance before the deadline")
		advance(18 * time.Second)
		want(t, changed, outcome{true, 0}, "an advance past the change")
		want(t, expired, outcome{false, 0}, "an advance to the deadline")

		want(t, wait(t.Context(), e, 20*time.Second, never), outcome{false, 20 * time.Second}, "virtual time stands still")
	})
}

func TestRealtimeWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Realtime, Speed: 10})
		id := create(t, e)
		got := <-wait(t.Context(), e, time.Minute, becomes(id, world.Running))
		if !got.ready || got.real < 800*time.Millisecond || got.real > 1100*time.Millisecond {
			t.Errorf("at ten times the speed the wait for a start of ten seconds ended with %+v, want about one second", got)
		}
		// The deadline is in virtual time too.
		want(t, wait(t.Context(), e, time.Minute, never), outcome{false, 6 * time.Second}, "the deadline")

		slow := wait(t.Context(), e, time.Hour, becomes(id, world.Succeeded))
		open(t, slow, "before the end of the training")
		if _, err := e.SetClock(engine.Auto, 0); err != nil {
			t.Fatal(err)
		}
		if got := <-slow; got.real != 0 {
			t.Errorf("a change to the auto clock frees the wait after %s, want at once", got.real)
		}
	})
}

func TestACommandEndsAWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Manual})
		id := create(t, e)
		stopped := wait(t.Context(), e, time.Minute, becomes(id, world.Stopped))
		if err := e.Do(world.StopTask{Task: id}, nil); err != nil {
			t.Fatal(err)
		}
		want(t, stopped, outcome{true, 0}, "the task was stopped")
	})
}

func TestWhatEndsWaitsEarly(t *testing.T) {
	for _, mode := range []engine.Mode{engine.Realtime, engine.Manual, engine.Auto} {
		for _, c := range []struct {
			name string
			end  func(e *engine.Engine, cancel func())
		}{
			{"the client goes", func(_ *engine.Engine, cancel func()) { cancel() }},
			{"the engine is closed", func(e *engine.Engine, _ func()) { e.Close() }},
			{"the engine is closed twice", func(e *engine.Engine, _ func()) { e.Close(); e.Close() }},
			{"the world is reset", func(e *engine.Engine, _ func()) { _ = e.Reset() }},
		} {
			synctest.Test(t, func(t *testing.T) {
				e := newEngine(t, engine.Options{Mode: mode})
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				// Far from time 0, where a deadline is not confused with one after the reset.
				if _, err := e.Advance(t.Context(), time.Hour); err != nil {
					t.Fatal(err)
				}
				var open []<-chan outcome
				for range 3 {
					open = append(open, wait(ctx, e, 10*time.Minute, never))
				}
				c.end(e, cancel)
				for _, done := range open {
					want(t, done, outcome{false, 0}, string(mode)+": "+c.name)
				}
			})
		}
	}
}

// A closed engine still answers, and never waits.
func TestClosedEngine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		e := newEngine(t, engine.Options{Mode: engine.Auto})
		e.Close()
		<-e.Closed()
		id := create(t, e)
		want(t, wait(t.Context(), e, time.Minute, becomes(id, world.Running)), outcome{false, 0}, "a wait after Close")
		if got := e.Clock().Now; got != engine.VirtualStart {
			t.Errorf("a wait after Close moved time to %v", got)
		}
	})
}

// Resets and readers run beside many waiters, so that the race detector sees every path.
func TestManyWaiters(t *testing.T) {
	e := newEngine(t, engine.Options{Mode: engine.Auto})
	var all sync.WaitGroup
	for range 64 {
		all.Go(func() {
			id := create(t, e)
			if !e.Wait(t.Context(), 10*time.Minute, becomes(id, world.Running)) {
				t.Errorf("%s did not become running within ten minutes", id)
			}
		})
	}
	all.Wait()
	for range 8 {
		all.Go(func() {
			id := create(t, e)
			e.Wait(t.Context(), time.Minute, becomes(id, world.Succeeded))
		})
		all.Go(func() {
			if err := e.Reset(); err != nil {
				t.Error(err)
			}
			_ = e.Time(0)
		})
	}
	all.Wait()
}

// At the end of virtual time nothing can be waited for any more, and nobody may spin for it.
func TestWaitAtTheEndOfTime(t *testing.T) {
	e := newEngine(t, engine.Options{Mode: engine.Auto})
	if _, err := e.Advance(t.Context(), 200*365*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	create(t, e)
	if e.Wait(t.Context(), 2*time.Second, never) {
		t.Error("the wait found what never comes")
	}
}

// A client that waits twenty seconds has its answer after twenty real ones, however slow virtual time is and whatever is
// done to the wall clock.
func TestWaitsEndInRealTime(t *testing.T) {
	for _, c := range []struct {
		name    string
		options engine.Options
		change  func(*wallClock)
	}{
		{"a slow clock", engine.Options{Mode: engine.Realtime, Speed: 0.001}, func(*wallClock) {}},
		{"a wall clock that is set back", engine.Options{Mode: engine.Realtime, Speed: 1}, func(w *wallClock) { w.move(-time.Hour) }},
		{"a wall clock that stands", engine.Options{Mode: engine.Realtime, Speed: 1}, func(*wallClock) {}},
		{"a manual clock", engine.Options{Mode: engine.Manual}, func(*wallClock) {}},
	} {
		synctest.Test(t, func(t *testing.T) {
			wall := newWallClock()
			c.options.Wall = wall.Now
			e := newEngine(t, c.options)
			create(t, e)
			done := wait(t.Context(), e, 20*time.Second, never)
			c.change(wall)
			want(t, done, outcome{false, 20 * time.Second}, c.name)
		})
	}
}
