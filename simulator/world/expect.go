package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// expectedStart says when training will run, as far as the present state tells; false for a task that has started or
// ended, or that nothing known will make room for.
func (w *World) expectedStart(t *task) (des.Time, bool) {
	switch {
	case t.status == Queued:
		at, ok := w.expectedQueue(w.zones[t.Resources.Zone])[t.number]
		return at, ok
	case t.wasStarted || t.status.Finished():
		return 0, false
	}
	return w.expectedRemaining(t), true
}

// expectedRemaining is the expected end of a start-up that has begun: what is left of the present phase on average, and
// the averages of those to come.
func (w *World) expectedRemaining(t *task) des.Time {
	phases := []Phase{FindingNodes, AllocatingGPUs, PullingImage, MountingData, StartingContainer}
	at := w.now
	for _, p := range phases[slices.Index(phases, t.phase):] {
		mean := w.meanPhase(t, p)
		if p == t.phase {
			mean = max(0, t.phaseBegan+mean-w.now)
		}
		at += mean
	}
	return at
}

// expectedQueue says when training of each task in a zone's queue will run: the queue's own rule, carried on with the
// expected lengths of all that runs and waits. A task that it finds no room for is left out, with all behind it.
func (w *World) expectedQueue(zone int) map[int32]des.Time {
	starts := map[int32]des.Time{}
	queue := w.queues[zone]
	if len(queue) == 0 {
		return starts
	}
	c := w.cluster.Clone()
	var ends des.Calendar[cluster.Allocation]
	for _, t := range w.tasks {
		if t == nil || len(t.allocation.Parts) == 0 || w.zones[t.Resources.Zone] != zone {
			continue
		}
		end := w.meanLength(t)
		if t.wasStarted {
			end += t.started
		} else {
			end += w.expectedRemaining(t)
		}
		ends.Schedule(max(end, w.now), t.allocation)
	}
	now := w.now
	for _, n := range queue {
		t := w.tasks[n-1]
		a, ok := c.Place(t.Resources.request(), w.policy)
		for !ok {
			at, ended, more := ends.Pop()
			if !more {
				return starts
			}
			now = at
			c.Release(ended)
			a, ok = c.Place(t.Resources.request(), w.policy)
		}
		start := now
		for _, p := range []Phase{FindingNodes, AllocatingGPUs, PullingImage, MountingData, StartingContainer} {
			start += w.meanPhase(t, p)
		}
		starts[n] = start
		ends.Schedule(start+w.meanLength(t), a)
	}
	return starts
}
