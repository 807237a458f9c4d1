package world

import (
	"cmp"
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// environment is the state of a development environment. Its n training tasks share it equally, each at 1/n of full
// speed (processor sharing: Kleinrock, Queueing Systems II, 1976, section 4.4). service counts the full-speed time that
// each task present throughout has had, so that one number per task, its target, says when it ends.
type environment struct {
	running bool
	since   des.Time // of the present start
	tasks   []int32  // that train, by target and number
	service des.Time
	carry   des.Time // what an even division of the time left over
	last    des.Time // when service was brought up to date
	pending des.Handle
}

// serviceAt returns the service count at a time not before the last update.
func (e *environment) serviceAt(now des.Time) des.Time {
	n := des.Time(len(e.tasks))
	if n == 0 {
		return e.service
	}
	return e.service + (now-e.last+e.carry)/n
}

func (e *environment) update(now des.Time) {
	if n := des.Time(len(e.tasks)); n > 0 {
		total := now - e.last + e.carry
		e.service += total / n
		e.carry = total % n
	}
	e.last = now
}

func (w *World) environmentIndex(id string) int {
	return slices.IndexFunc(w.cfg.Environments, func(e Environment) bool { return e.ID == id })
}

// firstRunning returns the first running environment in the list's order, or -1.
func (w *World) firstRunning() int {
	return slices.IndexFunc(w.environments, func(e environment) bool { return e.running })
}

func (w *World) join(t *task) {
	e := &w.environments[t.environment]
	e.update(w.now)
	t.target = e.service + t.length
	w.line(e, t)
	w.meter.shares(w, t.environment)
	w.reschedule(t.environment)
}

// line puts a task where its target has it among those that train in the environment.
func (w *World) line(e *environment, t *task) {
	i, _ := slices.BinarySearchFunc(e.tasks, t, func(n int32, t *task) int {
		return cmp.Or(cmp.Compare(w.tasks[n-1].target, t.target), cmp.Compare(n, t.number))
	})
	e.tasks = slices.Insert(e.tasks, i, t.number)
}

func (w *World) leave(t *task) {
	e := &w.environments[t.environment]
	e.update(w.now)
	t.served = t.length - max(0, t.target-e.service)
	i := slices.Index(e.tasks, t.number)
	e.tasks = slices.Delete(e.tasks, i, i+1)
	w.meter.shares(w, t.environment)
	w.reschedule(t.environment)
}

// reschedule sets the event of the environment's next end, after its tasks have changed.
func (w *World) reschedule(i int) {
	e := &w.environments[i]
	e.carry = 0
	w.cancel(e.pending)
	e.pending = des.Handle{}
	if len(e.tasks) == 0 {
		return
	}
	n := des.Time(len(e.tasks))
	left := max(0, w.tasks[e.tasks[0]-1].target-e.service)
	if far := (math.MaxInt64/2 - w.now) / n; left > far {
		left = far
	}
	e.pending = w.plan(w.now+left*n, due{environmentServes, int32(i)})
}

// environmentServed ends the tasks whose training is complete.
func (w *World) environmentServed(i int) {
	e := &w.environments[i]
	e.update(w.now)
	for len(e.tasks) > 0 {
		t := w.tasks[e.tasks[0]-1]
		if t.target > e.service {
			break
		}
		w.finish(t, Succeeded, "")
	}
	w.reschedule(i)
}

func (w *World) stopEnvironment(id string) *Error {
	i := w.environmentIndex(id)
	if i < 0 {
		return (&Error{Kind: NotFound, Reason: ReasonEnvironmentUnknown}).with("environmentId", id)
	}
	if !w.environments[i].running {
		return nil
	}
	w.environments[i].running = false
	w.touched.environment(i)
	w.emit(Event{Type: EnvironmentChanged, Environment: id, Reason: "stopped"})
	for _, t := range w.tasks {
		if t != nil && t.mode == Existing && t.environment == i && !t.status.Finished() {
			w.finish(t, Failed, EndEnvironmentStopped)
		}
	}
	return nil
}

func (w *World) startEnvironment(id string) *Error {
	i := w.environmentIndex(id)
	if i < 0 {
		return (&Error{Kind: NotFound, Reason: ReasonEnvironmentUnknown}).with("environmentId", id)
	}
	if w.environments[i].running {
		return nil
	}
	w.environments[i].running = true
	w.touched.environment(i)
	w.environments[i].since = w.now
	w.emit(Event{Type: EnvironmentChanged, Environment: id, Reason: "running"})
	return nil
}
