package world

import (
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// past is the state of a task as its history tells it. The task itself must have the same state.
type past struct {
	of                  *task
	every               des.Time // between two checkpoints
	status              Status
	phase               Phase
	reason              string
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
	revision            int
	trainedInEvironment bool // how much of it was done, the history doesn't say
}

// checkHistory: the history begins with the creation, goes forward in steps that a task can take, and leads to what the
// task is now.
func (w *World) checkHistory(t *task) *Violation {
	if w.quiet {
		return nil // nothing is written down
	}
	wrong := func(i int, format string, args ...any) *Violation {
		return broken(kindTask, t.number, fmt.Sprintf("history[%d]", i), format, args...)
	}
	if len(t.history) == 0 {
		return broken(kindTask, t.number, "history", "it is empty; it begins with the task's creation")
	}
	p := past{of: t, every: des.Time(w.cfg.Failures.Checkpoint)}
	for i := range t.history {
		e := &t.history[i]
		switch {
		case e.Task != t.id:
			return wrong(i, "it is of %q", e.Task)
		case (i == 0) != (e.Type == TaskCreated):
			return wrong(i, "a history begins with the one creation, and this is %q", e.Type)
		case i == 0 && e.At != t.created:
			return wrong(i, "it is of %s, and the task was created at %s", e.At, t.created)
		case e.At < p.at:
			return wrong(i, "it is of %s, before the entry before it, of %s", e.At, p.at)
		case e.At > w.now:
			return wrong(i, "it is of %s, and now is %s", e.At, w.now)
		}
		p.at = e.At
		if !p.take(e) {
			return wrong(i, "a task that is %s %s can't become %s %s by %q", p.status, p.phase, e.Status, e.Phase, e.Type)
		}
		if field, rule, args := w.checkEntry(&p, e); field != "" {
			return broken(kindTask, t.number, fmt.Sprintf("history[%d].%s", i, field), rule, args...)
		}
	}
	return p.compare()
}

// take goes one entry on; false for one that can't come next.
func (p *past) take(e *Event) bool {
	live := p.status != "" && !p.status.Finished()
	switch e.Type {
	case TaskCreated:
		p.queued, p.status, p.revision = e.At, Queued, 1
		if p.of.mode == Existing {
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
		p.status, p.placed, p.began, p.attempts, p.nodes = Allocating, e.At, e.At, 0, e.Nodes
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

func (p *past) enter(phase Phase, at des.Time) { p.phase, p.phaseBegan = phase, at }

// follows reports whether a phase comes after the present one, and counts the attempts to pull.
func (p *past) follows(e *Event) bool {
	i := slices.Index(phases, p.phase)
	again := e.Phase == PullingImage && p.phase == PullingImage
	if i < 0 || !again && (i+1 == len(phases) || phases[i+1] != e.Phase) || !slices.Contains(stages[p.of.mode][e.Status], e.Phase) {
		return false
	}
	if p.phase == PullingImage {
		p.attempts++
	}
	return true
}

// restart sends the task back: into the queue when it has lost a node, or to the start of its container.
func (p *past) restart(e *Event) bool {
	if p.of.mode != Dynamic {
		return false
	}
	switch {
	case e.Status == Queued && p.status != Queued:
		p.train(e.At)
		p.billed += e.At - p.placed
		p.status, p.phase, p.queued = Queued, "", e.At
		p.losses++
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

// train notes how much of the training is done.
func (p *past) train(now des.Time) {
	if p.status == Running {
		p.served = p.saved + now - p.resumed
	}
}

func (p *past) end(e *Event) {
	if p.of.mode == Existing {
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
	t := p.of
	if t.status != p.status || t.phase != p.phase || t.reason != p.reason {
		return broken(kindTask, t.number, "status", "it is %q %q %q, and its history leads to %q %q %q", t.status, t.phase, t.reason, p.status, p.phase, p.reason)
	}
	for _, f := range []struct {
		name       string
		told, says des.Time
	}{
		{"placed", p.placed, t.placed},
		{"began", p.began, t.began},
		{"phaseBegan", p.phaseBegan, t.phaseBegan},
		{"started", p.started, t.started},
		{"resumed", p.resumed, t.resumed},
		{"queued", p.queued, t.queued},
		{"finished", p.finished, t.finished},
		{"billed", p.billed, t.billed},
		{"served", p.served, t.served},
		{"saved", p.saved, t.saved},
	} {
		if f.name == "served" && p.trainedInEvironment {
			continue
		}
		if f.told != f.says {
			return broken(kindTask, t.number, f.name, "it is %s, and by the history %s", f.says, f.told)
		}
	}
	if t.wasStarted != p.wasStarted {
		return broken(kindTask, t.number, "wasStarted", "it is %t, and by the history %t", t.wasStarted, p.wasStarted)
	}
	for _, f := range []struct {
		name       string
		told, says int
	}{{"attempts", p.attempts, t.attempts}, {"crashes", p.crashes, t.crashes}, {"losses", p.losses, t.losses}} {
		if f.told != f.says {
			return broken(kindTask, t.number, f.name, "it is %d, and by the history %d", f.says, f.told)
		}
	}
	if t.revision < p.revision {
		return broken(kindTask, t.number, "revision", "it is %d, and its history has %d changes", t.revision, p.revision)
	}
	if t.status == Succeeded && t.served != t.length {
		return broken(kindTask, t.number, "served", "it has succeeded after %s of %s", t.served, t.length)
	}
	if !slices.Equal(p.nodes, t.nodes) {
		return broken(kindTask, t.number, "nodes", "they are %v, and by the history %v", t.nodes, p.nodes)
	}
	return nil
}
