package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const kindHistory = "history"

// History calls f with what was recorded and the world as it is now. f must not change or keep them.
func (e *Engine) History(f func(*world.World, *history.Recorder)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.sync()
	f(e.world, e.history)
}

// newHistory returns an empty history of a world's pools.
func newHistory(w *world.World, start time.Time) *history.Recorder {
	return history.New(poolNames(w), offset(start), w.Now())
}

func poolNames(w *world.World) []history.Pool {
	pools := w.Pools()
	names := make([]history.Pool, len(pools))
	for i := range pools {
		names[i] = pools[i].Pool
	}
	return names
}

// offset returns the time since the last full hour.
func offset(t time.Time) des.Time {
	t = t.UTC()
	return des.Time(t.Sub(t.Truncate(time.Hour)))
}

// noteNodes adds the node changes among some events to the history.
func (e *Engine) noteNodes(events []world.Event) {
	for i := range events {
		if ev := &events[i]; ev.Type == world.NodeChanged {
			e.history.NoteNode(history.NodeChange{At: ev.At, Node: ev.Node, State: string(ev.Reason)})
		}
	}
}

// splitHistory separates the records of the history from those of the world. It reuses the memory of records.
func splitHistory(records []world.Record) (ofWorld []world.Record, ofHistory []history.Record) {
	ofWorld = records[:0]
	for _, r := range records {
		if r.Kind == kindHistory {
			ofHistory = append(ofHistory, history.Record{ID: r.ID, Data: r.Data})
		} else {
			ofWorld = append(ofWorld, r)
		}
	}
	return ofWorld, ofHistory
}

// restoreHistory restores the saved history of a world, or begins one if none was saved.
func restoreHistory(w *world.World, records []history.Record, start time.Time) (*history.Recorder, error) {
	if len(records) == 0 {
		return newHistory(w, start), nil
	}
	r, err := history.Restore(records, poolNames(w), offset(start), w.Now())
	switch {
	case errors.Is(err, history.ErrNewer):
		return nil, world.Violates(kindHistory, "version", fmt.Errorf("%w (%w)", err, world.ErrNewerState))
	case err != nil:
		return nil, world.Violates(kindHistory, "", err)
	}
	return r, nil
}
