package engine_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
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
