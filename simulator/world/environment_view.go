package world

import "math"

// EnvironmentView is a development environment as it is now.
type EnvironmentView struct {
	Environment // Running and Uptime are the present ones
	Health      string
	Reasons     []string
	Usage       Usage
	ActiveTasks int // that start or train in it
}

// Reasons of an environment that is not healthy, beside EndEnvironmentStopped.
const (
	HealthOversubscribed = "OVERSUBSCRIBED"  // more tasks train in it than it has GPUs
	HealthMemory         = "MEMORY_PRESSURE" // more than nine tenths of its memory are used
)

const memoryPressure = 0.9

// startLoad is how much of each resource a task uses in a phase of its start, as a part of what it uses while it
// trains: data are read before the program fills memory, and GPUs work last. Assumption.
var startLoad = map[Phase]Usage{
	MountingData:      {CPU: 0.5, Memory: 0.25},
	StartingContainer: {CPU: 1, Memory: 0.5},
}

// Environments returns all environments in the configuration's order.
func (w *World) Environments() []EnvironmentView {
	active := make([]int, len(w.environments))
	loads := make([]Usage, len(w.environments)) // of tasks; one that trains counts 1
	for _, t := range w.tasks {
		if t == nil || t.mode != Existing || t.status.Finished() {
			continue
		}
		active[t.environment]++
		load := Usage{1, 1, 1}
		if t.status != Running {
			load = startLoad[t.phase]
		}
		sum := &loads[t.environment]
		*sum = Usage{sum.GPU + load.GPU, sum.CPU + load.CPU, sum.Memory + load.Memory}
	}
	views := make([]EnvironmentView, len(w.environments))
	for i := range w.environments {
		v := EnvironmentView{Environment: w.cfg.Environments[i], ActiveTasks: active[i], Health: "healthy", Reasons: []string{}}
		e := &w.environments[i]
		if v.Running = e.running; !e.running {
			v.Uptime, v.Health, v.Reasons = 0, "unhealthy", []string{EndEnvironmentStopped}
			views[i] = v
			continue
		}
		v.Uptime = w.now.Sub(e.since)
		v.Usage = w.cfg.Load.of(loads[i])
		if len(e.tasks) > v.GPUs {
			v.Reasons = append(v.Reasons, HealthOversubscribed)
		}
		if v.Usage.Memory > memoryPressure {
			v.Reasons = append(v.Reasons, HealthMemory)
		}
		if len(v.Reasons) > 0 {
			v.Health = "degraded"
		}
		views[i] = v
	}
	return views
}

// of returns the used part of each resource under the load of some tasks.
func (l *Load) of(tasks Usage) Usage {
	return Usage{
		GPU: used(l.Idle.GPU, l.Busy.GPU, tasks.GPU), CPU: used(l.Idle.CPU, l.Busy.CPU, tasks.CPU),
		Memory: used(l.Idle.Memory, l.Busy.Memory, tasks.Memory),
	}
}

// used is the used part of a resource of which one task leaves (1 - busy) / (1 - idle) of what it finds: tasks take
// turns independently, so that each further one finds less to take, and the whole is never exceeded.
func used(idle, busy, tasks float64) float64 {
	if idle >= 1 || tasks == 0 {
		return idle
	}
	left := (1 - idle) * math.Pow((1-busy)/(1-idle), tasks)
	// Whole ten-thousandths hide what floating point leaves different between processors.
	return min(1, max(0, math.Round((1-left)*10_000)/10_000))
}
