// Package theory compares the simulator's queue and servers with queueing theory. It has only tests: make theory runs
// them at full length, make test a shorter run.
package theory

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/stat"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

var (
	tasks = flag.Int("tasks", 400_000, "tasks of one run")
	seeds = flag.Int("seeds", 4, "runs, each with a seed of its own")
	// The short run of make test needs wider tolerances than make theory.
	slack = flag.Float64("slack", 2.5, "multiplies the tolerances")
)

// system is a cluster of equal GPUs with one queue, where each task uses one GPU.
type system struct {
	name    string
	servers int
	load    float64                    // ρ: arrivals × mean service ÷ servers
	service func(r *rand.Rand) float64 // has mean 1
	wait    func(s *system) float64    // the expected wait, in mean service times
	within  float64                    // relative tolerance
}

func exponential(r *rand.Rand) float64 { return r.ExpFloat64() }

// logNormal has σ = 1 and, for a mean of 1, μ = −½.
func logNormal(r *rand.Rand) float64 { return math.Exp(r.NormFloat64() - 0.5) }

// erlangC returns the mean wait in M/M/c in units of the mean service time: C(c, cρ) ÷ (c(1 − ρ)), where C is the
// probability of waiting (Erlang 1917; Kleinrock, Queueing Systems I, 1975, section 3.5).
func erlangC(s *system) float64 {
	c, a := float64(s.servers), float64(s.servers)*s.load
	term, sum := 1.0, 0.0
	for k := range s.servers {
		sum += term
		term *= a / float64(k+1)
	}
	last := term / (1 - s.load)
	return last / (sum + last) / (c * (1 - s.load))
}

// pollaczekKhinchine returns the mean wait in M/G/1 in units of the mean service time: ρ(1 + C²) ÷ (2(1 − ρ)), with C² =
// e − 1 for log-normal service with σ = 1 (Kleinrock, Queueing Systems I, 1975, section 5.6).
func pollaczekKhinchine(s *system) float64 { return s.load * math.E / (2 * (1 - s.load)) }

func TestWaits(t *testing.T) {
	for _, s := range []system{
		{"M/M/2", 2, 0.8, exponential, erlangC, 0.02},
		{"M/M/8", 8, 0.9, exponential, erlangC, 0.02},
		{"M/M/64", 64, 0.95, exponential, erlangC, 0.05},
		{"M/G/1 log-normal", 1, 0.7, logNormal, pollaczekKhinchine, 0.02},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			waits := make([]float64, *seeds)
			for i := range waits {
				waits[i] = s.run(t, uint64(i+1), *tasks)
			}
			got, want := stat.Mean(waits, nil), s.wait(&s)
			t.Logf("ρ=%g: mean wait %.5f ± %.5f services, theory %.5f, off by %+.2f %% (%d seeds × %d tasks)",
				s.load, got, stat.StdDev(waits, nil), want, 100*(got/want-1), *seeds, *tasks)
			if off := math.Abs(got/want - 1); off > s.within**slack {
				t.Errorf("off by more than %.0f %%", 100*s.within**slack)
			}
		})
	}
}

// The formulas give the published values.
func TestFormulas(t *testing.T) {
	for _, c := range []struct {
		got, want float64
	}{
		{erlangC(&system{servers: 2, load: 0.8}), 1.7778},
		{erlangC(&system{servers: 8, load: 0.9}), 0.87692},
		{erlangC(&system{servers: 64, load: 0.95}), 0.18375},
		{pollaczekKhinchine(&system{load: 0.7}), 3.1713},
	} {
		if math.Abs(c.got/c.want-1) > 1e-4 {
			t.Errorf("got %.5f, want %.5f", c.got, c.want)
		}
	}
}

// event is an arrival or, if id is not 0, the end of a task.
type event struct {
	id   int32 // 0 for an arrival
	held cluster.Allocation
}

const service = 1e10 // mean service time in nanoseconds: rounding is negligible, and ten million of them don't overflow

// run simulates n tasks and returns their mean wait in mean service times.
func (s *system) run(t *testing.T, seed uint64, n int) float64 {
	var nodes []cluster.Node
	for left := s.servers; left > 0; left -= 8 {
		nodes = append(nodes, cluster.Node{Name: fmt.Sprintf("node-%02d", len(nodes)), Zone: "z", GPUType: "g", GPUs: min(left, 8)})
	}
	c, err := cluster.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	line := queue.New(queue.FIFO, c, "z")
	policy, err := cluster.PolicyByName("best-fit", cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	arrivals, services := des.Stream(seed, "arrivals", s.name), des.Stream(seed, "services", s.name)
	request := cluster.Request{Zone: "z", GPUTypes: []string{"g"}, GPUs: 1, Milli: cluster.WholeGPU}
	meanGap := 1 / (s.load * float64(s.servers))
	var calendar des.Calendar[event]
	calendar.Schedule(0, event{})
	came := make(map[int32]des.Time)
	total, arrived := 0.0, int32(0)
	for ended := 0; ended < n; {
		now, e, _ := calendar.Pop()
		if e.id == 0 {
			arrived++
			came[arrived] = now
			line.Push(queue.Job{ID: arrived, Arrival: int64(arrived), Request: request})
			calendar.Schedule(now+des.Time(arrivals.ExpFloat64()*meanGap*service), event{})
		} else {
			ended++
			c.Release(e.held)
			line.Ended(e.id, e.held)
		}
		line.Start(c, policy, now, func(j queue.Job, a cluster.Allocation) {
			total += float64(now-came[j.ID]) / service
			delete(came, j.ID)
			calendar.Schedule(now+des.Time(s.service(services)*service), event{j.ID, a})
		})
	}
	return total / float64(n)
}
