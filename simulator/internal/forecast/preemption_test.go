package forecast_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// quiet returns a scenario of one node, without other users and failures.
func quiet() *scenario.Scenario {
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: 1}}
	s.Background, s.Failures = nil, world.Failures{Checkpoint: des.Duration(20 * time.Minute)}
	return s
}

func with(gpus int, p world.Priority, preemptible bool) world.Spec {
	spec := dynamic("az-bj-a", "A100", gpus)
	spec.Priority, spec.Preemptible = &p, preemptible
	return spec
}

// An estimate names those who would give way, and leaves them where they are.
func TestForecastNamesThePreempted(t *testing.T) {
	w := newWorld(t, quiet(), 1)
	low, normal := create(t, w, with(4, world.Low, true)), create(t, w, with(4, world.Normal, true))
	a := ask(t, w, with(8, world.High, false))
	want := []forecast.Preempted{{Task: low, Priority: world.Low}, {Task: normal, Priority: world.Normal}}
	if diff := cmp.Diff(want, a.Capacity.Preempts); diff != "" {
		t.Errorf("it would preempt (-want +got):\n%s", diff)
	}
	if a.Capacity.Verdict != forecast.Fits || a.Risk != nil || w.Status(low) == world.Queued {
		t.Errorf("verdict %s, risk %v, the low one is %s", a.Capacity.Verdict, a.Risk, w.Status(low))
	}
	if a := ask(t, w, with(8, world.Low, false)); a.Capacity.Verdict != forecast.Queues || len(a.Capacity.Preempts) > 0 {
		t.Errorf("without a higher priority: %+v", a.Capacity)
	}
}

// A preemptible task loses at most what it trains between two checkpoints, and has no risk where nobody can take its place.
func TestForecastOfARisk(t *testing.T) {
	busy := quiet()
	busy.Background = []world.Background{{
		Zone: "az-bj-a", GPUType: "A100", CPUCores: 1, MemoryGB: 1, Priority: world.High,
		Interarrival: distribution.Distribution{Kind: "exponential", A: 7200}, Length: distribution.Distribution{Kind: "constant", A: 600},
		Sizes: []world.Size{{GPUs: 8, Weight: 1}},
	}}
	lost := quiet()
	lost.Failures.Checkpoint = 0
	for name, c := range map[string]struct {
		scenario   *scenario.Scenario
		priority   world.Priority
		low, high  float64
		lossAtMost time.Duration
	}{
		"others of high priority":         {busy, world.Normal, 0.1, 1, 20 * time.Minute},
		"others of high priority, as it":  {busy, world.High, 0, 0, 20 * time.Minute},
		"nobody else":                     {quiet(), world.Low, 0, 0, 20 * time.Minute},
		"nobody else, and no checkpoints": {lost, world.Low, 0, 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.scenario, 1)
			r := ask(t, w, with(8, c.priority, true)).Risk
			if r == nil || r.Probability < c.low || r.Probability > c.high || r.Loss != c.lossAtMost {
				t.Errorf("the risk is %+v, want %v to %v, with a loss of %v", r, c.low, c.high, c.lossAtMost)
			}
			a := ask(t, w, with(8, c.priority, false))
			for _, g := range a.Suggestions {
				if g.Kind == forecast.Preemptible {
					if diff := cmp.Diff(r, g.Risk); diff != "" {
						t.Errorf("the suggestion has another risk than the estimate of the same task: %s", diff)
					}
					if !g.HourlyPrice.Equal(a.HourlyPrice.Mul(decimal.New(4, -1))) || a.Risk != nil {
						t.Errorf("%v an hour in the place of %v, risk %v", g.HourlyPrice, a.HourlyPrice, a.Risk)
					}
					return
				}
			}
			t.Errorf("no suggestion makes it preemptible: %+v", a.Suggestions)
		})
	}
}

// A limit ends a task like a success: the forecast has its time and at most its price, and suggests nothing that trains less.
func TestForecastOfALimit(t *testing.T) {
	w := newWorld(t, quiet(), 1)
	spec := with(4, world.Normal, false)
	full := ask(t, w, spec)
	seconds := int(full.Finish.Median.Sub(w.Now()).Seconds()) + 600
	spec.MaxDuration = &seconds
	for _, g := range ask(t, w, spec).Suggestions {
		if g.Kind == forecast.OtherGPUCount && g.Resources.GPUs < 4 {
			t.Errorf("half of the GPUs would not train to the end: %+v", g)
		}
	}
	seconds = 1200
	a := ask(t, w, spec)
	limit := a.HourlyPrice.Div(decimal.NewFromInt(3)).Round(2)
	if a.Finish.P90 == nil || a.Finish.P90.Sub(w.Now()) != 20*time.Minute || !a.Cost.High.Equal(limit) {
		t.Errorf("it ends at %v and costs %v, want after 20 minutes at most %v", a.Finish.P90, a.Cost.High, limit)
	}
}
