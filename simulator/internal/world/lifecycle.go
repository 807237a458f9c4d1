package world

import (
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// lifecycle is the part of a world that leads tasks from their creation to their end. A *task that its methods change
// comes from taskTable.edit or taskTable.add.
type lifecycle struct {
	*core
	tasks        *taskTable
	queues       *zoneQueues
	environments *environments
	images       *imageCaches
}

// emit tells that something has happened to a task now, and adds it to the task's history.
func (l *lifecycle) emit(t *task, e Event) {
	if l.journal.quiet {
		return
	}
	e.At, e.Task, e.Mode = l.now, t.id, t.Mode
	if t.Mode == Dynamic {
		e.Zone = t.Resources.Zone
	} else {
		l.journal.note(subject{kind: environmentLoad, n: t.environment})
	}
	// Edits that follow each other are one entry: a history grows with what happens, not with what clients write.
	if last := len(t.History) - 1; last >= 0 && e.Type == TaskUpdated && t.History[last].Type == TaskUpdated {
		t.History = slices.Clone(t.History[:last]) // clones share the old one
	}
	t.History = append(t.History, e)
	l.core.emit(e)
}

// become puts a task into a status, and into a phase of it.
func (l *lifecycle) become(t *task, status Status, phase Phase) {
	switch trained := t.Status == Running; {
	case trained && status != Running:
		l.journal.meter.training(t, -1)
	case !trained && status == Running:
		l.journal.meter.training(t, +1)
	}
	t.Status, t.Phase = status, phase
}

// admit makes a task of a spec that was checked, and starts it or puts it into its zone's queue.
func (l *lifecycle) admit(s *Spec, at launch) *task {
	t := &task{Spec: *s, Mode: at.mode, environment: at.environment, Created: l.now, Queued: l.now, Revision: 1}
	t.Labels = maps.Clone(s.Labels)
	if s.Resources != nil {
		r := *s.Resources
		t.Resources = &r
	}
	l.tasks.add(t)
	t.Length = l.drawLength(t)
	if t.Mode == Dynamic {
		l.emit(t, Event{Type: TaskCreated})
		l.enqueue(t)
		return t
	}
	t.Environment = l.cfg.Environments[t.environment].ID
	l.become(t, Starting, MountingData)
	l.emit(t, Event{Type: TaskCreated, Environment: t.Environment, Status: t.Status, Phase: t.Phase})
	t.Placed, t.Began = l.now, l.now
	l.beginPhase(t)
	return t
}

// enqueue puts a dynamic task into its zone's queue. It leaves the queue at once if there is room.
func (l *lifecycle) enqueue(t *task) {
	zone := l.catalog.ZoneIndex(t.Resources.Zone)
	l.become(t, Queued, "")
	arrival := l.queues.nextArrival()
	if t.Arrival == 0 {
		t.Arrival = arrival // a task that comes back keeps its place
	}
	t.Limit = l.walltimeLimit(t)
	l.queues.push(zone, t.job())
	l.queues.start(zone)
	l.tellQueued(t)
}

// tellQueued tells why a task waits, if it does.
func (l *lifecycle) tellQueued(t *task) {
	if t.Status == Queued && !l.journal.quiet {
		reason, verdicts := l.whyQueued(t)
		l.emit(t, Event{Type: TaskQueued, Status: Queued, Reason: reason, Verdicts: verdicts})
	}
}

// whyQueued says why a task waits: what each class of nodes lacks, and whom it waits behind if there is room.
func (l *lifecycle) whyQueued(t *task) (Reason, Verdicts) {
	request := t.Resources.request()
	verdicts := Verdicts{}
	for _, v := range l.cluster.Verdicts(request) {
		verdicts = append(verdicts, Verdict{Verdict: v})
	}
	if !l.queues.hasRoom(request) {
		return WaitNoRoom, verdicts
	}
	first, n := l.queues.list[l.catalog.ZoneIndex(t.Resources.Zone)].Ahead(l.cluster, t.job())
	behind := &Behind{More: max(0, n-1)}
	if first.ID > 0 {
		behind.Task = taskID(first.ID)
	}
	return WaitBehind, append(verdicts, Verdict{Behind: behind})
}

// walltimeLimit returns for how long the task holds its GPUs at most, as its owner declares it: what is left of its limit, or
// whole hours that are never less than the lengths that were drawn. Crashes, which nobody declares, may make a task without a
// limit longer; a reservation behind it then moves.
func (l *lifecycle) walltimeLimit(t *task) des.Time {
	if limit, ok := t.limit(); ok {
		return max(0, limit-t.Billed)
	}
	const hour = des.Time(time.Hour)
	hold := t.Length - t.Saved
	var source rand.PCG
	r := rand.New(&source)
	for _, p := range phases {
		draw := func(cached bool) des.Time {
			des.Seed(&source, l.seed, string(p), t.id)
			return l.samplePhaseOf(t, p, r, t.Resources.GPUs, func(int) bool { return cached })
		}
		d := draw(false)
		if p == PullingImage {
			d = max(d, draw(true))
			d *= des.Time(max(1, l.cfg.Failures.PullAttempts))
		}
		hold += d
	}
	return (hold + hour - 1) / hour * hour
}

// place gives a queued task its GPUs and begins its start-up.
func (l *lifecycle) place(t *task, a cluster.Allocation) {
	t.Holds = a.Parts
	t.Nodes = nodeNames(l.cluster, a)
	t.Placed, t.Began, t.Attempts, t.Reason = l.now, l.now, 0, ""
	l.queues.holds(t)
	l.journal.meter.billed(t, +1)
	l.become(t, Allocating, FindingNodes)
	t.Revision++
	l.emit(t, Event{
		Type: TaskPlaced, Status: t.Status, Phase: t.Phase, Nodes: t.Nodes, Took: l.now - t.Queued,
		Tasks: l.queues.preemptedFor(t.number),
	})
	l.beginPhase(t)
	l.scheduleLimit(t)
}

// beginPhase draws the length of the present phase and schedules its end.
func (l *lifecycle) beginPhase(t *task) {
	t.PhaseBegan = l.now
	t.pending = l.schedule(l.now+l.drawPhase(t), pendingEvent{phaseEnds, t.number})
}

// endPhase leads a task from one phase of its start-up to the next, and from the last into training.
func (l *lifecycle) endPhase(t *task) {
	switch t.Phase {
	case FindingNodes:
		l.become(t, Allocating, AllocatingGPUs)
	case AllocatingGPUs:
		l.become(t, Starting, PullingImage)
	case PullingImage:
		image := l.image(t.Resources.Image)
		if l.pullFails(t, image) {
			return
		}
		for _, p := range t.Holds {
			l.images.use(p.Node, image)
		}
		l.become(t, Starting, MountingData)
	case MountingData:
		l.become(t, Starting, StartingContainer)
	case StartingContainer:
		l.train(t)
		return
	}
	t.Revision++
	l.emit(t, Event{Type: TaskPhase, Status: t.Status, Phase: t.Phase})
	l.beginPhase(t)
}

// train begins a training, or goes on with it after a restart.
func (l *lifecycle) train(t *task) {
	l.become(t, Running, "")
	if !t.WasStarted {
		t.Started, t.WasStarted = l.now, true
	}
	t.Resumed = l.now
	t.Revision++
	l.emit(t, Event{Type: TaskStatus, Status: Running, Took: l.now - t.Began})
	if t.Mode == Existing {
		t.pending = des.Handle{}
		l.environments.join(t)
		l.scheduleLimit(t)
		return
	}
	l.scheduleEnd(t)
}

// scheduleEnd schedules how a training on GPUs of its own ends: by success or by a crash.
func (l *lifecycle) scheduleEnd(t *task) {
	left := t.Length - l.trained(t)
	if crash := l.drawCrash(t); crash < left {
		t.pending = l.schedule(l.now+crash, pendingEvent{trainingCrashes, t.number})
		return
	}
	t.pending = l.schedule(l.now+left, pendingEvent{trainingEnds, t.number})
}

// finish ends a live task, gives back all that it holds and starts what was waiting for it.
func (l *lifecycle) finish(t *task, status Status, reason Reason) {
	took := des.Time(0)
	if t.WasStarted {
		took = l.now - t.Started
	}
	l.halt(t)
	l.become(t, status, "")
	t.Reason, t.Finished = reason, l.now
	t.Revision++
	l.emit(t, Event{Type: TaskStatus, Status: status, Reason: reason, Took: took})
	l.tasks.ended(t)
	if t.Mode == Dynamic {
		l.queues.start(l.catalog.ZoneIndex(t.Resources.Zone))
	}
}

// halt takes a live task out of its queue, off its GPUs or out of its environment. It gives back what the task holds, and
// notes what the task has cost and trained. The caller then changes the status.
func (l *lifecycle) halt(t *task) {
	l.cancel(t.pending)
	l.cancel(t.limitEnds)
	t.pending, t.limitEnds = des.Handle{}, des.Handle{}
	if t.Mode == Existing {
		if t.Status == Running {
			l.environments.leave(t)
		}
		return
	}
	t.Served = l.trained(t)
	zone := l.catalog.ZoneIndex(t.Resources.Zone)
	if t.Status == Queued {
		l.queues.remove(zone, t.number, t.Resources.GPUType)
		return
	}
	t.Billed += l.now - t.Placed
	l.journal.meter.billed(t, -1)
	l.queues.release(zone, t.number, t.allocation())
	l.queues.gaveBack(t)
	t.Holds = nil
}

// environmentServed ends the tasks of an environment whose training is complete.
func (l *lifecycle) environmentServed(i int) {
	for n, ok := l.environments.complete(i); ok; n, ok = l.environments.complete(i) {
		l.finish(l.tasks.edit(n), Succeeded, "")
	}
	l.environments.reschedule(i)
}

// stopEnvironment is the command StopEnvironment. The tasks in the environment fail.
func (l *lifecycle) stopEnvironment(id string) *Error {
	i, stopped, err := l.environments.setRunning(id, false)
	if err != nil || !stopped {
		return err
	}
	for _, t := range l.tasks.list {
		if t != nil && t.Mode == Existing && t.environment == i && !t.Status.Finished() {
			l.finish(l.tasks.edit(t.number), Failed, EndEnvironmentStopped)
		}
	}
	return nil
}
