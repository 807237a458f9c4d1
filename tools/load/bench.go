package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

const (
	benchRate   = 500 // requests a second
	benchLength = 10 * time.Second
	starts      = 20
	// Parameters of the search for the highest rate.
	enough      = 100 * time.Millisecond // limit of the 99th percentile
	trialLength = 3 * time.Second
	precision   = 1.05
	mostRate    = 64_000
)

// bench prints its results in the format of Go benchmarks.
func bench(ctx context.Context, simulator string) (err error) {
	folder, err := os.MkdirTemp("", "fermi-load-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	b := benchmark{ctx, simulator, folder, filepath.Join(folder, "world.yaml")}
	if err := os.WriteFile(b.world, []byte(benchWorld()), 0o600); err != nil {
		return err
	}
	fmt.Println("pkg: github.com/fermi-cluster/terraform-provider-fermi/tools/load")
	return errors.Join(b.start(), b.latencies(), b.rates())
}

type benchmark struct {
	ctx       context.Context
	simulator string
	folder    string
	world     string
}

// benchWorld returns the large world with a thousand environments.
func benchWorld() string {
	var b strings.Builder
	b.WriteString("extends: large\nenvironments:\n")
	for i := 1; i <= 1000; i++ {
		fmt.Fprintf(&b, "  - {id: env-%04d, name: environment-%d, type: notebook, image: 'pytorch/pytorch:2.1.0-cuda12.1', zone: az-bj-a, "+
			"gpu_type: A100, gpus: 2, cpu_cores: 16, memory_gb: 128, uptime: 24h, tags: [PyTorch, 'team %d']}\n", i, i, i%7)
	}
	return b.String()
}

// pools are the GPUs of the large world, with an entry per 400 GPUs, so that they all run out at about the same time.
var pools = []struct{ zone, gpuType string }{
	{"az-bj-a", "A100"}, {"az-bj-a", "V100"}, {"az-bj-b", "A100"}, {"az-bj-b", "T4"}, {"az-sh-a", "A100"}, {"az-sh-a", "V100"},
	{"az-sh-b", "T4"},
	{"az-sh-b", "RTX3090"}, {"az-sz-a", "RTX3090"}, {"az-sz-c", "A100"}, {"az-bj-a", "A100"}, {"az-bj-a", "V100"}, {"az-bj-b", "A100"},
	{"az-sh-a", "A100"},
	{"az-sh-a", "V100"}, {"az-sh-b", "T4"}, {"az-sz-a", "RTX3090"}, {"az-sz-c", "A100"}, {"az-bj-a", "A100"}, {"az-sh-a", "A100"},
	{"az-bj-a", "A100"},
}

// freeGPUs is the number of GPUs that method on leaves free, less one per pool for uneven turns.
var freeGPUs = 400*len(pools) - 500 - len(pools)

func report(name string, n int, value float64, unit string) {
	fmt.Printf("Benchmark%s\t%d\t%.4g %s\n", name, n, value, unit)
}

// start measures the time from starting the process until /readyz succeeds.
func (b *benchmark) start() error {
	var all []time.Duration
	for range starts {
		p, err := start(b.ctx, b.simulator)
		if err != nil {
			return err
		}
		all = append(all, p.ready)
		if err := p.stop(); err != nil {
			return err
		}
	}
	slices.Sort(all)
	report("Ready", starts, float64(all[starts/2].Nanoseconds()), "median-ns")
	return nil
}

// load is a kind of call to measure.
type load struct {
	name string
	args []string // arguments of the simulator
	next func(i int) call
	// most is the maximum number of calls in a trial; 0 means no maximum.
	most int
}

// trial returns the length of a trial at a rate.
func (l *load) trial(rate float64) time.Duration {
	if l.most == 0 {
		return trialLength
	}
	return min(trialLength, time.Duration(float64(l.most)/rate*float64(time.Second)))
}

func listOf(path string) func(int) call {
	return func(int) call { return call{method: "GET", path: path, status: fine} }
}

// loads returns the kinds of calls.
func (b *benchmark) loads() (environments, zones, creations load) {
	arguments := []string{"--scenario", b.world, "--clock", "realtime"}
	environments = load{"Environments", arguments, listOf("/api/v1/dev-environments?page=3&pageSize=50"), 0}
	zones = load{"Zones", arguments, listOf("/api/v1/availability-zones"), 0}
	// If no GPU were free, the benchmark would measure the forecast of the task's start.
	creations = load{"DurableCreations", arguments, func(i int) call {
		return call{
			method: "POST", path: tasksPath, status: fine, header: map[string]string{"Idempotency-Key": uuid.NewString()},
			body: fmt.Sprintf(`{"taskName":"load-%d","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic",
				"resourceConfig":{"availabilityZone":%q,"gpuType":%q,"gpuCount":1,"cpuCores":8,"memory":64,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`,
				i, pools[i%len(pools)].zone, pools[i%len(pools)].gpuType),
		}
	}, freeGPUs}
	return environments, zones, creations
}

// on runs f with a simulator whose environments and nodes are in use.
func (b *benchmark) on(l load, f func(p *process) error) (err error) {
	args := l.args
	if l.name == "DurableCreations" {
		data, err := os.MkdirTemp(b.folder, "data-")
		if err != nil {
			return err
		}
		args = append(slices.Clone(args), "--data", data)
	}
	p, err := start(b.ctx, b.simulator, args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	_, _, creations := b.loads()
	for i := range 1000 {
		c := creations.next(i)
		if i%2 == 0 {
			c.body = fmt.Sprintf(inEnvironment, fmt.Sprintf("env-%04d", 1+i))
		}
		if err := c.do(b.ctx, p.client, p.url); err != nil {
			return err
		}
	}
	return f(p)
}

// p99 returns the 99th percentile of the calls at a rate, and their number. It returns an error if a call failed.
func p99(ctx context.Context, p *process, l load, rate float64, length time.Duration) (time.Duration, int, error) {
	outcomes, err := generate(ctx, p.client, p.url, rate, length, l.next)
	if err != nil {
		return 0, 0, err
	}
	o := outcomes[""]
	if o.failed > 0 {
		return 0, 0, fmt.Errorf("%s: %s", l.name, strings.Join(o.errors, "; "))
	}
	return o.quantile(.99), len(o.latencies), nil
}

func (b *benchmark) latencies() error {
	environments, zones, creations := b.loads()
	for _, l := range []load{environments, zones, creations} {
		err := b.on(l, func(p *process) error {
			if _, _, err := p99(b.ctx, p, l, benchRate, time.Second); err != nil { // establish the connections
				return err
			}
			latency, n, err := p99(b.ctx, p, l, benchRate, benchLength)
			if err == nil {
				report(fmt.Sprintf("%s/rate=%d", l.name, benchRate), n, float64(latency.Nanoseconds()), "p99-ns")
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rates finds the highest rates of reads and creations, and those of a handler that only returns the same responses.
func (b *benchmark) rates() error {
	environments, _, creations := b.loads()
	for _, l := range []load{environments, creations} {
		var answer []byte
		ours, err := highest(func(rate float64) (latency time.Duration, err error) {
			err = b.on(l, func(p *process) error {
				c := l.next(1 << 20)
				c.then = func(body []byte) { answer = body }
				if err := c.do(b.ctx, p.client, p.url); err != nil {
					return err
				}
				latency, _, err = p99(b.ctx, p, l, rate, l.trial(rate))
				return err
			})
			return latency, err
		})
		if err != nil {
			return err
		}
		report(l.name+"/highest", 1, ours, "req/s")
		bare, err := startBare(b.ctx, answer)
		if err != nil {
			return err
		}
		theirs, err := highest(func(rate float64) (time.Duration, error) {
			latency, _, err := p99(b.ctx, bare, l, rate, l.trial(rate))
			return latency, err
		})
		if err := errors.Join(err, bare.stop()); err != nil {
			return err
		}
		report(l.name+"/bare", 1, theirs, "req/s")
	}
	return nil
}

// highest returns the highest rate at which the 99th percentile is at most enough, to within precision. It returns 0 if
// that is below ten per second. A trial above the limit is repeated once, because other load on the machine only makes
// it slower.
func highest(trial func(rate float64) (time.Duration, error)) (float64, error) {
	good, bad := 0.0, 0.0
	for rate := float64(benchRate); rate >= 10 && (bad == 0 && rate <= mostRate || bad > good*precision); {
		latency, err := trial(rate)
		if err == nil && latency > enough {
			latency, err = trial(rate)
		}
		if err != nil {
			return 0, err
		}
		if latency <= enough {
			good = rate
		} else {
			bad = rate
		}
		if bad == 0 {
			rate *= 2
		} else {
			rate = (good + bad) / 2
		}
	}
	return good, nil
}
