package world

import (
	"bytes"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// changes follows the journal for Changes: it keeps which records are out of date.
type changes struct {
	subjects map[subject]struct{}   // by the kind that is saved
	events   map[uint64]*datedEvent // by order in the calendar; nil for one that is no longer pending
	// saved has the records that are noted far more often than they change.
	saved map[subject][]byte
}

// savedAs maps each kind of subject to the kind by which changes knows its record. Kinds that are not saved are absent.
var savedAs = [subjectKinds]struct {
	kind  subjectKind
	saved bool
}{
	figures: {figures, true}, taskSubject: {taskSubject, true}, jobSubject: {jobSubject, true}, keySubject: {keySubject, true},
	templateSubject: {templateSubject, true}, zoneSubject: {zoneSubject, true},
	environmentState: {environmentState, true}, environmentService: {environmentState, true},
	nodeState: {nodeState, true}, nodeMemory: {nodeState, true},
}

func (c *changes) note(s subject) {
	if as := savedAs[s.kind]; as.saved {
		s.kind = as.kind
		c.subjects[s] = struct{}{}
	}
}

func (c *changes) scheduled(order uint64, at des.Time, e pendingEvent) {
	c.events[order] = &datedEvent{at, e}
}

func (c *changes) unscheduled(order uint64) {
	if c.events[order] != nil {
		delete(c.events, order) // it came and went since the last Changes
		return
	}
	c.events[order] = nil
}

// Track makes Changes tell what has changed from now on. Clones are not tracked.
func (w *World) Track() {
	c := &changes{subjects: map[subject]struct{}{}, events: map[uint64]*datedEvent{}, saved: map[subject][]byte{}}
	c.saved[subject{kind: figures}] = w.figuresRecord().Data
	for i := range w.queues.list {
		c.saved[subject{kind: zoneSubject, n: i}] = w.queues.record(i).Data
	}
	w.journal.changed = c
}

// Changes returns the records that have changed since Track or the last Changes, in no particular order. Applied to the
// state of that time they give what Snapshot returns now. The cost grows with what has changed, not with the state.
// Changes panics without Track.
func (w *World) Changes() []Record {
	c := w.journal.changed
	if c == nil {
		panic("world: Changes without Track")
	}
	var records []Record
	for s := range c.subjects {
		for _, r := range w.recordsOf(s) {
			if saved, ok := c.saved[s]; ok {
				if bytes.Equal(saved, r.Data) {
					continue
				}
				c.saved[s] = r.Data
			}
			records = append(records, r)
		}
	}
	for order, e := range c.events {
		records = append(records, e.record(order))
	}
	clear(c.subjects)
	clear(c.events)
	return records
}

// recordsOf returns the records of a subject, of a kind that is saved. A task that was purged has two: its removal, and
// what is kept of it.
func (w *World) recordsOf(s subject) []Record {
	switch s.kind {
	case figures:
		return []Record{w.figuresRecord()}
	case taskSubject:
		return w.tasks.records(int32(s.n))
	case jobSubject:
		return []Record{w.background.record(int32(s.n))}
	case keySubject:
		return []Record{w.keys.record(s.name)}
	case templateSubject:
		return []Record{w.templates.record(templateID(s.n))}
	case environmentState:
		return []Record{w.environments.record(s.n)}
	case nodeState:
		return []Record{w.outages.record(s.n)}
	case zoneSubject:
		return []Record{w.queues.record(s.n)}
	}
	return nil
}
