// Package queue is the line of jobs that wait for room in a cluster: in what order they start, and which may overtake.
package queue

import (
	"cmp"
	"container/heap"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Discipline is the order in which waiting jobs start.
type Discipline string

const (
	// FIFO starts jobs in the order of arrival. While a job waits for room, later ones that could use the same nodes wait, too.
	FIFO Discipline = "fifo"
	// EASY is FIFO with backfill (Lifka, "The ANL/IBM SP Scheduling System", 1995): the first job has a reservation at
	// the earliest time that all declared limits promise it room, and a later job may start before it if that does not
	// move the reservation. Each job that could use no node that a job before it could use counts as a first one.
	EASY Discipline = "easy-backfill"
	// SJF starts the job with the shortest declared limit first, and among equals the first that came. While it waits for
	// room, others that could use the same nodes wait, too.
	SJF Discipline = "shortest-job-first"
)

// Disciplines returns the names of all disciplines.
func Disciplines() []Discipline { return []Discipline{FIFO, EASY, SJF} }

// Backfill is the order in which jobs are looked at that may overtake the first.
type Backfill string

const (
	// ByArrival looks at them in the order of the line.
	ByArrival Backfill = "arrival"
	// ByLimit looks at the one with the shortest declared limit first, and among equals at the first that came.
	ByLimit Backfill = "shortest"
)

// Job is a request for room. It must fit an empty cluster, or it blocks the line for good.
type Job struct {
	ID      int32
	Arrival int64 // its number in the order of arrival, different for each; a job that returns keeps its own
	Request cluster.Request
	Limit   des.Time // the longest that it will hold its room, as declared
}

// Queue is a line before one zone of a cluster, or before the whole of it. It keeps track of what has started, by its
// expected end.
type Queue struct {
	discipline Discipline
	backfills  Backfill // in this order
	waiting    sorted
	classes    map[class]int32 // jobs that ask for the same are of one class
	lots       []lot           // by class
	considered int             // of waiting: no earlier job may start until room is given back
	given      []int           // nodes on which room was given back since the last start
	nodes      []int           // of the zone, by name
	places     []int32         // by node of the cluster: its index in nodes, where it is one of them
	taken      cluster.Reach   // without backfill, the nodes that the considered could use; nil where unknown
	held       [][]holding     // by place of the node, by expected end
	plans      [2]plan         // with the nodes that are up, and with those that are out as well
	firsts     []first         // the jobs that have a reservation, in the order of the line
	promised   cluster.Reach   // the nodes that these could use
	lined      bool            // both are up to date
	former     []first         // scratch space of lineUp
	outages    []outage        // of nodes, in their order
	next       candidates      // scratch space of backfill
	entries    []entry         // for the jobs to come
}

// entry is a waiting job. It never changes, so that clones share it.
type entry struct {
	Job
	class int32
}

// sorted is jobs in the discipline's order.
type sorted []*entry

// without returns the jobs without the i-th. Most leave near the front of a long line, so the shorter side moves.
func (s sorted) without(i int) sorted {
	if i < len(s)/2 {
		copy(s[1:], s[:i])
		s[0] = nil
		return s[1:]
	}
	return slices.Delete(s, i, i+1)
}

// lot is the waiting jobs of a class.
type lot struct {
	jobs    sorted
	least   des.Time    // none has a shorter limit; never where none waits
	refused des.Time    // the shortest limit that was too long to overtake a first job, or never
	full    bool        // no node has had room for the fit since it was last looked for
	fit     cluster.Fit // where full
	reach   cluster.Reach
	reached bool // the reach is known
}

// class is what a request asks for; the zone is the queue's.
type class struct {
	gpus, milli int
	cpu, memory int64
	types       string
}

// holding is a part of a started job on one node.
type holding struct {
	id   int32
	ends des.Time // at the latest
	part cluster.Part
}

// New returns an empty line before a zone, or with "" before the whole cluster.
func New(d Discipline, c *cluster.Cluster, zone string) (*Queue, error) {
	if !slices.Contains(Disciplines(), d) {
		return nil, fmt.Errorf("no queue discipline is named %q; there are fifo, easy-backfill and shortest-job-first", d)
	}
	q := &Queue{discipline: d, backfills: ByArrival, classes: map[class]int32{}}
	nodes, places := c.Places(zone)
	q.nodes, q.places, q.held = make([]int, len(nodes)), places, make([][]holding, len(nodes))
	for i, node := range nodes {
		q.nodes[i] = int(node)
	}
	return q, nil
}

// Backfill chooses the order of backfill, instead of ByArrival. It must be called before the first Push.
func (q *Queue) Backfill(b Backfill) error {
	if b != ByArrival && b != ByLimit {
		return fmt.Errorf("no order of backfill is named %q; there are arrival and shortest", b)
	}
	q.backfills = b
	return nil
}

// Len returns how many jobs wait.
func (q *Queue) Len() int { return len(q.waiting) }

// Position returns a job's place in the line, 1 for the first; 0 when it does not wait.
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

// Grow makes room for so many more jobs.
func (q *Queue) Grow(n int) {
	q.waiting = slices.Grow(q.waiting, n)
	q.entries = make([]entry, n)
}

// Push adds a job to the line. Start decides whether it has to wait.
func (q *Queue) Push(j Job) {
	if len(q.entries) == 0 {
		q.entries = make([]entry, 1)
	}
	e := &q.entries[0]
	q.entries = q.entries[1:]
	*e = entry{j, q.class(&j.Request)}
	i := place(q.waiting, e, q.compare)
	q.waiting = slices.Insert(q.waiting, i, e)
	l := &q.lots[e.class]
	l.jobs = slices.Insert(l.jobs, place(l.jobs, e, q.compareBackfill), e)
	l.least = min(l.least, e.Limit)
	q.lined = q.lined && len(q.firsts) > 0 && q.behind(e) && q.compare(q.firsts[len(q.firsts)-1].entry, e) < 0
	if q.discipline == EASY || i >= q.considered {
		q.considered = min(q.considered, i)
	} else {
		q.considered = 0 // those behind it have to wait for it
	}
}

// place returns where a job stands among others in their order, or would stand.
func place(s sorted, e *entry, compare func(a, b *entry) int) int {
	// Most come at the end, and many leave at the front.
	switch n := len(s); {
	case n == 0 || s[0] == e:
		return 0
	case compare(s[n-1], e) < 0:
		return n
	}
	i, _ := slices.BinarySearchFunc(s, e, compare)
	return i
}

func (q *Queue) compare(a, b *entry) int {
	if q.discipline == SJF && a.Limit != b.Limit {
		return cmp.Compare(a.Limit, b.Limit)
	}
	return cmp.Compare(a.Arrival, b.Arrival)
}

// compareBackfill orders the jobs that may overtake the first one. The jobs of a class are kept in this order.
func (q *Queue) compareBackfill(a, b *entry) int {
	if q.discipline == EASY && q.backfills == ByLimit && a.Limit != b.Limit {
		return cmp.Compare(a.Limit, b.Limit)
	}
	return q.compare(a, b)
}

// take takes a job out of the line.
func (q *Queue) take(e *entry) {
	q.waiting = q.waiting.without(place(q.waiting, e, q.compare))
	l := &q.lots[e.class]
	l.jobs = l.jobs.without(place(l.jobs, e, q.compareBackfill))
	if len(l.jobs) == 0 {
		l.least = never
	}
	// Without it another job may be a first one: if it was one itself, or stood before that job.
	q.lined = q.lined && q.behind(e) && !q.isFirst(e)
}

// class numbers the different requests.
func (q *Queue) class(r *cluster.Request) int32 {
	if len(q.classes) > 2*len(q.waiting)+spareClasses {
		q.renumber()
	}
	key := classOf(r)
	n, ok := q.classes[key]
	if !ok {
		n = int32(len(q.lots))
		q.classes[key] = n
		q.lots = append(q.lots, lot{least: never, refused: never})
	}
	return n
}

func classOf(r *cluster.Request) class {
	return class{r.GPUs, r.Milli, r.CPUMilli, r.MemoryMiB, strings.Join(r.GPUTypes, "|")}
}

// spareClasses is how many classes that nobody waits in are kept, so that a short line is not renumbered at each job.
const spareClasses = 64

// renumber forgets the classes that nobody waits in.
func (q *Queue) renumber() {
	old := q.lots
	q.classes, q.lots, q.lined = map[class]int32{}, nil, false
	for i, e := range q.waiting {
		n := q.class(&e.Request)
		q.waiting[i] = &entry{e.Job, n} // clones share the old one
		l := &q.lots[n]
		l.jobs = slices.Insert(l.jobs, place(l.jobs, q.waiting[i], q.compareBackfill), q.waiting[i])
		of := &old[e.class]
		l.least, l.refused, l.full, l.fit, l.reach, l.reached = of.least, of.refused, of.full, of.fit, of.reach, of.reached
	}
}

// Remove takes a job out of the line; false when it does not wait.
func (q *Queue) Remove(id int32) bool {
	i := q.Position(id) - 1
	if i < 0 {
		return false
	}
	e := q.waiting[i]
	q.take(e)
	q.considered = 0
	// It was refused for the sake of those of its class that wait.
	if l := &q.lots[e.class]; len(l.jobs) == 0 {
		l.refused = never
	}
	return true
}

// Ended tells the line that a started job has given back its room.
func (q *Queue) Ended(id int32, a cluster.Allocation) {
	for i := range a.Parts {
		node := a.Parts[i].Node
		on := &q.held[q.places[node]]
		*on = slices.DeleteFunc(*on, func(h holding) bool { return h.id == id })
		q.touch(node)
		q.given = append(q.given, node)
	}
	q.considered = 0
}

// Changed tells the line that nodes came or went.
func (q *Queue) Changed() {
	for i := range q.firsts {
		q.firsts[i].reservations = [2]reservation{}
	}
	for i := range q.plans {
		q.plans[i].vacancies = nil
	}
	for i := range q.lots {
		q.lots[i].full = false
	}
	q.considered = 0
}

// Start starts all jobs that may start at time now: it places each, and hands over what it holds.
func (q *Queue) Start(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	if q.discipline != EASY {
		q.startInTurn(c, p, now, started)
		q.considered = len(q.waiting)
		return
	}
	if len(q.outages) > 0 {
		// The longer an outage lasts, the longer a job may be that overtakes: those turned down before are looked at again.
		q.considered = 0
	}
	if q.considered == 0 {
		q.reopen(c)
	}
	if q.considered < len(q.waiting) {
		from := q.waiting[q.considered]
		for i := range q.firsts {
			q.firsts[i].tried = false
		}
		for again := true; again; {
			q.startFirsts(c, p, now, started, from)
			again = q.backfill(c, p, now, started, from)
		}
	}
	q.considered = len(q.waiting)
}

// reopen forgets who was turned down, since room has been given back.
func (q *Queue) reopen(c *cluster.Cluster) {
	for i := range q.lots {
		l := &q.lots[i]
		l.refused = never
		l.full = l.full && !slices.ContainsFunc(q.given, func(node int) bool { return c.Fits(node, &l.fit) })
	}
	q.given = q.given[:0]
}

// try places a job, if there is room.
func (q *Queue) try(c *cluster.Cluster, p cluster.Policy, e *entry) (a cluster.Allocation, ok bool) {
	l := &q.lots[e.class]
	if l.full {
		return a, false
	}
	if a, ok = c.Place(e.Request, p); !ok {
		l.fit, l.full = c.Fit(e.Request) // of a gang nothing so simple is known
	}
	return a, ok
}

// backfill starts jobs that move no reservation, among from and the jobs behind it. When a start may have made another job a first
// one, it stops and returns true.
func (q *Queue) backfill(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation), from *entry) bool {
	// A long line is not looked through: of each class only the next job counts that may still start.
	q.next.queue, q.next.list = q, q.next.list[:0]
	for i := range q.lots {
		l := &q.lots[i]
		if !l.full && l.least < l.refused {
			at := 0
			if q.backfills == ByArrival {
				at = place(l.jobs, from, q.compare)
			}
			q.next.add(l, at)
		}
	}
	heap.Init(&q.next)
	for len(q.next.list) > 0 {
		l, i := q.next.list[0].lot, q.next.list[0].at
		e := l.jobs[i]
		if q.compare(e, from) < 0 {
			q.next.list[0].at++ // it was looked at before, and stays where it is
			q.next.advance()
			continue
		}
		if q.isFirst(e) {
			heap.Pop(&q.next) // there is no room for it
			continue
		}
		a, ok := q.try(c, p, e)
		if !ok {
			// Room only shrinks while jobs start, so a class that failed once need not be tried again.
			heap.Pop(&q.next)
			continue
		}
		c.Release(a) // the reservation is for the state without it
		if q.harmless(c, now, now+e.Limit, a) {
			if err := c.Hold(a); err != nil {
				panic(err) // it was free a moment ago
			}
			q.reach(c, e) // for run to know whom it was in the way of
			q.run(e, a, now, started)
			if !q.lined {
				return true
			}
		} else {
			l.refused = e.Limit
		}
		q.next.advance()
	}
	return false
}

// run takes a job out of the line and notes what it holds.
func (q *Queue) run(e *entry, a cluster.Allocation, now des.Time, started func(Job, cluster.Allocation)) {
	q.take(e)
	q.Running(e.ID, a, now+e.Limit)
	started(e.Job, a)
}

// Running notes that a job holds room until ends at the latest. Start does it for the jobs that it starts.
func (q *Queue) Running(id int32, a cluster.Allocation, ends des.Time) {
	if q.discipline != EASY {
		return
	}
	for _, part := range a.Parts {
		on := &q.held[q.places[part.Node]]
		at, _ := slices.BinarySearchFunc(*on, ends, func(h holding, t des.Time) int { return cmp.Or(cmp.Compare(h.ends, t), -1) })
		*on = slices.Insert(*on, at, holding{id, ends, part})
		q.touch(part.Node)
	}
}

// Head returns an independent line of the first n jobs alone, behind what has started.
func (q *Queue) Head(n int) *Queue {
	c := *q
	c.classes = maps.Clone(q.classes)
	c.given = slices.Clone(q.given)
	all := 0
	for _, on := range q.held {
		all += len(on)
	}
	held := make([]holding, 0, all)
	c.held = make([][]holding, len(q.held))
	for i, on := range q.held {
		from := len(held)
		held = append(held, on...)
		c.held[i] = held[from:len(held):len(held)]
	}
	c.plans, c.next = [2]plan{}, candidates{}
	c.firsts, c.former, c.promised, c.lined, c.entries = nil, nil, nil, false, nil
	c.outages = slices.Clone(q.outages)

	n = min(n, len(q.waiting))
	c.waiting = slices.Clone(q.waiting[:n])
	c.considered = min(q.considered, n)
	c.taken = nil
	c.lots = slices.Clone(q.lots)
	for i := range c.lots {
		c.lots[i].jobs, c.lots[i].least = nil, never
	}
	for _, e := range c.waiting {
		l := &c.lots[e.class]
		l.jobs = slices.Insert(l.jobs, place(l.jobs, e, c.compareBackfill), e)
		l.least = min(l.least, e.Limit)
	}
	for i := range c.lots {
		// As when the last of its class is removed.
		if l := &c.lots[i]; len(l.jobs) == 0 && len(q.lots[i].jobs) > 0 {
			l.refused = never
		}
	}
	return &c
}

// Clone returns an independent line that continues identically.
func (q *Queue) Clone() *Queue { return q.Head(len(q.waiting)) }
