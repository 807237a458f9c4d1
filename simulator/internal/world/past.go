package world

import (
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// past is the state of a task as its history tells it, up to some entry. After the last entry it must equal the task.
type past struct {
	task                *task
	every               des.Time // training time between two checkpoints
	status              Status
	phase               Phase
	reason              Reason
	at                  des.Time // of the last entry
	placed, began       des.Time
	phaseBegan          des.Time
	started, resumed    des.Time
	queued, finished    des.Time
	billed              des.Time
	served, saved       des.Time
	wasStarted          bool
	nodes               []string
	attempts            int
	crashes, losses     int
	preemptions         int
	revision            int
	trainedInEvironment bool // the history does not tell how much of it was done
}

// checkHistory checks that a history begins with the creation, consists of steps that a task can take, and leads to the
// task's present state.
func (w inspector) checkHistory(t *task) *Violation {
	if w.journal.quiet {
		return nil // a quiet world writes no history
	}
	wrong := func(i int, format string, args ...any) *Violation {
		return broken(kindTask, t.number, fmt.Sprintf("history[%d]", i), format, args...)
	}
	if len(t.History) == 0 {
		return broken(kindTask, t.number, "history", "it is empty; it begins with the task's creation")
	}
	p := past{task: t, every: des.Time(w.cfg.Failures.Checkpoint)}
	for i := range t.History {
		e := &t.History[i]
		switch {
		case e.Task != t.id:
			return wrong(i, "it is of %q", e.Task)
		case (i == 0) != (e.Type == TaskCreated):
			return wrong(i, "a history begins with the one creation, and this is %q", e.Type)
		case i == 0 && e.At != t.Created:
			return wrong(i, "it is of %s, and the task was created at %s", e.At, t.Created)
		case e.At < p.at:
			return wrong(i, "it is of %s, before the entry before it, of %s", e.At, p.at)
		case e.At > w.now:
			return wrong(i, "it is of %s, and now is %s", e.At, w.now)
		}
		p.at = e.At
		if !p.next(e) {
			return wrong(i, "a task that is %s %s can't become %s %s by %q", p.status, p.phase, e.Status, e.Phase, e.Type)
		}
		if field, rule, args := w.checkEntry(&p, e); field != "" {
			return broken(kindTask, t.number, fmt.Sprintf("history[%d].%s", i, field), rule, args...)
		}
	}
	return p.compare()
}

// next applies an entry. It returns false if the entry can't come next.
func (p *past) next(e *Event) bool {
	live := p.status != "" && !p.status.Finished()
	switch e.Type {
	case TaskCreated:
		p.queued, p.status, p.revision = e.At, Queued, 1
		if p.task.Mode == Existing {
			p.status, p.placed, p.began = Starting, e.At, e.At
			p.enter(MountingData, e.At)
		}
		return true
	case TaskQueued:
		return p.status == Queued
	case TaskUpdated:
		return true
	case TaskPlaced:
		if p.status != Queued {
			return false
		}
		p.status, p.placed, p.began, p.attempts, p.nodes, p.reason = Allocating, e.At, e.At, 0, e.Nodes, ""
		p.enter(FindingNodes, e.At)
	case TaskPhase:
		if !live || !p.follows(e) {
			return false
		}
		p.status = e.Status
		p.enter(e.Phase, e.At)
	case TaskRestarted:
		return live && p.restart(e)
	case TaskStatus:
		switch {
		case e.Status == Running && p.phase == StartingContainer:
			p.status, p.phase, p.resumed = Running, "", e.At
			if !p.wasStarted {
				p.wasStarted, p.started = true, e.At
			}
		case live && e.Status.Finished() && p.ends(e):
			p.end(e)
		default:
			return false
		}
	default:
		return false
	}
	p.revision++
	return true
}

// enter begins a phase.
func (p *past) enter(phase Phase, at des.Time) { p.phase, p.phaseBegan = phase, at }

// follows reports whether the phase of an entry can follow the present one. It counts the attempts to pull the image.
func (p *past) follows(e *Event) bool {
	i := slices.Index(phases, p.phase)
	again := e.Phase == PullingImage && p.phase == PullingImage
	if i < 0 || !again && (i+1 == len(phases) || phases[i+1] != e.Phase) || !slices.Contains(stages[p.task.Mode][e.Status], e.Phase) {
		return false
	}
	if p.phase == PullingImage {
		p.attempts++
	}
	return true
}

// restart sends the task back: to the queue if it has lost a node, or to the start of its container if it has crashed. It
// returns false if the task can't restart in this way.
func (p *past) restart(e *Event) bool {
	if p.task.Mode != Dynamic {
		return false
	}
	switch {
	case e.Reason == Preempted && !p.task.Preemptible:
		return false
	case e.Status == Queued && p.status != Queued:
		p.train(e.At)
		p.billed += e.At - p.placed
		p.status, p.phase, p.queued = Queued, "", e.At
		if e.Reason == Preempted {
			p.preemptions++
			p.reason = Preempted
		} else {
			p.losses++
		}
	case e.Status == Starting && e.Phase == StartingContainer && p.status == Running:
		p.train(e.At)
		p.status, p.began = Starting, e.At
		p.crashes++
		p.enter(StartingContainer, e.At)
	default:
		return false
	}
	p.saved = 0
	if p.every > 0 {
		p.saved = p.served / p.every * p.every
	}
	p.served = p.saved
	p.revision++
	return true
}

// train updates how much of the training is done.
func (p *past) train(now des.Time) {
	if p.status == Running {
		p.served = p.saved + now - p.resumed
	}
}

// end ends the task.
func (p *past) end(e *Event) {
	if p.task.Mode == Existing {
		p.trainedInEvironment = p.status == Running
	} else if p.train(e.At); p.status != Queued {
		p.billed += e.At - p.placed
	}
	if e.Reason == EndTrainingCrashed {
		p.crashes++
	}
	if e.Reason == EndImagePullFailed {
		p.attempts++
	}
	p.status, p.phase, p.reason, p.finished = e.Status, "", e.Reason, e.At
}

// compare returns the first difference between the task and its history.
func (p *past) compare() *Violation {
	t := p.task
	if t.Status != p.status || t.Phase != p.phase || t.Reason != p.reason {
		return broken(kindTask, t.number, "status", "it is %q %q %q, and its history leads to %q %q %q",
			t.Status, t.Phase, t.Reason, p.status, p.phase, p.reason)
	}
	for _, f := range []struct {
		name       string
		told, says des.Time
	}{
		{"placed", p.placed, t.Placed},
		{"began", p.began, t.Began},
		{"phaseBegan", p.phaseBegan, t.PhaseBegan},
		{"started", p.started, t.Started},
		{"resumed", p.resumed, t.Resumed},
		{"queued", p.queued, t.Queued},
		{"finished", p.finished, t.Finished},
		{"billed", p.billed, t.Billed},
		{"served", p.served, t.Served},
		{"saved", p.saved, t.Saved},
	} {
		if f.name == "served" && p.trainedInEvironment {
			continue
		}
		if f.told != f.says {
			return broken(kindTask, t.number, f.name, "it is %s, and by the history %s", f.says, f.told)
		}
	}
	if t.WasStarted != p.wasStarted {
		return broken(kindTask, t.number, "wasStarted", "it is %t, and by the history %t", t.WasStarted, p.wasStarted)
	}
	for _, f := range []struct {
		name       string
		told, says int
	}{
		{"attempts", p.attempts, t.Attempts}, {"crashes", p.crashes, t.Crashes}, {"losses", p.losses, t.Losses},
		{"preemptions", p.preemptions, t.Preemptions},
	} {
		if f.told != f.says {
			return broken(kindTask, t.number, f.name, "it is %d, and by the history %d", f.says, f.told)
		}
	}
	if t.Revision < p.revision {
		return broken(kindTask, t.number, "revision", "it is %d, and its history has %d changes", t.Revision, p.revision)
	}
	if t.Status == Succeeded && t.Served != t.Length {
		return broken(kindTask, t.number, "served", "it has succeeded after %s of %s", t.Served, t.Length)
	}
	if !slices.Equal(p.nodes, t.Nodes) {
		return broken(kindTask, t.number, "nodes", "they are %v, and by the history %v", t.Nodes, p.nodes)
	}
	return nil
}
