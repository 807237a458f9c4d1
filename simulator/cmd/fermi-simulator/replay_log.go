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

// logCommand has the flags for replaying a supercomputer's log.
type logCommand struct {
	SWF      string `name:"swf" xor:"what" required:"" placeholder:"FILE" help:"Replay this log instead, in the Standard Workload Format, plain or gzipped."`
	Backfill string `placeholder:"ORDER" help:"In a log's replay, which job may overtake first: arrival (the default) or shortest."`
	Limits   string `placeholder:"WHICH" help:"In a log's replay, what the queue sees of how long a job runs: asked (the default), its limit, or actual."`
	Waits    string `placeholder:"FILE.csv" help:"Write how long each job of the log waited."`
}

// given is a flag, and whether it is set.
type given struct {
	flag string
	set  bool
}

// onlyOfLogs refuses what is of no meaning without a log.
func (c *logCommand) onlyOfLogs() error {
	for _, g := range []given{{"--backfill", c.Backfill != ""}, {"--limits", c.Limits != ""}, {"--waits", c.Waits != ""}} {
		if g.set {
			return fmt.Errorf("%s is for the replay of a log, with --swf", g.flag)
		}
	}
	return nil
}

// withoutLogs refuses what is of no meaning with a log.
func (c *replayCommand) withoutLogs() error {
	for _, g := range []given{
		{"--tasks", len(c.Tasks) > 0}, {"--seeds", c.Seeds != ""}, {"--timed", c.Timed}, {"--rate", c.Rate != 1}, {"--plot", c.Plot != ""},
	} {
		if g.set {
			return fmt.Errorf("%s is not for the replay of a log", g.flag)
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

// writeWaits writes each job's number and wait in seconds.
func writeWaits(out io.Writer, jobs []replay.LogJob, waits []int64) error {
	w := csv.NewWriter(out)
	_ = w.Write([]string{"job", "wait"})
	for i := range jobs {
		_ = w.Write([]string{strconv.FormatInt(jobs[i].Number, 10), strconv.FormatInt(waits[i], 10)})
	}
	w.Flush()
	return w.Error()
}
