package replay

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// TimedResult is the result of a timed run. Times are in seconds.
type TimedResult struct {
	List     string `json:"list,omitempty"` // the task list, if there are several
	Policy   string `json:"policy"`
	Queue    string `json:"queue"`
	Seed     int64  `json:"seed"`
	Tasks    int    `json:"tasks"`    // number of tasks that ran
	Rejected int    `json:"rejected"` // number of tasks that even an empty cluster could not host
	GPUs     int    `json:"gpus"`
	Unended  int    `json:"unended"` // number of tasks that ran to the end of the record because their end is not recorded
	// ElapsedSeconds is the real time of the run. The caller sets it.
	ElapsedSeconds float64 `json:"elapsed_seconds"`
	// Makespan is the time from the first arrival to the last end.
	Makespan float64 `json:"makespan_seconds"`
	// Utilization is the mean GPU capacity held over the makespan, in per cent.
	Utilization float64      `json:"utilization"`
	Waiting     Distribution `json:"waiting_seconds"`    // from arrival to start
	Completion  Distribution `json:"completion_seconds"` // from arrival to end
	// Slowdown is the bounded slowdown, max(1, completion / max(length, 10 s)) (Feitelson, Rudolph, "Metrics and
	// benchmarking for parallel job scheduling", 1998).
	Slowdown Distribution `json:"slowdown"`
	Series   []Sample     `json:"series"`
}

// Distribution summarizes a value over all tasks. Quantiles are by nearest rank.
type Distribution struct {
	Mean   float64 `json:"mean"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	Max    float64 `json:"max"`
}

// Sample is the mean over an interval that begins at Seconds. The makespan is divided into equal intervals.
type Sample struct {
	Seconds     float64 `json:"seconds"`
	Utilization float64 `json:"utilization"` // per cent of the GPU capacity
	Waiting     float64 `json:"waiting"`     // number of tasks in the queue
}

const (
	samples         = 100
	slowdownAtLeast = 10 * time.Second
)

// RunTimed replays the workload with arrivals and ends. Each zone that tasks ask for has its own queue. Either all tasks
// name a zone or none does. Options.Target is ignored. The error says that a node, a task or the policy
// is invalid.
func RunTimed(w Workload, o Options, d queue.Discipline) (TimedResult, error) {
	w = w.spelled()
	c, err := cluster.New(w.Nodes)
	if err != nil {
		return TimedResult{}, err
	}
	r := timedRun{cluster: c, queues: map[string]*queue.Queue{}}
	requests := make([]cluster.Request, len(w.Tasks))
	for i, t := range w.Tasks {
		requests[i] = t.Request
	}
	if r.policy, err = cluster.PolicyByName(o.Policy, cluster.Options{
		Draw: des.Stream(uint64(o.Seed), "placement", "").IntN, Typical: cluster.TypicalRequests(requests, typicalPercent),
	}); err != nil {
		return TimedResult{}, err
	}
	rate := o.Rate
	if rate == 0 {
		rate = 1
	}
	if !(rate > 0) {
		return TimedResult{}, fmt.Errorf("a rate of %v, must be more than 0", rate)
	}
	capacity := c.Count("", "").Capacity
	if capacity == 0 {
		return TimedResult{}, fmt.Errorf("the nodes have no GPUs")
	}
	if err := check(w.Tasks); err != nil {
		return TimedResult{}, err
	}
	rejected, unended := 0, 0
	for i := range w.Tasks {
		t := &w.Tasks[i]
		if !c.CanEverFit(t.Request) {
			rejected++
			continue
		}
		if t.Unended {
			unended++
		}
		if r.queues[t.Request.Zone] == nil {
			q := queue.New(d, c, t.Request.Zone)
			r.queues[t.Request.Zone] = q
			r.ordered = append(r.ordered, q)
		}
		r.tasks = append(r.tasks, t)
	}
	slices.SortStableFunc(r.tasks, func(a, b *Task) int { return cmp.Compare(a.Arrival, b.Arrival) })
	r.rate, r.tick = rate, tick(r.tasks, rate)
	r.waits = make([]des.Time, len(r.tasks))
	r.held = make([]cluster.Allocation, len(r.tasks))
	r.run(o.Progress)
	result := r.result(float64(capacity * cluster.WholeGPU))
	result.List, result.Policy, result.Queue, result.Seed = o.List, o.Policy, d.Name(), o.Seed
	result.Rejected, result.Unended, result.GPUs = rejected, unended, capacity
	return result, nil
}

// check returns an error if only some tasks name a zone. Tasks without one would compete for the same nodes as those of
// a zone's queue, and neither queue would respect the other's reservations.
func check(tasks []Task) error {
	zoned := 0
	for i := range tasks {
		if tasks[i].Request.Zone != "" {
			zoned++
		}
	}
	if zoned > 0 && zoned < len(tasks) {
		return fmt.Errorf("%d of %d tasks name a zone: either all do, or none", zoned, len(tasks))
	}
	return nil
}

// tick returns the length of a tick of virtual time: a nanosecond, or the shortest power of ten for which running all
// tasks one after the other after the last arrival stays within the range of virtual time.
func tick(tasks []*Task, rate float64) time.Duration {
	last, total := 0.0, 0.0
	for _, t := range tasks {
		last = max(last, float64(t.Arrival)/rate)
		total += float64(max(t.Length, t.Limit))
	}
	tick := time.Nanosecond
	for tick < time.Second && last+total > float64(tick)*math.MaxInt64/2 {
		tick *= 10
	}
	return tick
}

type timedRun struct {
	cluster *cluster.Cluster
	policy  cluster.Policy
	queues  map[string]*queue.Queue
	ordered []*queue.Queue // the queues in a fixed order
	tasks   []*Task        // by arrival
	waits   []des.Time
	held    []cluster.Allocation
	ends    des.Calendar[int]
	rate    float64
	tick    time.Duration // the unit of waits, ends and steps

	allocated int64 // milli
	steps     []step
}

// step is the state from time at on.
type step struct {
	at        des.Time
	allocated int64
	waiting   int
}

func (r *timedRun) arrival(i int) des.Time {
	return des.Time(float64(r.tasks[i].Arrival) / r.rate / float64(r.tick))
}

// ticks converts a duration to ticks, rounded up so that every task takes time.
func (r *timedRun) ticks(d time.Duration) des.Time { return des.Time((d + r.tick - 1) / r.tick) }

func (r *timedRun) length(i int) des.Time { return r.ticks(r.tasks[i].Length) }

// seconds converts ticks to seconds, as exactly as time.Duration.Seconds.
func (r *timedRun) seconds(t des.Time) float64 {
	second := des.Time(time.Second / r.tick)
	return float64(t/second) + float64(t%second)/float64(second)
}

func (r *timedRun) run(progress func(done, total int)) {
	arrived, ended := 0, 0
	for ended < len(r.tasks) {
		// At equal times, ends come before arrivals, so that freed GPUs can be used at once.
		at, ok := r.ends.Next()
		if arrived < len(r.tasks) && (!ok || r.arrival(arrived) < at) {
			t := r.tasks[arrived]
			at = r.arrival(arrived)
			r.queues[t.Request.Zone].Push(queue.Job{
				ID: int32(arrived), Arrival: int64(arrived), Request: t.Request, Limit: r.ticks(max(t.Limit, t.Length)),
			})
			arrived++
		} else {
			_, i, _ := r.ends.Pop()
			r.end(i)
			ended++
			if progress != nil && (ended%256 == 0 || ended == len(r.tasks)) {
				progress(ended, len(r.tasks))
			}
		}
		waiting := 0
		for _, q := range r.ordered {
			q.Start(r.cluster, r.policy, at, func(j queue.Job, a cluster.Allocation) {
				r.waits[j.ID], r.held[j.ID] = at-r.arrival(int(j.ID)), a
				r.allocated += r.tasks[j.ID].demand()
				r.ends.Schedule(at+r.length(int(j.ID)), int(j.ID))
			})
			waiting += q.Len()
		}
		r.steps = append(r.steps, step{at, r.allocated, waiting})
	}
}

func (r *timedRun) end(i int) {
	r.cluster.Release(r.held[i])
	r.allocated -= r.tasks[i].demand()
	r.queues[r.tasks[i].Request.Zone].Ended(int32(i), r.held[i])
	r.held[i] = cluster.Allocation{}
}

func (r *timedRun) result(capacity float64) TimedResult {
	out := TimedResult{Tasks: len(r.tasks), Series: []Sample{}} // [] in JSON, not null
	if len(r.tasks) == 0 {
		return out
	}
	n := len(r.tasks)
	waiting, completion, slowdown := make([]float64, n), make([]float64, n), make([]float64, n)
	for i, t := range r.tasks {
		waiting[i] = r.seconds(r.waits[i])
		completion[i] = r.seconds(r.waits[i] + r.length(i))
		slowdown[i] = max(1, completion[i]/max(t.Length, slowdownAtLeast).Seconds())
	}
	out.Waiting, out.Completion, out.Slowdown = distribution(waiting), distribution(completion), distribution(slowdown)
	first, last := r.steps[0].at, r.steps[len(r.steps)-1].at
	out.Makespan = r.seconds(last - first)
	out.Series = r.series(first, last, capacity)
	for _, s := range out.Series {
		out.Utilization += s.Utilization / float64(len(out.Series))
	}
	return out
}

// series averages the steps over equal intervals.
func (r *timedRun) series(first, last des.Time, capacity float64) []Sample {
	width := r.seconds(last-first) / samples
	if width == 0 {
		return []Sample{}
	}
	series := make([]Sample, samples)
	for k := range series {
		series[k].Seconds = float64(k) * width
	}
	for i, s := range r.steps[:len(r.steps)-1] {
		from, to := r.seconds(s.at-first), r.seconds(r.steps[i+1].at-first)
		for k := min(int(from/width), samples-1); k < samples && series[k].Seconds < to; k++ {
			share := (min(to, series[k].Seconds+width) - max(from, series[k].Seconds)) / width
			series[k].Utilization += float64(share * (100 * float64(s.allocated) / capacity))
			series[k].Waiting += float64(share * float64(s.waiting))
		}
	}
	return series
}

// distribution summarizes v. It sorts v.
func distribution(v []float64) Distribution {
	slices.Sort(v)
	sum := 0.0
	for _, x := range v {
		sum += x
	}
	rank := func(q float64) float64 { return v[max(0, int(math.Ceil(q*float64(len(v))))-1)] }
	return Distribution{Mean: sum / float64(len(v)), Median: rank(0.5), P95: rank(0.95), Max: v[len(v)-1]}
}
