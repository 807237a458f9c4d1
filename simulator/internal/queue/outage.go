package queue

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// outage is a node that is out of service.
type outage struct {
	node  int
	since des.Time
	lasts des.Time // as far as it is foreseen, from any moment on; 0 where it isn't
}

// patience bounds how long a job may run that overtakes the first one during an outage whose end nobody foresees: an eighth
// of the time that the outage has lasted. So a first job that needs the node starts soon after its return, and a node that
// never returns doesn't keep others idle for ever.
const patience = 8

// back returns when the node may be used again.
func (o *outage) back(now des.Time) des.Time {
	if o.lasts > 0 {
		return now + o.lasts
	}
	return now + max(0, now-o.since)/patience
}

// Out tells the line that a node of its zone has been out of service since a time. lasts is the time from now on until it is
// expected back, whenever now is, as the mean of an exponential distribution is; 0 means that this is unknown. The first
// job's reservation counts on its return.
func (q *Queue) Out(node int, since, lasts des.Time) {
	q.In(node)
	i, _ := find(q.outages, node)
	q.outages = slices.Insert(q.outages, i, outage{node, since, lasts})
}

// In tells the line that a node is in service.
func (q *Queue) In(node int) {
	q.Changed()
	q.plans[1].outages = nil
	if i, out := find(q.outages, node); out {
		q.outages = slices.Delete(q.outages, i, i+1)
	}
}

// find returns where a node's outage is, or would be.
func find(outages []outage, node int) (at int, out bool) {
	return slices.BinarySearchFunc(outages, node, func(o outage, node int) int { return o.node - node })
}
