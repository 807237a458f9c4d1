package world

import (
	"cmp"
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// environments is the part of a world that runs the development environments and shares each among its tasks.
type environments struct {
	*core
	tasks *taskTable

	list []environment // in the configuration's order
}

// environment is the state of a development environment.
//
// The n tasks that train in it share it equally, each at 1/n of full speed (processor sharing: Kleinrock, Queueing Systems
// II, 1976, section 4.4). Service counts the full-speed time that a task present from the start would have had, so that one
// number per task, its Target, says when it ends.
type environment struct {
	Running bool     `json:"running"`
	Since   des.Time `json:"since"` // of the present start, or of the last one
	Service des.Time `json:"service,omitempty"`
	Last    des.Time `json:"last,omitempty"` // when Service was brought up to date

	tasks   []int32    // numbers of the tasks that train, by Target and number
	carry   des.Time   // what an even division of the time left over; 0 between two events
	pending des.Handle // the end of the first task
}

// clone returns a copy.
func (s *environments) clone() environments {
	copied := *s
	copied.list = slices.Clone(s.list)
	for i := range copied.list {
		copied.list[i].tasks = slices.Clone(s.list[i].tasks)
	}
	return copied
}

// edit returns an environment to be changed.
func (s *environments) edit(i int) *environment {
	s.journal.note(subject{kind: environmentService, n: i})
	return &s.list[i]
}

// serviceAt returns the service count at a time that is not before the last update.
func (e *environment) serviceAt(now des.Time) des.Time {
	n := des.Time(len(e.tasks))
	if n == 0 {
		return e.Service
	}
	return e.Service + (now-e.Last+e.carry)/n
}

// update brings the service count up to date.
func (e *environment) update(now des.Time) {
	if n := des.Time(len(e.tasks)); n > 0 {
		total := now - e.Last + e.carry
		e.Service += total / n
		e.carry = total % n
	}
	e.Last = now
}

// firstRunning returns the index of the first running environment, or -1.
func (s *environments) firstRunning() int {
	return slices.IndexFunc(s.list, func(e environment) bool { return e.Running })
}

// join adds a task to those that train in its environment.
func (s *environments) join(t *task) {
	e := s.edit(t.environment)
	e.update(s.now)
	t.Target = e.Service + t.Length
	s.insert(e, t)
	s.journal.meter.shared(t.environment)
	s.reschedule(t.environment)
}

// insert adds a task to those that train, in the order of their ends.
func (s *environments) insert(e *environment, t *task) {
	i, _ := slices.BinarySearchFunc(e.tasks, t, func(n int32, t *task) int {
		return cmp.Or(cmp.Compare(s.tasks.list[n-1].Target, t.Target), cmp.Compare(n, t.number))
	})
	e.tasks = slices.Insert(e.tasks, i, t.number)
}

// leave removes a task from those that train in its environment, and notes how much of its training is done.
func (s *environments) leave(t *task) {
	e := s.edit(t.environment)
	e.update(s.now)
	t.Served = t.Length - max(0, t.Target-e.Service)
	i := slices.Index(e.tasks, t.number)
	e.tasks = slices.Delete(e.tasks, i, i+1)
	s.journal.meter.shared(t.environment)
	s.reschedule(t.environment)
}

// reschedule sets the event of an environment's next end, after its tasks have changed.
func (s *environments) reschedule(i int) {
	e := s.edit(i)
	e.carry = 0
	s.cancel(e.pending)
	e.pending = des.Handle{}
	if len(e.tasks) == 0 {
		return
	}
	n := des.Time(len(e.tasks))
	left := max(0, s.tasks.list[e.tasks[0]-1].Target-e.Service)
	if far := (math.MaxInt64/2 - s.now) / n; left > far {
		left = far
	}
	e.pending = s.schedule(s.now+left*n, pendingEvent{environmentServes, int32(i)})
}

// complete returns the number of a task whose training in an environment is complete; false if there is none. The task
// must then leave.
func (s *environments) complete(i int) (int32, bool) {
	e := s.edit(i)
	e.update(s.now)
	if len(e.tasks) == 0 || s.tasks.list[e.tasks[0]-1].Target > e.Service {
		return 0, false
	}
	return e.tasks[0], true
}

// setRunning starts or stops an environment. It reports whether that changed anything.
func (s *environments) setRunning(id string, running bool) (i int, changed bool, err *Error) {
	i = s.catalog.EnvironmentIndex(id)
	if i < 0 {
		return i, false, (&Error{Kind: NotFound, Reason: ReasonEnvironmentUnknown}).with("environmentId", id)
	}
	if s.list[i].Running == running {
		return i, false, nil
	}
	e := s.edit(i)
	s.journal.note(subject{kind: environmentState, n: i})
	e.Running = running
	reason := BecameStopped
	if running {
		e.Since = s.now
		reason = BecameRunning
	}
	s.emit(Event{Type: EnvironmentChanged, Environment: id, Reason: reason})
	return i, true, nil
}

func (s *environments) record(i int) Record {
	return record(kindEnvironment, s.cfg.Environments[i].ID, s.list[i])
}
