package world

import (
	"maps"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

// StateVersion is the version of the records' format. It grows when a field is added or changes its meaning. An older
// simulator refuses a newer state, instead of dropping what it does not know.
const StateVersion = 2

// Record is a piece of a world's state: a task, a node, an idempotency key, a pending event. All records together are the
// whole state. No two records of one kind have the same ID.
type Record struct {
	Kind, ID string
	Data     []byte // JSON; nil in a change that removes the record
}

// The kinds of records.
const (
	kindWorld       = "world" // the figures of which there is one each
	kindTask        = "task"
	kindPurged      = "purged"
	kindKey         = "key"
	kindTemplate    = "template"
	kindEnvironment = "environment"
	kindNode        = "node"
	kindQueue       = "queue"
	kindJob         = "job"
	kindEvent       = "event"
)

// figuresRecord has the figures of which a world has one each.
type figuresRecord struct {
	Version     int        `json:"version"`
	Seed        uint64     `json:"seed"`
	Now         des.Time   `json:"now"`
	Processed   uint64     `json:"processed"`
	Tasks       int32      `json:"tasks"` // ever created
	Arrivals    int64      `json:"arrivals"`
	Placements  []byte     `json:"placements"`
	Templates   int        `json:"templates"`   // ever created
	Jobs        int32      `json:"jobs"`        // of the background load, ever arrived
	Arrived     []int      `json:"arrived"`     // jobs, by load
	LastArrival []des.Time `json:"lastArrival"` // of a job, by load
}

// Snapshot returns the whole state, in an order that depends on nothing else. Restore makes a world of it that continues
// as w would.
func (w *World) Snapshot() []Record {
	records := []Record{w.figuresRecord()}
	for i := range w.tasks.list {
		if w.tasks.list[i] != nil || w.tasks.purged[i] != 0 {
			records = append(records, w.tasks.records(int32(i+1))...)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.keys.records)) {
		records = append(records, w.keys.record(key))
	}
	for _, t := range w.templates.list {
		records = append(records, w.templates.record(t.ID))
	}
	for i := range w.environments.list {
		records = append(records, w.environments.record(i))
	}
	for i := range w.outages.list {
		records = append(records, w.outages.record(i))
	}
	for i := range w.queues.list {
		records = append(records, w.queues.record(i))
	}
	for _, j := range w.background.inOrder() {
		records = append(records, w.background.record(j.id))
	}
	for e := range w.calendar.All() {
		records = append(records, (&datedEvent{e.At, e.Event}).record(e.Handle.Order()))
	}
	return slices.DeleteFunc(records, func(r Record) bool { return r.Data == nil }) // a purged task's removal
}

func (w *World) figuresRecord() Record {
	placements, err := w.queues.placements.MarshalBinary()
	if err != nil {
		panic(err) // it never fails
	}
	return record(kindWorld, "", figuresRecord{
		Version: StateVersion, Seed: w.seed, Now: w.now, Processed: w.processed, Tasks: int32(len(w.tasks.list)),
		Arrivals: w.queues.arrivals, Placements: placements, Templates: w.templates.made, Jobs: w.background.made, Arrived: w.background.arrived,
		LastArrival: w.background.last,
	})
}

// record makes a record of a value that JSON can represent.
func record(kind, id string, v any) Record {
	return Record{kind, id, recordjson.Encode(v)}
}

// number writes a number as the ID of a record.
func number(n int32) string { return strconv.Itoa(int(n)) }
