package replay

import (
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
)

// openb returns the workload of the published experiment.
func openb(t testing.TB) Workload {
	dir := os.Getenv("FERMI_TRACE_DIR")
	if dir == "" {
		t.Skip("FERMI_TRACE_DIR is not set: it names the folder with nodes.csv and tasks_default.csv of Alibaba's cluster-trace-gpu-v2023")
	}
	nodes, err := os.Open(filepath.Join(dir, "nodes.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer nodes.Close()
	tasks, err := os.Open(filepath.Join(dir, "tasks_default.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer tasks.Close()
	var w Workload
	if w.Nodes, err = ReadNodes(nodes); err != nil {
		t.Fatal(err)
	}
	if w.Tasks, err = ReadTasks(tasks); err != nil {
		t.Fatal(err)
	}
	return w
}

func publishedRuns(t testing.TB) []PublishedRun {
	f, err := os.Open(filepath.Join(os.Getenv("FERMI_TRACE_DIR"), "published_allocated_default.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	runs, err := ReadPublished(f)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// A malformed list is refused, and the error states the line.
func TestReadPublished(t *testing.T) {
	const head = "workload,sc_policy,tune,seed,total_gpus,0,1\n"
	got, err := ReadPublished(strings.NewReader(head + "default,06-FGD,1.3,42,6212,0.25,1.04\n"))
	if want := []PublishedRun{{"fgd", 42, []float64{0.25, 1.04}}}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, line := range []string{"default,07-None,1.3,42,6212,0.25,1.04", "default,06-FGD,1.3,x,6212,0.25,1.04",
		"default,06-FGD,1.3,42,6212,0.25,x"} {
		if _, err := ReadPublished(strings.NewReader(head + line)); err == nil || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Errorf("%s: %v", line, err)
		}
	}
	if _, err := ReadPublished(strings.NewReader("a,b\n1,2\n")); err == nil {
		t.Error("no error for lines without figures")
	}
}

// Each published row of the default list is reproduced from its seed. The random policy draws from a stream of its own,
// so only its mean over the seeds is compared.
func TestPublishedExperiment(t *testing.T) {
	w := openb(t)
	rows := publishedRuns(t)
	if len(rows) != 60 {
		t.Fatalf("%d rows are published, want those of six policies and ten seeds", len(rows))
	}
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	curves := make([][]float64, len(rows))
	for i, row := range rows {
		workers.Go(func() error {
			r, err := Run(w, Options{Policy: row.Policy, Seed: row.Seed, Target: 1.3})
			if err != nil {
				return err
			}
			if row.Seed == 42 && r.Tasks != 10_866 || r.GPUs != 6212 {
				t.Errorf("seed %d: %d tasks and %d GPUs; the experiment has 6,212, and 10,866 tasks with seed 42", row.Seed, r.Tasks, r.GPUs)
			}
			curves[i] = make([]float64, len(row.Allocated))
			for arrived := range curves[i] {
				p, ok := r.At(arrived)
				if !ok {
					t.Errorf("%s, seed %d: the curve lacks %d %%", row.Policy, row.Seed, arrived)
				}
				curves[i][arrived] = p.Allocated
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		t.Fatal(err)
	}
	random := make([]float64, len(rows[0].Allocated)) // difference from the published values, summed over the seeds
	for i, row := range rows {
		worst, at, off := 0.0, 0, 0
		for arrived, want := range row.Allocated {
			d := curves[i][arrived] - want
			if row.Policy == "random" {
				random[arrived] += d
				continue
			}
			if math.Abs(d) > 0.0101 { // published values are rounded twice
				off++
			}
			if math.Abs(d) > math.Abs(worst) {
				worst, at = d, arrived
			}
		}
		if off > 0 {
			t.Errorf("%s, seed %d: %d figures are off, the worst by %.3f at %d %%", row.Policy, row.Seed, off, worst, at)
		}
	}
	for arrived, sum := range random {
		if d := sum / 10; math.Abs(d) > 0.3 {
			t.Errorf("random: the mean at %d %% is off by %.2f", arrived, d)
		}
	}
}
