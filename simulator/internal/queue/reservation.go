package queue

import (
	"cmp"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// reservation is the room promised to a head in a plan. It is made when a job behind the head could overtake, and is kept as
// long as it holds.
type reservation struct {
	known bool
	fit   cluster.Fit // the job's, if one node can host it
	one   bool        // fit is set
	// For a gang of which no two parts go to one node: the ways to spread it.
	ways []cluster.Spread
	// For any other gang: the cluster at the shadow time, with the gang placed.
	shadow *shadow
}

type shadow struct {
	at      des.Time
	cluster *cluster.Cluster
}

// candidateStart is a job that could start now, and would hold room until ends.
type candidateStart struct {
	allocation cluster.Allocation
	ends       des.Time
}

// keepsReservations reports whether all reservations stay where they are if a job starts now and holds a. It holds nothing itself.
func (q *Queue) keepsReservations(r *round, e *entry, a cluster.Allocation) bool {
	if p := &q.plans[1]; len(q.outages) > 0 && (p.now != r.now || p.outages == nil) {
		p.now, p.outages = r.now, q.outages
		for _, o := range q.outages {
			q.holdingsChanged(o.node)
		}
	}
	s := &candidateStart{a, r.now + e.Limit}
	for i := range q.heads {
		h := &q.heads[i]
		if !slices.ContainsFunc(a.Parts, func(p cluster.Part) bool { return h.reach.Has(p.Node) }) {
			continue // it takes nothing that the head could use
		}
		if !q.plans[0].keeps(q, r, s, h, &h.reservations[0]) {
			return false
		}
		if len(q.outages) > 0 && !q.plans[1].keeps(q, r, s, h, &h.reservations[1]) {
			return false
		}
	}
	return true
}

// keeps reports whether a head keeps its reservation in this plan.
func (p *plan) keeps(q *Queue, r *round, s *candidateStart, h *head, v *reservation) bool {
	if !v.known {
		v.known = true
		if v.fit, v.one = r.cluster.Fit(h.entry.Request); !v.one {
			v.ways, _ = r.cluster.Spreads(h.entry.Request)
		}
	}
	switch {
	case v.one:
		return p.keepsOne(q, r, s, &v.fit)
	case len(v.ways) > 0:
		return p.keepsGang(q, r, s, v.ways)
	}
	// A node could hold two parts of the gang, so only placing it tells which nodes it takes.
	if v.shadow == nil {
		v.shadow = p.castShadow(q, r, h.entry.Request)
	}
	if v.shadow.at == never || s.ends <= max(v.shadow.at, r.now) {
		return true
	}
	if v.shadow.cluster.Hold(s.allocation) != nil {
		return false
	}
	v.shadow.cluster.Release(s.allocation) // another reservation may refuse it
	return true
}

// keepsOne is keeps for a reservation on one node.
func (p *plan) keepsOne(q *Queue, r *round, s *candidateStart, fit *cluster.Fit) bool {
	v := p.vacanciesFor(q, r.cluster, fit)
	first := v.earliest(q.nodes)
	// A limit in the past belongs to a job that ends late; it may end now.
	at := max(*v.at(first), r.now)
	if at == never || s.ends <= at {
		return true
	}
	fitsBeside := func(node int) bool {
		room := p.room(q, r.cluster, node, at)
		return holdOn(&room, node, s.allocation) && fit.In(&room)
	}
	// Any node will do that has room at the shadow time with the job beside the head.
	return fitsBeside(first) || slices.ContainsFunc(q.nodes, func(node int) bool { return *v.at(node) <= at && fitsBeside(node) })
}

// holdOn takes a's parts on a node from its room; false if there is too little.
func holdOn(room *cluster.Room, node int, a cluster.Allocation) bool {
	for i := range a.Parts {
		if a.Parts[i].Node == node && !room.Hold(&a.Parts[i]) {
			return false
		}
	}
	return true
}

// keepsGang is keeps for a reservation on several nodes: the job and the gang must fit side by side at the shadow time, with the
// gang where first-fit would put it. It looks at single GPUs, so it may refuse what another choice of GPUs would allow.
func (p *plan) keepsGang(q *Queue, r *round, s *candidateStart, ways []cluster.Spread) bool {
	at, way := never, &ways[0]
	for i := range ways {
		w := &ways[i]
		// A node with room for a chunk has room for the rest.
		t := p.nth(q, p.vacanciesFor(q, r.cluster, &w.Rest), w.Chunks+1)
		if w.Chunk != w.Rest {
			t = max(t, p.nth(q, p.vacanciesFor(q, r.cluster, &w.Chunk), w.Chunks))
		}
		if t < at {
			at, way = t, w
		}
	}
	if at == never || s.ends <= max(at, r.now) {
		return true
	}
	for i := range s.allocation.Parts {
		node := s.allocation.Parts[i].Node
		if part := p.partOn(q, r.cluster, node, at, way); part != nil {
			room := p.room(q, r.cluster, node, at)
			room.Place(part)
			if !holdOn(&room, node, s.allocation) {
				return false
			}
		}
	}
	return true
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

// shadowPolicy places the gang in the shadow. It must draw nothing: a clone begins without a shadow, so it would draw more often
// than the original.
var shadowPolicy = func() cluster.Policy {
	p, err := cluster.PolicyByName("first-fit", cluster.Options{})
	if err != nil {
		panic(err) // the name is a constant
	}
	return p
}()

// castShadow finds the earliest time at which there is room for a gang if every running job ends at its limit.
func (p *plan) castShadow(q *Queue, r *round, gang cluster.Request) *shadow {
	s := &shadow{at: r.now, cluster: r.cluster.Clone()}
	back := r.now
	for i := range p.outages {
		s.cluster.SetState(p.outages[i].node, cluster.Up)
		back = max(back, p.outages[i].end(r.now))
	}
	if len(p.outages) > 0 {
		if _, ok := s.cluster.Place(gang, shadowPolicy); ok {
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
		if _, ok := s.cluster.Place(gang, shadowPolicy); ok {
			return s
		}
	}
	s.at = never
	return s
}
