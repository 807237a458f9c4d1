package engine

import (
	"context"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Change is something that subscribers are told of.
type Change struct {
	Number uint64
	Kind   backend.ChangeKind
	ID     string      // of the environment, zone, node or template
	Event  world.Event // of a task
}

// ErrClosed ends the wait of a subscriber.
var ErrClosed = backend.ErrClosed

const (
	keptChanges = 10_000
	// fewChanges is how many a subscriber is told at once, which bounds what a slow one holds.
	fewChanges = 500
)

// feed keeps the last changes. Its fields are the engine's lock's. There is no queue per subscriber: each has a place in
// the one list, and one that falls behind its start is told so.
type feed struct {
	kept []Change
	last uint64 // number
}

func (f *feed) add(c Change) {
	f.last++
	c.Number = f.last
	if len(f.kept) >= 2*keptChanges {
		f.kept = append(f.kept[:0], f.kept[len(f.kept)-keptChanges:]...)
	}
	f.kept = append(f.kept, c)
}

// after returns the next changes after a number.
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

// note adds what has happened in the world.
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

// noteReplaced begins anew: nothing that happened in another world is of use.
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

// Follow blocks until something has changed since the change with that number, then lets f read what, oldest first and
// some hundreds at most, and the world as it is. A subscriber moves virtual time only as the wall clock does, never an
// auto clock. The error is ctx's, or ErrClosed.
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
