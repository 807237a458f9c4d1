package world

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/queue"
)

// Launch is where a task would run: an environment, or the queue of a zone. The other one is empty.
type Launch struct {
	Mode        LaunchMode
	Environment string // id
	Zone        string // id
}

// Check says where a task would run if it were created now. The error is the one that its creation would give.
func (w *World) Check(s *Spec) (Launch, error) {
	l, err := w.check(s)
	if err != nil {
		return Launch{}, err
	}
	if l.mode == Existing {
		return Launch{Mode: l.mode, Environment: w.cfg.Environments[l.environment].ID}, nil
	}
	return Launch{Mode: l.mode, Zone: s.Resources.Zone}, nil
}

// Fork returns a world as this one might go on where a task would run. What lies in the future is drawn anew from the
// seed, given what has elapsed: a phase or a training that has gone on for an hour takes longer than an hour. How the
// tasks' owners declared their limits is drawn with the lengths, since a limit tells a length to the hour.
//
// Nothing happens in other zones and environments, and no event is told: a fork is for asking how one task fares. It
// shares with w what it does not change, so w must not change while a fork is made, but may afterwards.
func (w *World) Fork(seed uint64, where Launch) *World { return w.fork(seed, where, math.MaxInt) }

// fork is Fork with at most so many jobs of the queue.
func (w *World) fork(seed uint64, where Launch, jobs int) *World {
	f := &fork{World: *w, r: des.Stream(seed, "fork", ""), zone: -1, environment: -1}
	if where.Mode == Existing {
		f.environment = w.environmentIndex(where.Environment)
	} else {
		f.zone = w.zones[where.Zone]
	}
	c := &f.World
	c.seed, c.quiet, c.changed, c.touched, c.meter, c.out = seed, true, nil, nil, nil, nil
	c.placements = *des.Source(seed, "placement", "")
	c.policy, _ = c.newPolicy(&c.placements) // the name was accepted when w was made
	c.cluster = w.cluster.Clone()
	c.keys, c.keyOrder, c.finished = map[string]keyRecord{}, nil, nil
	c.purged = slices.Clone(w.purged)
	c.tasks = slices.Clone(w.tasks)
	for i, t := range c.tasks {
		if t != nil && f.concerns(t) {
			copied := *t
			c.tasks[i] = &copied
		}
	}
	c.environments = slices.Clone(w.environments)
	c.queues = slices.Clone(w.queues)
	c.expected = make([]expectation, len(w.expected))
	c.calendar = des.Calendar[due]{}
	c.caches = slices.Clone(w.caches) // a cache is never changed in place
	c.nodes = slices.Clone(w.nodes)
	c.background.arrived = slices.Clone(w.background.arrived)
	c.background.last = slices.Clone(w.background.last)
	c.background.jobs = map[int32]*backgroundJob{}
	for id, j := range w.background.jobs {
		if j.zone == f.zone {
			copied := *j
			c.background.jobs[id] = &copied
		}
	}
	for e := range w.calendar.All() {
		f.redraw(e.Event)
	}
	if f.zone >= 0 {
		f.redrawQueue(w.queues[f.zone], jobs)
	}
	return c
}

// Settle drops, in a fork, what can no longer touch a task that trains: everything but the task itself, where no node
// fails by itself.
func (w *World) Settle(id string) {
	t, err := w.find(id)
	if err != nil || t.mode != Dynamic || t.status != Running || w.cfg.Failures.NodeMTBF > 0 {
		return
	}
	w.calendar = des.Calendar[due]{}
	w.goOn(t)
}

// fork is a world in the making.
type fork struct {
	World
	r                 *rand.Rand
	zone, environment int // the one that goes on; the other is -1
}

func (f *fork) concerns(t *task) bool {
	if t.status.Finished() {
		return false
	}
	if t.mode == Existing {
		return t.environment == f.environment
	}
	return f.zones[t.Resources.Zone] == f.zone
}

// redraw schedules a pending event anew.
func (f *fork) redraw(d due) {
	switch d.kind {
	case phaseEnds:
		if t := f.tasks[d.id-1]; f.concerns(t) {
			f.drawTraining(t)
			t.pending = f.calendar.Schedule(t.phaseBegan+f.drawPhaseAbove(t, f.now-t.phaseBegan), d)
		}
	case trainingEnds, trainingCrashes:
		if t := f.tasks[d.id-1]; f.concerns(t) {
			f.drawTraining(t)
			f.goOn(t)
		}
	case environmentServes:
		if int(d.id) == f.environment {
			f.redrawEnvironment()
		}
	case nodeFails, nodeReturns, nodeDrains, nodeUndrains:
		if f.zones[f.cluster.Node(int(d.id)).Zone] == f.zone {
			x := f.troubles()[(d.kind-nodeFails)/2]
			mean := x.every
			if d.kind == x.ends {
				mean = x.lasts
			}
			f.calendar.Schedule(f.now+max(seconds(mean.Seconds()*f.r.ExpFloat64()), des.Time(time.Millisecond)), d)
		}
	case backgroundArrives:
		if b := &f.cfg.Background[d.id]; f.zones[b.Zone] == f.zone {
			last := f.background.last[d.id]
			f.calendar.Schedule(f.above(b.Interarrival, last), d)
		}
	case backgroundEnds:
		if j, ok := f.background.jobs[d.id]; ok {
			end := f.above(f.cfg.Background[j.load].Length, j.started)
			j.length = end - j.started
			j.pending = f.calendar.Schedule(end, d)
		}
	}
}

// above draws the end of what began at a time and has not ended yet.
func (f *fork) above(d Distribution, began des.Time) des.Time {
	return max(f.now, began+seconds(d.DrawAbove(f.r, (f.now-began).Duration().Seconds())))
}

// drawTraining draws the length of a training, of which some may be done.
func (f *fork) drawTraining(t *task) {
	done, least := f.trained(t), des.Time(f.cfg.Training.Minimum)
	t.length = max(least, done)
	if base := f.trainingSeconds(t); base > 0 {
		known := done.Duration().Seconds()
		if done < least {
			known = 0 // a training of the shortest length may have drawn anything less
		}
		t.length = max(t.length, seconds(base*f.cfg.Training.Variation.DrawAbove(f.r, known/base)))
	}
}

// drawPhaseAbove draws the length of a task's present phase, given that it is longer than what has elapsed. Several
// draws make up a phase, so there is nothing better than to try; where a thousand fail, it is as good as over.
func (f *fork) drawPhaseAbove(t *task, elapsed des.Time) des.Time {
	for range 1000 {
		if d := f.samplePhase(t, f.r); d > elapsed || elapsed <= 0 {
			return d
		}
	}
	return elapsed
}

func (f *fork) redrawEnvironment() {
	e := &f.environments[f.environment]
	e.update(f.now)
	numbers := e.tasks
	e.tasks, e.pending = nil, des.Handle{}
	for _, n := range numbers {
		t := f.tasks[n-1]
		done := t.length - (t.target - e.service)
		f.drawTraining(t)
		t.target = e.service + t.length - done
		f.line(e, t)
	}
	f.reschedule(f.environment)
}

// redrawQueue makes the zone's queue anew, with the limits of the lengths that were drawn.
func (f *fork) redrawQueue(old *queue.Queue, jobs int) {
	q, _ := queue.New(f.cfg.Discipline, f.cluster, f.cfg.Zones[f.zone].ID) // as w's was made
	f.queues[f.zone] = q
	for i := range f.nodes {
		if f.zones[f.cluster.Node(i).Zone] == f.zone && f.cluster.State(i) != cluster.Up {
			f.tellQueue(i)
		}
	}
	for _, t := range f.tasks {
		if t != nil && len(t.allocation.Parts) > 0 && f.concerns(t) {
			q.Running(t.number, t.allocation, t.placed+f.limit(t))
		}
	}
	for _, j := range f.background.inOrder() {
		if len(j.allocation.Parts) > 0 {
			q.Running(j.id, j.allocation, j.started+j.length)
		}
	}
	for j := range old.Waiting() {
		if jobs--; jobs < 0 {
			break
		}
		if j.ID < 0 {
			b := f.background.jobs[j.ID]
			b.length = seconds(f.cfg.Background[b.load].Length.Draw(f.r))
			j.Limit = b.length
		} else {
			t := f.tasks[j.ID-1]
			f.drawTraining(t)
			j.Limit = f.limit(t)
		}
		q.Push(j)
	}
}
