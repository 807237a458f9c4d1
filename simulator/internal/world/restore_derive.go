package world

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// restoredJob is a job that waits in a queue, or has held GPUs since it began.
type restoredJob struct {
	queue.Job
	holds cluster.Allocation
	began des.Time
}

// jobs returns the tasks and background jobs that wait or hold GPUs, in the order of arrival.
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

// fillQueues adds the jobs to the queues, and tells the queues which nodes are out of service.
func (r *restoring) fillQueues() error {
	w := r.w
	for i := range w.outages.list {
		if w.cluster.State(i) != cluster.Up {
			w.outages.tellQueue(i)
		}
	}
	for _, j := range r.jobs() {
		zone := w.queues.list[w.catalog.ZoneIndex(j.Request.Zone)]
		if len(j.holds.Parts) > 0 {
			zone.Running(j.ID, j.holds, j.began+j.Limit)
		} else {
			zone.Push(j.Job)
		}
	}
	w.queues.preemptible = w.preemptiblesOf(w.tasks.list)
	for _, zone := range w.queues.list {
		if err := zone.Resume(nil); err != nil {
			return err
		}
	}
	return nil
}

// fillCalendar schedules the pending events.
func (r *restoring) fillCalendar() error {
	slices.SortFunc(r.events, func(a, b restoredEvent) int { return cmp.Compare(a.order, b.order) })
	for i := range r.events {
		e := &r.events[i]
		if i > 0 && e.order == r.events[i-1].order {
			return broken(kindEvent, e.order, "", "it comes twice")
		}
		if err := r.attach(e, r.w.calendar.Restore(e.at, e.order, e.pendingEvent)); err != nil {
			return Violates("event "+strconv.FormatUint(e.order, 10), "of", fmt.Errorf("%s of %d: %w", eventNames[e.kind], e.id, err))
		}
	}
	return nil
}

// attach gives the handle of a restored event to the task, environment or job that it is of. It returns an error if there is none, or
// if it can't have such an event.
func (r *restoring) attach(e *restoredEvent, h des.Handle) error {
	w := r.w
	switch e.kind {
	case phaseEnds, trainingEnds, trainingCrashes:
		if e.id < 1 || int(e.id) > len(w.tasks.list) || w.tasks.list[e.id-1] == nil {
			return fmt.Errorf("there is no task %d", e.id)
		}
		t := w.tasks.list[e.id-1]
		starts := t.Status == Allocating || t.Status == Starting
		trains := t.Status == Running && t.Mode == Dynamic
		if t.pending != (des.Handle{}) || !starts && !trains || starts != (e.kind == phaseEnds) {
			return fmt.Errorf("task %s is %s, which such an event does not fit", t.id, t.Status)
		}
		t.pending = h
	case limitReached:
		if e.id < 1 || int(e.id) > len(w.tasks.list) || w.tasks.list[e.id-1] == nil {
			return fmt.Errorf("there is no task %d", e.id)
		}
		t := w.tasks.list[e.id-1]
		if _, limited := t.limit(); !limited || !t.usesLimit() || t.limitEnds != (des.Handle{}) {
			return fmt.Errorf("task %s is %s, which such an event does not fit", t.id, t.Status)
		}
		t.limitEnds = h
	case environmentServes:
		if e.id < 0 || int(e.id) >= len(w.environments.list) || w.environments.list[e.id].pending != (des.Handle{}) {
			return fmt.Errorf("there is no environment %d, or it has such an event already", e.id)
		}
		w.environments.list[e.id].pending = h
	case backgroundArrives:
		if e.id < 0 || int(e.id) >= len(w.cfg.Background) {
			return fmt.Errorf("there is no background load %d, only %d of them", e.id, len(w.cfg.Background))
		}
	case backgroundEnds:
		j := w.background.jobs[e.id]
		if j == nil || len(j.Holds) == 0 || j.pending != (des.Handle{}) {
			return fmt.Errorf("there is no background job %d, or it has not started, or has such an event already", e.id)
		}
		j.pending = h
	default:
		if e.id < 0 || int(e.id) >= len(w.outages.list) {
			return fmt.Errorf("there is no node %d, only %d of them", e.id, len(w.outages.list))
		}
	}
	return nil
}

// derive adds to the world what is not saved, because it follows from the records.
func (r *restoring) derive() {
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
