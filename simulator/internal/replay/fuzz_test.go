package replay

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

const fewNodes = "name,gpus,gpu_type,cpu_milli,memory_mib,zone\nn1,8,A100,64000,262144,z\nn2,0,,64000,262144,z\nn3,2,T4,8000,1024,\n"

const fewTasks = "name,gpus,gpu_milli,gpu_types,cpu_milli,memory_mib,arrival,duration,zone\n" +
	"a,1,460,T4|P100,6000,12,5,90,\nb,0,,,1,1,6,4,z\nc,8,1000,A100,1,1,7,0.5,z\n"

var place = regexp.MustCompile(`^(node|task) list: (.*line \d+|.*on line \d+)`)

// checkError fails the test unless the error states a position in the file.
func checkError(t *testing.T, err error) {
	t.Helper()
	if !place.MatchString(err.Error()) {
		t.Errorf("an error without a place: %v", err)
	}
}

func FuzzReadNodes(f *testing.F) {
	f.Add([]byte(fewNodes))
	for _, text := range []string{
		"", "\ufeffsn,cpu_milli,memory_mib,gpu,model\nn1,96000,1024,2,T4\nn2,4000,8,0,\n", "name\n",
		"name,gpus,gpu_type,cpu_milli,memory_mib\n\"",
		"name,gpus,gpu_type,cpu_milli,memory_mib\nn,-1,T4,1,1\n", "name,gpus,gpu_type,cpu_milli,memory_mib\nn,1\n",
		"name,name,gpus,gpus\n\xff,\x00",
		"name,gpus,gpu_type,cpu_milli,memory_mib\nn,9223372036854775808,T4,1,1\n",
		"name,gpus,gpu_type,cpu_milli,memory_mib\nn,1,T4,1,1\nn,1,T4,1,1\n",
	} {
		f.Add([]byte(text))
	}
	tasks, err := ReadTasks(bytes.NewReader([]byte(fewTasks)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		nodes, err := ReadNodes(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		for _, n := range nodes {
			if n.GPUs < 0 || n.GPUs > cluster.MaxGPUs || n.CPUMilli < 0 || n.CPUMilli > math.MaxInt32 ||
				n.MemoryMiB < 0 || n.MemoryMiB > math.MaxInt32 {
				t.Errorf("a node out of range: %+v", n)
			}
		}
		runBoth(t, Workload{nodes, tasks})
	})
}

func FuzzReadTasks(f *testing.F) {
	f.Add([]byte(fewTasks))
	for _, text := range []string{
		"",
		"name,num_gpu,gpu_milli,gpu_spec,cpu_milli,memory_mib,creation_time,scheduled_time,deletion_time\n" +
			"t,1,460,T4,1,1,5,,90\nu,1,1001,,1,1,5,6,4\n",
		"name,gpus,cpu_milli,memory_mib\nt,0,1,1\n", "name,gpus,cpu_milli,memory_mib\nt,65536,1,1\n",
		"name,gpus,gpu_milli,cpu_milli,memory_mib\nt,1,0,1,1\n",
		"name,gpus,cpu_milli,memory_mib,arrival,duration\nt,1,1,1,4e9,4e9\nt,1,1,1,NaN,1\n",
		"name,gpus,cpu_milli,memory_mib,arrival\nt,1,1,1,-0\n",
		"name,gpus,gpu_types,cpu_milli,memory_mib\nt,1,|,1,1\nt,8,|A100||,1,1\n",
		"sep=;\r\nName;GPUs;CPU milli;memory_mib;duration\rt;1,0;1;1;0 days 00:01:00\r",
		"\xff\xfen\x00", "\ufeff\"name\"\tgpus\tcpu_milli\tmemory_mib\n\t1\t1\t1\t\t\n",
		"name,gpus,cpu_milli,memory_mib,creation_time,deletion_time\nt,1,\"1,000\",1e3,2023-01-01,\nu,1,1,1\n",
	} {
		f.Add([]byte(text))
	}
	nodes, err := ReadNodes(bytes.NewReader([]byte(fewNodes)))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		tasks, err := ReadTasks(bytes.NewReader(data))
		if err != nil {
			checkError(t, err)
			return
		}
		for _, task := range tasks {
			r := task.Request
			if r.GPUs < 0 || r.Milli < 0 || r.Milli > cluster.WholeGPU || (r.GPUs > 0) != (r.Milli > 0) || r.GPUs == 0 && r.GPUTypes != nil ||
				task.Arrival < 0 || task.Length < 0 {
				t.Errorf("a task out of range: %+v", task)
			}
		}
		runBoth(t, Workload{nodes, tasks})
	})
}

func FuzzReadSWF(f *testing.F) {
	for _, seed := range []string{
		"", "\x1f\x8b",
		"; MaxProcs: 8\n1 5 0 90 2 12.5 -1 8 60 -1 1 7 -1 -1 -1 -1 -1 -1\n2 5 9 0 -1 -1 -1 3 60 -1 1 7 -1 -1 -1 -1 -1 -1\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := ReadSWF(bytes.NewReader(text))
		if err != nil || len(l.Jobs) > 100 {
			return
		}
		for _, b := range []queue.Backfill{queue.ByArrival, queue.ByLimit} {
			r, err := RunLog(l, LogOptions{Queue: queue.EASY, Backfill: b})
			if err != nil || r.Jobs != len(l.Jobs) || math.IsNaN(r.BoundedSlowdown) || r.Utilisation < 0 || r.Utilisation > 1+1e-9 ||
				slices.ContainsFunc(r.Waits, func(w int64) bool { return w < 0 }) {
				t.Errorf("%+v, %v", r, err)
			}
		}
	})
}

// runBoth makes an arrival-only and a timed run of what was read. Either may be refused; the counts must add up.
func runBoth(t *testing.T, w Workload) {
	t.Helper()
	if len(w.Nodes) > 10 || len(w.Tasks) > 100 {
		return
	}
	for _, policy := range []string{"best-fit", "fgd"} {
		r, err := Run(w, Options{Policy: policy, Seed: 42, Target: 1.3})
		if err == nil && (r.Placed+r.Failed != r.Tasks || r.Placed < 0 || r.Failed < 0) {
			t.Errorf("%s: %d tasks, of which %d placed and %d failed", policy, r.Tasks, r.Placed, r.Failed)
		}
		for _, point := range r.Curve {
			if math.IsNaN(point.Allocated) || math.IsNaN(point.Fragmented) || point.Allocated < 0 || point.Allocated > 100+1e-9 {
				t.Errorf("%s: a point of the curve is %+v", policy, point)
			}
		}
	}
	for _, d := range queue.Disciplines() {
		r, err := RunTimed(w, Options{Policy: "best-fit", Seed: 42}, d)
		if err == nil && (r.Tasks+r.Rejected != len(w.Tasks) || math.IsNaN(r.Utilization) || r.Makespan < 0) {
			t.Errorf("%s: of %d tasks %d ran and %d were rejected, utilization %g, makespan %g",
				d, len(w.Tasks), r.Tasks, r.Rejected, r.Utilization, r.Makespan)
		}
	}
}
