// Package forecast says when a task would start and end, what it would cost, and what else would be cheaper or sooner: it
// forks the world, creates the task in each fork, and looks how it fares.
package forecast

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// A forecast looks at so many forks. Of 19 values in order the 10th is the median and the 18th the 90th percentile: a 20th of
// the same kind falls below it in 18 of 20 cases. Of 9 values it is the 5th and the 9th, below which a 10th falls in 9
// of 10 cases. The time that a long queue takes is a sum of so many lengths that fewer values tell it as well.
const (
	manyForks = 19
	fewForks  = 9
	longQueue = 500 // jobs before the task
)

// A fork is given up, and what it has not reached counts as later than everything, after Horizon of virtual time, or
// after maxEvents events and eventsPerTask for each task that waits: one of a long queue must get its turn.
const (
	Horizon       = 180 * 24 * time.Hour
	maxEvents     = 50_000
	eventsPerTask = 10
)

// Question is a task that someone thinks of creating, in a world of its own.
type Question struct {
	world  *world.World
	spec   world.Spec
	launch world.Launch
	events int // that a fork goes on for at most
}

// Ask prepares a forecast. The error is the one that the task's creation would give. The world may go on afterwards.
func Ask(w *world.World, spec world.Spec) (*Question, error) {
	launch, err := w.Check(&spec)
	if err != nil {
		return nil, err
	}
	q := &Question{world: w.Clone(), spec: spec, launch: launch, events: maxEvents}
	for _, z := range w.Zones() {
		q.events += eventsPerTask * z.QueueLength
	}
	return q, nil
}

// Answer is a forecast.
type Answer struct {
	Launch      world.Launch
	Resources   *world.Resources // of a dynamic task
	HourlyPrice decimal.Decimal
	Now         world.TaskView // the task as its creation would leave it, with its queue position
	Capacity    Capacity
	Start       When // of training
	Finish      When
	Cost        Range
	Suggestions []Suggestion // best first
}

// When is a time that is reached before Median in half of the cases and before P90 in nine of ten; nil where it is not
// reached in so many.
type When struct{ Median, P90 *des.Time }

// Range is what a task costs: less than Low in one case of ten, more than High in another.
type Range struct{ Low, Median, High decimal.Decimal }

// Each runs f for 0 to n-1, in any order, or side by side; false when it gave up before all had run.
type Each func(n int, f func(i int)) bool

// Answer makes the forecast; false when each gave up.
func (q *Question) Answer(each Each) (Answer, bool) {
	prospect := q.prospect(&q.spec, q.launch)
	runs := make([]outcome, manyForks)
	if prospect.Queue() >= longQueue {
		runs = runs[:fewForks]
	}
	seed := func(i int) uint64 { return des.Source(q.world.Seed(), "forecast", strconv.Itoa(i)).Uint64() }
	if !each(len(runs), func(i int) { runs[i] = q.run(q.spec, prospect, seed(i)) }) {
		return Answer{}, false
	}
	a := Answer{Launch: q.launch, HourlyPrice: q.world.HourlyPrice(q.spec, q.launch)}
	if q.launch.Mode == world.Dynamic {
		a.Resources = q.spec.Resources
	}
	a.Start = when(runs, func(o *outcome) des.Time { return o.started })
	a.Finish = when(runs, func(o *outcome) des.Time { return o.finished })
	costs := make([]decimal.Decimal, len(runs))
	for i := range runs {
		costs[i] = runs[i].cost
	}
	slices.SortFunc(costs, decimal.Decimal.Cmp)
	a.Cost = Range{costs[len(costs)/10], costs[len(costs)/2], costs[len(costs)-1-len(costs)/10]}
	// The fork in the middle stands for all where one has to.
	byFinish := []int{}
	for i := range runs {
		byFinish = append(byFinish, i)
	}
	slices.SortStableFunc(byFinish, func(i, j int) int { return cmp.Compare(runs[i].finished, runs[j].finished) })
	middle := byFinish[len(byFinish)/2]
	if !q.suggest(&a, runs[middle], seed(middle), each) {
		return Answer{}, false
	}
	q.lookNow(&a)
	return a, true
}

// prospect prepares forks in which a task is created.
func (q *Question) prospect(spec *world.Spec, launch world.Launch) *world.Prospect {
	if launch.Mode == world.Existing {
		return q.world.Prospect(launch, "")
	}
	return q.world.Prospect(launch, spec.Resources.GPUType)
}

func when(runs []outcome, at func(*outcome) des.Time) When {
	times := make([]des.Time, len(runs))
	for i := range runs {
		times[i] = at(&runs[i])
	}
	slices.Sort(times)
	return When{reached(times[len(times)/2]), reached(times[len(times)-1-len(times)/10])}
}

func reached(t des.Time) *des.Time {
	if t == never {
		return nil
	}
	return &t
}
