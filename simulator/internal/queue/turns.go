package queue

import (
	"container/heap"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// A line may stand before nodes of several kinds, of which a job can use some. Two jobs are rivals if there is a node that both
// could use. A job starts once there is room for it and no rival before it waits: one that waits for other nodes is not in
// its way. With backfill it may start sooner.

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
	// Where all nodes are taken, every other job has a rival before it.
	for len(q.next.list) > 0 && q.taken.Len() < len(q.nodes) {
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

// first is a waiting job before which no rival waits. With backfill it has a reservation in each plan.
type first struct {
	entry        *entry
	reach        cluster.Reach
	tried        bool // there is no room for it until some is given back
	reservations [2]reservation
}

// startFirsts starts first jobs while there is room for one, among from and the jobs behind it. A start may make another job a
// first one.
func (q *Queue) startFirsts(c *cluster.Cluster, p cluster.Policy, now des.Time, started func(Job, cluster.Allocation), from *entry) {
	q.lineUp(c)
	for i := 0; i < len(q.firsts); i++ {
		f := &q.firsts[i]
		if f.tried || q.compare(f.entry, from) < 0 {
			continue
		}
		f.tried = true
		if a, ok := q.try(c, p, f.entry); ok {
			q.run(f.entry, a, now, started)
			q.lineUp(c)
			i = -1
		}
	}
}

// lineUp finds the first jobs, unless they are known. Jobs that were first ones already keep their reservations.
func (q *Queue) lineUp(c *cluster.Cluster) {
	if q.lined {
		return
	}
	old := q.firsts
	q.firsts, q.former, q.promised, q.lined = q.former[:0], old, q.promised[:0], true
	for _, e := range q.inTurn(c) {
		f := first{entry: e, reach: q.reach(c, e)}
		if i := slices.IndexFunc(old, func(f first) bool { return f.entry.ID == e.ID }); i >= 0 {
			f.tried, f.reservations = old[i].tried, old[i].reservations
		}
		q.firsts = append(q.firsts, f)
		q.promised = q.promised.Add(f.reach)
	}
}

// behind reports whether each node that a job could use could be used by a first job. A job behind the first ones of which that is
// true is no first one, and keeps no other from being one.
func (q *Queue) behind(e *entry) bool {
	l := &q.lots[e.class]
	return q.promised.Len() == len(q.nodes) || l.reached && q.promised.Covers(l.reach)
}

func (q *Queue) isFirst(e *entry) bool {
	return slices.ContainsFunc(q.firsts, func(f first) bool { return f.entry.ID == e.ID })
}

// inTurn returns the jobs before which no rival waits, in the order of the line.
func (q *Queue) inTurn(c *cluster.Cluster) []*entry {
	if len(q.waiting) == 0 {
		return nil
	}
	if q.reach(c, q.waiting[0]).Len() == len(q.nodes) {
		return q.waiting[:1:1]
	}
	var candidates []*entry // of each class one: equal jobs are rivals
	for i := range q.lots {
		if jobs := q.lots[i].jobs; len(jobs) > 0 {
			e := jobs[0]
			if q.backfills == ByLimit {
				e = slices.MinFunc(jobs, q.compare)
			}
			candidates = append(candidates, e)
		}
	}
	slices.SortFunc(candidates, q.compare)
	var turn []*entry
	var taken cluster.Reach
	for _, e := range candidates {
		if taken.Len() == len(q.nodes) {
			break
		}
		reach := q.reach(c, e)
		if !taken.Meets(reach) {
			turn = append(turn, e)
		}
		taken = taken.Add(reach)
	}
	return turn
}

// Ahead returns the first of the jobs that j has to wait for although it may have room, and how many they are. With backfill
// these are the first jobs among its rivals, whose reservations it would move. Without backfill they are all rivals before it. j
// need not be in the line: its arrival and limit tell where it would stand.
func (q *Queue) Ahead(c *cluster.Cluster, j Job) (ahead Job, n int) {
	own := &entry{Job: j}
	reach := c.Reach(j.Request)
	if q.discipline == EASY {
		for _, e := range q.inTurn(c) {
			if q.compare(e, own) < 0 && reach.Meets(q.lots[e.class].reach) {
				if n == 0 {
					ahead = e.Job
				}
				n++
			}
		}
		return ahead, n
	}
	for i := range q.lots {
		l := &q.lots[i]
		before := place(l.jobs, own, q.compare)
		if before == 0 || !reach.Meets(c.Reach(l.jobs[0].Request)) {
			continue
		}
		if n == 0 || q.compare(l.jobs[0], &entry{Job: ahead}) < 0 {
			ahead = l.jobs[0].Job
		}
		n += before
	}
	return ahead, n
}
