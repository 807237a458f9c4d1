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
	// For a first job on one node: when each node has room for it, and which of these times are to be found anew.
	times []des.Time
	stale []int
	// For a gang: the cluster at the time of the reservation, with the gang placed.
	shadow *shadow
}

type shadow struct {
	at      des.Time
	cluster *cluster.Cluster
}

// forget drops the reservation: the first job is another one, or the nodes are.
func (q *Queue) forget() { q.reservation = reservation{times: q.times[:0], stale: q.stale[:0]} }

// touch notes that what is held on a node has changed.
func (q *Queue) touch(node int) {
	if q.known && q.one {
		q.stale = append(q.stale, node)
	}
}

// harmless reports whether a job that would hold a until ends leaves the first job's reservation where it is.
func (q *Queue) harmless(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
	if !q.known {
		q.fit, q.one = c.Fit(q.waiting[0].Request)
		q.known = true
		if q.one {
			q.times = append(q.times[:0], make([]des.Time, len(q.held))...)
			q.stale = append(q.stale[:0], q.nodes...)
		}
	}
	if !q.one {
		return q.harmlessToGang(c, now, ends, a)
	}
	for _, node := range q.stale {
		q.times[node] = q.free(c, node, now)
	}
	q.stale = q.stale[:0]
	at := never
	for _, node := range q.nodes {
		at = min(at, q.times[node])
	}
	// Limits in the past belong to jobs that end late; they may end now.
	if at = max(at, now); at == never || ends <= at {
		return true
	}
	// Any node that has room by then, with the job beside the first, keeps the promise.
	for _, node := range q.nodes {
		if q.times[node] <= at && q.fitsBeside(c, node, at, a) {
			return true
		}
	}
	return false
}

// free returns when a node has room for the first job, if all that it holds ends at its limit.
func (q *Queue) free(c *cluster.Cluster, node int, now des.Time) des.Time {
	room := c.Room(node)
	if q.fit.In(&room) {
		return now
	}
	for i := range q.held[node] {
		h := &q.held[node][i]
		room.Release(&h.part)
		if q.fit.In(&room) {
			return h.ends
		}
	}
	return never
}

// fitsBeside reports whether a node at a later time has room for the first job beside the parts of a.
func (q *Queue) fitsBeside(c *cluster.Cluster, node int, at des.Time, a cluster.Allocation) bool {
	room := c.Room(node)
	for i := range q.held[node] {
		h := &q.held[node][i]
		if h.ends > at {
			break
		}
		room.Release(&h.part)
	}
	for i := range a.Parts {
		if a.Parts[i].Node == node && !room.Hold(&a.Parts[i]) {
			return false
		}
	}
	return q.fit.In(&room)
}

// harmlessToGang is harmless for a first job that needs several nodes: the job may start if it and the gang can be held
// side by side at the time of the reservation. It looks at the very GPUs, so it may refuse what a cleverer choice of
// GPUs would allow.
func (q *Queue) harmlessToGang(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation) bool {
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
