package queue

import (
	"fmt"
	"maps"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Clone returns an independent queue that continues identically.
func (q *Queue) Clone() *Queue { return q.Head(len(q.waiting)) }

// Head returns an independent queue of the first n waiting jobs, with all that has started.
func (q *Queue) Head(n int) *Queue {
	c := *q
	c.classes = maps.Clone(q.classes)
	c.freed = slices.Clone(q.freed)
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
	c.plans, c.next, c.round = [2]plan{}, candidates{}, round{}
	c.heads, c.oldHeads, c.reserved, c.headsKnown, c.entries = nil, nil, nil, false, nil
	c.outages = slices.Clone(q.outages)

	n = min(n, len(q.waiting))
	c.waiting = slices.Clone(q.waiting[:n])
	c.examined = min(q.examined, n)
	c.blocked = nil
	c.groups = slices.Clone(q.groups)
	for i := range c.groups {
		c.groups[i].jobs, c.groups[i].shortest = nil, never
	}
	for _, e := range c.waiting {
		c.groups[e.group].insert(e, c.compareInGroup)
	}
	for i := range c.groups {
		// As Remove does for the last job of a group.
		if g := &c.groups[i]; len(g.jobs) == 0 && len(q.groups[i].jobs) > 0 {
			g.refused = never
		}
	}
	return &c
}

// Refused returns what a queue that has just been started knows beside its jobs: for each group with a job that would have
// delayed a head, the group's first job and the shortest limit that was too long.
func (q *Queue) Refused() map[int32]des.Time {
	refusals := map[int32]des.Time{}
	for i := range q.groups {
		if g := &q.groups[i]; g.refused != never && len(g.jobs) > 0 {
			refusals[g.jobs[0].ID] = g.refused
		}
	}
	return refusals
}

// Resume makes a queue that was filled again go on where a saved one was, given what Refused returned then: no waiting job
// may start until room is given back. The error names a job that does not wait.
func (q *Queue) Resume(refusals map[int32]des.Time) error {
	for id, limit := range refusals {
		i := q.Position(id) - 1
		if i < 0 {
			return fmt.Errorf("job %d was refused and does not wait", id)
		}
		q.groups[q.waiting[i].group].refused = limit
	}
	q.examined, q.blocked = len(q.waiting), nil
	return nil
}
