package replay

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
)

func TestCurveRoundsHalfToEven(t *testing.T) {
	m := meter{capacity: 1000}
	for i, demand := range []int64{5, 10, 9, 1, 10} { // 0.5, 1.5, 2.4, 2.5 and 3.5 per cent
		m.allocated = int64(10 * i)
		m.fragmented = float64(100 * i)
		m.arrive(demand)
	}
	want := []Point{{0, 0, 0}, {2, 2, 20}, {4, 4, 40}} // 1.5, 2.4 and 2.5 round to 2
	if !reflect.DeepEqual(m.curve, want) {
		t.Errorf("curve = %v, want %v", m.curve, want)
	}
}

// small returns 10 nodes of 4 GPUs and tasks for 150 % of them, with whole GPUs and shares.
func small() Workload {
	var w Workload
	for i := range 10 {
		w.Nodes = append(w.Nodes, cluster.Node{Name: fmt.Sprintf("node-%d", i), GPUs: 4, CPUMilli: 64000, MemoryMiB: 65536})
	}
	for i := range 40 {
		r := cluster.Request{GPUs: 1 + i%2, Milli: 1000, CPUMilli: 4000}
		if i%4 == 0 {
			r.Milli = 300
		}
		w.Tasks = append(w.Tasks, Task{
			Name: fmt.Sprintf("task-%02d", i), Request: r, Arrival: des.Time(i) * des.Time(time.Minute), Length: time.Hour,
		})
	}
	return w
}

// arrivals draws tasks from a list for one node of 8 GPUs.
func arrivals(t *testing.T, list []Task, seed int64, target float64) []candidate {
	t.Helper()
	e, err := NewExperiment(Workload{[]cluster.Node{{Name: "node", GPUs: 8}}, list})
	if err != nil {
		t.Fatal(err)
	}
	return e.arrivals(rand.New(rand.NewSource(seed)), target)
}

func TestArrivalsReachTheTarget(t *testing.T) {
	w := small()
	for _, target := range []float64{0.5, 1.3, 2, 5} {
		demand := int64(0)
		tasks := arrivals(t, w.Tasks, 42, target*40_000)
		for _, task := range tasks {
			demand += task.demand()
		}
		// The largest task has 2 GPUs: with one more task the demand would exceed the target.
		if d := float64(demand) / 40_000; d > target+1.0/40 || d < target-2.0/40 {
			t.Errorf("%d tasks demand %.3f, target %v", len(tasks), d, target)
		}
	}
	if got := arrivals(t, []Task{{Name: "no GPU"}}, 42, 1000); len(got) != 1 {
		t.Errorf("%d tasks from a list without GPUs", len(got))
	}
}

// The last draw is kept if a single one of its GPUs would not exceed the target.
func TestArrivalsStopByTheMilliOfOneGPU(t *testing.T) {
	list := []Task{{Name: "task", Request: cluster.Request{GPUs: 8, Milli: 1000}}}
	if got := len(arrivals(t, list, 1, 12_000)); got != 2 {
		t.Errorf("%d tasks of 8,000 for a target of 12,000, want 2", got)
	}
}

// The draws equal those of the published experiment.
func TestArrivalsAreStable(t *testing.T) {
	var got []string
	tasks := arrivals(t, small().Tasks, 42, 80_000)
	for _, task := range append(tasks[:4:4], tasks[40:44]...) {
		got = append(got, strings.TrimPrefix(task.Name, "task-"))
	}
	if want := "16 14 19 27 35 27 24 00"; strings.Join(got, " ") != want {
		t.Errorf("tasks %v, want %s", got, want)
	}
}

func TestDistribution(t *testing.T) {
	v := make([]float64, 100)
	for i := range v {
		v[i] = float64(100 - i)
	}
	if got, want := distribution(v), (Distribution{50.5, 50, 95, 100}); got != want {
		t.Errorf("of 1 to 100: %+v, want %+v", got, want)
	}
}

func TestRateBringsArrivalsCloser(t *testing.T) {
	r, err := RunTimed(small(), Options{Policy: "best-fit", Rate: 39}, queue.FIFO)
	if err != nil {
		t.Fatal(err)
	}
	asRecorded, err := RunTimed(small(), Options{Policy: "best-fit"}, queue.FIFO)
	if err != nil {
		t.Fatal(err)
	}
	if r.Makespan < 7200 || r.Makespan > 7260 || asRecorded.Makespan < 39*60+3600 {
		t.Errorf("makespan %v, as recorded %v", r.Makespan, asRecorded.Makespan)
	}
	if r.Waiting.Mean <= asRecorded.Waiting.Mean {
		t.Errorf("waiting %v, as recorded %v", r.Waiting, asRecorded.Waiting)
	}
}

func TestRunIsDeterministic(t *testing.T) {
	for _, policy := range cluster.Policies() {
		o := Options{Policy: policy, Seed: 7, Target: 1.3}
		a, err := Run(small(), o)
		if err != nil {
			t.Fatal(err)
		}
		calls := 0
		o.Progress = func(done, total int) {
			calls++
			if total != a.Tasks || done > total {
				t.Errorf("progress %d of %d", done, total)
			}
		}
		b, _ := Run(small(), o)
		if !reflect.DeepEqual(a, b) || calls == 0 {
			t.Errorf("%s: %+v and %+v, %d calls of progress", policy, a, b, calls)
		}
		if a.Placed+a.Failed != a.Tasks || a.Failed == 0 || a.GPUs != 40 {
			t.Errorf("%s: %+v", policy, a)
		}
		o.Seed = 8
		if c, _ := Run(small(), o); reflect.DeepEqual(a.Curve, c.Curve) {
			t.Errorf("%s: another seed gives the same curve", policy)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	w := small()
	if _, err := Run(w, Options{Policy: "none", Target: 1}); err == nil {
		t.Error("no error for an unknown policy")
	}
	if _, err := Run(Workload{Tasks: w.Tasks}, Options{Policy: "best-fit", Target: 1}); err == nil {
		t.Error("no error for no GPUs")
	}
}

func TestResultJSON(t *testing.T) {
	r := Result{Policy: "fgd", Seed: 42, Tasks: 3, Placed: 2, Failed: 1, Rejected: 1, GPUs: 4, ElapsedSeconds: 0.5,
		Curve: []Point{{100, 92.5, 6}}}
	got, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"policy":"fgd","seed":42,"tasks":3,"placed":2,"failed":1,"gpus":4,"rejected":1,"elapsed_seconds":0.5,` +
		`"curve":[{"arrived":100,"allocated":92.5,"fragmented":6}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// One node of 4 GPUs: A holds 3 of them, B waits for 4, C and D for 1, and D ends no later than A.
func TestRunTimed(t *testing.T) {
	w := Workload{Nodes: []cluster.Node{{Name: "node", GPUs: 4}}}
	for i, task := range []struct{ gpus, arrival, length int }{{3, 0, 100}, {4, 10, 100}, {1, 20, 200}, {1, 30, 70}, {9, 0, 1}} {
		w.Tasks = append(w.Tasks, Task{
			Name: string(rune('A' + i)), Request: cluster.Request{GPUs: task.gpus, Milli: 1000},
			Arrival: des.Time(task.arrival) * des.Time(time.Second), Length: time.Duration(task.length) * time.Second,
		})
	}
	for _, test := range []struct {
		discipline     queue.Discipline
		waits          [4]float64
		makespan, util float64
	}{
		// B starts at 100, C and D at 200.
		{queue.FIFO, [4]float64{0, 90, 180, 170}, 400, (300 + 400 + 200 + 70) / 16.},
		// D starts at 30 beside A, because it ends when A does; B at 100, C at 200.
		{queue.EASY, [4]float64{0, 90, 180, 0}, 400, (300 + 400 + 200 + 70) / 16.},
		// D is shorter than B, overtakes it and starts at 30; B at 100, C at 200.
		{queue.SJF, [4]float64{0, 90, 180, 0}, 400, (300 + 400 + 200 + 70) / 16.},
	} {
		r, err := RunTimed(w, Options{Policy: "best-fit"}, test.discipline)
		if err != nil {
			t.Fatal(err)
		}
		mean := 0.0
		for _, wait := range test.waits {
			mean += wait / 4
		}
		if r.Waiting.Mean != mean || r.Waiting.Max != 180 || r.Tasks != 4 || r.Rejected != 1 {
			t.Errorf("%s: %d tasks, %d rejected, waiting %+v, want a mean of %v", test.discipline, r.Tasks, r.Rejected, r.Waiting, mean)
		}
		if got := r.Completion.Mean - r.Waiting.Mean; math.Abs(got-470./4) > 1e-9 {
			t.Errorf("%s: completion %+v", test.discipline, r.Completion)
		}
		if r.Makespan != test.makespan || math.Abs(r.Utilization-test.util) > 1e-9 {
			t.Errorf("%s: makespan %v, utilisation %v, want %v and %v", test.discipline, r.Makespan, r.Utilization, test.makespan, test.util)
		}
		if len(r.Series) != samples || r.Series[0].Utilization != 75 || r.Series[3].Waiting != 1 {
			t.Errorf("%s: series %v", test.discipline, r.Series[:5])
		}
	}
}

// Each zone has a queue of its own. Tasks without a zone would compete for the same nodes and ignore reservations.
func TestRunTimedWithZones(t *testing.T) {
	w := small()
	for i := range w.Nodes {
		w.Nodes[i].Zone = []string{"a", "b"}[i%2]
	}
	for i := range w.Tasks {
		w.Tasks[i].Request.Zone = []string{"a", "b"}[i%2]
	}
	for _, d := range queue.Disciplines() {
		r, err := RunTimed(w, Options{Policy: "fgd"}, d)
		if err != nil {
			t.Fatal(err)
		}
		if r.Tasks+r.Rejected != 40 || r.Tasks == 0 || r.Completion.Max < 3600 {
			t.Errorf("%s: %+v", d, r)
		}
	}
	w.Tasks[7].Request.Zone = ""
	if _, err := RunTimed(w, Options{Policy: "fgd"}, queue.EASY); err == nil || !strings.Contains(err.Error(), "39 of 40 tasks name a zone") {
		t.Errorf("error %v, want one about the task without a zone", err)
	}
}

// However long and late the tasks are, virtual time does not overflow.
func TestRunTimedHasNoLongestRecord(t *testing.T) {
	const century = 100 * 365 * 24 * time.Hour
	w := Workload{Nodes: []cluster.Node{{Name: "node", GPUs: 1}}}
	for range 1000 {
		w.Tasks = append(w.Tasks, Task{Request: cluster.Request{GPUs: 1, Milli: 1000}, Length: century})
	}
	for _, d := range queue.Disciplines() {
		r, err := RunTimed(w, Options{Policy: "best-fit"}, d)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Makespan / century.Seconds(); got != 1000 || r.Waiting.Max != 999*century.Seconds() || math.Abs(r.Utilization-100) > 1e-9 {
			t.Errorf("%s: a makespan of %v centuries, a utilization of %v %%, waits of up to %v s", d, got, r.Utilization, r.Waiting.Max)
		}
	}
	w = small()
	w.Tasks[39].Arrival = des.Time(century)
	if r, err := RunTimed(w, Options{Policy: "best-fit", Rate: 1e-6}, queue.FIFO); err != nil ||
		math.Abs(r.Makespan/century.Seconds()-1e6) > 1 {
		t.Errorf("a makespan of %v centuries, %v", r.Makespan/century.Seconds(), err)
	}
}

func TestTablesAndPlots(t *testing.T) {
	results := []Result{
		{Policy: "fgd", Seed: 1, Tasks: 10866, Failed: 70, Rejected: 3, Curve: []Point{{60, 60, 8}, {100, 95, 4}, {130, 96, 4}}},
		{Policy: "random", Seed: 1, Curve: []Point{{60, 55, 15}}},
		{Policy: "fgd", Seed: 2, Tasks: 10867, Failed: 80, Rejected: 3, Curve: []Point{{60, 60, 9}, {100, 97, 2}, {130, 98, 2}}},
	}
	var table, svg, again strings.Builder
	if err := WriteTable(&table, results); err != nil {
		t.Fatal(err)
	}
	want := `policy  runs  tasks    failed  rejected  allocated at 100 %  allocated at 130 %  fragmented at 60 %
fgd     2     10866.5  75      3         96.00 ± 1.41        97.00 ± 1.41        8.50 ± 0.71
random  1     0        0       0         –                   –                   15.00 ± 0.00
`
	if table.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &table, want)
	}
	for _, b := range []*strings.Builder{&svg, &again} {
		if err := Plot(b, results); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(svg.String(), "<svg") || !strings.Contains(svg.String(), "fgd, allocated") || svg.String() != again.String() {
		t.Errorf("the plot lacks a line, or differs from run to run: %.200s", svg.String())
	}
	w := small()
	w.Tasks[0].Request.GPUs, w.Tasks[1].Unended = 99, true
	timed, err := RunTimed(w, Options{Policy: "best-fit"}, queue.EASY)
	if err != nil {
		t.Fatal(err)
	}
	var timedTable, timedSVG strings.Builder
	if err := WriteTimedTable(&timedTable, []TimedResult{timed}); err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(strings.Fields(timedTable.String()), " "); !strings.HasPrefix(got,
		"policy queue seed tasks rejected unended waiting,") ||
		!strings.Contains(got, "best-fit easy-backfill 0 39 1 1 ") {
		t.Errorf("the table is\n%s", &timedTable)
	}
	if err := PlotTimed(&timedSVG, []TimedResult{timed, {Policy: "nothing ran"}}); err != nil ||
		!strings.Contains(timedSVG.String(), "easy-backfill") {
		t.Errorf("%v: %.200s", err, timedSVG.String())
	}
}
