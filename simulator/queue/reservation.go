package queue

import (
	"cmp"
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

const never = des.Time(math.MaxInt64)

// reservation is the room promised to the first job in the line. It is made when a later job could overtake, and kept
// as long as it holds.
type reservation struct {
	known bool
	fit   cluster.Fit // the first job's, when one node can host it
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
// reservation, since the next first job often asks for the same.
type vacancies struct {
	fit   cluster.Fit
	times []des.Time // by node
	stale []int      // nodes whose time is unknown
	first int        // a node of the earliest time; -1 where that is unknown
}

const (
	already = des.Time(math.MinInt64)     // there is room now
	unknown = des.Time(math.MinInt64 + 1) // what the node holds has changed
)

// maxVacancies bounds the fits whose vacancies are kept: first jobs of ever new sizes must not fill the memory.
const maxVacancies = 16

// forget drops the reservation: the first job is another one, or the nodes are.
func (q *Queue) forget() { q.reservation = reservation{} }

// touch notes that what is held on a node has changed.
func (q *Queue) touch(node int) {
	for _, v := range q.vacancies {
		if v.times[node] != unknown {
			v.times[node] = unknown
			v.stale = append(v.stale, node)
		}
		if node == v.first {
			v.first = -1
		}
	}
}

// vacanciesFor returns the vacancies of a fit, up to date.
func (q *Queue) vacanciesFor(c *cluster.Cluster, f *cluster.Fit) *vacancies {
	i := slices.IndexFunc(q.vacancies, func(v *vacancies) bool { return v.fit == *f })
	if i < 0 {
		if len(q.vacancies) == maxVacancies {
			q.vacancies = slices.Delete(q.vacancies, 0, 1)
		}
		i = len(q.vacancies)
		v := &vacancies{fit: *f, times: slices.Repeat([]des.Time{unknown}, len(q.held)), stale: slices.Clone(q.nodes), first: -1}
		q.vacancies = append(q.vacancies, v)
	}
	v := q.vacancies[i]
	for _, node := range v.stale {
		v.times[node] = q.free(c, node, f)
		if v.first >= 0 && v.times[node] < v.times[v.first] {
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
			if v.times[node] < v.times[v.first] {
				v.first = node
			}
		}
	}
	return v.first
}

// free returns when a node has room for a fit, if all that it holds ends at its limit.
func (q *Queue) free(c *cluster.Cluster, node int, f *cluster.Fit) des.Time {
	room := c.Room(node)
	if f.In(&room) {
		return already
	}
	for i := range q.held[node] {
		h := &q.held[node][i]
		room.Release(&h.part)
		if f.In(&room) {
			return h.ends
		}
	}
	return never
}

// harmless reports whether a job that would hold a until ends leaves the first job's reservation where it is.
func (q *Queue) harmless(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	if !q.known {
		head := q.waiting[0].Request
		q.known = true
		if q.fit, q.one = c.Fit(head); !q.one {
			q.ways, _ = c.Spreads(head)
		}
	}
	switch {
	case q.one:
		return q.harmlessToOne(c, now, ends, a)
	case len(q.ways) > 0:
		return q.harmlessToGang(c, now, ends, a)
	}
	return q.harmlessToShadow(c, now, ends, a)
}

// harmlessToOne is harmless for a first job that one node can host.
func (q *Queue) harmlessToOne(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	v := q.vacanciesFor(c, &q.fit)
	first := v.earliest(q.nodes)
	// Limits in the past belong to jobs that end late; they may end now.
	at := max(v.times[first], now)
	if at == never || ends <= at {
		return true
	}
	beside := func(node int) bool {
		room := q.room(c, node, at)
		return holdOn(&room, node, a) && q.fit.In(&room)
	}
	// Any node that has room by then, with the job beside the first, keeps the promise.
	return beside(first) || slices.ContainsFunc(q.nodes, func(node int) bool { return v.times[node] <= at && beside(node) })
}

// room returns what is left of a node at a later time.
func (q *Queue) room(c *cluster.Cluster, node int, at des.Time) cluster.Room {
	room := c.Room(node)
	for i := range q.held[node] {
		h := &q.held[node][i]
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

// harmlessToGang is harmless for a first job that needs several nodes: the job may start if it and the gang can be held
// side by side at the time of the reservation, the gang where first-fit would put it. It looks at the very GPUs, so it may
// refuse what a cleverer choice of GPUs would allow.
func (q *Queue) harmlessToGang(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	at, way := never, &q.ways[0]
	for i := range q.ways {
		w := &q.ways[i]
		// Where there is room for a chunk, there is for the rest.
		t := q.together(q.vacanciesFor(c, &w.Rest), w.Chunks+1)
		if w.Chunk != w.Rest {
			t = max(t, q.together(q.vacanciesFor(c, &w.Chunk), w.Chunks))
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
		if part := q.partOn(c, node, at, way); part != nil {
			room := q.room(c, node, at)
			room.Place(part)
			if !holdOn(&room, node, a) {
				return false
			}
		}
	}
	return true
}

// together returns when n nodes have room.
func (q *Queue) together(v *vacancies, n int) des.Time {
	first := q.first[:0] // n times at most, in order
	for _, node := range q.nodes {
		t := v.times[node]
		if len(first) == n {
			if t >= first[n-1] {
				continue
			}
			first = first[:n-1]
		}
		i, _ := slices.BinarySearch(first, t)
		first = slices.Insert(first, i, t)
	}
	q.first = first
	if len(first) < n {
		return never
	}
	return first[n-1]
}

// partOn returns the part of the gang that first-fit would put on a node at a time; nil for none.
func (q *Queue) partOn(c *cluster.Cluster, node int, at des.Time, way *cluster.Spread) *cluster.Fit {
	chunk, rest := q.vacanciesFor(c, &way.Chunk).times, q.vacanciesFor(c, &way.Rest).times
	chunks, rests := way.Chunks, 1
	for _, n := range q.nodes {
		var part *cluster.Fit
		switch {
		case chunks > 0 && chunk[n] <= at:
			chunks--
			part = &way.Chunk
		case rests > 0 && rest[n] <= at:
			rests--
			part = &way.Rest
		}
		if n == node {
			return part
		}
	}
	return nil
}

// harmlessToShadow is harmlessToGang for a gang of which a node could hold two parts: only trying tells where they go.
func (q *Queue) harmlessToShadow(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	if q.shadow == nil {
		q.shadow = q.foresee(c, now)
	}
	return q.shadow.at == never || ends <= max(q.shadow.at, now) || q.shadow.cluster.Hold(a) == nil
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

// foresee finds the earliest time that limits promise the gang its room.
func (q *Queue) foresee(c *cluster.Cluster, now des.Time) *shadow {
	s := &shadow{at: now, cluster: c.Clone()}
	var all []holding
	for _, node := range q.nodes {
		all = append(all, q.held[node]...)
	}
	slices.SortStableFunc(all, func(a, b holding) int { return cmp.Compare(a.ends, b.ends) })
	for i := range all {
		s.cluster.Release(cluster.Allocation{Parts: []cluster.Part{all[i].part}})
		s.at = max(now, all[i].ends)
		if i+1 < len(all) && all[i+1].ends == all[i].ends {
			continue
		}
		if _, ok := s.cluster.Place(q.waiting[0].Request, planning); ok {
			return s
		}
	}
	s.at = never
	return s
}
