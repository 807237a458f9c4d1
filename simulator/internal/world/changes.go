package world

import (
	"bytes"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// changes notes what has changed since somebody last asked. What there is much of is noted as it changes: each change of
// a task is an event, each pending event passes through plan or cancel. The rest is compared with what it was. A nil
// *changes notes nothing.
type changes struct {
	tasks, jobs map[int32]bool
	keys        map[string]bool
	templates   map[string]bool     // by id
	events      map[uint64]*pending // by order; nil when removed

	world        Record
	queues       []Record
	environments []environmentRecord
	nodes        []nodeState
}

// nodeState is a node as it was. A cache is replaced when it changes, never written to.
type nodeState struct {
	state cluster.State
	life  nodeLife
	cache imageCache
}

func (c *changes) task(n int32) {
	if c != nil {
		c.tasks[n] = true
	}
}

func (c *changes) job(id int32) {
	if c != nil {
		c.jobs[id] = true
	}
}

func (c *changes) key(key string) {
	if c != nil {
		c.keys[key] = true
	}
}

func (c *changes) template(id string) {
	if c != nil {
		c.templates[id] = true
	}
}

func (c *changes) scheduled(h des.Handle, at des.Time, d due) {
	if c != nil {
		c.events[h.Order()] = &pending{at, d}
	}
}

func (c *changes) unscheduled(h des.Handle) {
	if c == nil {
		return
	}
	if _, fresh := c.events[h.Order()]; fresh {
		delete(c.events, h.Order()) // it came and went
		return
	}
	c.events[h.Order()] = nil
}

// Track makes Changes tell what has changed from now on. It costs a little with each change. Clones don't track.
func (w *World) Track() {
	w.changed = &changes{
		tasks: map[int32]bool{}, jobs: map[int32]bool{}, keys: map[string]bool{}, templates: map[string]bool{}, events: map[uint64]*pending{},
		world: w.worldRecord(), queues: make([]Record, len(w.queues)),
		environments: make([]environmentRecord, len(w.environments)), nodes: make([]nodeState, len(w.nodes)),
	}
	for i := range w.queues {
		w.changed.queues[i] = w.queueRecord(i)
	}
	for i := range w.environments {
		w.changed.environments[i] = w.environments[i].record()
	}
	for i := range w.nodes {
		w.changed.nodes[i] = w.nodeState(i)
	}
}

func (w *World) nodeState(i int) nodeState {
	return nodeState{w.cluster.State(i), w.nodes[i], w.caches[i]}
}

func (n *nodeState) equal(o *nodeState) bool {
	return n.state == o.state && n.life == o.life && len(n.cache) == len(o.cache) &&
		(len(n.cache) == 0 || &n.cache[0] == &o.cache[0])
}

// Changes returns the records that have changed since Track or the last Changes, in no particular order: taking them
// over into that state gives what Snapshot returns now. It costs what has changed, not what there is.
func (w *World) Changes() []Record {
	c := w.changed
	if c == nil {
		panic("world: Changes without Track")
	}
	var records []Record
	for n := range c.tasks {
		records = append(records, w.taskRecord(n))
		if w.purged[n-1] != 0 {
			records = append(records, w.purgedRecord(n))
		}
	}
	for id := range c.jobs {
		records = append(records, w.jobRecord(id))
	}
	for key := range c.keys {
		records = append(records, w.keyRecord(key))
	}
	for id := range c.templates {
		records = append(records, w.templateRecord(id))
	}
	for order, p := range c.events {
		records = append(records, p.record(order))
	}
	clear(c.tasks)
	clear(c.jobs)
	clear(c.keys)
	clear(c.templates)
	clear(c.events)
	return append(records, w.compared()...)
}

// compared returns the records of what is compared.
func (w *World) compared() []Record {
	var records []Record
	c := w.changed
	if r := w.worldRecord(); !bytes.Equal(r.Data, c.world.Data) {
		c.world = r
		records = append(records, r)
	}
	for i := range c.queues {
		if r := w.queueRecord(i); !bytes.Equal(r.Data, c.queues[i].Data) {
			c.queues[i] = r
			records = append(records, r)
		}
	}
	for i := range c.environments {
		if r := w.environments[i].record(); r != c.environments[i] {
			c.environments[i] = r
			records = append(records, record(kindEnvironment, w.cfg.Environments[i].ID, r))
		}
	}
	for i := range c.nodes {
		if s := w.nodeState(i); !s.equal(&c.nodes[i]) {
			c.nodes[i] = s
			records = append(records, w.nodeRecord(i))
		}
	}
	return records
}
