package replay

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
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

// publishedNames are the publication's names of PublishedPolicies.
var publishedNames = []string{"01-Random", "02-DotProd", "03-GpuClustering", "04-GpuPacking", "05-BestFit", "06-FGD"}

// publishedRow is one run's allocated GPUs at each per cent of arrived demand from 0 on, in per cent of capacity.
type publishedRow struct {
	policy    string
	seed      int64
	allocated []float64
}

func publishedRows(t testing.TB) []publishedRow {
	f, err := os.Open(filepath.Join(os.Getenv("FERMI_TRACE_DIR"), "published_allocated_default.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	const first = 5 // after list, policy, target, seed and GPUs
	var rows []publishedRow
	for _, line := range lines[1:] {
		policy := slices.Index(publishedNames, line[1])
		seed, err := strconv.ParseInt(line[3], 10, 64)
		if err != nil || policy < 0 {
			t.Fatalf("%v: %v", line[:first], err)
		}
		row := publishedRow{policy: PublishedPolicies()[policy], seed: seed}
		for _, field := range line[first:] {
			x, err := strconv.ParseFloat(field, 64)
			if err != nil {
				t.Fatalf("%v: %v", line[:first], err)
			}
			row.allocated = append(row.allocated, x)
		}
		rows = append(rows, row)
	}
	return rows
}

// Each published row of the default list comes out of its seed. The random policy draws from a stream of its own, so that its mean
// is held over the seeds.
func TestPublishedExperiment(t *testing.T) {
	w := openb(t)
	rows := publishedRows(t)
	if len(rows) != 60 {
		t.Fatalf("%d rows are published, want those of six policies and ten seeds", len(rows))
	}
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	curves := make([][]float64, len(rows))
	for i, row := range rows {
		workers.Go(func() error {
			r, err := Run(w, Options{Policy: row.policy, Seed: row.seed, Target: 1.3})
			if err != nil {
				return err
			}
			if row.seed == 42 && r.Tasks != 10_866 || r.GPUs != 6212 {
				t.Errorf("seed %d: %d tasks and %d GPUs; the experiment has 6,212, and 10,866 tasks with seed 42", row.seed, r.Tasks, r.GPUs)
			}
			curves[i] = make([]float64, len(row.allocated))
			for arrived := range curves[i] {
				p, ok := r.At(arrived)
				if !ok {
					t.Errorf("%s, seed %d: the curve lacks %d %%", row.policy, row.seed, arrived)
				}
				curves[i][arrived] = p.Allocated
			}
			return nil
		})
	}
	if err := workers.Wait(); err != nil {
		t.Fatal(err)
	}
	random := make([]float64, len(rows[0].allocated)) // how much more than published, in all
	for i, row := range rows {
		worst, at, off := 0.0, 0, 0
		for arrived, want := range row.allocated {
			d := curves[i][arrived] - want
			if row.policy == "random" {
				random[arrived] += d
				continue
			}
			if math.Abs(d) > 0.0101 { // published figures are rounded, twice
				off++
			}
			if math.Abs(d) > math.Abs(worst) {
				worst, at = d, arrived
			}
		}
		if off > 0 {
			t.Errorf("%s, seed %d: %d figures are off, the worst by %.3f at %d %%", row.policy, row.seed, off, worst, at)
		}
	}
	for arrived, sum := range random {
		if d := sum / 10; math.Abs(d) > 0.3 {
			t.Errorf("random: the mean at %d %% is off by %.2f", arrived, d)
		}
	}
}
