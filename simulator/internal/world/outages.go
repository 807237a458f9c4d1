package world

import (
	"slices"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// outages is the part of a world in which nodes leave service and return: by the configured failures and maintenance, or
// by an operator's command.
type outages struct {
	*core
	queues     *zoneQueues
	images     *imageCaches
	background *background
	life       *lifecycle

	list []nodeOutage // by node
}

// nodeOutage is the state of a node that the inventory doesn't have.
type nodeOutage struct {
	// By is the state that a configured outage has put the node into: failed or draining. It is up when the node is up, and
	// when an operator has changed the node since.
	By     string   `json:"by"`
	Events int      `json:"events,omitempty"` // how many turns were drawn for the node, which numbers the draws
	Since  des.Time `json:"since,omitempty"`  // when the node came into its present state
}

// nodeRecord is a node as it is saved.
type nodeRecord struct {
	State string `json:"state"`
	nodeOutage
	Cache imageCache `json:"cache,omitempty"`
}

// outageKind is a way in which nodes leave service and return by themselves.
type outageKind struct {
	every, lasts time.Duration // means of exponential times
	state        cluster.State
	begins, ends eventKind
}

func newOutages(nodes int) []nodeOutage {
	return slices.Repeat([]nodeOutage{{By: cluster.Up.String()}}, nodes)
}

// clone returns a copy.
func (o *outages) clone() outages {
	copied := *o
	copied.list = slices.Clone(o.list)
	return copied
}

// kinds returns the kinds of outages in the order of their events, see kindOf.
func (o *outages) kinds() []outageKind {
	f := &o.cfg.Failures
	return []outageKind{
		{time.Duration(f.NodeMTBF), time.Duration(f.NodeMTTR), cluster.Failed, nodeFails, nodeReturns},
		{time.Duration(f.DrainEvery), time.Duration(f.DrainFor), cluster.Draining, nodeDrains, nodeUndrains},
	}
}

// kindOf returns the kind of outage that an event of a node begins or ends.
func (o *outages) kindOf(e eventKind) outageKind { return o.kinds()[(e-nodeFails)/2] }

// begin schedules the first outage of each kind for each node.
func (o *outages) begin() {
	for _, x := range o.kinds() {
		for i := range o.list {
			if x.every > 0 {
				o.next(i, x.every, x.begins)
			}
		}
	}
}

// next schedules the next beginning or end of an outage of a node. Each draw has a stream of its own.
func (o *outages) next(i int, mean time.Duration, kind eventKind) {
	o.journal.note(subject{kind: nodeMemory, n: i})
	o.list[i].Events++
	id := o.cluster.Node(i).Name + "#" + strconv.Itoa(o.list[i].Events)
	// At least a millisecond, so that time goes on whatever the mean.
	o.schedule(o.now+max(o.drawExponential(mean, "node", id), des.Time(time.Millisecond)), pendingEvent{kind, int32(i)})
}

// starts takes a node out of service. A node that is out of service already stays as it is until the next time.
func (o *outages) starts(i int, x outageKind) {
	if o.cluster.State(i) != cluster.Up {
		o.next(i, x.every, x.begins)
		return
	}
	o.next(i, x.lasts, x.ends)
	o.change(i, x.state, x.state)
}

// ends brings a node back, unless an operator has changed it since.
func (o *outages) ends(i int, x outageKind) {
	o.next(i, x.every, x.begins)
	if o.list[i].By == x.state.String() {
		o.change(i, cluster.Up, cluster.Up)
	}
}

// set is the command SetNode.
func (o *outages) set(name string, s cluster.State) *Error {
	i, ok := o.cluster.Index(name)
	if !ok {
		return (&Error{Kind: NotFound, Reason: ReasonNodeUnknown}).with("node", name)
	}
	o.change(i, s, cluster.Up)
	return nil
}

// change puts a node into a state, by an outage or, where by is up, by an operator. What runs on a node that fails is
// lost with it.
func (o *outages) change(i int, s, by cluster.State) {
	if o.cluster.State(i) == s {
		return
	}
	node := o.cluster.Node(i)
	o.journal.note(subject{kind: nodeState, n: i})
	o.list[i].By, o.list[i].Since = by.String(), o.now
	o.cluster.SetState(i, s)
	o.journal.meter.heldOn(i)
	o.emit(Event{Type: NodeChanged, Node: node.Name, Reason: Reason(s.String())})
	o.tellQueue(i)
	if s == cluster.Failed {
		o.images.drop(i)
		o.lose(i)
	}
	o.queues.start(o.catalog.ZoneIndex(node.Zone))
}

// tellQueue tells a node's queue whether the node is in service, since when it is not, and how long that lasts on average.
// Nobody knows how long an outage by an operator lasts.
func (o *outages) tellQueue(i int) {
	q := o.queues.edit(o.catalog.ZoneIndex(o.cluster.Node(i).Zone))
	if o.cluster.State(i) == cluster.Up {
		q.In(i)
		return
	}
	lasts := des.Time(0)
	for _, x := range o.kinds() {
		if o.list[i].By == x.state.String() {
			lasts = des.Time(x.lasts)
		}
	}
	q.Out(i, o.list[i].Since, lasts)
}

// lose ends or restarts what holds a part of a node that has failed.
func (o *outages) lose(node int) {
	here := func(parts []cluster.Part) bool {
		return slices.ContainsFunc(parts, func(p cluster.Part) bool { return p.Node == node })
	}
	for _, j := range o.background.inOrder() {
		if here(j.Holds) {
			o.cancel(j.pending)
			o.background.end(j.id)
		}
	}
	for _, t := range o.life.tasks.list {
		if t != nil && here(t.Holds) {
			o.life.nodeFailed(o.life.tasks.edit(t.number))
		}
	}
}

func (o *outages) record(i int) Record {
	return record(kindNode, o.cluster.Node(i).Name, nodeRecord{o.cluster.State(i).String(), o.list[i], o.images.list[i]})
}
