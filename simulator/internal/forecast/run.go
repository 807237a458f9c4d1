package forecast

import (
	"math"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const never = des.Time(math.MaxInt64)

// outcome is the result of one fork.
type outcome struct {
	started  des.Time        // when training began, or never
	finished des.Time        // when the task succeeded, or never
	cost     decimal.Decimal // of the whole task, even if it has not ended
}

// run creates the task in a fork and runs the fork until the task ends.
func (q *Request) run(spec world.Spec, prospect *world.Prospect, seed uint64) outcome {
	f := prospect.Fork(seed)
	r, err := f.Step(world.CreateTask{Spec: spec})
	if err != nil {
		return outcome{started: never, finished: never}
	}
	id := r.Created.Task
	end := f.Now().Add(Horizon)
	isolated := false
	for range q.events {
		status := f.Status(id)
		if status == world.Running && !isolated {
			f.Isolate(id)
			isolated = true
		}
		at, more := f.Next()
		if !more || at > end || status.Finished() {
			break
		}
		f.AdvanceTo(at)
	}
	o := outcome{started: never, finished: never}
	task, err := f.Task(id)
	if err != nil {
		return o
	}
	o.cost = f.CostInFull(id)
	if task.Started != nil {
		o.started = *task.Started
	}
	if task.Status == world.Succeeded {
		o.finished = *task.Finished
	}
	return o
}
