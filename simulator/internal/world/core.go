package world

import (
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// core is what all parts of a world share: the inventory, the time, the pending events, and the journal in which each part
// notes what it changes.
type core struct {
	inventory
	seed     uint64
	now      des.Time
	calendar des.Calendar[pendingEvent]
	journal  journal
}

// cloneCore returns a copy of c whose journal has no readers.
func cloneCore(c *core) core {
	copied := *c
	copied.cluster = c.cluster.Clone()
	copied.calendar = c.calendar.Clone()
	copied.journal = journal{version: c.journal.version, quiet: c.journal.quiet}
	return copied
}

// setTime moves the time forward.
func (c *core) setTime(t des.Time) {
	if t > c.now {
		c.now = t
		c.journal.note(subject{kind: figures})
	}
}

// schedule adds an event to the calendar.
func (c *core) schedule(at des.Time, e pendingEvent) des.Handle {
	h := c.calendar.Schedule(at, e)
	c.journal.scheduled(h.Order(), at, e)
	return h
}

// cancel removes an event from the calendar if it is still pending.
func (c *core) cancel(h des.Handle) {
	if c.calendar.Cancel(h) {
		c.journal.unscheduled(h.Order())
	}
}

// pop removes the earliest event, which is next, from the calendar.
func (c *core) pop(next des.Entry[pendingEvent]) pendingEvent {
	c.calendar.Pop()
	c.journal.unscheduled(next.Handle.Order())
	return next.Event
}

// emit tells that something has happened now.
func (c *core) emit(e Event) {
	if !c.journal.quiet {
		e.At = c.now
		c.journal.events = append(c.journal.events, e)
	}
}

// holdingsChanged notes that the GPUs of an allocation were taken or given back.
func (c *core) holdingsChanged(a cluster.Allocation) {
	for i := range a.Parts {
		c.journal.note(subject{kind: nodeHoldings, n: a.Parts[i].Node})
	}
	c.journal.meter.held(a)
}

// drawExponential draws a time with this mean, from a stream of one purpose and one id.
func (c *core) drawExponential(mean time.Duration, purpose, id string) des.Time {
	return seconds(distribution.Distribution{Kind: "exponential", A: mean.Seconds()}.Draw(des.Stream(c.seed, purpose, id)))
}
