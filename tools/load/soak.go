package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

const (
	// warmUp is the initial part of a soak that is not measured, in which caches, the journal and the records of finished
	// tasks reach their final size.
	warmUp = 0.3
	// growth is the relative growth of memory or goroutines that counts as a leak, if the slope also exceeds three
	// standard errors.
	growth = 0.1
	// slow is the limit of the 99th percentile of each kind of call.
	slow = time.Second
)

// soakWorld forgets finished tasks within seconds of real time, so that a steady load leads to a steady state.
const soakWorld = "extends: default\nretention: 1h\n"

// soakSpeed is the number of virtual seconds per second: training for an hour takes six seconds.
const soakSpeed = 600

// streams is the number of event streams that are always open.
const streams = 8

// gauges are the metrics to watch. Growth below the floor is not a leak, because connections and garbage vary.
var gauges = []struct {
	name, metric, unit string
	scale, floor       float64
}{
	{"heap in use", "go_memstats_heap_inuse_bytes", " MB", 1e6, 2},
	{"resident memory", "process_resident_memory_bytes", " MB", 1e6, 4},
	{"goroutines", "go_goroutines", "", 1, 20},
	{"open files", "process_open_fds", "", 1, 10},
	{"tasks on record", "fermi_simulator_tasks", "", 1, 50},
}

// soak puts a mixed load on a simulator. It returns an error if a call fails, a kind of call is slow, or something
// leaks.
func soak(ctx context.Context, simulator string, length time.Duration, rate float64) (err error) {
	folder, err := os.MkdirTemp("", "fermi-soak-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	world := filepath.Join(folder, "world.yaml")
	if err := os.WriteFile(world, []byte(soakWorld), 0o600); err != nil {
		return err
	}
	p, err := start(ctx, simulator, "--scenario", world, "--speed", strconv.Itoa(soakSpeed), "--data", filepath.Join(folder, "data"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.stop()) }()
	fmt.Printf("%s at %g requests/s, realtime clock × %d, with --data\n", length, rate, soakSpeed)
	watching, stop := context.WithCancel(ctx)
	var series map[string][]point
	var watchErr error
	var watch sync.WaitGroup
	watch.Go(func() { series, watchErr = p.watch(watching) })
	for range streams {
		watch.Go(func() { p.follow(watching) })
	}
	m := newMix()
	outcomes, err := generate(ctx, p.client, p.url, rate, length, m.next)
	stop()
	watch.Wait()
	return errors.Join(err, watchErr, reportCalls(outcomes), reportSlopes(series, length))
}

// follow keeps an event stream open, like a console, and reopens it when it ends.
func (p *process) follow(ctx context.Context) {
	for ctx.Err() == nil {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+"/api/v1/events", http.NoBody)
		if err != nil {
			return
		}
		answer, err := p.client.Do(r)
		if err != nil {
			continue
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		_ = answer.Body.Close()
	}
}

// watch samples the gauges every second.
func (p *process) watch(ctx context.Context) (map[string][]point, error) {
	series := map[string][]point{}
	began := time.Now()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return series, nil
		case <-tick.C:
		}
		sample, err := p.scrape()
		if err != nil {
			return series, err
		}
		for _, g := range gauges {
			series[g.metric] = append(series[g.metric], point{time.Since(began).Minutes(), sample[g.metric]})
		}
	}
}

// scrape reads /metrics. It returns the sum over all labels, by metric name.
func (p *process) scrape() (map[string]float64, error) {
	answer, err := p.client.Get(p.url + "/metrics")
	if err != nil {
		return nil, err
	}
	defer func() { _ = answer.Body.Close() }()
	sums := map[string]float64{}
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		series, value, _ := strings.Cut(lines.Text(), " ")
		if strings.Contains(series, "{") {
			// Label values may contain spaces.
			series, value = lines.Text()[:strings.LastIndex(lines.Text(), "}")+1], lines.Text()[strings.LastIndex(lines.Text(), " ")+1:]
		}
		name, _, _ := strings.Cut(series, "{")
		if v, err := strconv.ParseFloat(value, 64); err == nil && name != "#" {
			sums[name] += v
		}
	}
	return sums, lines.Err()
}

func reportCalls(outcomes map[string]*outcome) (err error) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "call\tcount\terrors\tp50\tp99\tmax")
	for _, name := range slices.Sorted(maps.Keys(outcomes)) {
		o := outcomes[name]
		ms := func(q float64) string { return fmt.Sprintf("%.1f ms", o.quantile(q).Seconds()*1000) }
		fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%s\n", name, len(o.latencies), o.failed, ms(.5), ms(.99), ms(1))
		if o.failed > 0 {
			err = errors.Join(err, fmt.Errorf("%s: %d failed: %s", name, o.failed, strings.Join(o.errors, "; ")))
		}
		if p99 := o.quantile(.99); p99 > slow {
			err = errors.Join(err, fmt.Errorf("%s: the 99th percentile is %s, over %s", name, p99, slow))
		}
	}
	if len(outcomes) == 0 {
		err = errors.New("no call was made")
	}
	return errors.Join(err, table.Flush())
}

func reportSlopes(series map[string][]point, length time.Duration) (err error) {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "of the process\tmean\tslope a minute\tstandard error\tgain over the measurement")
	for _, g := range gauges {
		points := series[g.metric]
		points = slices.DeleteFunc(points, func(p point) bool { return p.x < warmUp*length.Minutes() })
		if len(points) < 3 {
			return errors.Join(err, errors.New("too short for a slope; want -for 10s or longer"))
		}
		l := fit(points)
		gain := l.slope * (points[len(points)-1].x - points[0].x)
		fmt.Fprintf(table, "%s\t%.1f%s\t%+.3f\t%.3f\t%+.1f %%\n", g.name, l.mean/g.scale, g.unit, l.slope/g.scale, l.err/g.scale, 100*gain/l.mean)
		if l.slope > 3*l.err && gain > growth*l.mean && gain > g.floor*g.scale {
			err = errors.Join(err, fmt.Errorf("%s: grows by %.1f %% in the measurement, more than %.0f %%", g.name, 100*gain/l.mean, growth*100))
		}
	}
	return errors.Join(err, table.Flush())
}
