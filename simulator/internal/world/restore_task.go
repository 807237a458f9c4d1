package world

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/recordjson"
)

func (r *restoring) task(record Record) error {
	n, err := r.taskNumber(record.ID)
	if err != nil {
		return err
	}
	var s taskRecord
	if err := recordjson.Decode(record.Data, &s); err != nil {
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
	if t.mode == Existing {
		if t.environment = r.w.environmentIndex(s.Environment); t.environment < 0 {
			return broken(kindTask, n, "environment", "the scenario has no environment %q", s.Environment)
		}
	}
	// What its place in a queue and in the inventory is made of; the rest of it is checked when all records are there.
	if v := r.w.checkSpec(t); v != nil {
		return v
	}
	if v := r.w.checkStage(t); v != nil {
		return v
	}
	if err := r.w.cluster.Hold(t.allocation); err != nil {
		return broken(kindTask, n, "holds", "%s", err.Error())
	}
	if v := r.w.checkHolds(t); v != nil {
		return v
	}
	r.texts.task(t)
	r.w.tasks[n-1] = t
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

// complete adds to the world what follows from the rest.
func (r *restoring) complete() {
	w := r.w
	for _, t := range w.tasks {
		switch {
		case t == nil:
		case t.status.Finished():
			w.finished = append(w.finished, t.number)
		default:
			w.live++
			if t.mode == Existing && t.status == Running {
				e := &w.environments[t.environment]
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
	}
}
