package world

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/queue"
)

func (r *restoring) task(record Record) error {
	n, err := r.taskNumber(record.ID)
	if err != nil {
		return err
	}
	var s taskRecord
	if err := decode(record, &s); err != nil {
		return err
	}
	t := &task{
		number: n, id: taskID(n), Spec: s.Spec, mode: s.Mode, environment: -1, status: s.Status, phase: s.Phase, reason: s.Reason,
		created: s.Created, placed: s.Placed, began: s.Began, phaseBegan: s.PhaseBegan, started: s.Started,
		resumed: s.Resumed, queued: s.Queued, arrival: s.Arrival, limit: s.Limit, finished: s.Finished,
		allocation: cluster.Allocation{Parts: s.Holds}, nodes: s.Nodes, length: s.Length, served: s.Served,
		target: s.Target, wasStarted: s.WasStarted, billed: s.Billed, saved: s.Saved, attempts: s.Attempts,
		crashes: s.Crashes, losses: s.Losses, revision: s.Revision, history: s.History,
	}
	if err := r.checkSpec(t, s.Environment); err != nil {
		return err
	}
	if err := r.checkFigures(t); err != nil {
		return err
	}
	if err := r.w.cluster.Hold(t.allocation); err != nil {
		return err
	}
	r.w.tasks[n-1] = t
	return nil
}

// checkSpec finds the task's environment and checks that all that it names exists.
func (r *restoring) checkSpec(t *task, environment string) error {
	var refused *Error
	switch t.mode {
	case Existing:
		if t.environment = r.w.environmentIndex(environment); t.environment < 0 {
			return fmt.Errorf("the scenario has no environment %q", environment)
		}
	case Dynamic:
		if t.Resources == nil {
			return errors.New("a dynamic task has no resources")
		}
	default:
		return fmt.Errorf("launch mode %q", t.mode)
	}
	if blank(&t.DatasetID) || blank(&t.DatasetVersionID) {
		return errors.New("it has no dataset")
	}
	if refused = r.w.checkCatalog(t.DatasetID, t.DatasetVersionID, t.ModelID); refused == nil && t.Resources != nil {
		refused = r.w.checkResources(t.Resources.draft())
	}
	if refused != nil {
		return refused
	}
	return nil
}

// stages are the statuses of a live task with the phases that belong to each.
var stages = map[LaunchMode]map[Status][]Phase{
	Existing: {Starting: {MountingData, StartingContainer}, Running: {""}},
	Dynamic: {
		Queued: {""}, Allocating: {FindingNodes, AllocatingGPUs},
		Starting: {PullingImage, MountingData, StartingContainer}, Running: {""},
	},
}

func (r *restoring) checkFigures(t *task) error {
	now := r.w.now
	if !t.status.Finished() && !slices.Contains(stages[t.mode][t.status], t.phase) || t.status.Finished() && t.phase != "" {
		return fmt.Errorf("%s task: status %q with phase %q", t.mode, t.status, t.phase)
	}
	if !within(0, now, t.created, t.placed, t.began, t.phaseBegan, t.started, t.resumed, t.queued, t.finished) ||
		!within(0, max(des.Time(longest), des.Time(r.w.cfg.Training.Minimum)), t.length) || !within(0, t.length, t.saved) || !within(-t.length, t.length, t.served) ||
		!within(0, farthest, t.limit, t.target, t.billed) {
		return errors.New("a time is out of its range")
	}
	if t.arrival < 0 || t.arrival > r.w.arrivals || t.revision < 1 || t.revision > mostOfCount ||
		min(t.attempts, t.crashes, t.losses) < 0 || max(t.attempts, t.crashes, t.losses) > mostOfCount {
		return errors.New("a figure is out of its range")
	}
	holds := t.mode == Dynamic && !t.status.Finished() && t.status != Queued
	if holds != (len(t.allocation.Parts) > 0) {
		return fmt.Errorf("a %s task that is %s holds %d parts", t.mode, t.status, len(t.allocation.Parts))
	}
	for i := range t.history {
		if !within(0, now, t.history[i].At) {
			return errors.New("a time of its history is out of its range")
		}
	}
	return nil
}

// lineJob is a job that waits in a queue, or holds GPUs since it began.
type lineJob struct {
	queue.Job
	holds cluster.Allocation
	began des.Time
}

// jobs returns what waits and what holds GPUs, tasks and background, in the order of arrival.
func (r *restoring) jobs() []lineJob {
	var jobs []lineJob
	for _, t := range r.w.tasks {
		if t != nil && (t.status == Queued || len(t.allocation.Parts) > 0) {
			jobs = append(jobs, lineJob{t.job(), t.allocation, t.placed})
		}
	}
	for _, j := range r.w.background.jobs {
		jobs = append(jobs, lineJob{j.job(), j.allocation, j.started})
	}
	slices.SortFunc(jobs, func(a, b lineJob) int { return cmp.Or(cmp.Compare(a.Arrival, b.Arrival), cmp.Compare(a.ID, b.ID)) })
	return jobs
}

// attach gives a restored event to what it belongs to, which must be waiting for it.
func (r *restoring) attach(e *restoredEvent, h des.Handle) error {
	w := r.w
	switch e.kind {
	case phaseEnds, trainingEnds, trainingCrashes:
		if e.id < 1 || int(e.id) > len(w.tasks) || w.tasks[e.id-1] == nil {
			return errors.New("there is no such task")
		}
		t := w.tasks[e.id-1]
		starts := t.status == Allocating || t.status == Starting
		trains := t.status == Running && t.mode == Dynamic
		if t.pending != (des.Handle{}) || !starts && !trains || starts != (e.kind == phaseEnds) {
			return fmt.Errorf("the task is %s", t.status)
		}
		t.pending = h
	case environmentServes:
		if e.id < 0 || int(e.id) >= len(w.environments) || w.environments[e.id].pending != (des.Handle{}) {
			return errors.New("there is no such environment, or it has one")
		}
		w.environments[e.id].pending = h
	case backgroundArrives:
		if e.id < 0 || int(e.id) >= len(w.cfg.Background) {
			return errors.New("there is no such load")
		}
	case backgroundEnds:
		j := w.background.jobs[e.id]
		if j == nil || len(j.allocation.Parts) == 0 || j.pending != (des.Handle{}) {
			return errors.New("there is no such job, or it has not started")
		}
		j.pending = h
	default:
		if e.id < 0 || int(e.id) >= len(w.nodes) {
			return errors.New("there is no such node")
		}
	}
	return nil
}

// check completes the world with what follows from the rest, and reports what does not go together.
func (r *restoring) check() error {
	w := r.w
	for _, t := range w.tasks {
		if t == nil {
			continue
		}
		waits := t.status == Queued || t.status.Finished() || t.status == Running && t.mode == Existing
		if waits != (t.pending == des.Handle{}) {
			return fmt.Errorf("task %d: it is %s, and its next event is missing", t.number, t.status)
		}
		if t.status.Finished() {
			w.finished = append(w.finished, t.number)
			continue
		}
		w.live++
		if t.mode == Existing {
			e := &w.environments[t.environment]
			if !e.running {
				return fmt.Errorf("task %d: it is %s in an environment that does not run", t.number, t.status)
			}
			if t.status == Running {
				e.tasks = append(e.tasks, t.number)
			}
		}
	}
	slices.SortFunc(w.finished, func(a, b int32) int {
		return cmp.Or(cmp.Compare(w.tasks[a-1].finished, w.tasks[b-1].finished), cmp.Compare(a, b))
	})
	slices.SortFunc(w.templates, func(a, b *Template) int { return cmp.Compare(templateNumber(a.ID), templateNumber(b.ID)) })
	slices.SortFunc(w.keyOrder, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.keys[a].at, w.keys[b].at), cmp.Compare(a, b))
	})
	for i := range w.environments {
		e := &w.environments[i]
		slices.SortFunc(e.tasks, func(a, b int32) int {
			return cmp.Or(cmp.Compare(w.tasks[a-1].target, w.tasks[b-1].target), cmp.Compare(a, b))
		})
		if (len(e.tasks) > 0) != (e.pending != des.Handle{}) {
			return fmt.Errorf("environment %s: %d tasks train in it, and its next event does not go with that", w.cfg.Environments[i].ID, len(e.tasks))
		}
	}
	for id, j := range w.background.jobs {
		if (len(j.allocation.Parts) > 0) != (j.pending != des.Handle{}) {
			return fmt.Errorf("job %d: its next event does not go with what it holds", id)
		}
	}
	return nil
}
