package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// An advance that runs when the engine is closed ends where it is, and says so; one that comes later does nothing.
func TestCloseEndsAnAdvance(t *testing.T) {
	advances := map[string]func(*engine.Engine) (engine.Clock, error){
		"by": func(e *engine.Engine) (engine.Clock, error) {
			return e.Advance(context.Background(), 1000*24*time.Hour)
		},
		"to": func(e *engine.Engine) (engine.Clock, error) {
			return e.AdvanceTo(context.Background(), engine.VirtualStart.AddDate(3, 0, 0))
		},
		"idle": func(e *engine.Engine) (engine.Clock, error) { return e.AdvanceUntilIdle(context.Background()) },
	}
	for name, advance := range advances {
		var e *engine.Engine
		e = newEngine(t, engine.Options{Mode: engine.Manual, Observe: func(events []world.Event) {
			for i := range events {
				if events[i].Status == world.Running {
					e.Close()
				}
			}
		}})
		create(t, e)
		c, err := advance(e)
		if passed := c.Now.Sub(engine.VirtualStart); !errors.Is(err, engine.ErrClosed) || passed <= 0 || passed > 2*24*time.Hour {
			t.Errorf("%s: it ends %s after the start with %v, want the first day at most", name, passed, err)
		}
		again, err := advance(e)
		if !errors.Is(err, engine.ErrClosed) || again.Now != c.Now {
			t.Errorf("%s: after the end it moved from %v to %v, with %v", name, c.Now, again.Now, err)
		}
	}
}

// countdown is a context in which something happens from the n-th time on that it is asked whether it has ended.
type countdown struct {
	context.Context
	n      int
	happen func() error
}

func (c *countdown) Err() error {
	if c.n--; c.n <= 0 {
		return c.happen()
	}
	return c.Context.Err()
}

// An advance ends at the next event, whether its client leaves or the engine is closed: one event of a large world may take long,
// and many may be due at one instant. What is left is due afterwards.
func TestAnAdvanceEndsAtTheNextEvent(t *testing.T) {
	busy, err := scenario.Named("busy")
	if err != nil {
		t.Fatal(err)
	}
	// All events of a load come at the same instants.
	constant := distribution.Distribution{Kind: "constant", A: 60}
	for i := range busy.Background {
		busy.Background[i].Interarrival, busy.Background[i].Length = constant, constant
	}
	config, err := busy.World()
	if err != nil {
		t.Fatal(err)
	}
	start := func() *engine.Engine {
		e, err := engine.New(engine.Options{Mode: engine.Manual, Config: config, Seed: 1, Check: true})
		if err != nil {
			t.Fatal(err)
		}
		create(t, e)
		return e
	}
	whole := start()
	want, err := whole.Advance(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	gone := errors.New("the client has gone")
	for name, advance := range map[string]func(*engine.Engine, context.Context) (engine.Clock, error){
		"by": func(e *engine.Engine, ctx context.Context) (engine.Clock, error) { return e.Advance(ctx, 24*time.Hour) },
		"to": func(e *engine.Engine, ctx context.Context) (engine.Clock, error) {
			return e.AdvanceTo(ctx, engine.VirtualStart.Add(24*time.Hour))
		},
		"idle": func(e *engine.Engine, ctx context.Context) (engine.Clock, error) { return e.AdvanceUntilIdle(ctx) },
	} {
		for n := 2; n < 50; n++ {
			e := start()
			c, err := advance(e, &countdown{t.Context(), n, func() error { return gone }})
			if !errors.Is(err, gone) && name != "idle" || c.Events >= uint64(n) {
				t.Errorf("%s: it ends after %d events with %v, want fewer than %d", name, c.Events, err, n)
			}
			if c, err = e.AdvanceTo(t.Context(), want.Now); err != nil || c.Events != want.Events {
				t.Errorf("%s: %d events in two parts, and %d in one, %v", name, c.Events, want.Events, err)
			}
			before := c.Events
			c, err = advance(e, &countdown{t.Context(), n, func() error { e.Close(); return nil }})
			if !errors.Is(err, engine.ErrClosed) || c.Events >= before+uint64(n) {
				t.Errorf("%s: once closed it ends after %d events with %v, want fewer than %d", name, c.Events-before, err, n)
			}
		}
	}
}
