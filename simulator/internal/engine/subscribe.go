package engine

import (
	"context"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Change is a change that subscribers are told of.
type Change struct {
	Number uint64
	Kind   backend.ChangeKind
	ID     string      // of the environment, zone, node or template
	Event  world.Event // of a task
}

// ErrClosed is the error of a call that ends because the engine is closed.
var ErrClosed = backend.ErrClosed

const (
	keptChanges = 10_000
	// fewChanges bounds how many changes a subscriber is told at once, and so the memory that a slow one holds.
	fewChanges = 500
)

// feed keeps the last changes. The engine's lock guards its fields. Subscribers have no queues of their own: each has a place in the
// list, and one whose place is no longer in it is told so.
type feed struct {
	kept []Change
	last uint64 // number of the last change
}

func (f *feed) add(c Change) {
	f.last++
	c.Number = f.last
	if len(f.kept) >= 2*keptChanges {
		f.kept = append(f.kept[:0], f.kept[len(f.kept)-keptChanges:]...)
	}
	f.kept = append(f.kept, c)
}

// after returns the changes after a number, fewChanges at most.
func (f *feed) after(number uint64) []Change {
	if number >= f.last {
		return nil
	}
	first := f.last - uint64(len(f.kept)) + 1
	if number+1 < first {
		return []Change{{Number: f.last, Kind: backend.ChangesLost}}
	}
	next := f.kept[number+1-first:]
	return next[:min(len(next), fewChanges)]
}

// note adds what has changed in the world.
func (e *Engine) note(events []world.Event) {
	for i := range events {
		if events[i].Task != "" {
			e.feed.add(Change{Kind: backend.TaskChanged, Event: events[i]})
		}
	}
	touched := e.world.Touched()
	for _, list := range []struct {
		kind backend.ChangeKind
		ids  []string
	}{{backend.EnvironmentChanged, touched.Environments}, {backend.ZoneChanged, touched.Zones},
		{backend.NodeChanged, touched.Nodes}, {backend.TemplateChanged, touched.Templates}} {
		for _, id := range list.ids {
			e.feed.add(Change{Kind: list.kind, ID: id})
		}
	}
}

// noteReplaced drops the changes of the old world.
func (e *Engine) noteReplaced() {
	e.world.Watch()
	e.feed.kept = nil
	e.feed.add(Change{Kind: backend.WorldReplaced})
}

// LastChange returns the number of the last change so far.
func (e *Engine) LastChange() uint64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.feed.last
}

// Follow blocks until something has changed since the change with a number. Then it calls f with the world and the changes, oldest
// first and some hundreds at most. A waiting subscriber doesn't move an auto clock. The error is ctx's, or ErrClosed.
func (e *Engine) Follow(ctx context.Context, number uint64, f func(*world.World, []Change)) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	for {
		e.sync()
		if changes := e.feed.after(number); len(changes) > 0 {
			f(e.world, changes)
			return nil
		}
		if e.isClosed() {
			return ErrClosed
		}
		var timer *time.Timer
		var due <-chan time.Time
		if next, more := e.world.Next(); more && e.mode == Realtime && e.failing == nil {
			timer = time.NewTimer(e.wallUntil(next))
			due = timer.C
		}
		awake := e.sleep(ctx, nil, due)
		if timer != nil {
			timer.Stop()
		}
		if err := ctx.Err(); !awake && err != nil {
			return err
		}
	}
}
