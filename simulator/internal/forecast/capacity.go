package forecast

import (
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Verdict says what the task would find now.
type Verdict string

// The verdicts.
const (
	Fits   Verdict = "fits"   // its GPUs are free
	Queues Verdict = "queues" // it waits for GPUs
	Alone  Verdict = "alone"  // it has its environment to itself
	Shares Verdict = "shares" // it shares its environment with others
)

// Capacity is the room that the task would find now.
type Capacity struct {
	Verdict Verdict
	Reason  string   // of waiting, as the task would have it
	Nodes   []string // why each class of nodes is turned down, where the task waits
	Free    int      // GPUs of its type in its zone; in its environment
	Wanted  int      // GPUs
	Tasks   int      // that it shares its environment with
	// ZonesWithRoom are the zones where the same request would start at once, in the configuration's order.
	ZonesWithRoom []string
}

// lookNow creates the task in the world as it is.
func (q *Question) lookNow(a *Answer) {
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
			if w.StartsAtOnce(r) {
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
		return // it was checked
	}
	views := make([]world.TaskView, 1)
	views[0], _ = w.Task(r.Created.Task)
	w.Expect(views)
	a.Now = views[0]
	for _, e := range r.Events {
		if e.Type == world.TaskQueued && e.Task == a.Now.ID {
			c.Reason, c.Nodes = e.Reason, e.Verdicts
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
