package engine

import (
	"fmt"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Snapshot is a world with everything that another engine needs to continue it.
type Snapshot struct {
	Cluster  string // the cluster's id; "" in snapshots of the first versions
	Scenario Scenario
	Start    time.Time // of virtual time
	// Records are the world's and its history's. Snapshots of the first versions have no history.
	Records []world.Record
}

// Snapshot returns a snapshot of the world as it is now.
func (e *Engine) Snapshot() Snapshot {
	e.mu.Lock()
	e.sync()
	// Encoding a large world takes long, copying it does not. So encode a copy, without the lock.
	id, scenario, start, copied, recorded := e.cluster, e.scenario, *e.start.Load(), e.world.Clone(), e.history.Clone()
	e.mu.Unlock()
	records := copied.Snapshot()
	for _, r := range recorded.Records() {
		records = append(records, world.Record{Kind: kindHistory, ID: r.ID, Data: r.Data})
	}
	return Snapshot{id, scenario, start, records}
}

// Restore continues with the world of a snapshot, from the virtual time at which it was taken. config is the configuration of its
// scenario. The cluster is then the snapshot's, or a new one if the snapshot names none. The clock keeps its mode and speed. Restore
// ends all waits and returns when the world is on disk. An error names the invariant that the snapshot violates, or is a *StorageError;
// then nothing has changed.
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

// restore restores a world and its history. Its time must be in an engine's range.
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
