package main

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/replay"
)

// logCommand has the flags that apply only to the replay of a supercomputer's log.
type logCommand struct {
	SWF      string `name:"swf" xor:"what" required:"" placeholder:"FILE" help:"${help_swf}"`
	Backfill string `placeholder:"ORDER" help:"With --swf, the jobs to backfill first: arrival (the default) or shortest."`
	Limits   string `placeholder:"WHICH" help:"${help_limits}"`
	Waits    string `placeholder:"FILE.csv" help:"With --swf, write the wait of each job."`
}

// usedFlag is a flag, and whether it was used.
type usedFlag struct {
	flag string
	used bool
}

// onlyOfLogs returns an error if a flag was used that requires a log.
func (c *logCommand) onlyOfLogs() error {
	for _, f := range []usedFlag{{"--backfill", c.Backfill != ""}, {"--limits", c.Limits != ""}, {"--waits", c.Waits != ""}} {
		if f.used {
			return fmt.Errorf("%s applies only to the replay of a log, with --swf", f.flag)
		}
	}
	return nil
}

// withoutLogs returns an error if a flag was used that doesn't apply to logs.
func (c *replayCommand) withoutLogs() error {
	for _, f := range []usedFlag{
		{"--tasks", len(c.Tasks) > 0}, {"--seeds", c.Seeds != ""}, {"--timed", c.Timed}, {"--rate", c.Rate != 1}, {"--plot", c.Plot != ""},
	} {
		if f.used {
			return fmt.Errorf("%s does not apply to the replay of a log", f.flag)
		}
	}
	return nil
}

func (c *replayCommand) runLog() (int, error) {
	d, err := queue.DisciplineByName(c.Queue)
	if err != nil {
		return 2, err
	}
	o := replay.LogOptions{Queue: d}
	if err := c.withoutLogs(); err != nil {
		return 2, err
	}
	switch c.Backfill {
	case "", string(queue.ByArrival):
	case string(queue.ByLimit):
		o.Backfill = queue.ByLimit
	default:
		return 2, fmt.Errorf("--backfill %s: want arrival or shortest", c.Backfill)
	}
	switch c.Limits {
	case "", "asked":
	case "actual":
		o.ActualLimits = true
	default:
		return 2, fmt.Errorf("--limits %s: want asked or actual", c.Limits)
	}
	files, err := c.openOutputs()
	if err != nil {
		return 1, err
	}
	defer files.discard()
	log, err := readFile(c.SWF, replay.ReadSWF)
	if err != nil {
		return 1, fmt.Errorf("--swf %s: %w", c.SWF, err)
	}
	o.Progress = progress(1)()
	start := time.Now()
	r, err := replay.RunLog(log, o)
	if err != nil {
		return 1, err
	}
	r.ElapsedSeconds = time.Since(start).Seconds()
	asJSON := func(w io.Writer) error { return json.NewEncoder(w).Encode(r) }
	printed := func(w io.Writer) error { return writeLogTable(w, &r) }
	if c.JSON.on && c.JSON.file == "" {
		printed = asJSON
	}
	waits := func(w io.Writer) error { return writeWaits(w, log.Jobs, r.Waits) }
	if err := errors.Join(printed(os.Stdout), files.json.write(asJSON), files.waits.write(waits)); err != nil {
		return 1, err
	}
	return 0, nil
}

func writeLogTable(out io.Writer, r *replay.LogResult) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	differ := "–"
	if r.WaitsDiffer != nil {
		differ = strconv.Itoa(*r.WaitsDiffer)
	}
	fmt.Fprintln(w, "jobs\tleft out\twaits that differ\twaiting, mean\tmedian\tp95\tmax\tbounded slowdown\tutilisation")
	fmt.Fprintf(w, "%d\t%d\t%s\t%.1f s\t%.0f s\t%.0f s\t%.0f s\t%.10g\t%.2f %%\n", r.Jobs, r.LeftOut, differ,
		r.Wait.Mean, r.Wait.Median, r.Wait.P95, r.Wait.Max, r.BoundedSlowdown, 100*r.Utilisation)
	return w.Flush()
}

// writeWaits writes the number of each job and its wait in seconds.
func writeWaits(out io.Writer, jobs []replay.LogJob, waits []int64) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{"job", "wait"})
	for i := range jobs {
		_ = w.Write([]string{strconv.FormatInt(jobs[i].Number, 10), strconv.FormatInt(waits[i], 10)})
	}
	w.Flush()
	return w.Error()
}
