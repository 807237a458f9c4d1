package queue

import (
	"container/heap"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

type fifo struct{}

func (fifo) Name() string                   { return "fifo" }
func (fifo) compare(a, b *entry) int        { return compareArrival(a, b) }
func (fifo) compareInGroup(a, b *entry) int { return compareArrival(a, b) }
func (fifo) reserves() bool                 { return false }
func (fifo) start(q *Queue, r *round)       { q.startInOrder(r) }

type sjf struct{}

func (sjf) Name() string                   { return "shortest-job-first" }
func (sjf) compare(a, b *entry) int        { return compareLimit(a, b) }
func (sjf) compareInGroup(a, b *entry) int { return compareLimit(a, b) }
func (sjf) reserves() bool                 { return false }
func (sjf) start(q *Queue, r *round)       { q.startInOrder(r) }

// startInOrder starts each job for which there is room and before which no rival waits.
func (q *Queue) startInOrder(r *round) {
	defer func() { q.examined = len(q.waiting) }()
	if q.examined > 0 {
		q.findBlocked(r.cluster)
		// Those examined before wait on; only the jobs behind them are new.
		for q.examined < len(q.waiting) {
			e := q.waiting[q.examined]
			if a, ok := q.tryInOrder(r, e); ok {
				q.run(r, e, a)
			} else {
				q.examined++
			}
		}
		return
	}
	q.forgetRefusals(r.cluster)
	clear(q.blocked)
	if q.blocked == nil {
		q.blocked = cluster.Reach{0}
	}
	// If the first job of a group has to wait, so do the others: they are its rivals.
	q.next.reset(q.compareInGroup)
	for i := range q.groups {
		q.next.add(&q.groups[i], 0)
	}
	heap.Init(&q.next)
	// Once all nodes are blocked, every other job has a rival before it.
	for q.next.Len() > 0 && q.blocked.Len() < len(q.nodes) {
		e := q.next.first()
		if a, ok := q.tryInOrder(r, e); ok {
			q.run(r, e, a)
			q.next.advance()
		} else {
			heap.Pop(&q.next)
		}
	}
}

// findBlocked finds the nodes that the examined jobs could use, unless they are known.
func (q *Queue) findBlocked(c *cluster.Cluster) {
	if q.blocked != nil {
		return
	}
	q.blocked = cluster.Reach{0}
	for i := range q.groups {
		g := &q.groups[i]
		if len(g.jobs) > 0 && (q.examined == len(q.waiting) || q.compare(g.jobs[0], q.waiting[q.examined]) < 0) {
			q.blocked = q.blocked.Add(q.reach(c, g.jobs[0]))
		}
	}
}

// tryInOrder places a job if no rival waits before it and there is room. If not, it blocks the nodes that it could use.
func (q *Queue) tryInOrder(r *round, e *entry) (a cluster.Allocation, ok bool) {
	reach := q.reach(r.cluster, e)
	if !q.blocked.Meets(reach) {
		if a, ok = q.try(r, e); ok {
			return a, true
		}
	}
	q.blocked = q.blocked.Add(reach)
	return a, false
}
