package world

import (
	"maps"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

// StateVersion is the version of what records say. It grows when a field is added or changes its meaning, so that no
// older simulator reads a newer state and drops what it doesn't know.
const StateVersion = 1

// Record is one piece of a world's state: a task, a node, an idempotency key, a pending event. All records together are
// the whole state. Two of one kind never have the same ID.
type Record struct {
	Kind, ID string
	Data     []byte // JSON; nil in a change that removes the record
}

// The kinds of records.
const (
	kindWorld       = "world" // the figures that there is one of
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

type worldRecord struct {
	Version     int        `json:"version"`
	Seed        uint64     `json:"seed"`
	Now         des.Time   `json:"now"`
	Processed   uint64     `json:"processed"`
	Tasks       int32      `json:"tasks"` // ever created
	Arrivals    int64      `json:"arrivals"`
	Placements  []byte     `json:"placements"`
	Templates   int        `json:"templates"`   // ever created
	Jobs        int32      `json:"jobs"`        // of the background, ever made
	Arrived     []int      `json:"arrived"`     // by load
	LastArrival []des.Time `json:"lastArrival"` // likewise
}

type taskRecord struct {
	Spec
	Mode        LaunchMode     `json:"mode"`
	Environment string         `json:"environment,omitempty"`
	Status      Status         `json:"status"`
	Phase       Phase          `json:"phase,omitempty"`
	Reason      string         `json:"reason,omitempty"`
	Created     des.Time       `json:"created"`
	Placed      des.Time       `json:"placed,omitempty"`
	Began       des.Time       `json:"began,omitempty"`
	PhaseBegan  des.Time       `json:"phaseBegan,omitempty"`
	Started     des.Time       `json:"started,omitempty"`
	Resumed     des.Time       `json:"resumed,omitempty"`
	Queued      des.Time       `json:"queued,omitempty"`
	Arrival     int64          `json:"arrival,omitempty"`
	Limit       des.Time       `json:"limit,omitempty"`
	Finished    des.Time       `json:"finished,omitempty"`
	Holds       []cluster.Part `json:"holds,omitempty"`
	Nodes       []string       `json:"nodes,omitempty"`
	Length      des.Time       `json:"length"`
	Served      des.Time       `json:"served,omitempty"`
	Target      des.Time       `json:"target,omitempty"`
	WasStarted  bool           `json:"wasStarted,omitempty"`
	Billed      des.Time       `json:"billed,omitempty"`
	Saved       des.Time       `json:"saved,omitempty"`
	Attempts    int            `json:"attempts,omitempty"`
	Crashes     int            `json:"crashes,omitempty"`
	Losses      int            `json:"losses,omitempty"`
	Revision    int            `json:"revision"`
	History     savedHistory   `json:"history"`
}

type environmentRecord struct {
	Running bool     `json:"running"`
	Since   des.Time `json:"since"`
	Service des.Time `json:"service,omitempty"`
	Last    des.Time `json:"last,omitempty"`
}

type nodeRecord struct {
	State  string     `json:"state"`
	By     string     `json:"by"`
	Events int        `json:"events,omitempty"`
	Since  des.Time   `json:"since,omitempty"`
	Cache  imageCache `json:"cache,omitempty"`
}

type queueRecord struct {
	Refused map[int32]des.Time `json:"refused,omitempty"`
}

type jobRecord struct {
	Load    int            `json:"load"`
	GPUs    int            `json:"gpus"`
	Arrival int64          `json:"arrival"`
	Length  des.Time       `json:"length"`
	Started des.Time       `json:"started,omitempty"`
	Holds   []cluster.Part `json:"holds,omitempty"`
}

type keyedRecord struct {
	Digest   []byte    `json:"digest"`
	At       des.Time  `json:"at"`
	Tasks    []Created `json:"tasks,omitempty"`
	Template *Template `json:"template,omitempty"`
}

type eventRecord struct {
	At   des.Time `json:"at"`
	Kind string   `json:"kind"`
	Of   int32    `json:"of"`
}

// Snapshot returns the whole state, in an order that depends on nothing else. Restore makes a world of it that continues
// as w would.
func (w *World) Snapshot() []Record {
	records := []Record{w.worldRecord()}
	for i := range w.tasks {
		if w.tasks[i] != nil {
			records = append(records, w.taskRecord(int32(i+1)))
		}
		if w.purged[i] != 0 {
			records = append(records, w.purgedRecord(int32(i+1)))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(w.keys)) {
		records = append(records, w.keyRecord(key))
	}
	for _, t := range w.templates {
		records = append(records, record(kindTemplate, t.ID, t))
	}
	for i := range w.environments {
		records = append(records, record(kindEnvironment, w.cfg.Environments[i].ID, w.environments[i].record()))
	}
	for i := range w.nodes {
		records = append(records, w.nodeRecord(i))
	}
	for i := range w.queues {
		records = append(records, w.queueRecord(i))
	}
	for _, j := range w.background.inOrder() {
		records = append(records, w.jobRecord(j.id))
	}
	for e := range w.calendar.All() {
		records = append(records, (&pending{e.At, e.Event}).record(e.Handle.Order()))
	}
	return records
}

func record(kind, id string, v any) Record {
	return Record{kind, id, recordjson.Encode(v)}
}

func number(n int32) string { return strconv.Itoa(int(n)) }

func (w *World) worldRecord() Record {
	placements, err := w.placements.MarshalBinary()
	if err != nil {
		panic(err) // it never fails
	}
	return record(kindWorld, "", worldRecord{
		Version: StateVersion, Seed: w.seed, Now: w.now, Processed: w.processed, Tasks: int32(len(w.tasks)),
		Arrivals: w.arrivals, Placements: placements, Templates: w.templatesMade, Jobs: w.background.made, Arrived: w.background.arrived,
		LastArrival: w.background.last,
	})
}

// taskRecord is a removal when there is no such task any more.
func (w *World) taskRecord(n int32) Record {
	t := w.tasks[n-1]
	if t == nil {
		return Record{Kind: kindTask, ID: number(n)}
	}
	r := taskRecord{
		Spec: t.Spec, Mode: t.mode, Status: t.status, Phase: t.phase, Reason: t.reason, Created: t.created,
		Placed: t.placed, Began: t.began, PhaseBegan: t.phaseBegan, Started: t.started, Resumed: t.resumed,
		Queued: t.queued, Arrival: t.arrival, Limit: t.limit, Finished: t.finished, Holds: t.allocation.Parts,
		Nodes: t.nodes, Length: t.length, Served: t.served, Target: t.target, WasStarted: t.wasStarted,
		Billed: t.billed, Saved: t.saved, Attempts: t.attempts, Crashes: t.crashes, Losses: t.losses,
		Revision: t.revision, History: t.history,
	}
	if t.mode == Existing {
		r.Environment = w.cfg.Environments[t.environment].ID
	}
	return record(kindTask, number(n), r)
}

func (w *World) purgedRecord(n int32) Record {
	return record(kindPurged, number(n), finalStatuses[w.purged[n-1]])
}

func (w *World) keyRecord(key string) Record {
	k, ok := w.keys[key]
	if !ok {
		return Record{Kind: kindKey, ID: key}
	}
	return record(kindKey, key, keyedRecord{k.digest[:], k.at, k.tasks, k.template})
}

// templateRecord is a removal when there is no such template any more.
func (w *World) templateRecord(id string) Record {
	t := w.template(id)
	if t == nil {
		return Record{Kind: kindTemplate, ID: id}
	}
	return record(kindTemplate, id, t)
}

func (e *environment) record() environmentRecord {
	return environmentRecord{e.running, e.since, e.service, e.last}
}

func (w *World) nodeRecord(i int) Record {
	return record(kindNode, w.cluster.Node(i).Name, nodeRecord{
		State: w.cluster.State(i).String(), By: w.nodes[i].by.String(), Events: w.nodes[i].events, Since: w.nodes[i].since, Cache: w.caches[i],
	})
}

func (w *World) queueRecord(zone int) Record {
	return record(kindQueue, w.cfg.Zones[zone].ID, queueRecord{w.queues[zone].Refused()})
}

func (w *World) jobRecord(id int32) Record {
	j, ok := w.background.jobs[id]
	if !ok {
		return Record{Kind: kindJob, ID: number(id)}
	}
	return record(kindJob, number(id), jobRecord{
		Load: j.load, GPUs: j.request.GPUs, Arrival: j.arrival, Length: j.length, Started: j.started, Holds: j.allocation.Parts,
	})
}

// pending is an event in the calendar.
type pending struct {
	at des.Time
	due
}

// record is a removal of an event that is pending no more.
func (p *pending) record(order uint64) Record {
	id := strconv.FormatUint(order, 10)
	if p == nil {
		return Record{Kind: kindEvent, ID: id}
	}
	return record(kindEvent, id, eventRecord{p.at, dueNames[p.kind], p.id})
}

// dueNames are the kinds of pending events as records name them.
var dueNames = [...]string{
	phaseEnds: "phase ends", trainingEnds: "training ends", environmentServes: "environment serves",
	trainingCrashes: "training crashes", nodeFails: "node fails", nodeReturns: "node returns",
	nodeDrains: "node drains", nodeUndrains: "node undrains",
	backgroundArrives: "background arrives", backgroundEnds: "background ends",
}
