package queue

import (
	"cmp"
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

const never = des.Time(math.MaxInt64)

// plan says when there will be room if every running job ends at its limit. There are two plans: one with the nodes that are up,
// and one in which the nodes that are out of service have returned. A job may start early if it moves no reservation in either.
type plan struct {
	vacancies []*vacancies // the oldest first
	first     []des.Time   // scratch space of together
	outages   []outage     // of the nodes that it counts on though they are out; nil where they are to be looked at
	now       des.Time     // when they were
}

// reservation is the room promised to a job in a plan. It is made when a later job could overtake, and kept as long as it holds.
type reservation struct {
	known bool
	fit   cluster.Fit // the job's, when one node can host it
	one   bool        // whether it can
	// For a gang of which no two parts go to one node: the ways to spread it.
	ways []cluster.Spread
	// For any other gang: the cluster at the time of the reservation, with the gang placed.
	shadow *shadow
}

type shadow struct {
	at      des.Time
	cluster *cluster.Cluster
}

// vacancies are the times when each node has room for a fit, if all that it holds ends at its limit. They outlive the
// reservation, since the next job that gets one often asks for the same.
type vacancies struct {
	fit    cluster.Fit
	times  []des.Time // by place of the node
	places []int32    // the queue's
	stale  []int      // nodes whose time is unknown
	first  int        // a node of the earliest time; -1 where that is unknown
}

// at returns a node's time.
func (v *vacancies) at(node int) *des.Time { return &v.times[v.places[node]] }

const (
	already = des.Time(math.MinInt64)     // there is room now
	unknown = des.Time(math.MinInt64 + 1) // what the node holds has changed
)

// maxVacancies bounds the fits whose vacancies are kept: jobs of ever new sizes must not fill the memory.
const maxVacancies = 16

// touch notes that what is held on a node has changed.
func (q *Queue) touch(node int) {
	for i := range q.firsts {
		q.firsts[i].reservations[0].shadow = nil
		q.firsts[i].reservations[1].shadow = nil
	}
	for i := range q.plans {
		q.plans[i].touch(node)
	}
}

func (p *plan) touch(node int) {
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
		t := p.free(q, c, node, f)
		*v.at(node) = t
		if v.first >= 0 && t < *v.at(v.first) {
			v.first = node
		}
	}
	v.stale = v.stale[:0]
	return v
}

// earliest returns a node that has room first of all.
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

// free returns when a node has room for a fit, if all that it holds ends at its limit.
func (p *plan) free(q *Queue, c *cluster.Cluster, node int, f *cluster.Fit) des.Time {
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

// inService returns the free room of a node and when it can be used: already, or for an outage that the plan counts on, at its end.
func (p *plan) inService(c *cluster.Cluster, node int) (cluster.Room, des.Time) {
	room := c.Room(node)
	if i, out := find(p.outages, node); out {
		room.Restore()
		return room, p.outages[i].back(p.now)
	}
	return room, already
}

// harmless reports whether a job that would hold a until ends leaves all reservations where they are.
func (q *Queue) harmless(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	if p := &q.plans[1]; len(q.outages) > 0 && (p.now != now || p.outages == nil) {
		p.now, p.outages = now, q.outages
		for _, o := range q.outages {
			q.touch(o.node)
		}
	}
	for i := range q.firsts {
		f := &q.firsts[i]
		if !slices.ContainsFunc(a.Parts, func(p cluster.Part) bool { return f.reach.Has(p.Node) }) {
			continue // it takes nothing that the first could use
		}
		if !q.plans[0].harmless(q, c, now, ends, a, f, &f.reservations[0]) {
			return false
		}
		if len(q.outages) > 0 && !q.plans[1].harmless(q, c, now, ends, a, f, &f.reservations[1]) {
			return false
		}
	}
	return true
}

func (p *plan) harmless(q *Queue, c *cluster.Cluster, now, ends des.Time, a cluster.Allocation, f *first, r *reservation) bool {
	if !r.known {
		r.known = true
		if r.fit, r.one = c.Fit(f.entry.Request); !r.one {
			r.ways, _ = c.Spreads(f.entry.Request)
		}
	}
	switch {
	case r.one:
		return p.harmlessToOne(q, c, now, ends, a, &r.fit)
	case len(r.ways) > 0:
		return p.harmlessToGang(q, c, now, ends, a, r.ways)
	}
	// A node could hold two parts of the gang, so only placing it tells which nodes it takes.
	if r.shadow == nil {
		r.shadow = p.foresee(q, c, now, f.entry.Request)
	}
	if r.shadow.at == never || ends <= max(r.shadow.at, now) {
		return true
	}
	if r.shadow.cluster.Hold(a) != nil {
		return false
	}
	r.shadow.cluster.Release(a) // another reservation may refuse it
	return true
}

// harmlessToOne is harmless for a reservation that one node can host.
func (p *plan) harmlessToOne(q *Queue, c *cluster.Cluster, now, ends des.Time, a cluster.Allocation, fit *cluster.Fit) bool {
	v := p.vacanciesFor(q, c, fit)
	first := v.earliest(q.nodes)
	// Limits in the past belong to jobs that end late; they may end now.
	at := max(*v.at(first), now)
	if at == never || ends <= at {
		return true
	}
	beside := func(node int) bool {
		room := p.room(q, c, node, at)
		return holdOn(&room, node, a) && fit.In(&room)
	}
	// Any node that has room by then, with the job beside the first, keeps the promise.
	return beside(first) || slices.ContainsFunc(q.nodes, func(node int) bool { return *v.at(node) <= at && beside(node) })
}

// room returns what is left of a node at a later time.
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

// holdOn takes the parts of a on a node from its room; false when there is too little.
func holdOn(room *cluster.Room, node int, a cluster.Allocation) bool {
	for i := range a.Parts {
		if a.Parts[i].Node == node && !room.Hold(&a.Parts[i]) {
			return false
		}
	}
	return true
}

// harmlessToGang is harmless for a reservation of several nodes: the job may start if it and the gang can be held
// side by side at the time of the reservation, the gang where first-fit would put it. It looks at the very GPUs, so it may
// refuse what a cleverer choice of GPUs would allow.
func (p *plan) harmlessToGang(q *Queue, c *cluster.Cluster, now, ends des.Time, a cluster.Allocation, ways []cluster.Spread) bool {
	at, way := never, &ways[0]
	for i := range ways {
		w := &ways[i]
		// Where there is room for a chunk, there is for the rest.
		t := p.together(q, p.vacanciesFor(q, c, &w.Rest), w.Chunks+1)
		if w.Chunk != w.Rest {
			t = max(t, p.together(q, p.vacanciesFor(q, c, &w.Chunk), w.Chunks))
		}
		if t < at {
			at, way = t, w
		}
	}
	if at == never || ends <= max(at, now) {
		return true
	}
	for i := range a.Parts {
		node := a.Parts[i].Node
		if part := p.partOn(q, c, node, at, way); part != nil {
			room := p.room(q, c, node, at)
			room.Place(part)
			if !holdOn(&room, node, a) {
				return false
			}
		}
	}
	return true
}

// together returns when n nodes have room.
func (p *plan) together(q *Queue, v *vacancies, n int) des.Time {
	first := p.first[:0] // n times at most, in order
	for _, node := range q.nodes {
		t := *v.at(node)
		if len(first) == n {
			if t >= first[n-1] {
				continue
			}
			first = first[:n-1]
		}
		i, _ := slices.BinarySearch(first, t)
		first = slices.Insert(first, i, t)
	}
	p.first = first
	if len(first) < n {
		return never
	}
	return first[n-1]
}

// partOn returns the part of the gang that first-fit would put on a node at a time; nil for none.
func (p *plan) partOn(q *Queue, c *cluster.Cluster, node int, at des.Time, way *cluster.Spread) *cluster.Fit {
	chunk, rest := p.vacanciesFor(q, c, &way.Chunk), p.vacanciesFor(q, c, &way.Rest)
	chunks, rests := way.Chunks, 1
	for _, n := range q.nodes {
		var part *cluster.Fit
		switch {
		case chunks > 0 && *chunk.at(n) <= at:
			chunks--
			part = &way.Chunk
		case rests > 0 && *rest.at(n) <= at:
			rests--
			part = &way.Rest
		}
		if n == node {
			return part
		}
	}
	return nil
}

// planning is how the gang is placed in the shadow. It draws nothing: a clone, which starts without a shadow, would else
// draw more than the original.
var planning = func() cluster.Policy {
	p, err := cluster.PolicyByName("first-fit", cluster.Options{})
	if err != nil {
		panic(err) // the name is a constant
	}
	return p
}()

// foresee finds the earliest time at which there is room for a gang if every running job ends at its limit.
func (p *plan) foresee(q *Queue, c *cluster.Cluster, now des.Time, gang cluster.Request) *shadow {
	s := &shadow{at: now, cluster: c.Clone()}
	back := now
	for i := range p.outages {
		s.cluster.SetState(p.outages[i].node, cluster.Up)
		back = max(back, p.outages[i].back(now))
	}
	if len(p.outages) > 0 {
		if _, ok := s.cluster.Place(gang, planning); ok {
			s.at = back
			return s
		}
	}
	var all []holding
	for _, on := range q.held {
		all = append(all, on...)
	}
	slices.SortStableFunc(all, func(a, b holding) int { return cmp.Compare(a.ends, b.ends) })
	for i := range all {
		s.cluster.Release(cluster.Allocation{Parts: []cluster.Part{all[i].part}})
		s.at = max(back, all[i].ends)
		if i+1 < len(all) && all[i+1].ends == all[i].ends {
			continue
		}
		if _, ok := s.cluster.Place(gang, planning); ok {
			return s
		}
	}
	s.at = never
	return s
}
