package engine

import (
	"context"
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Wait blocks until ready returns true, and then returns true. It returns false when d has passed in virtual or in real time, when ctx
// ends, and when the engine is closed or reset. Real time counts on every clock, so that no client hangs if virtual time stands
// still. With an auto clock the waiting clients move time: each advances the world to the next event or to the first of all deadlines.
func (e *Engine) Wait(ctx context.Context, d time.Duration, ready func(*world.World) bool) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	began := e.world
	deadline := began.Now().Add(d)
	e.deadlines[&deadline] = struct{}{}
	defer delete(e.deadlines, &deadline)
	expired := time.NewTimer(d)
	defer expired.Stop()
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
		case e.failing != nil: // time stands still
		case e.mode == Auto && more:
			e.advance(min(next, e.firstDeadline()))
			// Let others have the lock between two events.
			e.mu.Unlock()
			e.mu.Lock()
			select {
			case <-expired.C:
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
		awake := e.sleep(ctx, expired.C, due)
		if timer != nil {
			timer.Stop()
		}
		if !awake {
			return false
		}
		e.sync()
	}
}

// Waiting returns how many calls of Wait have not returned yet.
func (e *Engine) Waiting() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.deadlines)
}

// sleep gives up the lock until something changes or an event is due. It returns false when the wait must end.
func (e *Engine) sleep(ctx context.Context, expired, due <-chan time.Time) bool {
	changed := e.changed
	e.mu.Unlock()
	defer e.mu.Lock()
	select {
	case <-changed:
		return true
	case <-due:
		return true
	case <-expired:
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

// firstDeadline returns the earliest deadline of all waits.
func (e *Engine) firstDeadline() des.Time {
	first := des.Time(math.MaxInt64) // every waiting client's own deadline is in the set
	for d := range e.deadlines {
		first = min(first, *d)
	}
	return max(first, e.world.Now())
}
