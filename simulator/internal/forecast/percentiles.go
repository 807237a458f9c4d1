package forecast

import (
	"math"
	"slices"

	"github.com/shopspring/decimal"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// startAndFinish returns when a task starts and finishes, given the outcomes of each fork. Those of one fork have the same start.
func startAndFinish(runs [][]outcome) (start, finish When) {
	var starts, finishes []des.Time
	for _, fork := range runs {
		starts = append(starts, fork[0].started)
		for _, o := range fork {
			finishes = append(finishes, o.finished)
		}
	}
	if len(runs) == manyForks || slices.Contains(starts, never) {
		return percentiles(starts), percentiles(finishes)
	}
	w := newWaits(starts)
	return When{w.percentile(0.5), w.percentile(0.9)}, w.finish(runs)
}

// percentiles returns the median and the 90th percentile of some times.
func percentiles(times []des.Time) When {
	slices.Sort(times)
	return When{reached(times[len(times)/2]), reached(times[ninetieth(len(times))])}
}

// ninetieth returns the index of the 90th percentile of n sorted values: another value falls below the k-th in k of n+1 cases.
func ninetieth(n int) int { return (9*(n+1)+9)/10 - 1 }

func reached(t des.Time) *des.Time {
	if t == never {
		return nil
	}
	return &t
}

// costs returns the range of the costs of some outcomes.
func costs(outcomes []outcome) Range {
	all := make([]decimal.Decimal, len(outcomes))
	for i := range outcomes {
		all[i] = outcomes[i].cost
	}
	slices.SortFunc(all, decimal.Decimal.Cmp)
	return Range{all[len(all)-1-ninetieth(len(all))], all[len(all)/2], all[ninetieth(len(all))]}
}

// waits is the distribution of a task's start, given the starts in n forks. The starts are taken to be normal. A further one, less
// their mean and divided by their standard deviation times √(1+1/n), then has Student's distribution with n−1 degrees of freedom.
// See Hahn and Meeker, Statistical Intervals, on prediction intervals for one future observation.
type waits struct {
	distribution distuv.StudentsT // in nanoseconds after earliest
	earliest     des.Time
}

func newWaits(starts []des.Time) waits {
	earliest := slices.Min(starts)
	after := make([]float64, len(starts))
	for i, s := range starts {
		after[i] = float64(s - earliest)
	}
	n := float64(len(starts))
	mean, deviation := stat.MeanStdDev(after, nil)
	return waits{distuv.StudentsT{Mu: mean, Sigma: deviation * math.Sqrt(1+1/n), Nu: n - 1}, earliest}
}

// percentile returns the time before which the task starts with a probability of p.
func (w *waits) percentile(p float64) *des.Time {
	t := w.earliest + des.Time(w.distribution.Quantile(p))
	return &t
}

// finish returns when the task finishes. Its start and the time from there to its end are independent, so each of some
// equally likely starts is combined with the ending of each outcome.
func (w *waits) finish(runs [][]outcome) When {
	const starts = 20
	var finishes []des.Time
	for i := range starts {
		start := *w.percentile((float64(i) + 0.5) / starts)
		for _, fork := range runs {
			for _, o := range fork {
				finish := never
				if o.finished != never {
					finish = start + o.finished - o.started
				}
				finishes = append(finishes, finish)
			}
		}
	}
	return percentiles(finishes)
}
