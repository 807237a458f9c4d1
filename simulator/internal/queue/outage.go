package queue

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// outage is a node that is out of service.
type outage struct {
	node  int
	since des.Time
	lasts des.Time // expected, from any moment on; 0 if unknown
}

// patience bounds the limit of a job that overtakes during an outage with an unknown end, to an eighth of the time that the
// outage has lasted. A head that needs the node thus starts soon after its return, and a node that never returns doesn't keep
// others idle for ever.
const patience = 8

// end returns when the node is expected back.
func (o *outage) end(now des.Time) des.Time {
	if o.lasts > 0 {
		return now + o.lasts
	}
	return now + max(0, now-o.since)/patience
}

// Out says that a node of the queue's zone has been out of service since a time. lasts is the expected time until its return,
// from any moment on, as the mean of an exponential distribution is; 0 means unknown. Reservations count on its return.
func (q *Queue) Out(node int, since, lasts des.Time) {
	q.In(node)
	i, _ := find(q.outages, node)
	q.outages = slices.Insert(q.outages, i, outage{node, since, lasts})
}

// In says that a node is in service.
func (q *Queue) In(node int) {
	q.Changed()
	q.plans[1].outages = nil
	if i, out := find(q.outages, node); out {
		q.outages = slices.Delete(q.outages, i, i+1)
	}
}

// find returns the index of a node's outage, or the one it would get.
func find(outages []outage, node int) (at int, out bool) {
	return slices.BinarySearchFunc(outages, node, func(o outage, node int) int { return o.node - node })
}
