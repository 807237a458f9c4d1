package replay

import (
	"math"
	"os"
	"path/filepath"
	"testing"
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

// The published means over seeds 42–51, in per cent of capacity.
func TestPublishedExperiment(t *testing.T) {
	w := openb(t)
	const tolerance = 0.8
	for _, want := range []struct {
		policy                       string
		at100, at130, fragmentedAt60 float64
	}{
		{"random", 86.30, 87.47, 15.45},
		{"best-fit", 92.86, 93.08, 9.97},
	} {
		t.Run(want.policy, func(t *testing.T) {
			var at100, at130, fragmentedAt60 float64
			for seed := int64(42); seed <= 51; seed++ {
				r, err := Run(w, Options{Policy: want.policy, Seed: seed, Target: 1.3})
				if err != nil {
					t.Fatal(err)
				}
				if seed == 42 && r.Tasks != 10_866 {
					t.Errorf("%d tasks with seed 42, the experiment has 10,866", r.Tasks)
				}
				if r.GPUs != 6212 {
					t.Errorf("%d GPUs, the experiment has 6,212", r.GPUs)
				}
				p60, ok60 := r.At(60)
				p100, ok100 := r.At(100)
				p130, ok130 := r.At(130)
				if !ok60 || !ok100 || !ok130 {
					t.Fatalf("seed %d: the curve lacks a point", seed)
				}
				fragmentedAt60 += p60.Fragmented / 10
				at100 += p100.Allocated / 10
				at130 += p130.Allocated / 10
			}
			t.Logf("allocated at 100: %.2f, at 130: %.2f, fragmented at 60: %.2f", at100, at130, fragmentedAt60)
			for _, v := range []struct {
				what      string
				got, want float64
			}{
				{"allocated at 100", at100, want.at100},
				{"allocated at 130", at130, want.at130},
				{"fragmented at 60", fragmentedAt60, want.fragmentedAt60},
			} {
				if math.Abs(v.got-v.want) > tolerance {
					t.Errorf("%s = %.2f, published %.2f", v.what, v.got, v.want)
				}
			}
		})
	}
}
