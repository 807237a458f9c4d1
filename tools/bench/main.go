// Command bench runs the benchmarks and prints a table. It compares each value with a baseline that was measured in the
// same run, or with a limit, and shows the ratio.
//
//	go run ./tools/bench [-benchtime 1s] [-of simulator|load|provider|schema] [-simulator PATH] -terraform PATH
package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"text/tabwriter"
)

// row is a row of the table. The value and the baseline are the names of benchmarks, with their packages, and the unit
// of the metric. A row has either a baseline or a limit in the same unit.
type row struct {
	what      string
	benchmark string
	unit      string
	baseline  string
	limit     float64
	against   string // description of the baseline
}

var rows = []row{
	{what: "event calendar, hold model, 10,000 pending", benchmark: "des.Hold/calendar", unit: "ns/op",
		baseline: "des.Hold/container-heap", against: "container/heap on pointers"},
	{what: "the same, memory", benchmark: "des.Hold/calendar", unit: "allocs/op", baseline: "des.Hold/container-heap",
		against: "container/heap on pointers"},
	{what: "10,866 requests on 1,213 nodes, best-fit", benchmark: "cluster.Fill/best-fit/index", unit: "ns/op",
		baseline: "cluster.Fill/best-fit/scan", against: "scan of all nodes"},
	{what: "10,866 requests on 1,213 nodes, fgd", benchmark: "cluster.Fill/fgd/index", unit: "ns/op", baseline: "cluster.Fill/fgd/scan",
		against: "scan of all nodes"},
	{what: "replay of the Alibaba 2023 trace, best-fit", benchmark: "replay.Run/best-fit", unit: "ns/op", limit: 0.2e9, against: "limit"},
	{what: "replay of the Alibaba 2023 trace, fgd", benchmark: "replay.Run/fgd", unit: "ns/op", limit: 0.5e9, against: "limit"},
	{what: "100,000 tasks on 1,250 nodes, EASY, 90 % load", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000",
		unit: "ns/op", limit: 5e9, against: "limit"},
	{what: "the same, all memory ever allocated", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000", unit: "B/op",
		limit: 300e6, against: "limit of memory in use"},
	{what: "the same in a whole world", benchmark: "world.Background/nodes=1250/tasks=100000", unit: "ns/op", limit: 5e9, against: "limit"},
	{what: "a task among 10,000 on 125 nodes", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=125/tasks=10000", unit: "ns/task",
		baseline: "queue.Tasks/easy-backfill/load=0.9/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "a task among 100,000 on 1,250 nodes", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000",
		unit: "ns/task", baseline: "queue.Tasks/easy-backfill/load=0.9/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "the same at 130 % load, where thousands wait", benchmark: "queue.Tasks/easy-backfill/load=1.3/nodes=1250/tasks=100000",
		unit: "ns/task", baseline: "queue.Tasks/easy-backfill/load=1.3/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "a creation behind 10,000 that wait, and its deletion", benchmark: "world.Create/waiting=10000", unit: "ns/op",
		baseline: "world.Create/waiting=1000", against: "behind 1,000"},
	{what: "a fork of 1,200 nodes with 1,000 tasks queued", benchmark: "forecast.Fork", unit: "ns/op", baseline: "forecast.Clone",
		against: "a copy of the world"},
	{what: "the same", benchmark: "forecast.Fork", unit: "ns/op", limit: 5e6, against: "limit"},
	{what: "restore of a data folder with 10,000 tasks", benchmark: "simulator.Restore/folder", unit: "ns/op",
		baseline: "simulator.Restore/json", against: "decoding the same as one JSON text"},
	{what: "the same", benchmark: "simulator.Restore/folder", unit: "ns/op", limit: 1e9, against: "limit"},
	{what: "a whole estimate there, 99th percentile", benchmark: "httpapi.Estimate/waiting=1000", unit: "p99-ns", limit: 150e6,
		against: "limit"},
	{what: "the same with gangs among those that wait", benchmark: "httpapi.Estimate/waiting=1000/gangs", unit: "p99-ns", limit: 150e6,
		against: "limit"},
	{what: "an estimate behind 10,000, 99th percentile", benchmark: "httpapi.Estimate/waiting=10000", unit: "p99-ns", limit: 1e9,
		against: "limit"},
}

func main() {
	benchtime := flag.String("benchtime", "1s", "benchtime of go test")
	part := flag.String("of", "", "measure only this part: simulator, load, provider or schema")
	simulator := flag.String("simulator", "bin/fermi-simulator", "path of the simulator for the load, built by make build")
	terraform := flag.String("terraform", "terraform", "path of the Terraform that uses the provider")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *part, *benchtime, *simulator, *terraform, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "tools/bench:", err)
		os.Exit(1)
	}
}

// result is a row with its values. Both are in the same unit. A baseline of 0 means that nothing was measured.
type result struct {
	what             string
	figure, baseline float64
	unit             string
	against          string
}

func run(ctx context.Context, only, benchtime, simulator, terraform string, w io.Writer) error {
	var results []result
	for _, part := range []struct {
		name    string
		measure func() ([]result, error)
	}{
		{"simulator", func() ([]result, error) { return measureSimulator(ctx, benchtime) }},
		{"load", func() ([]result, error) { return measureLoad(ctx, simulator) }},
		{"provider", func() ([]result, error) { return measureProvider(ctx, terraform, os.Stderr) }},
		{"schema", func() ([]result, error) { return measureSchema(ctx, terraform, os.Stderr) }},
	} {
		if only != "" && only != part.name {
			continue
		}
		measured, err := part.measure()
		if err != nil {
			return err
		}
		results = append(results, measured...)
	}
	if len(results) == 0 {
		return fmt.Errorf("-of %s: want simulator, load, provider or schema", only)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tfigure\tbaseline\tratio\tbaseline is")
	for _, l := range results {
		if l.baseline == 0 {
			fmt.Fprintf(table, "%s\tnot measured\t\t\tneeds FERMI_TRACE_DIR\n", l.what)
			continue
		}
		ratio := "-"
		if l.figure > 0 {
			ratio = fmt.Sprintf("%.2f×", l.baseline/l.figure)
		}
		if l.unit == perSecond { // more is better
			ratio = fmt.Sprintf("%.2f×", l.figure/l.baseline)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", l.what, quantity(l.figure, l.unit), quantity(l.baseline, l.unit), ratio, l.against)
	}
	return table.Flush()
}

// measureSimulator runs the Go benchmarks.
func measureSimulator(ctx context.Context, benchtime string) ([]result, error) {
	// Test one package at a time, so that they don't disturb each other.
	test := exec.CommandContext(ctx, "go", "test", "-p", "1", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", benchtime,
		"./simulator/internal/des", "./simulator/internal/cluster", "./simulator/internal/queue", "./simulator/internal/replay",
		"./simulator/internal/world", "./simulator/internal/forecast", "./simulator/internal/httpapi", "./simulator")
	return measure(test, rows)
}

// measure runs a command that prints benchmarks, and returns the results for the rows.
func measure(command *exec.Cmd, rows []row) ([]result, error) {
	var out bytes.Buffer
	command.Stdout, command.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w", strings.Join(command.Args, " "), err)
	}
	figures := parse(out.String())
	var results []result
	for _, r := range rows {
		l := result{what: r.what, unit: r.unit, baseline: r.limit, against: r.against}
		var ok bool
		if l.figure, ok = figures[r.benchmark][r.unit]; !ok {
			l.baseline = 0
		} else if r.baseline != "" {
			if l.baseline, ok = figures[r.baseline][r.unit]; !ok {
				return nil, fmt.Errorf("no benchmark reported %s %s", r.baseline, r.unit)
			}
		}
		results = append(results, l)
	}
	return results, nil
}

var (
	packageLine   = regexp.MustCompile(`^pkg: .*/([^/\s]+)$`)
	benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
)

// parse parses the output of go test -bench. It returns the values by benchmark and unit.
func parse(out string) map[string]map[string]float64 {
	figures := map[string]map[string]float64{}
	pkg := ""
	for line := range strings.SplitSeq(out, "\n") {
		if m := packageLine.FindStringSubmatch(line); m != nil {
			pkg = m[1]
		}
		m := benchmarkLine.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		byUnit := map[string]float64{}
		words := strings.Fields(m[2])
		for i := 0; i+1 < len(words); i += 2 {
			if v, err := strconv.ParseFloat(words[i], 64); err == nil {
				byUnit[words[i+1]] = v
			}
		}
		figures[pkg+"."+m[1]] = byUnit
	}
	return figures
}

func quantity(v float64, unit string) string {
	switch {
	case unit == "B/op":
		return fmt.Sprintf("%.0f MB", v/1e6)
	case unit == "allocs/op":
		return fmt.Sprintf("%.0f allocations", v)
	case unit == perSecond:
		return fmt.Sprintf("%.0f/s", v)
	case v >= 1e9:
		return fmt.Sprintf("%.2f s", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.1f ms", v/1e6)
	}
	return fmt.Sprintf("%.0f ns", v)
}
