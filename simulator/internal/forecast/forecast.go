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

// A forecast takes manyForks: of 19 sorted values the 10th is the median and the 18th the 90th percentile, since another value
// falls below it in 18 of 20 cases. Behind a longQueue, the wait is a sum of many durations and about normal, so that fewForks
// tell its percentiles; see waits. The length of a training is far from normal: each of the few forks draws it several times.
// Where nodes fail or the task may be preempted, that would need the whole fork again, and someForks draw it once.
const (
	manyForks           = 19
	someForks           = 9
	fewForks            = 4
	trainingsOfFewForks = 10
	longQueue           = 500 // number of jobs ahead of the task
)

// A fork is abandoned after Horizon of virtual time, or after maxEvents events plus eventsPerTask for each waiting task,
// which allows for the last task of a long queue. What it has not reached by then counts as later than everything.
const (
	Horizon       = 180 * 24 * time.Hour
	maxEvents     = 50_000
	eventsPerTask = 10
)

// Request is a task that may be created, and a clone of the world to try it in.
type Request struct {
	world  *world.World
	spec   world.Spec
	launch world.Launch
	events int // the most events of a fork
}

// NewRequest prepares a forecast of creating a task. The error is the one that creating it would return. The world may
// change afterwards.
func NewRequest(w *world.World, spec world.Spec) (*Request, error) {
	launch, err := w.Check(&spec)
	if err != nil {
		return nil, err
	}
	q := &Request{world: w.Clone(), spec: spec, launch: launch, events: maxEvents}
	for _, z := range w.Zones() {
		q.events += eventsPerTask * z.QueueLength
	}
	return q, nil
}

// Answer is a forecast.
type Answer struct {
	Launch      world.Launch
	Resources   *world.Resources // of a dynamic task; nil for one in an environment
	HourlyPrice decimal.Decimal
	Now         world.TaskView // the task right after its creation, with its queue position
	Capacity    Capacity
	Start       When // of training
	Finish      When
	Cost        Range
	Risk        *Risk        // of being preempted; nil if the task is not preemptible
	Suggestions []Suggestion // best first
}

// Risk says how likely a preemptible task has to give way, and what that costs.
type Risk struct {
	// Probability is the part of the forks in which the task had to give way at least once, so it is as coarse as they are few. It is 0 if
	// nothing of a higher priority waits or is known to come.
	Probability float64
	// Loss is the most training that the task loses each time; 0 if there are no checkpoints, so that it loses all.
	Loss time.Duration
}

// When is a distribution of times. The time is before Median in half of the cases, and before P90 in nine of ten. Each
// is nil if the time is not reached in so many cases.
type When struct{ Median, P90 *des.Time }

// Range is a distribution of costs. The cost is less than Low in one case of ten, and more than High in one of ten.
type Range struct{ Low, Median, High decimal.Decimal }

// Each calls f for 0 to n-1, in any order and possibly concurrently. It returns false if it stopped early.
type Each func(n int, f func(i int)) bool

// Answer makes the forecast. It returns false if each stopped early.
func (q *Request) Answer(each Each) (Answer, bool) {
	prospect := q.prospect(&q.spec, q.launch)
	forks, trainings := manyForks, 1
	switch {
	case prospect.Queue() < longQueue:
	case q.world.NodesFail() || q.world.MayBePreempted(&q.spec, q.launch):
		forks = someForks
	default:
		forks, trainings = fewForks, trainingsOfFewForks
	}
	runs := make([][]outcome, forks)
	if !each(len(runs), func(i int) { runs[i] = q.run(q.spec, prospect, q.seed(i), trainings) }) {
		return Answer{}, false
	}
	a := Answer{Launch: q.launch, HourlyPrice: q.world.HourlyPrice(q.spec, q.launch)}
	if q.launch.Mode == world.Dynamic {
		a.Resources = q.spec.Resources
	}
	a.Start, a.Finish = startAndFinish(runs)
	a.Cost = costs(slices.Concat(runs...))
	if q.spec.Preemptible {
		outcomes := make([]outcome, len(runs))
		for i := range runs {
			outcomes[i] = runs[i][0]
		}
		a.Risk = q.risk(outcomes)
	}
	// Compare alternatives in the fork with the median finish.
	byFinish := []int{}
	for i := range runs {
		byFinish = append(byFinish, i)
	}
	slices.SortStableFunc(byFinish, func(i, j int) int { return cmp.Compare(runs[i][0].finished, runs[j][0].finished) })
	middle := byFinish[len(byFinish)/2]
	if !q.suggest(&a, runs[middle][0], middle, forks, each) {
		return Answer{}, false
	}
	return a, true
}

// seed returns the seed of the i-th fork.
func (q *Request) seed(i int) uint64 {
	return des.Source(q.world.Seed(), "forecast", strconv.Itoa(i)).Uint64()
}

// risk returns the risk of a preemptible task, given an outcome of each fork.
func (q *Request) risk(forks []outcome) *Risk {
	n := 0
	for _, o := range forks {
		if o.preempted {
			n++
		}
	}
	return &Risk{float64(n) / float64(len(forks)), q.world.CheckpointEvery()}
}

// prospect prepares forks in which the task is created.
func (q *Request) prospect(spec *world.Spec, launch world.Launch) *world.Prospect {
	if launch.Mode == world.Existing {
		return q.world.Prospect(launch, "")
	}
	return q.world.Prospect(launch, spec.Resources.GPUType)
}
