package world

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// rivals are the jobs of a zone's queue that ask for one GPU type: no others come in each other's way.
type rivals struct {
	zone    int
	gpuType string
}

// expectation is when the tasks among some rivals are expected to start. It is valid until something happens.
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
		of := rivals{w.zones[t.Resources.Zone], t.Resources.GPUType}
		x, ok := w.expected[of]
		if !ok || x.moves != w.moves || x.until < w.now {
			x = w.expectedQueue(of)
			w.expected[of] = x
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

// expectedQueue says when training of each of some rivals will run: the median of forks, in which the first of them are carried on
// with everything that may come in their way, and behind them what the work in between takes. A task that most
// forks find no room for is left out. What is drawn depends on what has elapsed, so the answer holds for this moment.
func (w *World) expectedQueue(of rivals) expectation {
	x := expectation{moves: w.moves, until: w.now, starts: map[int32]des.Time{}}
	p := w.prospect(Launch{Mode: Dynamic, Zone: w.cfg.Zones[of.zone].ID}, of.gpuType, carriedOn)
	behind := w.behindThose(p)
	var runs [expectForks]map[int32]des.Time
	for i := range runs {
		runs[i] = p.carryOn(behind, des.Source(w.seed, "forecast", strconv.Itoa(i)).Uint64())
	}
	tell := func(id int32) {
		var times [expectForks]des.Time
		for i := range runs {
			at, ok := runs[i][id]
			if !ok {
				at = math.MaxInt64
			}
			times[i] = at
		}
		slices.Sort(times[:])
		if median := times[expectForks/2]; median != math.MaxInt64 {
			x.starts[id] = median
		}
	}
	for _, j := range p.queue {
		if j.ID > 0 {
			tell(j.ID)
		}
	}
	for _, j := range behind {
		tell(j.id)
	}
	return x
}

// later is a task and how long after the last simulated one it is expected to start.
type later struct {
	id    int32
	after des.Time
}

// behindThose returns the tasks behind those that the forks simulate. Where so many wait, all GPUs of their type are taken to be in
// use all the time: a task starts when they have done the work before it.
func (w *World) behindThose(p *Prospect) []later {
	var behind []later
	gpus := float64(w.cluster.Count(w.cfg.Zones[p.zone].ID, p.gpuType).Capacity)
	work := 0.0 // in GPU-nanoseconds
	place := 0
	for j := range w.queues[p.zone].Waiting() {
		if j.Request.GPUTypes[0] != p.gpuType {
			continue
		}
		if place++; place <= carriedOn {
			continue
		}
		startup, length := w.expectedLength(j.ID)
		if j.ID > 0 {
			behind = append(behind, later{j.ID, des.Time(work/gpus) + startup})
		}
		work += float64(j.Request.GPUs) * float64(startup+length)
	}
	return behind
}

// carryOn simulates one fork. It returns when the tasks of the prospect's queue, and those behind them, start to train.
func (p *Prospect) carryOn(behind []later, seed uint64) map[int32]des.Time {
	f := p.Fork(seed)
	starts := make(map[int32]des.Time, len(p.queue)+len(behind))
	last := f.now // when the latest of them was placed
	var waiting []*task
	for _, j := range p.queue {
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
				last = max(last, t.placed)
			}
			return t.status == Running || t.status.Finished()
		})
	}
	if len(waiting) == 0 {
		for _, j := range behind {
			starts[j.id] = last + j.after
		}
	}
	return starts
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
