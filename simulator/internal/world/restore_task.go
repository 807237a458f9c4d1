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
	t := &task{number: n, id: taskID(n), environment: -1}
	if err := recordjson.Decode(record.Data, t); err != nil {
		return err
	}
	if t.Mode == Existing {
		if t.environment = r.w.environmentIndex(t.Environment); t.environment < 0 {
			return broken(kindTask, n, "environment", "the scenario has no environment %q", t.Environment)
		}
	} else {
		t.Environment = ""
	}
	// What its place in a queue and in the inventory is made of; the rest of it is checked when all records are there.
	if v := (inspector{r.w}).checkSpec(t); v != nil {
		return v
	}
	if v := (inspector{r.w}).checkStage(t); v != nil {
		return v
	}
	if err := r.w.cluster.Hold(t.allocation()); err != nil {
		return broken(kindTask, n, "holds", "%s", err.Error())
	}
	if v := (inspector{r.w}).checkHolds(t); v != nil {
		return v
	}
	r.texts.task(t)
	r.w.tasks.list[n-1] = t
	return nil
}

// lineJob is a job that waits in a queue, or holds GPUs since it began.
type restoredJob struct {
	queue.Job
	holds cluster.Allocation
	began des.Time
}

// jobs returns what waits and what holds GPUs, tasks and background, in the order of arrival.
func (r *restoring) jobs() []restoredJob {
	var jobs []restoredJob
	for _, t := range r.w.tasks.list {
		if t != nil && (t.Status == Queued || len(t.Holds) > 0) {
			jobs = append(jobs, restoredJob{t.job(), t.allocation(), t.Placed})
		}
	}
	for _, j := range r.w.background.jobs {
		jobs = append(jobs, restoredJob{j.job(), j.allocation(), j.Started})
	}
	slices.SortFunc(jobs, func(a, b restoredJob) int { return cmp.Or(cmp.Compare(a.Arrival, b.Arrival), cmp.Compare(a.ID, b.ID)) })
	return jobs
}

// attach gives a restored event to what it belongs to, which must be waiting for it.
func (r *restoring) attach(e *restoredEvent, h des.Handle) error {
	w := r.w
	switch e.kind {
	case phaseEnds, trainingEnds, trainingCrashes:
		if e.id < 1 || int(e.id) > len(w.tasks.list) || w.tasks.list[e.id-1] == nil {
			return errors.New("there is no such task")
		}
		t := w.tasks.list[e.id-1]
		starts := t.Status == Allocating || t.Status == Starting
		trains := t.Status == Running && t.Mode == Dynamic
		if t.pending != (des.Handle{}) || !starts && !trains || starts != (e.kind == phaseEnds) {
			return fmt.Errorf("the task is %s", t.Status)
		}
		t.pending = h
	case environmentServes:
		if e.id < 0 || int(e.id) >= len(w.environments.list) || w.environments.list[e.id].pending != (des.Handle{}) {
			return errors.New("there is no such environment, or it has one")
		}
		w.environments.list[e.id].pending = h
	case backgroundArrives:
		if e.id < 0 || int(e.id) >= len(w.cfg.Background) {
			return errors.New("there is no such load")
		}
	case backgroundEnds:
		j := w.background.jobs[e.id]
		if j == nil || len(j.Holds) == 0 || j.pending != (des.Handle{}) {
			return errors.New("there is no such job, or it has not started")
		}
		j.pending = h
	default:
		if e.id < 0 || int(e.id) >= len(w.outages.list) {
			return errors.New("there is no such node")
		}
	}
	return nil
}

// complete adds to the world what follows from the rest.
func (r *restoring) complete() {
	w := r.w
	for _, t := range w.tasks.list {
		switch {
		case t == nil:
		case t.Status.Finished():
			w.tasks.finished = append(w.tasks.finished, t.number)
		default:
			w.tasks.live++
			if t.Mode == Existing && t.Status == Running {
				e := &w.environments.list[t.environment]
				e.tasks = append(e.tasks, t.number)
			}
		}
	}
	slices.SortFunc(w.tasks.finished, func(a, b int32) int {
		return cmp.Or(cmp.Compare(w.tasks.list[a-1].Finished, w.tasks.list[b-1].Finished), cmp.Compare(a, b))
	})
	slices.SortFunc(w.templates.list, func(a, b *Template) int { return cmp.Compare(templateNumber(a.ID), templateNumber(b.ID)) })
	slices.SortFunc(w.keys.order, func(a, b string) int {
		return cmp.Or(cmp.Compare(w.keys.records[a].At, w.keys.records[b].At), cmp.Compare(a, b))
	})
	for i := range w.environments.list {
		e := &w.environments.list[i]
		slices.SortFunc(e.tasks, func(a, b int32) int {
			return cmp.Or(cmp.Compare(w.tasks.list[a-1].Target, w.tasks.list[b-1].Target), cmp.Compare(a, b))
		})
	}
}
