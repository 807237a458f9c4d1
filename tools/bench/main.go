// Command bench runs the benchmarks and prints one table: each figure beside
// a baseline that was measured in the same run, or beside the limit it is to
// keep, and the ratio of the two.
//
//	go run ./tools/bench [-benchtime 1s] [-count 1]
package main

import (
	"bytes"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"text/tabwriter"
)

// row is a line of the table. A figure is a benchmark's name behind its
// package's, with the unit of the metric; the baseline is one likewise, or a
// limit in the same unit.
type row struct {
	what      string
	benchmark string
	unit      string
	baseline  string
	limit     float64
	against   string // what the baseline is
}

var rows = []row{
	{what: "event calendar, hold model, 10,000 pending", benchmark: "des.Hold/calendar", unit: "ns/op", baseline: "des.Hold/container-heap", against: "container/heap on pointers"},
	{what: "the same, memory", benchmark: "des.Hold/calendar", unit: "allocs/op", baseline: "des.Hold/container-heap", against: "container/heap on pointers"},
	{what: "10,866 requests on 1,213 nodes, best-fit", benchmark: "cluster.Fill/best-fit/index", unit: "ns/op", baseline: "cluster.Fill/best-fit/plain-loop", against: "plain loop over the nodes"},
	{what: "10,866 requests on 1,213 nodes, fgd", benchmark: "cluster.Fill/fgd/index", unit: "ns/op", baseline: "cluster.Fill/fgd/plain-loop", against: "plain loop over the nodes"},
	{what: "replay of the Alibaba 2023 trace, best-fit", benchmark: "replay.Run/best-fit", unit: "ns/op", limit: 0.2e9, against: "limit"},
	{what: "replay of the Alibaba 2023 trace, fgd", benchmark: "replay.Run/fgd", unit: "ns/op", limit: 0.5e9, against: "limit"},
	{what: "100,000 tasks on 1,250 nodes, EASY, 90 % load", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000", unit: "ns/op", limit: 5e9, against: "limit"},
	{what: "the same, all memory ever allocated", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000", unit: "B/op", limit: 300e6, against: "limit of memory in use"},
	{what: "the same in a whole world", benchmark: "world.Background/nodes=1250/tasks=100000", unit: "ns/op", limit: 5e9, against: "limit"},
	{what: "a task among 10,000 on 125 nodes", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=125/tasks=10000", unit: "ns/task", baseline: "queue.Tasks/easy-backfill/load=0.9/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "a task among 100,000 on 1,250 nodes", benchmark: "queue.Tasks/easy-backfill/load=0.9/nodes=1250/tasks=100000", unit: "ns/task", baseline: "queue.Tasks/easy-backfill/load=0.9/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "the same at 130 % load, where thousands wait", benchmark: "queue.Tasks/easy-backfill/load=1.3/nodes=1250/tasks=100000", unit: "ns/task", baseline: "queue.Tasks/easy-backfill/load=1.3/nodes=12/tasks=1000", against: "a task among 1,000 on 12 nodes"},
	{what: "a fork of 1,200 nodes with 1,000 tasks queued", benchmark: "forecast.Fork", unit: "ns/op", baseline: "forecast.Clone", against: "a plain copy of the world"},
	{what: "the same", benchmark: "forecast.Fork", unit: "ns/op", limit: 5e6, against: "limit"},
	{what: "a whole estimate there, 99th percentile", benchmark: "httpapi.Estimate", unit: "p99-ns", limit: 150e6, against: "limit"},
}

func main() {
	benchtime := flag.String("benchtime", "1s", "as of go test")
	flag.Parse()
	if err := run(*benchtime, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tools/bench:", err)
		os.Exit(1)
	}
}

func run(benchtime string, w io.Writer) error {
	// One package after the other: two at once would disturb each other.
	test := exec.Command("go", "test", "-p", "1", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", benchtime,
		"./simulator/des", "./simulator/cluster", "./simulator/queue", "./simulator/replay", "./simulator/world", "./simulator/forecast", "./simulator/httpapi")
	var out bytes.Buffer
	test.Stdout, test.Stderr = io.MultiWriter(&out, os.Stderr), os.Stderr
	if err := test.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(test.Args, " "), err)
	}
	figures := parse(out.String())
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "what\tfigure\tbaseline\tratio\tbaseline is")
	for _, r := range rows {
		figure, ok := figures[r.benchmark][r.unit]
		if !ok {
			fmt.Fprintf(table, "%s\tnot measured\t\t\tneeds FERMI_TRACE_DIR\n", r.what)
			continue
		}
		baseline := r.limit
		if r.baseline != "" {
			if baseline, ok = figures[r.baseline][r.unit]; !ok {
				return fmt.Errorf("no benchmark reported %s %s", r.baseline, r.unit)
			}
		}
		ratio := "-"
		if figure > 0 {
			ratio = fmt.Sprintf("%.2f×", baseline/figure)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", r.what, quantity(figure, r.unit), quantity(baseline, r.unit), ratio, r.against)
	}
	return table.Flush()
}

var (
	packageLine   = regexp.MustCompile(`^pkg: .*/([^/\s]+)$`)
	benchmarkLine = regexp.MustCompile(`^Benchmark(\S+?)(?:-\d+)?\s+\d+\s+(.*)$`)
)

// parse reads what go test prints into figures by benchmark and unit.
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
	case v >= 1e9:
		return fmt.Sprintf("%.2f s", v/1e9)
	case v >= 1e6:
		return fmt.Sprintf("%.1f ms", v/1e6)
	}
	return fmt.Sprintf("%.0f ns", v)
}
