package engine

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// probeEvery is the time between two attempts to write to a disk that refused a commit.
const probeEvery = time.Second

// storageFailure is the state of an engine whose store has refused a commit. The world returns to what is on disk and stands still. It can
// be read and refuses every change until a probe of the store succeeds. Then time continues.
type storageFailure struct {
	failing  error    // why nothing can be saved now; nil if it can
	failed   error    // why the last failed commit failed, or why it could not be undone
	failures Mark     // number of failures so far
	reached  []uint64 // by failure: how many changes were on disk
	unknown  bool     // what is on disk can't be read, so the world may show more than that
	// savedConfig is the configuration of the last saved world; nil before the first commit.
	savedConfig *world.Config
}

// Mark is a point in an engine's life, for SettleSince.
type Mark = backend.Mark

// Mark returns the present point. SettleSince tells whether what was seen and done since then is saved.
func (e *Engine) Mark() Mark {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failures
}

// Failing returns why nothing can be saved now; nil if it can.
func (e *Engine) Failing() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failing
}

// readable reports whether the world can be read while nothing can be saved: the world and its cluster's id must be on disk. A folder
// of the first versions has no id until one is saved.
func (e *Engine) readable() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.failing != nil && !e.unknown && e.savedConfig != nil && e.lastCluster != ""
}

// freeze undoes everything that is not on disk and refuses changes until a probe succeeds.
func (e *Engine) freeze(err error) {
	e.failing, e.failed = err, err
	e.failures++
	e.reached = append(e.reached, e.settled)
	e.options.Storage(err)
	e.unknown = true
	if e.savedConfig == nil {
		return // the first commit; there is no world to go back to, and New fails
	}
	e.undo()
	go e.probe()
}

// undo returns to what is on disk.
func (e *Engine) undo() {
	saved, err := e.options.Store.Load()
	if err == nil {
		err = e.load(saved, e.savedConfig)
	}
	e.unknown = err != nil
	if err != nil {
		e.failed = &StorageError{Err: errors.Join(e.failed, fmt.Errorf("and what is on disk can't be read: %w", err))}
		e.options.Storage(e.failed)
	}
}

// probe tries the store until it accepts writes again or the engine is closed.
func (e *Engine) probe() {
	every := time.NewTicker(probeEvery)
	defer every.Stop()
	for {
		select {
		case <-every.C:
		case <-e.closed:
			return
		}
		err := e.options.Store.Probe()
		if e.thaw(err) {
			return
		}
	}
}

// thaw handles the result of a probe. If err is nil it allows changes again and returns true.
func (e *Engine) thaw(err error) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err == nil && e.unknown {
		e.undo()
	}
	if err != nil || e.unknown {
		e.failing = &StorageError{Err: cmp.Or(err, e.failed)}
		return false
	}
	e.failing = nil
	e.options.Storage(nil)
	e.announce()
	return true
}
