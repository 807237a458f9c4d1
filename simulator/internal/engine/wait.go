package engine

import (
	"context"
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Wait blocks until ready is true of the world, which it reports, or until d has passed in virtual or in real time, ctx ends,
// or the engine is closed or reset. Real time counts on every clock: virtual time may stand still, or be slow, and no client
// is left hanging. With an auto clock it is the waiting clients that move
// time: each takes the world to the next event, or to the first of all deadlines.
func (e *Engine) Wait(ctx context.Context, d time.Duration, ready func(*world.World) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	began := e.world
	deadline := began.Now().Add(d)
	e.deadlines[&deadline] = struct{}{}
	defer delete(e.deadlines, &deadline)
	over := time.NewTimer(d)
	defer over.Stop()
	for {
		if ready(e.world) {
			return true
		}
		if e.world != began || e.world.Now() >= min(deadline, horizon) || ctx.Err() != nil || e.isClosed() {
			return false
		}
		next, more := e.world.Next()
		var timer *time.Timer
		var due <-chan time.Time
		switch {
		case e.failing != nil: // until it can be saved again
		case e.mode == Auto && more:
			e.advance(min(next, e.firstDeadline()))
			// Others must get their turn between two events.
			e.mu.Unlock()
			e.mu.Lock()
			select {
			case <-over.C:
				return ready(e.world)
			default:
			}
			continue
		case e.mode == Realtime:
			until := deadline
			if more {
				until = min(next, deadline)
			}
			timer = time.NewTimer(e.wallUntil(until))
			due = timer.C
		}
		awake := e.sleep(ctx, over.C, due)
		if timer != nil {
			timer.Stop()
		}
		if !awake {
			return false
		}
		e.sync()
	}
}

// Waiting is how many calls of Wait have not returned yet.
func (e *Engine) Waiting() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.deadlines)
}

// sleep unlocks the engine until something changes or is due; false when the wait is over.
func (e *Engine) sleep(ctx context.Context, over, due <-chan time.Time) bool {
	changed := e.changed
	e.mu.Unlock()
	defer e.mu.Lock()
	select {
	case <-changed:
		return true
	case <-due:
		return true
	case <-over:
	case <-ctx.Done():
	case <-e.closed:
	}
	return false
}

func (e *Engine) isClosed() bool {
	select {
	case <-e.closed:
		return true
	default:
		return false
	}
}

// firstDeadline is the earliest among all that wait.
func (e *Engine) firstDeadline() des.Time {
	first := des.Time(math.MaxInt64) // every waiting client's own deadline is in the set
	for d := range e.deadlines {
		first = min(first, *d)
	}
	return max(first, e.world.Now())
}
