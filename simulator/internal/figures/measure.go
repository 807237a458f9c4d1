package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/replay"
)

// cost is what a run of the simulator took.
type cost struct {
	what         string
	elapsed, cpu time.Duration
	memory       int64   // peak, in bytes; 0 if unknown
	published    float64 // seconds; 0 if not published
}

// measure replays both publications.
func measure(ctx context.Context, simulator, trace string) (rows []row, costs []cost, err error) {
	f, err := os.Open(filepath.Join(trace, "published_allocated_default.csv"))
	if err != nil {
		return nil, nil, err
	}
	published, err := replay.ReadPublished(f)
	_ = f.Close()
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if len(published) == 0 {
		return nil, nil, fmt.Errorf("%s has no rows", f.Name())
	}
	first, last := published[0].Seed, published[0].Seed
	for _, p := range published {
		first, last = min(first, p.Seed), max(last, p.Seed)
	}
	var runs []replay.Result
	c, err := ask(ctx, &runs, simulator, "replay", "--json", "--policy", "all", "--seeds", fmt.Sprintf("%d-%d", first, last),
		"--nodes", filepath.Join(trace, "nodes.csv"), "--tasks", filepath.Join(trace, "tasks_default.csv"))
	if err != nil {
		return nil, nil, err
	}
	c.what = fmt.Sprintf("Alibaba 2023, %d runs", len(runs))
	costs = append(costs, c)
	if rows, err = experimentRows(published, runs); err != nil {
		return nil, nil, err
	}
	variants := replay.PublishedVariants()
	var logs []logFigures
	for _, log := range replay.PublishedLogs() {
		figures := logFigures{log: log}
		for i, v := range variants {
			args := []string{"replay", "--json", "--queue", v.Queue.Name(), "--swf", filepath.Join(trace, "..", "swf", log.Name+".easy.swf.gz"),
				"--backfill", string(v.Backfill), "--limits", "asked"}
			if v.ActualLimits {
				args[len(args)-1] = "actual"
			}
			var r replay.LogResult
			c, err := ask(ctx, &r, simulator, args...)
			if err != nil {
				return nil, nil, err
			}
			c.what = log.Name + ", " + v.Name
			if i == 0 {
				c.published = log.Seconds
			}
			costs = append(costs, c)
			figures.results = append(figures.results, r)
		}
		logs = append(logs, figures)
	}
	more, err := logRows(logs)
	return append(rows, more...), costs, err
}

// ask runs the simulator and decodes the JSON that it prints.
func ask(ctx context.Context, answer any, simulator string, args ...string) (cost, error) {
	cmd := exec.CommandContext(ctx, simulator, args...)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	began := time.Now()
	if err := cmd.Run(); err != nil {
		return cost{}, fmt.Errorf("%s: %w (make build builds the simulator) %s", cmd, err, complaint.String())
	}
	c := cost{elapsed: time.Since(began), cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), memory: peak(cmd.ProcessState)}
	if err := json.Unmarshal(out.Bytes(), answer); err != nil {
		return cost{}, fmt.Errorf("%s printed no valid result: %w", cmd, err)
	}
	return c, nil
}

// writeTimes writes the costs of the runs. They depend on the machine and its load, so they are not part of the table.
func writeTimes(out io.Writer, costs []cost) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "\nreplay\tpublished\telapsed\tCPU\tpeak memory")
	for _, c := range costs {
		published, memory := none, none
		if c.published > 0 {
			published = fmt.Sprintf("%g s", c.published)
		}
		if c.memory > 0 {
			memory = fmt.Sprintf("%.1f MiB", float64(c.memory)/(1<<20))
		}
		fmt.Fprintf(w, "%s\t%s\t%.2f s\t%.2f s\t%s\n", c.what, published, c.elapsed.Seconds(), c.cpu.Seconds(), memory)
	}
	return w.Flush()
}
