package world

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
)

// expectation is what a queue, carried on, told of its tasks. It holds until something happens.
type expectation struct {
	moves  uint64 // of the world, when it was found
	until  des.Time
	starts map[int32]des.Time // by task
}

// expectedStart says when training will run, as far as the present state tells; false for a task that has started or
// ended, or that nothing known will make room for. A fork is not asked.
func (w *World) expectedStart(t *task) (des.Time, bool) {
	switch {
	case w.quiet:
		return 0, false
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
// of them. Slurm's backfill looks at 500 by default (slurm.conf, bf_max_job_test), but once.
const carriedOn = 100

const (
	// expectForks is the number of forks in which a queue is carried on. The start shown is their median. The true course is as
	// likely as any fork's, so that about half of the tasks start before it.
	expectForks = 5
	// expectEvents bounds a fork that would go on for ever, or nearly so.
	expectEvents  = 10_000
	expectHorizon = 180 * 24 * time.Hour
)

// expectedQueue says when training of each task in a zone's queue will run: the median of forks, in which the head of the queue
// is carried on with everything that may come in its way, and behind it what the work in between takes. A task that most
// forks find no room for is left out. What is drawn depends on what has elapsed, so the answer holds for this moment.
func (w *World) expectedQueue(zone int) expectation {
	x := expectation{moves: w.moves, until: w.now, starts: make(map[int32]des.Time, w.queues[zone].Len())}
	var runs [expectForks]map[int32]des.Time
	for i := range runs {
		runs[i] = w.carryOn(zone, des.Source(w.seed, "forecast", strconv.Itoa(i)).Uint64())
	}
	for j := range w.queues[zone].Waiting() {
		if j.ID < 0 {
			continue
		}
		var times [expectForks]des.Time
		for i := range runs {
			at, ok := runs[i][j.ID]
			if !ok {
				at = math.MaxInt64
			}
			times[i] = at
		}
		slices.Sort(times[:])
		if median := times[expectForks/2]; median != math.MaxInt64 {
			x.starts[j.ID] = median
		}
	}
	return x
}

// carryOn returns when the tasks of a zone's queue start to train in one fork.
func (w *World) carryOn(zone int, seed uint64) map[int32]des.Time {
	f := w.fork(seed, Launch{Mode: Dynamic, Zone: w.cfg.Zones[zone].ID}, carriedOn)
	starts := make(map[int32]des.Time, w.queues[zone].Len())
	last := map[string]des.Time{} // the latest start, by GPU type
	var waiting []*task
	head := 0 // tasks and jobs of others that are yet to be placed
	for j := range w.queues[zone].Waiting() {
		if head == carriedOn {
			break
		}
		head++
		if j.ID > 0 {
			waiting = append(waiting, f.tasks[j.ID-1])
		}
	}
	end := f.now.Add(expectHorizon)
	for range expectEvents {
		if len(waiting) == 0 {
			break
		}
		at, more := f.Next()
		if !more || at > end {
			break
		}
		f.AdvanceTo(at)
		waiting = slices.DeleteFunc(waiting, func(t *task) bool {
			if t.status == Running {
				starts[t.number] = f.now
				last[t.Resources.GPUType] = max(last[t.Resources.GPUType], t.placed)
			}
			return t.status == Running || t.status.Finished()
		})
	}
	if len(waiting) == 0 {
		w.expectTail(zone, last, starts)
	}
	return starts
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
