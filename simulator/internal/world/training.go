package world

import (
	"math/bits"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// drawLength draws the length of a training at full speed.
func (l *lifecycle) drawLength(t *task) des.Time {
	v := l.cfg.Training.Variation.Draw(des.Stream(l.seed, "training", t.id))
	return max(seconds(l.trainingSeconds(t)*v), des.Time(l.cfg.Training.Minimum))
}

// trained returns how much of the training is done, in time at full speed.
func (l *lifecycle) trained(t *task) des.Time {
	switch {
	case t.Status != Running:
		return t.Served
	case t.Mode == Existing:
		return t.Length - (t.Target - l.environments.list[t.environment].serviceAt(l.now))
	}
	return t.Saved + l.now - t.Resumed
}

// cost returns what a task has cost so far. A dynamic task pays for its GPUs from the allocation to the end. An existing task
// pays for its training at full speed: n tasks that share an environment pay 1/n of its time each.
func (l *lifecycle) cost(t *task) decimal.Decimal {
	billed := t.Billed
	switch {
	case t.Mode == Existing:
		billed = l.trained(t)
	case len(t.Holds) > 0:
		billed += l.now - t.Placed
	}
	return l.price(t, billed)
}

// price returns what a task pays for its GPUs for some time.
func (c *inventory) price(t *task, billed des.Time) decimal.Decimal {
	gpuType, gpus := c.gpusPaid(t)
	return gpuType.Cost(gpus, billed)
}

// gpusPaid is like gpusOf, with the price that the task pays.
func (c *inventory) gpusPaid(t *task) (*catalog.GPUType, int) {
	gpuType, gpus := c.gpusOf(t)
	if t.Preemptible && t.Mode == Dynamic {
		gpuType = gpuType.At(c.cfg.preemptiblePriceFactor())
	}
	return gpuType, gpus
}

// CostInFull returns what a task will have cost at its end if it neither waits nor restarts again; 0 for a task that is not
// on record.
func (w *World) CostInFull(id string) decimal.Decimal {
	t, err := w.tasks.find(id)
	if err != nil {
		return decimal.Zero
	}
	billed := t.Billed
	switch {
	case t.Status.Finished():
		return w.life.cost(t)
	case t.Mode == Existing:
		billed = t.Length
	case t.Status == Running:
		billed += w.now - t.Placed + t.Length - w.life.trained(t)
	case t.Status == Queued:
		for _, p := range phases {
			billed += w.life.meanPhase(t, p)
		}
		billed += t.Length - t.Saved
	default:
		billed += w.life.expectedRemaining(t) - t.Placed + t.Length - t.Saved
	}
	if limit, ok := t.limit(); ok {
		billed = min(billed, limit)
	}
	return w.price(t, billed)
}

// part returns done/whole in n-ths, rounded down and at most n. It multiplies in 128 bits, since done*n overflows 64 bits for
// a training of some days.
func part(done, whole des.Time, n uint64) uint64 {
	if done <= 0 {
		return 0
	}
	if done >= whole {
		return n
	}
	high, low := bits.Mul64(uint64(done), n)
	quotient, _ := bits.Div64(high, low, uint64(whole))
	return quotient
}

// HourlyPrice returns the price of an hour on the GPUs of an accepted task, or on those of its environment.
func (w *World) HourlyPrice(s Spec, where Launch) decimal.Decimal {
	t := &task{Spec: s, Mode: where.Mode, environment: w.catalog.EnvironmentIndex(where.Environment)}
	gpuType, gpus := w.gpusPaid(t)
	return gpuType.HourlyPrice(gpus)
}
