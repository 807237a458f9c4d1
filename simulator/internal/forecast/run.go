package forecast

import (
	"math"
	"strconv"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const never = des.Time(math.MaxInt64)

// outcome is the result of one fork.
type outcome struct {
	started  des.Time        // when training began, or never
	finished des.Time        // when the task succeeded or reached its limit, or never
	cost     decimal.Decimal // of the whole task, even if it has not ended
	progress float64         // the part of the training that was done
	// preempted says whether the task had to give way at least once.
	preempted bool
}

// run creates the task in a fork and runs the fork until the task ends. It returns one outcome, or more of the same start if
// several trainings are asked for and nothing else can affect the task once it trains.
func (q *Request) run(spec world.Spec, prospect *world.Prospect, seed uint64, trainings int) []outcome {
	f := prospect.Fork(seed)
	r, err := f.Step(world.CreateTask{Spec: spec})
	if err != nil {
		return []outcome{{started: never, finished: never}}
	}
	id := r.Created.Task
	end := f.Now().Add(Horizon)
	outcomes := make([]outcome, 1, trainings)
	isolated := false
	for range q.events {
		status := f.Status(id)
		if status == world.Running && !isolated {
			isolated = true
			if alone, ok := f.Isolate(id); ok {
				for i := range trainings - 1 {
					outcomes = append(outcomes, q.train(alone, id, des.Source(seed, "training", strconv.Itoa(i)).Uint64()))
				}
			}
		}
		at, more := f.Next()
		if !more || at > end || status.Finished() {
			break
		}
		f.AdvanceTo(at)
	}
	outcomes[0] = outcomeOf(f, id)
	return outcomes
}

// train draws another training for a task that just began to train, and returns how it ends.
func (q *Request) train(alone *world.Prospect, id string, seed uint64) outcome {
	f := alone.Fork(seed)
	end := f.Now().Add(Horizon)
	for range q.events {
		at, more := f.Next()
		if !more || at > end || f.Status(id).Finished() {
			break
		}
		f.AdvanceTo(at)
	}
	return outcomeOf(f, id)
}

// outcomeOf returns what became of a task in a fork.
func outcomeOf(f *world.Fork, id string) outcome {
	o := outcome{started: never, finished: never}
	task, err := f.Task(id)
	if err != nil {
		return o
	}
	o.cost, o.progress, o.preempted = f.CostInFull(id), task.Progress, task.Preemptions > 0
	if task.Started != nil {
		o.started = *task.Started
	}
	if task.Status == world.Succeeded || task.Reason == world.EndMaxDuration {
		o.finished = *task.Finished
	}
	return o
}
