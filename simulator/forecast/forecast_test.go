package forecast_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

func oneByOne(n int, f func(int)) bool {
	for i := range n {
		f(i)
	}
	return true
}

func newWorld(t testing.TB, s *scenario.Scenario, seed uint64) *world.World {
	t.Helper()
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func dynamic(zone, gpuType string, gpus int) world.Spec {
	return world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: "model-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{Zone: zone, GPUType: gpuType, GPUs: gpus, CPUCores: gpus, MemoryGB: gpus, Image: "i"},
	}
}

func create(t testing.TB, w *world.World, s world.Spec) string {
	t.Helper()
	r, err := w.Step(world.CreateTask{Spec: s})
	if err != nil {
		t.Fatal(err)
	}
	return r.Created.Task
}

func ask(t testing.TB, w *world.World, s world.Spec) forecast.Answer {
	t.Helper()
	q, err := forecast.Ask(w, s)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := q.Answer(oneByOne)
	if !ok {
		t.Fatal("the forecast gave up")
	}
	return a
}

// randomWorld is a small zone with everything that makes a start uncertain: other users, queues, nodes that fail,
// trainings that crash.
func randomWorld(t testing.TB, r *rand.Rand) (*world.World, world.Spec) {
	t.Helper()
	s := scenario.Default()
	nodes := 1 + r.IntN(4)
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: nodes}}
	load := 0.3 + 0.6*r.Float64()
	length := scenario.Distribution{Kind: "log-normal", A: 7.5, B: 0.5 + r.Float64()}
	s.Background = []scenario.Background{{
		Zone: "az-bj-a", GPUType: "A100", CPUCores: 1, MemoryGB: 1, Length: length,
		Interarrival: scenario.Distribution{Kind: "exponential", A: 2.7 * 3500 / (load * 8 * float64(nodes))},
		Sizes:        []scenario.Size{{GPUs: 1, Weight: 50}, {GPUs: 2, Weight: 20}, {GPUs: 4, Weight: 15}, {GPUs: 8, Weight: 15}},
	}}
	s.WarmUp = scenario.Duration(12 * time.Hour)
	s.Queue = []string{"fifo", "easy-backfill", "shortest-job-first"}[r.IntN(3)]
	if r.IntN(2) == 0 {
		s.Failures.NodeMTBF, s.Failures.NodeMTTR = scenario.Duration(48*time.Hour), scenario.Duration(time.Hour)
		s.Failures.CrashMTBF, s.Failures.MaxRestarts = scenario.Duration(24*time.Hour), 5
	}
	w := newWorld(t, s, r.Uint64())
	sizes := []int{1, 1, 2, 4, 8}
	for range r.IntN(5) {
		create(t, w, dynamic("az-bj-a", "A100", sizes[r.IntN(len(sizes))]))
		w.AdvanceTo(w.Now() + des.Time(r.Float64()*float64(2*time.Hour)))
	}
	return w, dynamic("az-bj-a", "A100", sizes[r.IntN(len(sizes))])
}

// A forecast that says "nine times out of ten before eight o'clock" is right nine times out of ten.
func TestForecastIsHonest(t *testing.T) {
	const worlds = 500
	var startBelow, startHalf, finishBelow, queued int
	for i := range uint64(worlds) {
		w, spec := randomWorld(t, rand.New(rand.NewPCG(i, 7)))
		a := ask(t, w, spec)
		id := create(t, w, spec)
		if w.Status(id) == world.Queued {
			queued++
		}
		end := w.Now().Add(forecast.Horizon)
		for at, more := w.Next(); more && at < end && !w.Status(id).Finished(); at, more = w.Next() {
			w.AdvanceTo(at)
		}
		task, err := w.Task(id)
		if err != nil {
			t.Fatal(err)
		}
		before := func(at, p *des.Time) int {
			if p == nil || at != nil && *at <= *p {
				return 1
			}
			return 0
		}
		startBelow += before(task.Started, a.Start.P90)
		startHalf += before(task.Started, a.Start.Median)
		finishBelow += before(task.Finished, a.Finish.P90)
	}
	t.Logf("of %d worlds, %d with a queue: start below the 90th percentile in %.1f %%, below the median in %.1f %%; finish below the 90th in %.1f %%",
		worlds, queued, 100*float64(startBelow)/worlds, 100*float64(startHalf)/worlds, 100*float64(finishBelow)/worlds)
	for what, n := range map[string]int{"start": startBelow, "finish": finishBelow} {
		if n < worlds*85/100 || n > worlds*95/100 {
			t.Errorf("the %s is below its 90th percentile in %d of %d worlds", what, n, worlds)
		}
	}
	if queued < worlds/4 {
		t.Errorf("only %d worlds have a queue", queued)
	}
}
