package world

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// Launch says where a task would run: in an environment, or in a zone. The other field is empty.
type Launch struct {
	Mode        LaunchMode
	Environment string // id
	Zone        string // id
}

// Check returns where a task would run if it were created now. It returns the error that the creation would return.
func (w *World) Check(s *Spec) (Launch, error) {
	l, err := w.admission.check(s)
	if err != nil {
		return Launch{}, err
	}
	if l.mode == Existing {
		return Launch{Mode: l.mode, Environment: w.cfg.Environments[l.environment].ID}, nil
	}
	return Launch{Mode: l.mode, Zone: s.Resources.Zone}, nil
}

// Prospect is what the forks for one task have in common. It is valid until the world changes.
type Prospect struct {
	world             *World
	zone, environment int              // index of where the task would run; the other is -1
	gpuType           string           // of the jobs that are simulated; "" for all
	tasks             []int32          // numbers of those that are simulated
	jobs              []*backgroundJob // those that are simulated, in order of arrival
	events            []pendingEvent   // those that happen in a fork
	queue             []queue.Job      // the part of the zone's queue that is simulated
}

// Prospect prepares forks for a task that would run in an environment or wait in a zone's queue. If gpuType is not "", the
// forks simulate only what can delay a task that asks for this type.
func (w *World) Prospect(where Launch, gpuType string) *Prospect {
	return w.prospect(where, gpuType, math.MaxInt)
}

// Queue returns how many jobs of the queue each fork simulates.
func (p *Prospect) Queue() int { return len(p.queue) }

// prospect is like Prospect, with at most most jobs of the queue.
func (w *World) prospect(where Launch, gpuType string, most int) *Prospect {
	p := &Prospect{world: w, zone: -1, environment: -1, gpuType: gpuType}
	if where.Mode == Existing {
		p.environment = w.catalog.EnvironmentIndex(where.Environment)
		p.list()
		return p
	}
	p.zone = w.catalog.ZoneIndex(where.Zone)
	for j := range w.queues.list[p.zone].Waiting() {
		if len(p.queue) == most {
			break
		}
		if p.includesType(j.Request.GPUTypes[0]) {
			p.queue = append(p.queue, j)
		}
	}
	p.list()
	return p
}

// includesType reports whether jobs that ask for a GPU type are simulated.
func (p *Prospect) includesType(gpuType string) bool { return p.gpuType == "" || p.gpuType == gpuType }

// list finds the tasks, jobs and events that are simulated.
func (p *Prospect) list() {
	w := p.world
	waiting := map[int32]bool{}
	for _, j := range p.queue {
		waiting[j.ID] = true
	}
	for _, t := range w.tasks.list {
		if t != nil && p.includes(t) && (t.Status != Queued || waiting[t.number]) {
			p.tasks = append(p.tasks, t.number)
		}
	}
	if p.zone >= 0 {
		for _, j := range w.background.inOrder() {
			if j.zone == p.zone && p.includesType(j.request.GPUTypes[0]) && (len(j.Holds) > 0 || waiting[j.id]) {
				p.jobs = append(p.jobs, j)
			}
		}
	}
	for e := range w.calendar.All() {
		if p.includesEvent(e.Event) {
			p.events = append(p.events, e.Event)
		}
	}
}

// includes reports whether a task is simulated, if it is not one of the queue that is left out.
func (p *Prospect) includes(t *task) bool {
	switch {
	case t.Status.Finished():
		return false
	case t.Mode == Existing:
		return t.environment == p.environment
	}
	return p.world.catalog.ZoneIndex(t.Resources.Zone) == p.zone && p.includesType(t.Resources.GPUType)
}

// includesEvent reports whether a pending event happens in a fork.
func (p *Prospect) includesEvent(e pendingEvent) bool {
	w := p.world
	switch e.kind {
	case phaseEnds, trainingEnds, trainingCrashes, limitReached:
		return p.includes(w.tasks.list[e.id-1])
	case environmentServes:
		return int(e.id) == p.environment
	case nodeFails, nodeReturns, nodeDrains, nodeUndrains:
		n := w.cluster.Node(int(e.id))
		return w.catalog.ZoneIndex(n.Zone) == p.zone && p.includesType(n.GPUType)
	case backgroundArrives:
		b := &w.cfg.Background[e.id]
		return w.catalog.ZoneIndex(b.Zone) == p.zone && p.includesType(b.GPUType)
	case backgroundEnds:
		j, ok := w.background.jobs[e.id]
		return ok && j.zone == p.zone && p.includesType(j.request.GPUTypes[0])
	}
	return false
}

// Fork returns a possible future of the world, as far as it can affect the task of the prospect. What is not known yet is
// drawn anew from the seed, under the condition of what has elapsed: a phase or a training that has lasted for an hour takes
// longer than an hour. Walltime limits are drawn anew too, since a limit would give away the length to the hour.
//
// Nothing happens elsewhere, and a fork returns no events. It shares with the world what it does not change. The world must
// not change during the call to Fork. It may change afterwards.
func (p *Prospect) Fork(seed uint64) *Fork {
	w := p.world
	inventory := w.inventory
	inventory.cluster = w.cluster.Clone()
	f := &Fork{
		World: World{
			core:         core{inventory: inventory, seed: seed, now: w.now, journal: journal{quiet: true}},
			processed:    w.processed,
			tasks:        taskTable{list: slices.Clone(w.tasks.list), purged: slices.Clone(w.tasks.purged), live: w.tasks.live},
			queues:       zoneQueues{list: slices.Clone(w.queues.list), placements: *des.Source(seed, "placement", ""), arrivals: w.queues.arrivals},
			images:       w.images.clone(),
			environments: environments{list: slices.Clone(w.environments.list)},
			outages:      w.outages.clone(),
			background:   w.background.clone(p.jobs),
			templates:    w.templates,
			keys:         keys{records: map[string]keyRecord{}},
		},
		prospect: p, r: des.Stream(seed, "fork", ""),
	}
	f.wire()
	tasks, simulated := make([]task, len(p.tasks)), make([]*task, len(p.tasks))
	for i, n := range p.tasks {
		tasks[i], simulated[i] = *w.tasks.list[n-1], &tasks[i]
		f.tasks.list[n-1] = &tasks[i]
	}
	f.queues.preemptible = f.preemptiblesOf(simulated)
	for _, e := range p.events {
		f.redraw(e)
	}
	if p.zone >= 0 {
		f.redrawQueue()
	}
	return f
}

// Isolate drops all that can no longer affect a task that trains: all other events, if no node fails by itself. It returns a
// prospect of the task alone, whose forks draw other lengths of its training. It returns false if it dropped nothing, because
// something else can affect the task.
func (f *Fork) Isolate(id string) (*Prospect, bool) {
	t, err := f.tasks.find(id)
	if err != nil || t.Mode != Dynamic || t.Status != Running || f.NodesFail() ||
		f.MayBePreempted(&t.Spec, Launch{Mode: Dynamic, Zone: t.Resources.Zone}) {
		return nil, false
	}
	f.calendar = des.Calendar[pendingEvent]{}
	t = f.tasks.edit(t.number)
	t.limitEnds = des.Handle{}
	f.life.scheduleEnd(t)
	f.life.scheduleLimit(t)
	alone := &Prospect{world: &f.World, zone: f.prospect.zone, environment: -1, gpuType: f.prospect.gpuType, tasks: []int32{t.number}}
	for e := range f.calendar.All() {
		alone.events = append(alone.events, e.Event)
	}
	return alone, true
}

// NodesFail reports whether nodes fail by themselves.
func (w *World) NodesFail() bool { return w.cfg.Failures.NodeMTBF > 0 }

// Fork is a possible future of a world.
type Fork struct {
	World
	prospect *Prospect
	r        *rand.Rand
}

// redraw draws the time of a pending event anew, and schedules it.
func (f *Fork) redraw(e pendingEvent) {
	switch e.kind {
	case phaseEnds:
		t := f.tasks.list[e.id-1]
		f.drawTraining(t)
		t.pending = f.calendar.Schedule(t.PhaseBegan+f.drawPhaseAbove(t, f.now-t.PhaseBegan), e)
	case trainingEnds, trainingCrashes:
		t := f.tasks.list[e.id-1]
		f.drawTraining(t)
		f.life.scheduleEnd(t)
	case limitReached:
		t := f.tasks.list[e.id-1]
		t.limitEnds = des.Handle{} // of the world's calendar
		f.life.scheduleLimit(t)
	case environmentServes:
		f.redrawEnvironment()
	case nodeFails, nodeReturns, nodeDrains, nodeUndrains:
		x := f.outages.kindOf(e.kind)
		mean := x.every
		if e.kind == x.ends {
			mean = x.lasts
		}
		f.calendar.Schedule(f.now+max(seconds(mean.Seconds()*f.r.ExpFloat64()), des.Time(time.Millisecond)), e)
	case backgroundArrives:
		f.calendar.Schedule(f.above(f.cfg.Background[e.id].Interarrival, f.background.last[e.id]), e)
	case backgroundEnds:
		j := f.background.jobs[e.id]
		end := f.above(f.cfg.Background[j.Load].Length, j.Started)
		j.Length = end - j.Started
		j.pending = f.calendar.Schedule(end, e)
	}
}

// above draws when something ends that began at a time and has not ended yet.
func (f *Fork) above(d distribution.Distribution, began des.Time) des.Time {
	return max(f.now, began+seconds(d.DrawAbove(f.r, (f.now-began).Duration().Seconds())))
}

// drawTraining draws the length of a training, of which a part may be done.
func (f *Fork) drawTraining(t *task) {
	done, least := f.life.trained(t), des.Time(f.cfg.Training.Minimum)
	t.Length = max(least, done)
	if base := f.trainingSeconds(t); base > 0 {
		known := done.Duration().Seconds()
		if done < least {
			known = 0 // a training of the shortest length may have drawn any shorter one
		}
		t.Length = max(t.Length, seconds(base*f.cfg.Training.Variation.DrawAbove(f.r, known/base)))
	}
}

// drawPhaseAbove draws the length of a task's present phase, under the condition that it is longer than what has elapsed.
// A phase is a function of several draws, so it tries until one is longer; if a thousand are not, the phase ends now.
func (f *Fork) drawPhaseAbove(t *task, elapsed des.Time) des.Time {
	for range 1000 {
		if d := f.life.samplePhase(t, f.r); d > elapsed || elapsed <= 0 {
			return d
		}
	}
	return elapsed
}

// redrawEnvironment draws the lengths of all trainings in the environment anew.
func (f *Fork) redrawEnvironment() {
	e := &f.environments.list[f.prospect.environment]
	e.update(f.now)
	numbers := e.tasks
	e.tasks, e.pending = nil, des.Handle{}
	for _, n := range numbers {
		t := f.tasks.list[n-1]
		done := t.Length - (t.Target - e.Service)
		f.drawTraining(t)
		t.Target = e.Service + t.Length - done
		f.environments.insert(e, t)
	}
	f.environments.reschedule(f.prospect.environment)
}

// redrawQueue makes the zone's queue anew, with the walltime limits of the lengths that were drawn.
func (f *Fork) redrawQueue() {
	p := f.prospect
	discipline, _ := queue.DisciplineByName(f.cfg.Discipline) // the world's was found by this name
	q := queue.New(discipline, f.cluster, f.cfg.Zones[p.zone].ID)
	f.queues.list[p.zone] = q
	for i := range f.outages.list {
		if f.catalog.ZoneIndex(f.cluster.Node(i).Zone) == p.zone && f.cluster.State(i) != cluster.Up {
			f.outages.tellQueue(i)
		}
	}
	for _, n := range p.tasks {
		if t := f.tasks.list[n-1]; len(t.Holds) > 0 {
			q.Running(t.number, t.allocation(), t.Placed+f.life.walltimeLimit(t))
		}
	}
	for _, j := range p.jobs {
		if j = f.background.jobs[j.id]; len(j.Holds) > 0 {
			q.Running(j.id, j.allocation(), j.Started+j.Length)
		}
	}
	q.Grow(len(p.queue) + 1) // and the task of the prospect
	for _, j := range p.queue {
		if j.ID < 0 {
			b := f.background.jobs[j.ID]
			b.Length = seconds(f.cfg.Background[b.Load].Length.Draw(f.r))
			j.Limit = b.Length
		} else {
			t := f.tasks.list[j.ID-1]
			f.drawTraining(t)
			j.Limit = f.life.walltimeLimit(t)
		}
		q.Push(j)
	}
}
