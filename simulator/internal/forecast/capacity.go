package forecast

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Verdict says whether the task would start if it were created now.
type Verdict string

// The verdicts.
const (
	Fits   Verdict = "fits"   // its GPUs are free
	Queues Verdict = "queues" // it waits for GPUs
	Alone  Verdict = "alone"  // it has its environment to itself
	Shares Verdict = "shares" // it shares its environment with others
)

// Capacity is what the task would find if it were created now.
type Capacity struct {
	Verdict Verdict
	Reason  world.Reason   // why it would wait
	Nodes   world.Verdicts // likewise, in detail
	Free    int            // free GPUs of its type in its zone, or the GPUs of its environment
	Wanted  int            // GPUs requested
	Tasks   int            // number of tasks that share its environment
	// ZonesWithRoom lists the zones where the same request would start at once, in order of the configuration.
	ZonesWithRoom []string
	Preempts      []Preempted // whose place it would take, those that it takes first
}

// Preempted is a task that has to give way to another.
type Preempted struct {
	Task     string // id
	Priority world.Priority
}

// lookNow creates the task in a clone of the world.
func (q *Request) lookNow(a *Answer) {
	w := q.world.Clone()
	c := &a.Capacity
	if a.Resources != nil {
		c.Wanted = a.Resources.GPUs
		for _, z := range w.Zones() {
			if z.ID == a.Resources.Zone {
				c.Free = z.GPUs[a.Resources.GPUType].Free
			}
			r := *a.Resources
			r.Zone = z.ID
			if w.StartsAtOnce(r, q.spec.PriorityOrNormal()) {
				c.ZonesWithRoom = append(c.ZonesWithRoom, z.ID)
			}
		}
	} else {
		environments := w.Environments()
		e := environments[slices.IndexFunc(environments, func(e world.EnvironmentView) bool { return e.ID == a.Launch.Environment })]
		c.Free, c.Wanted, c.Tasks = e.GPUs, e.GPUs, e.ActiveTasks
	}
	r, err := w.Step(world.CreateTask{Spec: q.spec})
	if err != nil {
		return // can't happen: the spec was checked
	}
	a.Now, _ = w.Task(r.Created.Task)
	a.Now.QueuePosition = w.QueuePosition(a.Now.ID)
	for _, e := range r.Events {
		switch {
		case e.Task != a.Now.ID:
		case e.Type == world.TaskQueued:
			c.Reason, c.Nodes = e.Reason, e.Verdicts
		case e.Type == world.TaskPlaced:
			for _, id := range e.Tasks {
				victim, _ := w.Task(id)
				c.Preempts = append(c.Preempts, Preempted{id, victim.PriorityOrNormal()})
			}
		}
	}
	switch {
	case a.Now.Status == world.Queued:
		c.Verdict = Queues
	case a.Now.Mode == world.Dynamic:
		c.Verdict = Fits
	case c.Tasks > 0:
		c.Verdict = Shares
	default:
		c.Verdict = Alone
	}
}
