package world

import (
	"math"
	"math/bits"
	"slices"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// drawLength draws how long the training takes at full speed.
func (w *World) drawLength(t *task) des.Time {
	v := w.cfg.Training.Variation.Draw(des.Stream(w.seed, "training", t.id))
	return max(seconds(w.trainingSeconds(t)*v), des.Time(w.cfg.Training.Minimum))
}

// meanLength is what drawLength is expected to give.
func (w *World) meanLength(t *task) des.Time {
	return max(seconds(w.trainingSeconds(t)*w.cfg.Training.Variation.Mean()), des.Time(w.cfg.Training.Minimum))
}

// trainingSeconds is the arithmetic of a training, 6 operations per parameter and token (Kaplan et al., "Scaling Laws
// for Neural Language Models", 2020, section 2.1), over what the GPUs reach of their peak.
func (w *World) trainingSeconds(t *task) float64 {
	parameters := w.cfg.Training.DefaultParameters
	if i := slices.IndexFunc(w.cfg.Models, func(m Model) bool { return m.ID == t.ModelID }); i >= 0 {
		parameters = w.cfg.Models[i].Parameters
	}
	gpuType, gpus := w.gpusOf(t)
	perGPU := gpuType.TFLOPS * 1e12 * w.cfg.Training.Utilization
	scaling := math.Pow(w.cfg.Training.ScalingEfficiency, math.Log2(float64(gpus)))
	return 6 * parameters * w.dataset(t).Tokens / (perGPU * float64(gpus) * scaling)
}

// gpusOf returns what the task trains on: its own GPUs or its environment's.
func (w *World) gpusOf(t *task) (*GPUType, int) {
	if t.mode == Existing {
		e := &w.cfg.Environments[t.environment]
		return w.gpuType(e.GPUType), e.GPUs
	}
	return w.gpuType(t.Resources.GPUType), t.Resources.GPUs
}

func (w *World) gpuType(name string) *GPUType {
	i := slices.IndexFunc(w.cfg.GPUTypes, func(g GPUType) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &w.cfg.GPUTypes[i]
}

func (w *World) dataset(t *task) *Dataset {
	return &w.cfg.Datasets[slices.IndexFunc(w.cfg.Datasets, func(d Dataset) bool { return d.ID == t.DatasetID })]
}

func (w *World) datasetMB(t *task) float64 { return float64(w.dataset(t).SizeMB) }

// trained is how much of the training is done, in time at full speed.
func (w *World) trained(t *task) des.Time {
	switch {
	case t.status != Running:
		return t.served
	case t.mode == Existing:
		return t.length - (t.target - w.environments[t.environment].serviceAt(w.now))
	}
	return t.saved + w.now - t.resumed
}

// cost is what the task has cost so far, by the source's two formulas: an existing task pays for its training at full
// speed, which is its 1/n share of the time that n tasks share an environment; a dynamic one pays from the allocation
// to the end.
func (w *World) cost(t *task) decimal.Decimal {
	billed := t.billed
	switch {
	case t.mode == Existing:
		billed = w.trained(t)
	case len(t.allocation.Parts) > 0:
		billed += w.now - t.placed
	}
	gpuType, gpus := w.gpusOf(t)
	return Price(gpuType.Price, gpus, billed)
}

// CostInFull is what a task will have cost at its end if it goes on, or starts, without another wait or restart; 0 for a
// task that is not on record.
func (w *World) CostInFull(id string) decimal.Decimal {
	t, err := w.find(id)
	if err != nil {
		return decimal.Zero
	}
	billed := t.billed
	switch {
	case t.status.Finished():
		return w.cost(t)
	case t.mode == Existing:
		billed = t.length
	case t.status == Running:
		billed += w.now - t.placed + t.length - w.trained(t)
	case t.status == Queued:
		for _, p := range phases {
			billed += w.meanPhase(t, p)
		}
		billed += t.length - t.saved
	default:
		billed += w.expectedRemaining(t) - t.placed + t.length - t.saved
	}
	gpuType, gpus := w.gpusOf(t)
	return Price(gpuType.Price, gpus, billed)
}

// part returns how many n-th parts of the whole are done, rounded down and at most n. The product takes more than 64 bits
// for a training of some days.
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

// Price is the price of some GPUs for a time, rounded half away from zero to hundredths.
func Price(perGPUHour decimal.Decimal, gpus int, billed des.Time) decimal.Decimal {
	const nanosecondsPerHour = 3_600_000_000_000
	return perGPUHour.Mul(decimal.NewFromInt(int64(gpus))).Mul(decimal.NewFromInt(int64(billed))).
		DivRound(decimal.NewFromInt(nanosecondsPerHour), 2)
}

// HourlyPrice is the price of an hour of training on the GPUs of an accepted task, or of its environment.
func (w *World) HourlyPrice(s Spec, where Launch) decimal.Decimal {
	gpuType, gpus := w.gpusOf(&task{Spec: s, mode: where.Mode, environment: w.environmentIndex(where.Environment)})
	return gpuType.Price.Mul(decimal.NewFromInt(int64(gpus)))
}
