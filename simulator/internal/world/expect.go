package world

import (
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// expectations is the part of a world that says when tasks are expected to start. It simulates forks of the world, so it
// keeps what it found for as long as the world does not change.
type expectations struct {
	world *World
	found map[rivals]expectation
}

// rivals are the jobs of a zone's queue that ask for one GPU type. Jobs that are no rivals never delay each other.
type rivals struct {
	zone    int
	gpuType string
}

// expectation says when the tasks among some rivals are expected to start.
type expectation struct {
	version uint64             // of the world for which it holds
	at      des.Time           // the time at which it holds
	starts  map[int32]des.Time // by task
}

// start returns when a task is expected to begin training, as far as the present state tells. It returns false for a task
// that has started or finished, for one for which nothing known will make room, and in a fork.
func (x *expectations) start(t *task) (des.Time, bool) {
	w := x.world
	switch {
	case w.journal.quiet:
		return 0, false
	case t.Status == Queued:
		group := rivals{w.catalog.ZoneIndex(t.Resources.Zone), t.Resources.GPUType}
		e, ok := x.found[group]
		if !ok || e.version != w.journal.version || e.at != w.now {
			if x.found == nil {
				x.found = map[rivals]expectation{}
			}
			e = x.queue(group)
			x.found[group] = e
		}
		at, ok := e.starts[t.number]
		return at, ok
	case t.WasStarted || t.Status.Finished():
		return 0, false
	}
	return w.life.expectedRemaining(t), true
}

// simulatedJobs is how many jobs at the head of a queue are simulated: a creation behind thousands must not cost as much as
// simulating all of them. Slurm's backfill looks at 500 by default (slurm.conf, bf_max_job_test), but only once.
const simulatedJobs = 100

const (
	// expectForks is the number of forks in which a queue is simulated. The start shown is their median. The world itself
	// is as likely as any fork to take its course, so about half of the tasks start before it.
	expectForks = 5
	// expectEvents and expectHorizon bound a fork that would not end, or nearly so.
	expectEvents  = 10_000
	expectHorizon = 180 * 24 * time.Hour
)

// queue finds when each of some rivals is expected to begin training: the median of forks in which the head of the queue is
// simulated with everything that may delay it, and behind that what the work in between takes. A task for which most forks
// find no room is left out. The draws depend on the time that has elapsed, so the answer holds for this moment only.
func (x *expectations) queue(group rivals) expectation {
	w := x.world
	found := expectation{version: w.journal.version, at: w.now, starts: map[int32]des.Time{}}
	p := w.prospect(Launch{Mode: Dynamic, Zone: w.cfg.Zones[group.zone].ID}, group.gpuType, simulatedJobs)
	behind := x.behind(p)
	var runs [expectForks]map[int32]des.Time
	for i := range runs {
		runs[i] = p.simulate(behind, des.Source(w.seed, "forecast", strconv.Itoa(i)).Uint64())
	}
	addMedian := func(id int32) {
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
			found.starts[id] = median
		}
	}
	for _, j := range p.queue {
		if j.ID > 0 {
			addMedian(j.ID)
		}
	}
	for _, j := range behind {
		addMedian(j.id)
	}
	return found
}

// startAfter is a task that is not simulated, and how long after the last simulated one it is expected to start.
type startAfter struct {
	id    int32
	after des.Time
}

// behind returns the tasks behind those that the forks simulate. Where so many wait, all GPUs of their type are assumed to be
// in use all the time: a task starts when they have done the work before it.
func (x *expectations) behind(p *Prospect) []startAfter {
	var behind []startAfter
	gpus := float64(x.world.cluster.Count(x.world.cfg.Zones[p.zone].ID, p.gpuType).Capacity)
	work := 0.0 // in GPU-nanoseconds
	place := 0
	for j := range x.world.queues.list[p.zone].Waiting() {
		if j.Request.GPUTypes[0] != p.gpuType {
			continue
		}
		if place++; place <= simulatedJobs {
			continue
		}
		startup, length := x.length(j.ID)
		if j.ID > 0 {
			behind = append(behind, startAfter{j.ID, des.Time(work/gpus) + startup})
		}
		work += float64(j.Request.GPUs) * float64(startup+length)
	}
	return behind
}

// simulate runs one fork. It returns when the tasks of the prospect's queue, and those behind them, begin training.
func (p *Prospect) simulate(behind []startAfter, seed uint64) map[int32]des.Time {
	f := p.Fork(seed)
	starts := make(map[int32]des.Time, len(p.queue)+len(behind))
	last := f.now // when the last of them was placed
	var waiting []*task
	for _, j := range p.queue {
		if j.ID > 0 {
			waiting = append(waiting, f.tasks.list[j.ID-1])
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
			if t.Status == Running {
				starts[t.number] = f.now
				last = max(last, t.Placed)
			}
			return t.Status == Running || t.Status.Finished()
		})
	}
	if len(waiting) == 0 {
		for _, j := range behind {
			starts[j.id] = last + j.after
		}
	}
	return starts
}

// length returns how long a waiting job is expected to hold its GPUs: until its training begins, and from then on.
func (x *expectations) length(id int32) (startup, length des.Time) {
	if id < 0 {
		return 0, x.world.background.mean(x.world.background.jobs[id])
	}
	t := x.world.tasks.list[id-1]
	for _, p := range phases {
		startup += x.world.life.meanPhase(t, p)
	}
	length = x.world.meanLength(t) - t.Saved
	if limit, ok := t.limit(); ok {
		length = min(length, max(0, limit-t.Billed-startup))
	}
	return startup, length
}
