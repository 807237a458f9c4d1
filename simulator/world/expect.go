package world

import (
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/queue"
)

// expectation is what a queue, carried on, told of its tasks. It holds until something happens.
type expectation struct {
	moves  uint64 // of the world, when it was found
	until  des.Time
	starts map[int32]des.Time // by task
}

// expectedStart says when training will run, as far as the present state tells; false for a task that has started or
// ended, or that nothing known will make room for.
func (w *World) expectedStart(t *task) (des.Time, bool) {
	switch {
	case t.status == Queued:
		x := &w.expected[w.zones[t.Resources.Zone]]
		if x.starts == nil || x.moves != w.moves || x.until < w.now {
			*x = w.expectedQueue(w.zones[t.Resources.Zone])
		}
		at, ok := x.starts[t.number]
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

// carriedOn is how many jobs of a queue are carried on one by one: a creation behind thousands must not cost as much as all
// of them. Slurm's backfill looks at 500 by default (slurm.conf, bf_max_job_test).
const carriedOn = 250

// expectedQueue says when training of each task in a zone's queue will run: the head of the queue itself, carried on with
// the expected lengths of all that runs and waits, and behind it what the work in between takes. A task that it finds no
// room for is left out. What is late is expected to end at once, so the answer changes with time alone from the moment on
// that something is.
func (w *World) expectedQueue(zone int) expectation {
	x := expectation{moves: w.moves, until: math.MaxInt64, starts: make(map[int32]des.Time, w.queues[zone].Len())}
	line := w.queues[zone].Head(carriedOn)
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
			x.until = min(x.until, t.phaseBegan+w.meanPhase(t, t.phase))
		}
		ends.Schedule(max(end, w.now), holder{t.number, t.allocation})
	}
	for _, j := range w.background.inOrder() {
		if j.zone == zone && len(j.allocation.Parts) > 0 {
			ends.Schedule(max(j.started+w.backgroundMean(j), w.now), holder{j.id, j.allocation})
		}
	}
	if first, ok := ends.Next(); ok {
		x.until = min(x.until, first)
	}
	x.until = max(x.until, w.now)
	last := map[string]des.Time{} // the latest start, by GPU type
	for line.Len() > 0 {
		now, ended, more := ends.Pop()
		if !more {
			break
		}
		c.Release(ended.allocation)
		line.Ended(ended.id, ended.allocation)
		line.Start(c, policy, now, func(j queue.Job, a cluster.Allocation) {
			startup, length := w.expectedLength(j.ID)
			if j.ID > 0 {
				x.starts[j.ID] = now + startup
			}
			last[j.Request.GPUTypes[0]] = now
			ends.Schedule(now+startup+length, holder{j.ID, a})
		})
	}
	if line.Len() == 0 {
		w.expectTail(zone, last, x.starts)
	}
	return x
}

// expectTail adds the starts of the tasks behind those that were carried on. Where so many wait, all GPUs of their type are
// taken to be in use all the time: a task starts when they have done the work before it.
func (w *World) expectTail(zone int, last map[string]des.Time, starts map[int32]des.Time) {
	latest := w.now
	for _, at := range last {
		latest = max(latest, at)
	}
	type pool struct {
		from       des.Time
		work, gpus float64 // in GPU-nanoseconds, and GPUs
	}
	pools := map[string]*pool{}
	place := 0
	for j := range w.queues[zone].Waiting() {
		if place++; place <= carriedOn {
			continue
		}
		gpuType := j.Request.GPUTypes[0]
		p := pools[gpuType]
		if p == nil {
			p = &pool{from: latest, gpus: float64(w.cluster.Count(w.cfg.Zones[zone].ID, gpuType).Capacity)}
			if at, ok := last[gpuType]; ok {
				p.from = at
			}
			pools[gpuType] = p
		}
		startup, length := w.expectedLength(j.ID)
		if j.ID > 0 {
			starts[j.ID] = p.from + des.Time(p.work/p.gpus) + startup
		}
		p.work += float64(j.Request.GPUs) * float64(startup+length)
	}
}

// expectedLength is how long a waiting job will hold its GPUs, before its training runs and after.
func (w *World) expectedLength(id int32) (startup, length des.Time) {
	if id < 0 {
		return 0, w.backgroundMean(w.background.jobs[id])
	}
	t := w.tasks[id-1]
	for _, p := range phases {
		startup += w.meanPhase(t, p)
	}
	return startup, w.meanLength(t) - t.saved
}
