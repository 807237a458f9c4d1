package engine

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/store"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

// Store keeps records durably; store.Store is one.
type Store interface {
	Commit(clears bool, records []store.Record) error
}

// StorageError is a failure to make a change durable. The change may or may not survive the process.
type StorageError struct{ Err error }

func (e *StorageError) Error() string { return "the state could not be saved: " + e.Err.Error() }

func (e *StorageError) Unwrap() error { return e.Err }

// durability is how far the engine's state is on disk. Its fields are the engine's lock's.
type durability struct {
	replaced    bool   // the world is another one than the last commit's
	changes     uint64 // so far
	settled     uint64 // of them, on disk
	inFlight    *commit
	unsaved     *batch // what the last commit should have saved, and failed
	lastClock   []byte // as saved
	lastCluster string // the saved id; "" where none is
	failing     error  // why the last commit failed
}

// commit is one on its way to the disk.
type commit struct {
	upTo uint64 // changes
	done chan struct{}
	err  error
}

// batch is what one commit saves.
type batch struct {
	clears  bool
	records []store.Record
}

func (d *durability) unsettled() { d.changes++ }

// Settle waits until everything that has changed so far is on disk: what a caller has seen of the world until then will
// not be lost. One commit serves all who wait for it. The error is a *StorageError; the changes are then kept, and the
// next Settle tries to save them with what has been added, so that a full disk needs room and no restart. Without a store
// it returns at once.
func (e *Engine) Settle() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.options.Store == nil {
		return nil
	}
	for until := e.changes; e.settled < until; {
		if c := e.inFlight; c != nil {
			e.mu.Unlock()
			<-c.done
			e.mu.Lock()
			if c.err != nil && c.upTo >= until {
				return c.err
			}
			continue
		}
		if err := e.commit(); err != nil {
			return err
		}
	}
	return nil
}

// Failing returns why the last attempt to save the world failed; nil when it did not.
func (e *Engine) Failing() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failing
}

// commit saves all that has changed. The world goes on while the disk works.
func (e *Engine) commit() error {
	c := &commit{upTo: e.changes, done: make(chan struct{})}
	b := e.unsaved.and(e.batch())
	e.inFlight, e.unsaved = c, nil
	e.mu.Unlock()
	err := e.options.Store.Commit(b.clears, b.records)
	e.mu.Lock()
	e.inFlight, e.failing = nil, nil
	if err != nil {
		c.err = &StorageError{err}
		e.unsaved, e.failing = b, c.err
	} else {
		e.settled = c.upTo
	}
	close(c.done)
	return c.err
}

// and adds a later batch. It is the later records that count.
func (b *batch) and(later *batch) *batch {
	if b == nil || later.clears {
		return later
	}
	type key struct{ kind, id string }
	place := make(map[key]int, len(b.records))
	for i, r := range b.records {
		place[key{r.Kind, r.ID}] = i
	}
	for _, r := range later.records {
		if i, ok := place[key{r.Kind, r.ID}]; ok {
			b.records[i] = r
		} else {
			b.records = append(b.records, r)
		}
	}
	return b
}

const (
	kindScenario = "scenario"
	kindClock    = "clock"
	kindCluster  = "cluster"
)

// clockRecord is the clock as it is saved. Version is that of this record and of the scenario's.
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

// clusterRecord is the cluster's id as it is saved. Folders from before clusters had one lack it.
type clusterRecord struct {
	Version int    `json:"version"`
	ID      string `json:"id"`
}

const clusterVersion = 1

// batch takes all that has changed since the last one.
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
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // no record has a field that JSON lacks
	}
	return store.Record{Kind: kind, Data: data}
}

func decode(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more follows the record")
	}
	return nil
}

// decodeVersioned decodes a record unless its version is newer than the one that is known.
func decodeVersioned(data []byte, known int, v any) error {
	var version struct{ Version int }
	if err := json.Unmarshal(data, &version); err != nil {
		return err
	}
	if version.Version > known {
		return fmt.Errorf("its version is %d: %w", version.Version, world.ErrNewerState)
	}
	return decode(data, v)
}

// Identify says which world was saved: of what scenario and with which seed.
func Identify(saved []store.Record) (Scenario, uint64, error) {
	s, err := split(saved)
	if err != nil {
		return Scenario{}, 0, err
	}
	seed, err := world.SeedOf(s.records)
	return s.scenario, seed, err
}

// saved is what a store has.
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
			err = decode(r.Data, &s.scenario)
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

// resume goes on with the saved world.
func (e *Engine) resume() error {
	s, err := split(e.options.Saved)
	if err != nil {
		return err
	}
	e.options.Saved = nil // it may be large
	if err := checkClock(s.clock.Mode, s.clock.Speed); err != nil {
		return err
	}
	if m := s.clock.Moving; m != "" && m != Realtime && m != Auto {
		return fmt.Errorf("clock: it would go on in mode %q", m)
	}
	if s.clock.At < 0 || s.clock.At > horizon {
		return fmt.Errorf("clock: a realtime clock at %d", s.clock.At)
	}
	w, h, err := restore(e.options.Config, s.records, s.clock.Start)
	if err != nil {
		return err
	}
	id, err := e.savedOrNewID(s.cluster.ID)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.replace(w, h, id, s.scenario, s.clock.Start)
	// It is on disk already, unless the folder has no id, or no history.
	e.replaced, e.settled = false, e.changes
	e.lastCluster = s.cluster.ID
	if e.lastCluster == "" || !slices.ContainsFunc(s.records, func(r world.Record) bool { return r.Kind == kindHistory }) {
		e.unsettled()
	}
	w.Track()
	e.moving = s.clock.Moving
	e.setMode(s.clock.Mode, s.clock.Speed)
	if e.mode == Realtime {
		e.wall, e.at = s.clock.Wall, s.clock.At
		e.sync()
	}
	if m := e.options.Mode; m != "" && m != e.mode || e.options.Speed != 0 && e.options.Speed != e.speed {
		e.setMode(cmp.Or(m, e.mode), cmp.Or(e.options.Speed, e.speed))
		e.anchor()
	}
	return nil
}
