package world

import (
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// pendingEvent is an event scheduled in the calendar.
type pendingEvent struct {
	kind eventKind
	id   int32 // number of the task, index of the environment, node or background load, id of the background job
}

type eventKind uint8

// The kinds of pending events. Those of nodes come in pairs, in the order of outages.kinds.
const (
	phaseEnds eventKind = iota
	trainingEnds
	environmentServes
	trainingCrashes
	nodeFails
	nodeReturns
	nodeDrains
	nodeUndrains
	backgroundArrives
	backgroundEnds
	limitReached
)

// eventNames are the names of the kinds in records.
var eventNames = [...]string{
	phaseEnds: "phase ends", trainingEnds: "training ends", environmentServes: "environment serves",
	trainingCrashes: "training crashes", nodeFails: "node fails", nodeReturns: "node returns",
	nodeDrains: "node drains", nodeUndrains: "node undrains",
	backgroundArrives: "background arrives", backgroundEnds: "background ends",
	limitReached: "limit reached",
}

// datedEvent is a pending event with its time.
type datedEvent struct {
	at des.Time
	pendingEvent
}

// eventRecord is a pending event as it is saved. Its record's ID is the event's order in the calendar.
type eventRecord struct {
	At   des.Time `json:"at"`
	Kind string   `json:"kind"`
	Of   int32    `json:"of"`
}

// record returns the event's record: a removal where e is nil, since the event is no longer pending.
func (e *datedEvent) record(order uint64) Record {
	id := strconv.FormatUint(order, 10)
	if e == nil {
		return Record{Kind: kindEvent, ID: id}
	}
	return record(kindEvent, id, eventRecord{e.at, eventNames[e.kind], e.id})
}
