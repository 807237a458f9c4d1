package queue

import (
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

const never = des.Time(math.MaxInt64)

// plan says when there will be room if every running job ends at its limit. A queue has two plans: one with the nodes that are up,
// and one in which the nodes that are out of service return.
type plan struct {
	vacancies []*vacancies // oldest first
	outages   []outage     // of the nodes that it counts on although they are out; nil if they must be read again
	now       des.Time     // when outages was read
	earliest  []des.Time   // scratch space of nth
}

// vacancies are the times at which each node has room for a fit if all that it holds ends at its limit. They are kept after a
// reservation is gone, since the next job that gets one often asks for the same.
type vacancies struct {
	fit    cluster.Fit
	times  []des.Time // by place of the node
	places []int32    // the queue's
	stale  []int      // nodes with an unknown time
	first  int        // a node with the earliest time; -1 if unknown
}

// at returns a node's time.
func (v *vacancies) at(node int) *des.Time { return &v.times[v.places[node]] }

// Two times that no calendar has.
const (
	already = des.Time(math.MinInt64)     // there is room now
	unknown = des.Time(math.MinInt64 + 1) // what the node holds has changed
)

// maxVacancies bounds the number of fits whose vacancies are kept, so that jobs of ever new sizes don't fill the memory.
const maxVacancies = 16

// holdingsChanged notes that what is held on a node has changed.
func (q *Queue) holdingsChanged(node int) {
	for i := range q.heads {
		q.heads[i].reservations[0].shadow = nil
		q.heads[i].reservations[1].shadow = nil
	}
	for i := range q.plans {
		q.plans[i].holdingsChanged(node)
	}
}

func (p *plan) holdingsChanged(node int) {
	for _, v := range p.vacancies {
		if t := v.at(node); *t != unknown {
			*t = unknown
			v.stale = append(v.stale, node)
		}
		if node == v.first {
			v.first = -1
		}
	}
}

// vacanciesFor returns the vacancies of a fit, up to date.
func (p *plan) vacanciesFor(q *Queue, c *cluster.Cluster, f *cluster.Fit) *vacancies {
	i := slices.IndexFunc(p.vacancies, func(v *vacancies) bool { return v.fit == *f })
	if i < 0 {
		if len(p.vacancies) == maxVacancies {
			p.vacancies = slices.Delete(p.vacancies, 0, 1)
		}
		i = len(p.vacancies)
		times := slices.Repeat([]des.Time{unknown}, len(q.nodes))
		p.vacancies = append(p.vacancies, &vacancies{fit: *f, times: times, places: q.places, stale: slices.Clone(q.nodes), first: -1})
	}
	v := p.vacancies[i]
	for _, node := range v.stale {
		t := p.vacancy(q, c, node, f)
		*v.at(node) = t
		if v.first >= 0 && t < *v.at(v.first) {
			v.first = node
		}
	}
	v.stale = v.stale[:0]
	return v
}

// earliest returns a node with the earliest time.
func (v *vacancies) earliest(nodes []int) int {
	if v.first < 0 {
		v.first = nodes[0]
		for _, node := range nodes {
			if *v.at(node) < *v.at(v.first) {
				v.first = node
			}
		}
	}
	return v.first
}

// vacancy returns when a node has room for a fit, if all that it holds ends at its limit.
func (p *plan) vacancy(q *Queue, c *cluster.Cluster, node int, f *cluster.Fit) des.Time {
	room, back := p.inService(c, node)
	if f.In(&room) {
		return back
	}
	on := q.held[q.places[node]]
	for i := range on {
		h := &on[i]
		room.Release(&h.part)
		if f.In(&room) {
			return max(back, h.ends)
		}
	}
	return never
}

// inService returns the free room of a node and the time from which it can be used: already, or the expected end of an outage.
func (p *plan) inService(c *cluster.Cluster, node int) (cluster.Room, des.Time) {
	room := c.Room(node)
	if i, out := find(p.outages, node); out {
		room.Restore()
		return room, p.outages[i].end(p.now)
	}
	return room, already
}

// room returns the free room of a node at a later time.
func (p *plan) room(q *Queue, c *cluster.Cluster, node int, at des.Time) cluster.Room {
	room, _ := p.inService(c, node)
	on := q.held[q.places[node]]
	for i := range on {
		h := &on[i]
		if h.ends > at {
			break
		}
		room.Release(&h.part)
	}
	return room
}

// nth returns the time from which n nodes have room; never if they are too few.
func (p *plan) nth(q *Queue, v *vacancies, n int) des.Time {
	earliest := p.earliest[:0] // n times at most, in order
	for _, node := range q.nodes {
		t := *v.at(node)
		if len(earliest) == n {
			if t >= earliest[n-1] {
				continue
			}
			earliest = earliest[:n-1]
		}
		i, _ := slices.BinarySearch(earliest, t)
		earliest = slices.Insert(earliest, i, t)
	}
	p.earliest = earliest
	if len(earliest) < n {
		return never
	}
	return earliest[n-1]
}
