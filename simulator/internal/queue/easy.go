package queue

import (
	"container/heap"
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// Backfill is the order in which jobs are examined that may overtake.
type Backfill string

// The orders of backfill.
const (
	ByArrival Backfill = "arrival"  // the queue's order
	ByLimit   Backfill = "shortest" // the shortest limit first, and among equals the first that came
)

// EASYWith returns EASY with an order of backfill.
func EASYWith(b Backfill) (Discipline, error) {
	switch b {
	case ByArrival:
		return EASY, nil
	case ByLimit:
		return easy{shortestFirst: true}, nil
	}
	return nil, fmt.Errorf("no order of backfill is named %q; there are arrival and shortest", b)
}

type easy struct{ shortestFirst bool }

func (easy) Name() string            { return "easy-backfill" }
func (easy) compare(a, b *entry) int { return compareArrival(a, b) }
func (easy) reserves() bool          { return true }

func (d easy) compareInGroup(a, b *entry) int {
	if d.shortestFirst {
		return compareLimit(a, b)
	}
	return compareArrival(a, b)
}

func (d easy) start(q *Queue, r *round) {
	if len(q.outages) > 0 {
		// The longer an outage lasts, the longer a job may be that overtakes: those refused before are examined again.
		q.examined = 0
	}
	if q.examined == 0 {
		q.forgetRefusals(r.cluster)
	}
	if q.examined < len(q.waiting) {
		from := q.waiting[q.examined]
		for i := range q.heads {
			q.heads[i].tried = false
		}
		for again := true; again; {
			q.startHeads(r, from)
			again = d.backfill(q, r, from)
		}
	}
	q.examined = len(q.waiting)
}

// backfill starts jobs that delay no head, among from and the jobs behind it. It stops and returns true when a start may have
// made another job a head.
func (d easy) backfill(q *Queue, r *round, from *entry) bool {
	q.next.reset(q.compareInGroup)
	for i := range q.groups {
		g := &q.groups[i]
		if !g.full && g.shortest < g.refused {
			at := 0
			if !d.shortestFirst {
				at = place(g.jobs, from, q.compare)
			}
			q.next.add(g, at)
		}
	}
	heap.Init(&q.next)
	for q.next.Len() > 0 {
		e := q.next.first()
		if q.compare(e, from) < 0 {
			q.next.skip() // it was examined before, and waits on
			continue
		}
		if q.isHead(e) {
			heap.Pop(&q.next) // there is no room for it
			continue
		}
		a, ok := q.try(r, e)
		if !ok {
			// Room only shrinks while jobs start, so a group that did not fit need not be tried again.
			heap.Pop(&q.next)
			continue
		}
		r.cluster.Release(a) // reservations are for the state without it
		if q.keepsReservations(r, e, a) {
			if err := r.cluster.Hold(a); err != nil {
				panic(err) // it was free a moment ago
			}
			q.reach(r.cluster, e) // take needs it to tell whether the heads change
			q.run(r, e, a)
			if !q.headsKnown {
				return true
			}
		} else {
			q.groups[e.group].refused = e.Limit
		}
		q.next.advance()
	}
	return false
}

// head is a waiting job before which no rival waits. It has a reservation in each plan.
type head struct {
	entry        *entry
	reach        cluster.Reach
	tried        bool // there is no room for it until some is given back
	reservations [2]reservation
}

// startHeads starts heads while there is room for one, among from and the jobs behind it. Each start may make another job a head.
func (q *Queue) startHeads(r *round, from *entry) {
	q.findHeads(r.cluster)
	for i := 0; i < len(q.heads); i++ {
		h := &q.heads[i]
		if h.tried || q.compare(h.entry, from) < 0 {
			continue
		}
		h.tried = true
		if a, ok := q.try(r, h.entry); ok {
			q.run(r, h.entry, a)
			q.findHeads(r.cluster)
			i = -1
		}
	}
}

// findHeads finds the heads, unless they are known. Jobs that were heads before keep their reservations.
func (q *Queue) findHeads(c *cluster.Cluster) {
	if q.headsKnown {
		return
	}
	old := q.heads
	q.heads, q.oldHeads, q.reserved, q.headsKnown = q.oldHeads[:0], old, q.reserved[:0], true
	for _, e := range q.withoutRival(c) {
		h := head{entry: e, reach: q.reach(c, e)}
		if i := slices.IndexFunc(old, func(h head) bool { return h.entry.ID == e.ID }); i >= 0 {
			h.tried, h.reservations = old[i].tried, old[i].reservations
		}
		q.heads = append(q.heads, h)
		q.reserved = q.reserved.Add(h.reach)
	}
}

// isCovered reports whether a head could use each node that the job could use. If the job stands behind the heads, it is then no
// head, and no job is a head or not because of it.
func (q *Queue) isCovered(e *entry) bool {
	g := &q.groups[e.group]
	return q.reserved.Len() == len(q.nodes) || g.reached && q.reserved.Covers(g.reach)
}

func (q *Queue) isHead(e *entry) bool {
	return slices.ContainsFunc(q.heads, func(h head) bool { return h.entry.ID == e.ID })
}

// withoutRival returns the jobs before which no rival waits, in the queue's order.
func (q *Queue) withoutRival(c *cluster.Cluster) []*entry {
	if len(q.waiting) == 0 {
		return nil
	}
	if q.reach(c, q.waiting[0]).Len() == len(q.nodes) {
		return q.waiting[:1:1]
	}
	var candidates []*entry // one of each group, since equal jobs are rivals
	for i := range q.groups {
		if jobs := q.groups[i].jobs; len(jobs) > 0 {
			first := jobs[0]
			if e, ok := q.discipline.(easy); ok && e.shortestFirst {
				first = slices.MinFunc(jobs, q.compare)
			}
			candidates = append(candidates, first)
		}
	}
	slices.SortFunc(candidates, q.compare)
	var free []*entry
	var blocked cluster.Reach
	for _, e := range candidates {
		if blocked.Len() == len(q.nodes) {
			break
		}
		reach := q.reach(c, e)
		if !blocked.Meets(reach) {
			free = append(free, e)
		}
		blocked = blocked.Add(reach)
	}
	return free
}
