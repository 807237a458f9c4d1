package world

import (
	"iter"
	"math"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
)

// EnvironmentView is a development environment as it is now.
type EnvironmentView struct {
	catalog.Environment
	Running     bool
	Uptime      time.Duration // since the present start; 0 if it is stopped
	Health      string
	Reasons     []Reason
	Usage       Usage
	ActiveTasks int // that start or train in it
}

const memoryPressure = 0.9

// startLoad is the part of each resource that a task uses in a phase of its start-up, relative to its use while it trains:
// data are read before the program fills memory, and GPUs work last. The figures are assumptions.
var startLoad = map[Phase]Usage{
	MountingData:      {CPU: 0.5, Memory: 0.25},
	StartingContainer: {CPU: 1, Memory: 0.5},
}

// EnvironmentRef is an environment in a list. It is valid until the world changes.
type EnvironmentRef struct {
	list  *environmentList
	index int
}

// environmentList is shared by the references of one list. It counts the tasks only if a reference asks.
type environmentList struct {
	world  *World
	active []int   // tasks that start or train, by environment; nil until they are counted
	loads  []Usage // of those tasks; one that trains counts 1
	views  map[int]*EnvironmentView
}

// EnvironmentRefs yields all environments in the configuration's order, numbered from 1. A reference computes only what it
// is asked for.
func (w *World) EnvironmentRefs() iter.Seq2[int, EnvironmentRef] {
	list := &environmentList{world: w, views: map[int]*EnvironmentView{}}
	return func(yield func(int, EnvironmentRef) bool) {
		for i := range w.environments.list {
			if !yield(i+1, EnvironmentRef{list, i}) {
				return
			}
		}
	}
}

// Config returns the environment's configuration.
func (r EnvironmentRef) Config() *catalog.Environment { return &r.list.world.cfg.Environments[r.index] }

// Running reports whether the environment runs now.
func (r EnvironmentRef) Running() bool { return r.list.world.environments.list[r.index].Running }

// Uptime returns how long the environment has been running; 0 if it is stopped.
func (r EnvironmentRef) Uptime() time.Duration {
	w := r.list.world
	if e := &w.environments.list[r.index]; e.Running {
		return w.now.Sub(e.Since)
	}
	return 0
}

// ActiveTasks returns how many tasks start or train in the environment.
func (r EnvironmentRef) ActiveTasks() int {
	r.list.count()
	return r.list.active[r.index]
}

// View returns the environment as it is now.
func (r EnvironmentRef) View() *EnvironmentView {
	v := r.list.views[r.index]
	if v == nil {
		r.list.count()
		v = new(EnvironmentView)
		r.list.fill(v, r.index)
		r.list.views[r.index] = v
	}
	return v
}

// count counts the tasks in all environments, unless that was done before.
func (l *environmentList) count() {
	if l.active != nil {
		return
	}
	w := l.world
	l.active, l.loads = make([]int, len(w.environments.list)), make([]Usage, len(w.environments.list))
	for _, t := range w.tasks.list {
		if t == nil || t.Mode != Existing || t.Status.Finished() {
			continue
		}
		l.active[t.environment]++
		load := Usage{1, 1, 1}
		if t.Status != Running {
			load = startLoad[t.Phase]
		}
		sum := &l.loads[t.environment]
		*sum = Usage{sum.GPU + load.GPU, sum.CPU + load.CPU, sum.Memory + load.Memory}
	}
}

// fill makes a view of an environment.
func (l *environmentList) fill(v *EnvironmentView, i int) {
	w, e := l.world, &l.world.environments.list[i]
	*v = EnvironmentView{Environment: w.cfg.Environments[i], ActiveTasks: l.active[i], Health: "healthy", Reasons: []Reason{}}
	v.Running, v.Uptime = e.Running, EnvironmentRef{l, i}.Uptime()
	if !e.Running {
		v.Health, v.Reasons = "unhealthy", []Reason{EndEnvironmentStopped}
		return
	}
	v.Usage = w.cfg.Load.usage(l.loads[i])
	if len(e.tasks) > v.GPUs {
		v.Reasons = append(v.Reasons, HealthOversubscribed)
	}
	if v.Usage.Memory > memoryPressure {
		v.Reasons = append(v.Reasons, HealthMemory)
	}
	if len(v.Reasons) > 0 {
		v.Health = "degraded"
	}
}

// Environments returns all environments in the configuration's order.
func (w *World) Environments() []EnvironmentView {
	list := &environmentList{world: w}
	list.count()
	views := make([]EnvironmentView, len(w.environments.list))
	for i := range views {
		list.fill(&views[i], i)
	}
	return views
}

// usage returns the used part of each resource under the load of some tasks.
func (l *Load) usage(tasks Usage) Usage {
	return Usage{
		GPU: used(l.Idle.GPU, l.Busy.GPU, tasks.GPU), CPU: used(l.Idle.CPU, l.Busy.CPU, tasks.CPU),
		Memory: used(l.Idle.Memory, l.Busy.Memory, tasks.Memory),
	}
}

// used returns the used part of a resource. One task leaves (1 - busy) / (1 - idle) of what it finds, and so does each
// further task, independently of the others. So the use never exceeds the whole.
func used(idle, busy, tasks float64) float64 {
	if idle >= 1 || tasks == 0 {
		return idle
	}
	left := (1 - idle) * math.Pow((1-busy)/(1-idle), tasks)
	// Rounding to ten-thousandths hides in what floating point differs between processors.
	return min(1, max(0, math.Round((1-left)*10_000)/10_000))
}
