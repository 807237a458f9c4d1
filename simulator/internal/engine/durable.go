package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Store keeps records durably; store.Store is one.
type Store interface {
	// Commit makes changes durable, all or none.
	Commit(clears bool, records []store.Record) error
	// Load returns the records of all commits that succeeded.
	Load() ([]store.Record, error)
	// Probe returns why a commit would fail now.
	Probe() error
}

// StorageError is a failure to make a change durable. The change is undone.
type StorageError = backend.StorageError

// durability says which changes are on disk. The engine's lock guards its fields.
type durability struct {
	replaced    bool          // the world was replaced since the last commit
	changes     uint64        // number of changes so far
	settled     uint64        // how many of them are on disk
	inFlight    chan struct{} // closed when the running commit ends; nil if none is running
	lastClock   []byte        // as saved
	lastCluster string        // the saved id; "" if none is saved
	storageFailure
}

// Settle is SettleSince with the present mark, for a caller that doesn't share the engine.
func (e *Engine) Settle() error { return e.SettleSince(e.Mark()) }

// SettleSince waits until everything that has changed so far is on disk, so that what the caller has seen since the mark will not be
// lost. One commit serves all who wait for it. A *StorageError says that some of what the caller has seen is undone. Without a
// store SettleSince returns at once.
func (e *Engine) SettleSince(m Mark) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.settle(e.changes, m)
}

// settle waits until the changes up to a number are on disk. The caller made or saw them after mark m.
func (e *Engine) settle(until uint64, m Mark) error {
	if e.options.Store == nil {
		return nil
	}
	for {
		switch {
		case e.failures > m && until <= e.reached[m]:
			return nil // it was on disk before the failure
		case e.failures > m || e.unknown:
			return e.failed
		case e.failing != nil || until <= e.settled:
			// While nothing can be saved nothing changes, so everything visible is on disk.
			return nil
		}
		c := e.inFlight
		if c == nil {
			e.commit()
			continue
		}
		e.mu.Unlock()
		<-c
		e.mu.Lock()
	}
}

// commit saves everything that has changed. It gives up the lock while the disk works.
func (e *Engine) commit() {
	done := make(chan struct{})
	upTo, config, b := e.changes, e.world.Config(), e.batch()
	e.inFlight = done
	e.mu.Unlock()
	err := e.options.Store.Commit(b.clears, b.records)
	e.mu.Lock()
	e.inFlight = nil
	if err != nil {
		e.freeze(&StorageError{Err: err})
	} else {
		e.settled, e.savedConfig = upTo, config
	}
	close(done)
}

// batch is what one commit saves.
type batch struct {
	clears  bool
	records []store.Record
}

// noteChange counts a change that is not on disk yet.
func (d *durability) noteChange() { d.changes++ }

const (
	kindScenario = "scenario"
	kindClock    = "clock"
	kindCluster  = "cluster"
)

// clockRecord is the saved form of the clock. Version is that of this record and of the scenario's.
type clockRecord struct {
	Version int       `json:"version"`
	Mode    Mode      `json:"mode"`
	Moving  Mode      `json:"moving,omitempty"` // absent in version 1
	Speed   float64   `json:"speed"`
	Start   time.Time `json:"start"`
	Wall    time.Time `json:"wall"`
	At      des.Time  `json:"at"`
}

const clockVersion = 2

// clusterRecord is the saved form of the cluster's id. Folders of the first versions lack it.
type clusterRecord struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
}

const clusterVersion = 1

// batch returns everything that has changed since the last batch.
func (e *Engine) batch() *batch {
	b := &batch{clears: e.replaced}
	var changed []world.Record
	if e.replaced {
		e.world.Track()
		changed = e.world.Snapshot()
		b.records = append(b.records, encode(kindScenario, e.scenario))
		e.history.Unsave()
		e.replaced, e.lastClock, e.lastCluster = false, nil, ""
	} else {
		changed = e.world.Changes()
	}
	for _, r := range changed {
		b.records = append(b.records, store.Record(r))
	}
	for _, r := range e.history.Changes() {
		b.records = append(b.records, store.Record{Kind: kindHistory, ID: r.ID, Data: r.Data})
	}
	clock := encode(kindClock, clockRecord{clockVersion, e.mode, e.moving, e.speed, *e.start.Load(), e.wall.Round(0).UTC(), e.at})
	if !bytes.Equal(clock.Data, e.lastClock) {
		e.lastClock = clock.Data
		b.records = append(b.records, clock)
	}
	if e.cluster != e.lastCluster {
		e.lastCluster = e.cluster
		b.records = append(b.records, encode(kindCluster, clusterRecord{clusterVersion, e.cluster}))
	}
	return b
}

func encode(kind string, v any) store.Record {
	return store.Record{Kind: kind, Data: recordjson.Encode(v)}
}

// decodeVersioned decodes a record. It returns an error if the record's version is newer than known.
func decodeVersioned(data []byte, known int, v any) error {
	var version struct{ Version int }
	if err := json.Unmarshal(data, &version); err != nil {
		return err
	}
	if version.Version > known {
		return fmt.Errorf("its version is %d: %w", version.Version, world.ErrNewerState)
	}
	return recordjson.Decode(data, v)
}

// SavedWorld returns the scenario and the seed of a saved world.
func SavedWorld(saved []store.Record) (Scenario, uint64, error) {
	s, err := split(saved)
	if err != nil {
		return Scenario{}, 0, err
	}
	seed, err := world.SeedOf(s.records)
	return s.scenario, seed, err
}

// saved is the decoded content of a store.
type saved struct {
	scenario Scenario
	clock    clockRecord
	cluster  clusterRecord
	records  []world.Record
}

func split(list []store.Record) (s saved, err error) {
	seen := map[string]bool{}
	for _, r := range list {
		switch r.Kind {
		case kindScenario:
			err = recordjson.Decode(r.Data, &s.scenario)
		case kindClock:
			err = decodeVersioned(r.Data, clockVersion, &s.clock)
		case kindCluster:
			err = decodeVersioned(r.Data, clusterVersion, &s.cluster)
			if err == nil && s.cluster.ID == "" {
				err = errors.New("it has no id")
			}
		default:
			s.records = append(s.records, world.Record(r))
			continue
		}
		if err != nil {
			return s, fmt.Errorf("%s: %w", r.Kind, err)
		}
		seen[r.Kind] = true
	}
	if !seen[kindScenario] || !seen[kindClock] {
		return s, errors.New("it has no scenario, or no clock")
	}
	return s, nil
}

// resume continues with the saved world.
func (e *Engine) resume() error {
	saved := e.options.Saved
	e.options.Saved = nil // it may be large
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.load(saved, e.options.Config); err != nil {
		return err
	}
	e.savedConfig = e.options.Config
	if m := e.options.Mode; m != "" && m != e.mode || e.options.Speed != 0 && e.options.Speed != e.speed {
		e.setMode(cmp.Or(m, e.mode), cmp.Or(e.options.Speed, e.speed))
		e.anchor()
	}
	return nil
}

// load makes a saved world the present one, with its clock. config is its configuration.
func (e *Engine) load(list []store.Record, config *world.Config) error {
	s, err := split(list)
	if err != nil {
		return err
	}
	if err := checkClock(s.clock.Mode, s.clock.Speed); err != nil {
		return err
	}
	if m := s.clock.Moving; m != "" && m != Realtime && m != Auto {
		return fmt.Errorf("clock: it would go on in mode %q", m)
	}
	if s.clock.At < 0 || s.clock.At > horizon {
		return fmt.Errorf("clock: a realtime clock at %d", s.clock.At)
	}
	recorded := slices.ContainsFunc(s.records, func(r world.Record) bool { return r.Kind == kindHistory })
	w, h, err := restore(config, s.records, s.clock.Start)
	if err != nil {
		return err
	}
	id, err := e.savedOrNewID(s.cluster.ID)
	if err != nil {
		return err
	}
	e.replace(w, h, id, s.scenario, s.clock.Start)
	// It is already on disk, unless the folder lacks an id or a history.
	e.replaced, e.settled = false, e.changes
	e.lastCluster = s.cluster.ID
	if e.lastCluster == "" || !recorded {
		e.noteChange()
	}
	w.Track()
	e.moving = s.clock.Moving
	e.setMode(s.clock.Mode, s.clock.Speed)
	if e.mode == Realtime {
		e.wall, e.at = s.clock.Wall, s.clock.At
		e.sync()
	}
	return nil
}
