package queue

import (
	"cmp"
	"iter"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Job is a request for room. It must fit an empty cluster, or it blocks its rivals for ever.
type Job struct {
	ID       int32
	Priority int   // a job with a higher one stands before all with a lower one
	Arrival  int64 // place in the order of arrival, different for each job; a job that returns keeps its own
	Request  cluster.Request
	Limit    des.Time // walltime limit: the longest that it will hold its room, as declared
}

// Queue is the waiting jobs of one zone of a cluster, or of the whole of it, and what the started ones hold.
type Queue struct {
	discipline              Discipline
	compare, compareInGroup func(a, b *entry) int // the discipline's
	waiting                 sorted
	classes                 map[class]int32 // the group of each class of requests
	groups                  []group
	examined                int           // waiting[:examined] can't start until room is given back
	freed                   []int         // nodes on which room was given back since the last start
	nodes                   []int         // of the zone, by name
	places                  []int32       // by node of the cluster: its index in nodes, if it is in the zone
	blocked                 cluster.Reach // without reservations: the nodes that waiting[:examined] could use; nil if unknown
	held                    [][]holding   // with reservations: by place of the node, by expected end
	plans                   [2]plan       // with the nodes that are up, and with those that are out of service as well
	heads                   []head        // in the queue's order
	reserved                cluster.Reach // the nodes that the heads could use
	headsKnown              bool          // heads and reserved are up to date
	outages                 []outage      // by node

	oldHeads []head     // scratch space of findHeads
	next     candidates // scratch space of start
	entries  []entry    // for the jobs to come
	round    round      // scratch space of Start
}

// entry is a waiting job. It never changes, so clones share it.
type entry struct {
	Job
	group int32
}

// sorted is jobs in some order.
type sorted []*entry

// without returns the jobs without the i-th. Most jobs leave near the front of a long queue, so the shorter side moves.
func (s sorted) without(i int) sorted {
	if i < len(s)/2 {
		copy(s[1:], s[:i])
		s[0] = nil
		return s[1:]
	}
	return slices.Delete(s, i, i+1)
}

// place returns the index of a job in s, or the one it would get.
func place(s sorted, e *entry, compare func(a, b *entry) int) int {
	// Most jobs come at the end and leave at the front.
	switch n := len(s); {
	case n == 0 || s[0] == e:
		return 0
	case compare(s[n-1], e) < 0:
		return n
	}
	i, _ := slices.BinarySearchFunc(s, e, compare)
	return i
}

// holding is a part of a started job on one node.
type holding struct {
	id   int32
	ends des.Time // at the latest
	part cluster.Part
}

// New returns an empty queue for a zone of a cluster, or for the whole cluster if zone is "".
func New(d Discipline, c *cluster.Cluster, zone string) *Queue {
	q := &Queue{discipline: d, compare: d.compare, compareInGroup: d.compareInGroup, classes: map[class]int32{}}
	nodes, places := c.Places(zone)
	q.nodes, q.places, q.held = make([]int, len(nodes)), places, make([][]holding, len(nodes))
	for i, node := range nodes {
		q.nodes[i] = int(node)
	}
	return q
}

// Len returns how many jobs wait.
func (q *Queue) Len() int { return len(q.waiting) }

// Position returns a job's position, 1 for the first; 0 if it does not wait.
func (q *Queue) Position(id int32) int {
	return slices.IndexFunc(q.waiting, func(e *entry) bool { return e.ID == id }) + 1
}

// Waiting yields the waiting jobs in their order.
func (q *Queue) Waiting() iter.Seq[Job] {
	return func(yield func(Job) bool) {
		for i := range q.waiting {
			if !yield(q.waiting[i].Job) {
				return
			}
		}
	}
}

// Grow allocates memory for n more jobs.
func (q *Queue) Grow(n int) {
	q.waiting = slices.Grow(q.waiting, n)
	q.entries = make([]entry, n)
}

// Push adds a job. Start decides whether it has to wait.
func (q *Queue) Push(j Job) {
	if len(q.entries) == 0 {
		q.entries = make([]entry, 1)
	}
	e := &q.entries[0]
	q.entries = q.entries[1:]
	*e = entry{j, q.groupOf(&j.Request)}
	i := place(q.waiting, e, q.compare)
	q.waiting = slices.Insert(q.waiting, i, e)
	q.groups[e.group].insert(e, q.compareInGroup)
	q.headsKnown = q.headsKnown && len(q.heads) > 0 && q.isCovered(e) && q.compare(q.heads[len(q.heads)-1].entry, e) < 0
	if q.discipline.reserves() || i >= q.examined {
		q.examined = min(q.examined, i)
	} else {
		q.examined = 0 // those behind it have to wait for it
	}
}

// take removes a job from the queue.
func (q *Queue) take(e *entry) {
	q.waiting = q.waiting.without(place(q.waiting, e, q.compare))
	g := &q.groups[e.group]
	g.jobs = g.jobs.without(place(g.jobs, e, q.compareInGroup))
	if len(g.jobs) == 0 {
		g.shortest = never
	}
	// Another job may become a head if the job was one, or stood before one that it kept from being a head.
	q.headsKnown = q.headsKnown && q.isCovered(e) && !q.isHead(e)
}

// Remove removes a waiting job; false if it does not wait.
func (q *Queue) Remove(id int32) bool {
	i := q.Position(id) - 1
	if i < 0 {
		return false
	}
	e := q.waiting[i]
	q.take(e)
	q.examined = 0
	// A refusal holds for the jobs of the group that wait.
	if g := &q.groups[e.group]; len(g.jobs) == 0 {
		g.refused = never
	}
	return true
}

// Ended says that a started job has given back what it held.
func (q *Queue) Ended(id int32, a cluster.Allocation) {
	for i := range a.Parts {
		node := a.Parts[i].Node
		on := &q.held[q.places[node]]
		*on = slices.DeleteFunc(*on, func(h holding) bool { return h.id == id })
		q.holdingsChanged(node)
		q.freed = append(q.freed, node)
	}
	q.examined = 0
}

// Changed says that nodes came or went.
func (q *Queue) Changed() {
	for i := range q.heads {
		q.heads[i].reservations = [2]reservation{}
	}
	for i := range q.plans {
		q.plans[i].vacancies = nil
	}
	for i := range q.groups {
		q.groups[i].full = false
	}
	q.examined = 0
}

// round is one Start.
type round struct {
	cluster *cluster.Cluster
	policy  cluster.Policy
	now     des.Time
	started []startedJob // so far
}

type startedJob struct {
	job        Job
	allocation cluster.Allocation
}

// Start starts all jobs that may start now: it places each with the policy and takes it out of the queue. Then it calls started for
// each, with what the job holds.
func (q *Queue) Start(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	r := &q.round
	*r = round{c, p, now, r.started[:0]}
	q.discipline.start(q, r)
	for i := range r.started {
		started(r.started[i].job, r.started[i].allocation)
	}
	clear(r.started)
}

// forgetRefusals makes refused jobs candidates again, since room has been given back.
func (q *Queue) forgetRefusals(c *cluster.Cluster) {
	for i := range q.groups {
		g := &q.groups[i]
		g.refused = never
		g.full = g.full && !slices.ContainsFunc(q.freed, func(node int) bool { return c.Fits(node, &g.fit) })
	}
	q.freed = q.freed[:0]
}

// try places a job, if there is room.
func (q *Queue) try(r *round, e *entry) (a cluster.Allocation, ok bool) {
	g := &q.groups[e.group]
	if g.full {
		return a, false
	}
	if a, ok = r.cluster.Place(e.Request, r.policy); !ok {
		g.fit, g.full = r.cluster.Fit(e.Request) // a gang has no single fit to watch for
	}
	return a, ok
}

// run takes a job out of the queue and notes what it holds.
func (q *Queue) run(r *round, e *entry, a cluster.Allocation) {
	q.take(e)
	q.Running(e.ID, a, r.now+e.Limit)
	r.started = append(r.started, startedJob{e.Job, a})
}

// Running notes that a job holds room until ends at the latest. Start does it for the jobs that it starts.
func (q *Queue) Running(id int32, a cluster.Allocation, ends des.Time) {
	if !q.discipline.reserves() {
		return
	}
	for _, part := range a.Parts {
		on := &q.held[q.places[part.Node]]
		at, _ := slices.BinarySearchFunc(*on, ends, func(h holding, t des.Time) int { return cmp.Or(cmp.Compare(h.ends, t), -1) })
		*on = slices.Insert(*on, at, holding{id, ends, part})
		q.holdingsChanged(part.Node)
	}
}

// Relimit says that a started job holds its room until ends at the latest, and no longer until what was declared before.
func (q *Queue) Relimit(id int32, a cluster.Allocation, ends des.Time) {
	q.Ended(id, a)
	q.Running(id, a, ends)
}

// Heads returns the jobs before which no rival waits, in the queue's order.
func (q *Queue) Heads(c *cluster.Cluster) []Job {
	var heads []Job
	for _, e := range q.withoutRival(c) {
		heads = append(heads, e.Job)
	}
	return heads
}

// Ahead returns the first of the jobs that j has to wait for even if there is room for it, and how many they are. With
// reservations these are its rivals among the heads. Without, they are all rivals before it. j need not be in the queue: its arrival
// and limit tell its place.
func (q *Queue) Ahead(c *cluster.Cluster, j Job) (ahead Job, n int) {
	own := &entry{Job: j}
	reach := c.Reach(j.Request)
	if q.discipline.reserves() {
		for _, e := range q.withoutRival(c) {
			if q.compare(e, own) < 0 && reach.Meets(q.groups[e.group].reach) {
				if n == 0 {
					ahead = e.Job
				}
				n++
			}
		}
		return ahead, n
	}
	for i := range q.groups {
		g := &q.groups[i]
		before := place(g.jobs, own, q.compare)
		if before == 0 || !reach.Meets(c.Reach(g.jobs[0].Request)) {
			continue
		}
		if n == 0 || q.compare(g.jobs[0], &entry{Job: ahead}) < 0 {
			ahead = g.jobs[0].Job
		}
		n += before
	}
	return ahead, n
}
