package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/sync/errgroup"
	"golang.org/x/term"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/replay"
)

type replayCommand struct {
	Nodes  string   `placeholder:"FILE" xor:"what" required:"" help:"Node list: CSV with a header, in the Alibaba 2023 layout or ours."`
	Tasks  []string `placeholder:"FILE" sep:"none" help:"Task list in the same format. Repeat the flag for several lists."`
	Policy []string `default:"best-fit" placeholder:"NAME,..." help:"${help_policies}"`
	Queue  string   `default:"easy-backfill" enum:"fifo,easy-backfill,shortest-job-first" help:"${help_queue}"`
	Seed   int64    `default:"42" help:"Seed of the run."`
	Seeds  string   `placeholder:"FROM-TO" help:"Seeds of several runs, such as 42-51; the table gives mean and standard deviation."`
	Target float64  `default:"1.3" help:"GPU demand that arrives, relative to the GPU capacity."`
	Timed  bool     `help:"Let the tasks arrive, wait in a queue and end as recorded."`
	Rate   float64  `default:"1" help:"With --timed, how many times as fast as recorded the tasks arrive."`
	JSON   jsonFlag `name:"json" help:"${help_json}"`
	Plot   string   `placeholder:"FILE.svg" help:"Write the curves as SVG."`
	logCommand
}

const maxSeeds = 10_000

func (c *replayCommand) seeds() ([]int64, error) {
	if c.Seeds == "" {
		return []int64{c.Seed}, nil
	}
	first, last, ok := strings.Cut(c.Seeds, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	to, err2 := strconv.ParseInt(last, 10, 64)
	if !ok || err != nil || err2 != nil || to < from || to-from >= maxSeeds {
		return nil, fmt.Errorf("--seeds %s: want FROM-TO, such as 42-51, and at most %d", c.Seeds, maxSeeds)
	}
	var seeds []int64
	for s := from; s <= to; s++ {
		seeds = append(seeds, s)
	}
	return seeds, nil
}

func (c *replayCommand) run() (int, error) {
	if c.SWF != "" {
		return c.runLog()
	}
	if err := c.onlyOfLogs(); err != nil {
		return 2, err
	}
	if len(c.Tasks) == 0 {
		return 2, errors.New("--tasks is missing; want the file with the task list")
	}
	seeds, err := c.seeds()
	if err != nil {
		return 2, err
	}
	if !(c.Target > 0 && c.Target <= 100) {
		return 2, fmt.Errorf("--target %g: want above 0 and at most 100", c.Target)
	}
	if !(c.Rate > 0 && c.Rate <= 1e6) {
		return 2, fmt.Errorf("--rate %g: want above 0 and at most 1000000", c.Rate)
	}
	if err := c.checkPolicies(); err != nil {
		return 2, err
	}
	files, err := c.openOutputs()
	if err != nil {
		return 1, err
	}
	defer files.discard()
	workloads, err := c.read()
	if err != nil {
		return 1, err
	}
	var runs []replay.Options
	for _, list := range c.lists() {
		for _, policy := range c.Policy {
			for _, seed := range seeds {
				runs = append(runs, replay.Options{List: list, Policy: policy, Seed: seed, Target: c.Target, Rate: c.Rate})
			}
		}
	}
	if c.Timed {
		discipline, err := queue.DisciplineByName(c.Queue)
		if err != nil {
			return 2, err
		}
		return c.report(files, runs, func(o replay.Options) (any, error) {
			start := time.Now()
			r, err := replay.RunTimed(workloads[o.List], o, discipline)
			r.ElapsedSeconds = time.Since(start).Seconds()
			return r, err
		})
	}
	experiments := map[string]*replay.Experiment{}
	for list, w := range workloads {
		// Only invalid nodes are an error, and these are the same for every list.
		if experiments[list], err = replay.NewExperiment(w); err != nil {
			return 1, err
		}
	}
	return c.report(files, runs, func(o replay.Options) (any, error) {
		start := time.Now()
		r, err := experiments[o.List].Run(o)
		r.ElapsedSeconds = time.Since(start).Seconds()
		return r, err
	})
}

// lists returns the names of the task lists, which are taken from their files. The name of a single list is empty.
func (c *replayCommand) lists() []string {
	if len(c.Tasks) == 1 {
		return []string{""}
	}
	names := make([]string, len(c.Tasks))
	for i, file := range c.Tasks {
		names[i] = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		if slices.Contains(names[:i], names[i]) {
			names[i] = file // another file has the same base name
		}
	}
	return names
}

// read reads the nodes and the task lists. It returns one workload per list, by name.
func (c *replayCommand) read() (map[string]replay.Workload, error) {
	nodes, err := readFile(c.Nodes, replay.ReadNodes)
	if err != nil {
		return nil, fmt.Errorf("--nodes %s: %w", c.Nodes, err)
	}
	workloads := map[string]replay.Workload{}
	for i, list := range c.lists() {
		w := replay.Workload{Nodes: nodes}
		if w.Tasks, err = readFile(c.Tasks[i], replay.ReadTasks); err != nil {
			return nil, fmt.Errorf("--tasks %s: %w", c.Tasks[i], err)
		}
		for _, warning := range w.Warnings() {
			if list != "" {
				warning = list + ": " + warning
			}
			fmt.Fprintf(os.Stderr, "fermi-simulator replay: warning: %s\n", warning)
		}
		workloads[list] = w
	}
	return workloads, nil
}

// checkPolicies returns an error if a policy is unknown or repeated.
func (c *replayCommand) checkPolicies() error {
	if len(c.Policy) == 1 && strings.TrimSpace(c.Policy[0]) == "all" {
		c.Policy = replay.PublishedPolicies()
	}
	for i, name := range c.Policy {
		c.Policy[i] = strings.TrimSpace(name)
		if !slices.Contains(cluster.Policies(), c.Policy[i]) {
			return fmt.Errorf("--policy: unknown placement policy %q; there are %s", c.Policy[i], policyNames)
		}
		if slices.Contains(c.Policy[:i], c.Policy[i]) {
			return fmt.Errorf("--policy: %q is named twice; name each policy once", c.Policy[i])
		}
	}
	return nil
}

func readFile[T any](file string, read func(io.Reader) (T, error)) (T, error) {
	f, err := os.Open(file)
	if err != nil {
		var none T
		return none, err
	}
	defer func() { _ = f.Close() }()
	return read(f)
}

// report makes all runs, using all cores, and then shows their results in order.
func (c *replayCommand) report(files *outputs, runs []replay.Options, run func(replay.Options) (any, error)) (int, error) {
	results := make([]any, len(runs))
	step := progress(len(runs))
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	for i := range runs {
		report := step()
		runs[i].Progress = report
		workers.Go(func() (err error) {
			results[i], err = run(runs[i])
			report(1, 1)
			return err
		})
	}
	if err := workers.Wait(); err != nil {
		return 1, err
	}
	if c.Timed {
		return c.show(files, results, func(w io.Writer) error { return replay.WriteTimedTable(w, as[replay.TimedResult](results)) },
			func(w io.Writer) error { return replay.PlotTimed(w, as[replay.TimedResult](results)) })
	}
	return c.show(files, results, func(w io.Writer) error { return replay.WriteTable(w, as[replay.Result](results)) },
		func(w io.Writer) error { return replay.Plot(w, as[replay.Result](results)) })
}

func as[T any](results []any) []T {
	list := make([]T, len(results))
	for i, r := range results {
		list[i] = r.(T)
	}
	return list
}

// show prints the table first, so that it is shown even if writing a file fails.
func (c *replayCommand) show(files *outputs, results []any, table, plot func(io.Writer) error) (int, error) {
	asJSON := func(w io.Writer) error {
		if len(results) == 1 {
			return json.NewEncoder(w).Encode(results[0])
		}
		return json.NewEncoder(w).Encode(results)
	}
	printed := table
	if c.JSON.on && c.JSON.file == "" {
		printed = asJSON
	}
	if err := errors.Join(printed(os.Stdout), files.json.write(asJSON), files.plot.write(plot)); err != nil {
		return 1, err
	}
	return 0, nil
}

// progress shows a progress bar if standard error is a terminal. The function returned creates the progress callback of
// one run.
func progress(runs int) func() func(done, total int) {
	const perRun = 1000
	if !term.IsTerminal(int(os.Stderr.Fd())) {
		return func() func(int, int) { return func(int, int) {} }
	}
	bar := progressbar.NewOptions(runs*perRun, progressbar.OptionSetWriter(os.Stderr),
		progressbar.OptionSetDescription("replaying"), progressbar.OptionClearOnFinish(), progressbar.OptionShowElapsedTimeOnFinish())
	return func() func(int, int) {
		var shown atomic.Int64
		return func(done, total int) {
			now := int64(perRun * done / max(total, 1))
			_ = bar.Add64(now - shown.Swap(now))
		}
	}
}

var policyNames = strings.Join(cluster.Policies(), ", ")
