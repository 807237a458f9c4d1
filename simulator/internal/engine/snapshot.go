package engine

import (
	"fmt"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Snapshot is a world with all that another engine needs to go on with it.
type Snapshot struct {
	Cluster  string // the cluster's id; "" in a snapshot from before clusters had one
	Scenario Scenario
	Start    time.Time // of virtual time
	// Records are the world's and its history's; there are none of the history in a snapshot from before it was recorded.
	Records []world.Record
}

// Snapshot takes one of the world as it is now.
func (e *Engine) Snapshot() Snapshot {
	e.mu.Lock()
	e.sync()
	// Writing out a large world takes long, and a copy of it does not: nobody has to wait for the former.
	id, scenario, start, copied, recorded := e.cluster, e.scenario, *e.start.Load(), e.world.Clone(), e.history.Clone()
	e.mu.Unlock()
	records := copied.Snapshot()
	for _, r := range recorded.Records() {
		records = append(records, world.Record{Kind: kindHistory, ID: r.ID, Data: r.Data})
	}
	return Snapshot{id, scenario, start, records}
}

// Restore goes on with the world of a snapshot, from the virtual time at which it was taken; the configuration is that
// of its scenario. The cluster is then the snapshot's, or a new one where the snapshot names none. Mode and speed of the
// clock stay as they are. It ends all waits. It returns when that is on disk. The error names what in the snapshot makes no
// sense, or is a *StorageError, and changes nothing.
func (e *Engine) Restore(s Snapshot, config *world.Config) error {
	id, err := e.savedOrNewID(s.Cluster)
	if err != nil {
		return err
	}
	w, h, err := restore(config, s.Records, s.Start)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.failing != nil {
		return e.failing
	}
	e.replace(w, h, id, s.Scenario, s.Start)
	return e.settle(e.changes, e.failures)
}

// restore makes a world whose time is one that an engine can have, and its history.
func restore(config *world.Config, records []world.Record, start time.Time) (*world.World, *history.Recorder, error) {
	ofWorld, ofHistory := splitHistory(records)
	w, err := world.Restore(config, ofWorld)
	if err != nil {
		return nil, nil, err
	}
	if year := start.Year(); year < 1 || year > 9000 || w.Now() > horizon {
		return nil, nil, world.Violates("clock", "start", fmt.Errorf("its time is out of range: %s after %s", w.Now().Duration(), start))
	}
	h, err := restoreHistory(w, ofHistory, start)
	return w, h, err
}
