package queue

import (
	"container/heap"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// A line may stand before nodes of several kinds, of which a job can use some. Two jobs are rivals if there is a node that both
// could use. Without backfill a job starts once there is room for it and no rival before it waits: one that waits for other
// nodes is not in its way.

// startInTurn is Start without backfill.
func (q *Queue) startInTurn(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	if q.considered > 0 {
		q.retake(c)
		// What was considered waits as before; only the jobs behind it are new.
		for q.considered < len(q.waiting) {
			e := q.waiting[q.considered]
			if a, ok := q.turn(c, p, e); ok {
				q.run(e, a, now, started)
			} else {
				q.considered++
			}
		}
		return
	}
	q.reopen(c)
	clear(q.taken)
	if q.taken == nil {
		q.taken = cluster.Reach{0}
	}
	// A long line is not looked through: where the first job of a class has to wait, the others do.
	q.next.queue, q.next.list = q, q.next.list[:0]
	for i := range q.lots {
		q.next.add(&q.lots[i], 0)
	}
	heap.Init(&q.next)
	for len(q.next.list) > 0 && !q.taken.Covers(q.every) {
		l, i := q.next.list[0].lot, q.next.list[0].at
		e := l.jobs[i]
		if a, ok := q.turn(c, p, e); ok {
			q.run(e, a, now, started)
			q.next.advance()
		} else {
			heap.Pop(&q.next)
		}
	}
}

// retake finds which nodes the jobs could use that were considered already, unless that is known.
func (q *Queue) retake(c *cluster.Cluster) {
	if q.taken != nil {
		return
	}
	q.taken = cluster.Reach{0}
	for i := range q.lots {
		l := &q.lots[i]
		if len(l.jobs) > 0 && (q.considered == len(q.waiting) || q.compare(l.jobs[0], q.waiting[q.considered]) < 0) {
			q.taken = q.taken.Add(q.reach(c, l.jobs[0]))
		}
	}
}

// turn places a job if its turn has come. If not, its rivals behind it have to wait as well.
func (q *Queue) turn(c *cluster.Cluster, p cluster.Policy, e *entry) (a cluster.Allocation, ok bool) {
	reach := q.reach(c, e)
	if !q.taken.Meets(reach) {
		if a, ok = q.try(c, p, e); ok {
			return a, true
		}
	}
	q.taken = q.taken.Add(reach)
	return a, false
}

// reach returns the nodes that a job could use.
func (q *Queue) reach(c *cluster.Cluster, e *entry) cluster.Reach {
	l := &q.lots[e.class]
	if !l.reached {
		l.reach, l.reached = c.Reach(e.Request), true
	}
	return l.reach
}

// Ahead returns the first of the jobs that j has to wait for although it may have room, and how many they are. With backfill
// that is only the first of the line, whose reservation j would move. Without backfill it is the rivals before j. j
// need not be in the line: its arrival and limit tell where it would stand.
func (q *Queue) Ahead(c *cluster.Cluster, j Job) (first Job, n int) {
	reach := c.Reach(j.Request)
	for i := range q.lots {
		l := &q.lots[i]
		before := place(l.jobs, &entry{Job: j}, q.compareBackfill)
		if before == 0 || !reach.Meets(c.Reach(l.jobs[0].Request)) {
			continue
		}
		if n == 0 || q.compare(l.jobs[0], &entry{Job: first}) < 0 {
			first = l.jobs[0].Job
		}
		n += before
	}
	if q.discipline == EASY {
		n = min(n, 1)
	}
	return first, n
}
