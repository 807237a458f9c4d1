// Package queue is the line of jobs that wait for room in a cluster: in what order they start, and which may overtake.
package queue

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// Discipline is the order in which waiting jobs start.
type Discipline string

const (
	// FIFO starts jobs in the order of arrival; the first waits for its room, and all others behind it.
	FIFO Discipline = "fifo"
	// EASY is FIFO with backfill (Lifka, "The ANL/IBM SP Scheduling System", 1995): the first job has a reservation at
	// the earliest time that all declared limits promise it room, and a later job may start before it if that does not
	// move the reservation.
	EASY Discipline = "easy-backfill"
	// SJF starts the job with the shortest declared limit first, and among equals the first that came; no other
	// overtakes while it waits for its room.
	SJF Discipline = "shortest-job-first"
)

// Disciplines returns the names of all disciplines.
func Disciplines() []Discipline { return []Discipline{FIFO, EASY, SJF} }

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
	waiting    []*entry        // which never change, so that clones share them
	classes    map[class]int32 // jobs that ask for the same are of one class
	considered int             // of waiting: no earlier job may start until room is given back
	refused    []des.Time      // by class: the shortest limit that was too long to overtake the first job, or never
	lots       []lot           // by class
	nodes      []int           // of the zone, by name
	held       [][]holding     // by node of the cluster, by expected end
	reservation
	vacancies []vacancies // the oldest first
	first     []des.Time  // scratch space of earliest
}

type entry struct {
	Job
	class int32
}

// lot is what is known of the waiting jobs of a class.
type lot struct {
	count int
	least des.Time // none has a shorter limit; never where none waits
}

func (l *lot) add(e *entry) {
	l.count++
	l.least = min(l.least, e.Limit)
}

func (l *lot) remove() {
	if l.count--; l.count == 0 {
		l.least = never
	}
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
	q := &Queue{discipline: d, classes: map[class]int32{}, held: make([][]holding, c.Len())}
	for i := range c.Len() {
		if zone == "" || c.Node(i).Zone == zone {
			q.nodes = append(q.nodes, i)
		}
	}
	slices.SortFunc(q.nodes, func(a, b int) int { return strings.Compare(c.Node(a).Name, c.Node(b).Name) })
	return q, nil
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

// Push adds a job to the line. Start decides whether it has to wait.
func (q *Queue) Push(j Job) {
	e := &entry{j, q.class(&j.Request)}
	i, _ := slices.BinarySearchFunc(q.waiting, e, func(w, e *entry) int {
		if q.discipline == SJF && w.Limit != e.Limit {
			return cmp.Compare(w.Limit, e.Limit)
		}
		return cmp.Compare(w.Arrival, e.Arrival)
	})
	q.waiting = slices.Insert(q.waiting, i, e)
	q.lots[e.class].add(e)
	if i == 0 {
		q.forget()
	}
	q.considered = min(q.considered, i)
}

// class numbers the different requests.
func (q *Queue) class(r *cluster.Request) int32 {
	if len(q.classes) > 2*len(q.waiting)+spareClasses {
		q.renumber()
	}
	key := classOf(r)
	n, ok := q.classes[key]
	if !ok {
		n = int32(len(q.classes))
		q.classes[key] = n
		q.refused = append(q.refused, never)
		q.lots = append(q.lots, lot{least: never})
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
	refused := q.refused
	q.classes, q.refused, q.lots = map[class]int32{}, nil, nil
	for i, e := range q.waiting {
		key := classOf(&e.Request)
		n, ok := q.classes[key]
		if !ok {
			n = int32(len(q.classes))
			q.classes[key] = n
			q.refused = append(q.refused, refused[e.class])
			q.lots = append(q.lots, lot{least: never})
		}
		q.lots[n].add(e)
		q.waiting[i] = &entry{e.Job, n} // clones share the old one
	}
}

// Remove takes a job out of the line; false when it does not wait.
func (q *Queue) Remove(id int32) bool {
	i := q.Position(id) - 1
	if i < 0 {
		return false
	}
	of := q.waiting[i].class
	q.waiting = slices.Delete(q.waiting, i, i+1)
	q.lots[of].remove()
	if i == 0 {
		q.forget()
		q.considered = 0
	} else if i < q.considered {
		q.considered--
	}
	// It was refused for the sake of those of its class that wait.
	if q.lots[of].count == 0 {
		q.refused[of] = never
	}
	return true
}

// Ended tells the line that a started job has given back its room.
func (q *Queue) Ended(id int32, a cluster.Allocation) {
	for i := range a.Parts {
		node := a.Parts[i].Node
		q.held[node] = slices.DeleteFunc(q.held[node], func(h holding) bool { return h.id == id })
		q.touch(node)
	}
	q.shadow = nil
	q.considered = 0
}

// Changed tells the line that nodes came or went.
func (q *Queue) Changed() {
	q.forget()
	q.vacancies = nil
	q.considered = 0
}

// Start starts all jobs that may start at time now: it places each, and hands over what it holds.
func (q *Queue) Start(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	if q.considered == 0 {
		for i := range q.refused {
			q.refused[i] = never
		}
		for len(q.waiting) > 0 {
			head := q.waiting[0]
			a, ok := c.Place(head.Request, p)
			if !ok {
				q.considered = 1
				break
			}
			q.run(0, a, now, started)
		}
	}
	if q.discipline == EASY {
		q.backfill(c, p, now, started)
	}
	q.considered = len(q.waiting)
}

// backfill starts jobs behind the first one that do not move its reservation.
func (q *Queue) backfill(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	// Room only shrinks while jobs start, so a class that failed once need not be tried again.
	failed := make([]bool, len(q.classes))
	// Where no class has a job that may still start, the rest of a long line need not be looked through.
	hopeful := 0
	for class := range q.lots {
		if q.lots[class].least < q.refused[class] {
			hopeful++
		}
	}
	for i := max(q.considered, 1); i < len(q.waiting) && hopeful > 0; i++ {
		e := q.waiting[i]
		if failed[e.class] {
			continue
		}
		// Where the policy would put a job changes as others start. Without this an equal one that came later could be put
		// where it does no harm, and pass.
		if e.Limit >= q.refused[e.class] {
			continue
		}
		a, ok := c.Place(e.Request, p)
		if !ok {
			failed[e.class] = true
			hopeful--
			continue
		}
		c.Release(a) // the reservation is for the state without it
		if !q.harmless(c, now, now+e.Limit, a) {
			q.refused[e.class] = e.Limit
			if q.lots[e.class].least >= e.Limit {
				hopeful--
			}
			continue
		}
		if err := c.Hold(a); err != nil {
			panic(err) // it was free a moment ago
		}
		q.run(i, a, now, started)
		if q.lots[e.class].count == 0 {
			hopeful--
		}
		i--
	}
}

// run takes job i out of the line and notes what it holds.
func (q *Queue) run(i int, a cluster.Allocation, now des.Time, started func(Job, cluster.Allocation)) {
	j := q.waiting[i].Job
	q.lots[q.waiting[i].class].remove()
	if i == 0 {
		q.waiting = q.waiting[1:]
		q.forget()
	} else {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.Running(j.ID, a, now+j.Limit)
	started(j, a)
}

// Running notes that a job holds room until ends at the latest. Start does it for the jobs that it starts.
func (q *Queue) Running(id int32, a cluster.Allocation, ends des.Time) {
	if q.discipline != EASY {
		return
	}
	for _, part := range a.Parts {
		on := q.held[part.Node]
		at, _ := slices.BinarySearchFunc(on, ends, func(h holding, t des.Time) int { return cmp.Or(cmp.Compare(h.ends, t), -1) })
		q.held[part.Node] = slices.Insert(on, at, holding{id, ends, part})
		q.touch(part.Node)
	}
	q.shadow = nil
}

// Head returns an independent line of the first n jobs alone, behind what has started.
func (q *Queue) Head(n int) *Queue {
	c := q.Clone()
	if len(c.waiting) <= n {
		return c
	}
	c.waiting = c.waiting[:n:n]
	c.considered = min(c.considered, n)
	for i := range c.lots {
		c.lots[i] = lot{least: never}
	}
	for _, e := range c.waiting {
		c.lots[e.class].add(e)
	}
	for i := range c.lots {
		if c.lots[i].count == 0 {
			c.refused[i] = never // as when the last of its class is removed
		}
	}
	return c
}

// Clone returns an independent line that continues identically.
func (q *Queue) Clone() *Queue {
	c := *q
	c.waiting = slices.Clone(q.waiting)
	c.classes = maps.Clone(q.classes)
	c.refused = slices.Clone(q.refused)
	c.lots = slices.Clone(q.lots)
	c.held = make([][]holding, len(q.held))
	for i, h := range q.held {
		c.held[i] = slices.Clone(h)
	}
	c.reservation, c.vacancies, c.first = reservation{}, nil, nil
	return &c
}
