package queue

import (
	"slices"
	"strings"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// group is the waiting jobs of one class.
type group struct {
	jobs     sorted
	shortest des.Time    // no job has a shorter limit; never if none waits
	refused  des.Time    // the shortest limit with which a job of the group would have delayed a head, or never
	full     bool        // no node has room for fit
	fit      cluster.Fit // set if full
	reach    cluster.Reach
	reached  bool // reach is set
}

func (g *group) insert(e *entry, compare func(a, b *entry) int) {
	g.jobs = slices.Insert(g.jobs, place(g.jobs, e, compare), e)
	g.shortest = min(g.shortest, e.Limit)
}

// class is what a request asks for. The zone is the queue's.
type class struct {
	gpus, milli int
	cpu, memory int64
	types       string
}

func classOf(r *cluster.Request) class {
	return class{r.GPUs, r.Milli, r.CPUMilli, r.MemoryMiB, strings.Join(r.GPUTypes, "|")}
}

// groupOf returns the index of the group that a request belongs to.
func (q *Queue) groupOf(r *cluster.Request) int32 {
	if len(q.classes) > 2*len(q.waiting)+spareGroups {
		q.dropEmptyGroups()
	}
	key := classOf(r)
	n, ok := q.classes[key]
	if !ok {
		n = int32(len(q.groups))
		q.classes[key] = n
		q.groups = append(q.groups, group{shortest: never, refused: never})
	}
	return n
}

// spareGroups is how many empty groups are kept, so that the groups of a short queue are not renumbered with each job.
const spareGroups = 64

// dropEmptyGroups drops the groups in which no job waits, and renumbers the others.
func (q *Queue) dropEmptyGroups() {
	old := q.groups
	q.classes, q.groups, q.headsKnown = map[class]int32{}, nil, false
	for i, e := range q.waiting {
		n := q.groupOf(&e.Request)
		e = &entry{e.Job, n} // clones share the old one
		g, from := &q.groups[n], &old[q.waiting[i].group]
		q.waiting[i] = e
		g.insert(e, q.compareInGroup)
		g.shortest, g.refused, g.full, g.fit, g.reach, g.reached = from.shortest, from.refused, from.full, from.fit, from.reach, from.reached
	}
}

// reach returns the nodes that a job could use.
func (q *Queue) reach(c *cluster.Cluster, e *entry) cluster.Reach {
	g := &q.groups[e.group]
	if !g.reached {
		g.reach, g.reached = c.Reach(e.Request), true
	}
	return g.reach
}
