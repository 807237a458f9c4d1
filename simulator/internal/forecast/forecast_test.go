package forecast_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
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
	q, err := forecast.NewRequest(w, s)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := q.Answer(oneByOne)
	if !ok {
		t.Fatal("the forecast gave up")
	}
	return a
}

// randomWorld returns a small zone in which starts are uncertain: other users, queues, failing nodes, crashing
// trainings.
func randomWorld(t testing.TB, r *rand.Rand) (*world.World, world.Spec) {
	t.Helper()
	s := randomScenario(r)
	w := newWorld(t, s, r.Uint64())
	sizes := []int{1, 1, 2, 4, 8}
	for range r.IntN(5) {
		create(t, w, dynamic("az-bj-a", "A100", sizes[r.IntN(len(sizes))]))
		w.AdvanceTo(w.Now() + des.Time(r.Float64()*float64(2*time.Hour)))
	}
	return w, dynamic("az-bj-a", "A100", sizes[r.IntN(len(sizes))])
}

// preemptingWorld returns one in which a third of what other users ask for may take the place of preemptible tasks. Some tasks have limits.
func preemptingWorld(t testing.TB, r *rand.Rand) (*world.World, world.Spec) {
	t.Helper()
	s := randomScenario(r)
	s.Failures.Checkpoint, s.Failures.OnNodeFailure = des.Duration(20*time.Minute), "restart"
	urgent := s.Background[0]
	urgent.Priority, urgent.Interarrival.A = world.High, 4*urgent.Interarrival.A
	s.Background[0].Interarrival.A *= 2
	s.Background = append(s.Background, urgent)
	w := newWorld(t, s, r.Uint64())
	priorities := []world.Priority{world.Low, world.Normal, world.High}
	spec := func(of int) world.Spec {
		spec := dynamic("az-bj-a", "A100", []int{1, 1, 2, 4, 8}[r.IntN(5)])
		spec.Priority, spec.Preemptible = &priorities[r.IntN(of)], r.IntN(2) == 0
		if r.IntN(4) == 0 {
			seconds := 1800 + r.IntN(7200)
			spec.MaxDuration = &seconds
		}
		return spec
	}
	for range r.IntN(8) {
		create(t, w, spec(3))
		w.AdvanceTo(w.Now() + des.Time(r.Float64()*float64(2*time.Hour)))
	}
	asked := spec(2)
	asked.Preemptible, asked.MaxDuration = true, nil // a limit would make many ends equal
	return w, asked
}

// randomScenario describes such a zone.
func randomScenario(r *rand.Rand) *scenario.Scenario {
	s := scenario.Default()
	nodes := 1 + r.IntN(4)
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: nodes}}
	load := 0.3 + 0.6*r.Float64()
	length := distribution.Distribution{Kind: "log-normal", A: 7.5, B: 0.5 + r.Float64()}
	s.Background = []world.Background{{
		Zone: "az-bj-a", GPUType: "A100", CPUCores: 1, MemoryGB: 1, Length: length,
		Interarrival: distribution.Distribution{Kind: "exponential", A: 2.7 * 3500 / (load * 8 * float64(nodes))},
		Sizes:        []world.Size{{GPUs: 1, Weight: 50}, {GPUs: 2, Weight: 20}, {GPUs: 4, Weight: 15}, {GPUs: 8, Weight: 15}},
	}}
	s.WarmUp = des.Duration(12 * time.Hour)
	s.Discipline = []string{"fifo", "easy-backfill", "shortest-job-first"}[r.IntN(3)]
	if r.IntN(2) == 0 {
		s.Failures.NodeMTBF, s.Failures.NodeMTTR = des.Duration(48*time.Hour), des.Duration(time.Hour)
		s.Failures.CrashMTBF, s.Failures.MaxRestarts = des.Duration(24*time.Hour), 5
	}
	return s
}

// randomEnvironment returns an environment that some tasks share.
func randomEnvironment(t testing.TB, r *rand.Rand) (*world.World, world.Spec) {
	t.Helper()
	w := newWorld(t, scenario.Default(), r.Uint64())
	environment := "env-001"
	spec := func() world.Spec {
		return world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Existing, EnvironmentID: &environment,
			ModelID: []string{"model-001", "model-002"}[r.IntN(2)],
		}
	}
	for range r.IntN(6) {
		create(t, w, spec())
		w.AdvanceTo(w.Now() + des.Time(r.Float64()*float64(2*time.Hour)))
	}
	return w, spec()
}

// deepWorld returns a zone with so many waiting tasks that forecasts don't simulate all of them one by one.
func deepWorld(t testing.TB, r *rand.Rand) (*world.World, world.Spec) {
	t.Helper()
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: 4 + r.IntN(8)}}
	s.Background = nil
	s.Discipline = []string{"fifo", "easy-backfill"}[r.IntN(2)]
	if r.IntN(2) == 0 {
		s.Failures.NodeMTBF, s.Failures.NodeMTTR = des.Duration(720*time.Hour), des.Duration(time.Hour)
		s.Failures.CrashMTBF, s.Failures.MaxRestarts = des.Duration(72*time.Hour), 5
	}
	w := newWorld(t, s, r.Uint64())
	spec := func() world.Spec {
		spec := dynamic("az-bj-a", "A100", []int{1, 1, 1, 2, 4, 8}[r.IntN(6)])
		spec.ModelID = []string{"model-001", "model-002", ""}[r.IntN(3)]
		return spec
	}
	for range 10 + r.IntN(10) {
		drafts := make([]world.Draft, 50)
		for i := range drafts {
			drafts[i] = draft(spec())
		}
		if _, err := w.Step(world.CreateDrafts{Drafts: drafts}); err != nil {
			t.Fatal(err)
		}
		w.AdvanceTo(w.Now() + des.Time(r.Float64()*float64(2*time.Hour)))
	}
	return w, spec()
}

// draft returns the spec as an element of a batch.
func draft(s world.Spec) world.Draft {
	r := s.Resources
	d := world.Draft{
		TaskName: &s.TaskName, DatasetID: &s.DatasetID, DatasetVersionID: &s.DatasetVersionID, LaunchMode: &s.LaunchMode,
		Resources: &world.ResourceDraft{
			Zone: &r.Zone, GPUType: &r.GPUType, Image: &r.Image, GPUs: &r.GPUs, CPUCores: &r.CPUCores, MemoryGB: &r.MemoryGB,
		},
	}
	if s.ModelID != "" {
		d.ModelID = &s.ModelID
	}
	return d
}

// Forecasts are calibrated: nine of ten tasks start before the 90th percentile.
func TestForecastIsHonest(t *testing.T) {
	for name, c := range map[string]struct {
		random func(testing.TB, *rand.Rand) (*world.World, world.Spec)
		worlds uint64
	}{
		"GPUs of its own": {randomWorld, 500}, "an environment": {randomEnvironment, 500}, "a long queue": {deepWorld, 100},
		"preemptible": {preemptingWorld, 500},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			random, worlds := c.random, c.worlds
			var start, middle, finish, queued, cheaper, dearer, preempted int
			var risk float64
			for i := range worlds {
				w, spec := random(t, rand.New(rand.NewPCG(i, 7)))
				a := ask(t, w, spec)
				if a.Now.Status == world.Queued {
					queued++
				}
				id := create(t, w, spec)
				end := w.Now().Add(forecast.Horizon)
				for at, more := w.Next(); more && at < end && !w.Status(id).Finished(); at, more = w.Next() {
					w.AdvanceTo(at)
				}
				task, err := w.Task(id)
				if err != nil {
					t.Fatal(err)
				}
				start += before(task.Started, a.Start.P90)
				middle += before(task.Started, a.Start.Median)
				if task.Status != world.Succeeded && task.Reason != world.EndMaxDuration {
					task.Finished = nil
				}
				if a.Risk != nil {
					risk += a.Risk.Probability
				}
				if task.Preemptions > 0 {
					preempted++
				}
				finish += before(task.Finished, a.Finish.P90)
				if task.Cost.LessThan(a.Cost.Low) {
					cheaper++
				}
				if task.Cost.GreaterThan(a.Cost.High) {
					dearer++
				}
			}
			percent := float64(worlds) / 100
			t.Logf("%.1f %% of the tasks were preempted, %.1f %% by the forecast", float64(preempted)/percent, risk/percent)
			if off := (risk - float64(preempted)) / percent; off < -5 || off > 5 || name == "preemptible" && preempted < int(worlds/10) {
				t.Errorf("%.1f %% of the tasks were preempted, %.1f %% by the forecast", float64(preempted)/percent, risk/percent)
			}
			t.Logf("%d worlds, %d queues: %.1f %% start and %.1f %% finish before the 90th percentile",
				worlds, queued, float64(start)/percent, float64(finish)/percent)
			for what, n := range map[string]int{"start": start, "finish": finish} {
				if p := float64(n) / percent; p < 85 || p > 95 {
					t.Errorf("the %s comes before its 90th percentile in %.1f %% of the worlds", what, p)
				}
			}
			if p := float64(middle) / percent; p < 40 || p > 60 {
				t.Errorf("the start comes before its median in %.1f %% of the worlds", p)
			}
			t.Logf("%.1f %% cost less than the low end, %.1f %% more than the high end", float64(cheaper)/percent, float64(dearer)/percent)
			for what, n := range map[string]int{"less than the 10th": cheaper, "more than the 90th": dearer} {
				// Costs are often equal, so that fewer of them are beyond a percentile.
				if p := float64(n) / percent; p > 15 || p < 5 && name == "GPUs of its own" {
					t.Errorf("the task costs %s percentile in %.1f %% of the worlds", what, p)
				}
			}
			if name == "GPUs of its own" && queued < int(worlds/4) {
				t.Errorf("only %d worlds have a queue", queued)
			}
		})
	}
}

// before returns 1 if what was forecast to come by p came by then. An event that never came counts as before a p of
// never.
func before(at, p *des.Time) int {
	if p == nil || at != nil && *at <= *p {
		return 1
	}
	return 0
}

func TestForecastGivesUpWhenAsked(t *testing.T) {
	w := newWorld(t, scenario.Default(), 1)
	q, err := forecast.NewRequest(w, dynamic("az-bj-a", "A100", 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := q.Answer(func(int, func(int)) bool { return false }); ok {
		t.Error("a forecast that was given up says that it is complete")
	}
}

// What happens in the world after a request was made does not change its answer.
func TestForecastIgnoresLaterChanges(t *testing.T) {
	w := newWorld(t, scenario.Default(), 1)
	spec := dynamic("az-bj-a", "A100", 32)
	q, err := forecast.NewRequest(w, spec)
	if err != nil {
		t.Fatal(err)
	}
	create(t, w, spec)
	a, _ := q.Answer(oneByOne)
	if a.Capacity.Verdict != forecast.Fits || a.Start.Median == nil {
		t.Errorf("the answer is %+v", a.Capacity)
	}
	if later := ask(t, w, spec); later.Capacity.Verdict != forecast.Queues || *later.Start.Median <= *a.Start.Median {
		t.Errorf("the same request later: %+v", later.Capacity)
	}
}

// The last task of a long queue starts, although that takes more events than a fork of a busy world has by default.
func TestForecastBehindALongQueue(t *testing.T) {
	t.Parallel()
	s := scenario.Default()
	s.Discipline = "fifo"
	w := newWorld(t, s, 1)
	const length, batch = 10_000, world.MaxBatch
	spec := dynamic("az-bj-a", "T4", 1)
	spec.ModelID = "" // a small one
	drafts := make([]world.Draft, batch)
	for i := range drafts {
		drafts[i] = draft(spec)
	}
	for range length / batch {
		if _, err := w.Step(world.CreateDrafts{Drafts: drafts}); err != nil {
			t.Fatal(err)
		}
	}
	if a := ask(t, w, spec); a.Start.P90 == nil || a.Finish.P90 == nil {
		t.Errorf("behind %d tasks it starts %+v and ends %+v", length, a.Start, a.Finish)
	}
}
