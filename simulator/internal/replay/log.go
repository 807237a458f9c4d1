package replay

import (
	"math"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

// LogOptions holds the parameters of a log's replay.
type LogOptions struct {
	Queue    queue.Discipline
	Backfill queue.Backfill // the order of EASY's backfill; "" is the order of arrival
	// ActualLimits shows the scheduler how long each job will run instead of its walltime limit.
	ActualLimits bool
	// Progress, if not nil, is called from time to time with the number of jobs done.
	Progress func(done, total int)
}

// LogResult is the result of a log's replay. Times are in seconds.
type LogResult struct {
	Jobs int `json:"jobs"`
	// WaitsDiffer is the number of jobs whose wait differs from the one in the log. It is nil if the log has no waits.
	WaitsDiffer *int    `json:"waits_differ,omitempty"`
	MeanWait    float64 `json:"mean_wait"`
	MaxWait     float64 `json:"max_wait"`
	// BoundedSlowdown is the mean of max(1, (wait + run) / max(10 s, run)) (Feitelson, Rudolph, "Metrics and benchmarking
	// for parallel job scheduling", 1998).
	BoundedSlowdown float64 `json:"bounded_slowdown"`
	// Utilisation is the fraction of the processors in use between the first submission and the last end.
	Utilisation float64 `json:"utilisation"`
	// ElapsedSeconds is the real time of the replay. The caller sets it.
	ElapsedSeconds float64 `json:"elapsed_seconds"`

	Wait    Distribution `json:"-"`
	LeftOut int          `json:"-"` // number of jobs that can't run
	// Waits holds the wait of each job, in order of the log.
	Waits []int64 `json:"-"`
}

// RunLog computes how long each job of a log waits, by the rules of Gaussier et al., "Improving Backfilling by using
// Machine Learning to predict Running Times" (SC 2015). At the same time, submissions come before ends, and jobs end in
// the order in which they started. The queue starts what it can after each of these events. A job that has reached its
// walltime limit releases its processors at once, even if its end is a later event of the same time.
func RunLog(l Log, o LogOptions) (LogResult, error) {
	c, err := cluster.New([]cluster.Node{{Name: "pool", CPUMilli: int64(l.Processors)}})
	if err != nil {
		return LogResult{}, err
	}
	if o.Queue == queue.EASY && o.Backfill != "" {
		if o.Queue, err = queue.EASYWith(o.Backfill); err != nil {
			return LogResult{}, err
		}
	}
	policy, err := cluster.PolicyByName("first-fit", cluster.Options{})
	if err != nil {
		return LogResult{}, err
	}
	r := logRun{
		jobs: l.Jobs, cluster: c, queue: queue.New(o.Queue, c, ""), policy: policy,
		waits: make([]int64, len(l.Jobs)), held: make([]cluster.Allocation, len(l.Jobs)),
	}
	r.run(o)
	return r.result(l), nil
}

type logRun struct {
	jobs    []LogJob
	cluster *cluster.Cluster
	queue   *queue.Queue
	policy  cluster.Policy
	waits   []int64
	held    []cluster.Allocation // by job; empty unless it is running
	ends    des.Calendar[int]
	limits  des.Calendar[int] // limits of the running jobs that run until their limit
	last    int64
}

func (r *logRun) run(o LogOptions) {
	submitted, ended := 0, 0
	for ended < len(r.jobs) {
		at, ok := r.ends.Next()
		if submitted < len(r.jobs) && (!ok || seconds(r.jobs[submitted].Submitted) <= at) {
			j := &r.jobs[submitted]
			at = seconds(j.Submitted)
			limit := j.Limit
			if o.ActualLimits {
				limit = j.Run
			}
			r.queue.Push(queue.Job{
				ID: int32(submitted), Arrival: int64(submitted), Limit: seconds(limit),
				// The pool is a node with a thousandth of a core per processor.
				Request: cluster.Request{CPUMilli: j.Processors},
			})
			submitted++
		} else {
			_, i, _ := r.ends.Pop()
			r.release(i)
			r.last = int64(at)
			if ended++; o.Progress != nil && (ended%1024 == 0 || ended == len(r.jobs)) {
				o.Progress(ended, len(r.jobs))
			}
		}
		for next, ok := r.limits.Next(); ok && next <= at; next, ok = r.limits.Next() {
			_, i, _ := r.limits.Pop()
			r.release(i)
		}
		r.queue.Start(r.cluster, r.policy, at, func(q queue.Job, a cluster.Allocation) {
			j := &r.jobs[q.ID]
			r.waits[q.ID], r.held[q.ID] = int64(at-seconds(j.Submitted)), a
			r.ends.Schedule(at+seconds(j.Run), int(q.ID))
			if seconds(j.Run) == q.Limit {
				r.limits.Schedule(at+q.Limit, int(q.ID))
			}
		})
	}
}

// release frees what a job holds, if it has not been freed before.
func (r *logRun) release(i int) {
	if r.held[i].Parts == nil {
		return
	}
	r.cluster.Release(r.held[i])
	r.queue.Ended(int32(i), r.held[i])
	r.held[i] = cluster.Allocation{}
}

// seconds converts seconds of a log to virtual time with a tick of one second. In nanoseconds the sum of all run times
// of a long log would overflow.
func seconds(n int64) des.Time { return des.Time(n) }

func (r *logRun) result(l Log) LogResult {
	out := LogResult{Jobs: len(r.jobs), LeftOut: l.LeftOut, Waits: r.waits}
	if len(r.jobs) == 0 {
		return out
	}
	differ, known, used, slowdown := 0, 0, 0.0, sum{}
	waits := make([]float64, len(r.jobs))
	for i := range r.jobs {
		j, wait := &r.jobs[i], r.waits[i]
		waits[i] = float64(wait)
		slowdown.add(max(1, float64(wait+j.Run)/float64(max(10, j.Run))))
		used += float64(j.Processors * j.Run)
		if j.Wait >= 0 {
			known++
			if j.Wait != wait {
				differ++
			}
		}
	}
	if known > 0 {
		out.WaitsDiffer = &differ
	}
	n := float64(len(r.jobs))
	out.BoundedSlowdown = slowdown.value() / n
	out.Wait = distribution(waits)
	out.MeanWait, out.MaxWait = out.Wait.Mean, out.Wait.Max
	if span := r.last - r.jobs[0].Submitted; span > 0 {
		out.Utilisation = used / float64(l.Processors) / float64(span)
	}
	return out
}

// sum is a compensated sum (Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation endlicher Summen", 1974).
// An ordinary sum of a long log's slowdowns has only 12 correct digits.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	t := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - t) + x
	} else {
		s.lost += (x - t) + s.total
	}
	s.total = t
}

func (s *sum) value() float64 { return s.total + s.lost }
