package world

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/queue"
)

// expectations tells when tasks will start, each queue being carried on only once.
type expectations struct {
	world  *World
	queues map[int]map[int32]des.Time // by zone and task
}

// of says when training will run, as far as the present state tells; false for a task that has started or ended, or
// that nothing known will make room for.
func (x *expectations) of(t *task) (des.Time, bool) {
	w := x.world
	switch {
	case t.status == Queued:
		zone := w.zones[t.Resources.Zone]
		if x.queues[zone] == nil {
			x.queues[zone] = w.expectedQueue(zone)
		}
		at, ok := x.queues[zone][t.number]
		return at, ok
	case t.wasStarted || t.status.Finished():
		return 0, false
	}
	return w.expectedRemaining(t), true
}

// expectedRemaining is the expected end of a start-up that has begun: what is left of the present phase on average, and
// the averages of those to come.
func (w *World) expectedRemaining(t *task) des.Time {
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

// expectedQueue says when training of each task in a zone's queue will run: the queue itself, carried on with the
// expected lengths of all that runs and waits. A task that it finds no room for is left out.
func (w *World) expectedQueue(zone int) map[int32]des.Time {
	starts := map[int32]des.Time{}
	line := w.queues[zone]
	if line.Len() == 0 {
		return starts
	}
	line = line.Clone()
	c := w.cluster.Clone()
	stream := w.placements // reading must not draw from the world's own stream
	policy, _ := w.newPolicy(&stream)
	type holder struct {
		id         int32
		allocation cluster.Allocation
	}
	var ends des.Calendar[holder]
	for _, t := range w.tasks {
		if t == nil || len(t.allocation.Parts) == 0 || w.zones[t.Resources.Zone] != zone {
			continue
		}
		end := t.resumed + w.meanLength(t) - t.saved
		if t.status != Running {
			end = w.expectedRemaining(t) + w.meanLength(t) - t.saved
		}
		ends.Schedule(max(end, w.now), holder{t.number, t.allocation})
	}
	for _, j := range w.background.inOrder() {
		if j.zone == zone && len(j.allocation.Parts) > 0 {
			ends.Schedule(max(j.started+w.backgroundMean(j), w.now), holder{j.id, j.allocation})
		}
	}
	for line.Len() > 0 {
		now, ended, more := ends.Pop()
		if !more {
			break
		}
		c.Release(ended.allocation)
		line.Ended(ended.id, ended.allocation)
		line.Start(c, policy, now, func(j queue.Job, a cluster.Allocation) {
			end := now
			if j.ID < 0 {
				end += w.backgroundMean(w.background.jobs[j.ID])
			} else {
				t := w.tasks[j.ID-1]
				for _, p := range phases {
					end += w.meanPhase(t, p)
				}
				starts[j.ID] = end
				end += w.meanLength(t) - t.saved
			}
			ends.Schedule(end, holder{j.ID, a})
		})
	}
	return starts
}
