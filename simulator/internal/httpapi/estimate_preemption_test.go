package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// withPriority adds a priority, and whether the task is preemptible, to a request.
func withPriority(body, priority string, preemptible bool) string {
	return with(body, fmt.Sprintf(`"priority":%q,"preemptible":%t`, priority, preemptible))
}

// An estimate names the tasks that would have to give way. It preempts none of them.
func TestEstimateOfATaskThatPreempts(t *testing.T) {
	a := newAPI(t)
	low := a.create(withPriority(dynamic("az-sz-a", "A100", 8), "low", true))
	normal := a.create(withPriority(dynamic("az-sz-a", "A100", 8), "normal", true))
	body := withPriority(dynamic("az-sz-a", "A100", 16), "high", false)
	e := a.estimate(body, english)
	equal(t, "who gives way", e.Preempts, []string{low, normal})
	if e.PreemptsByPriority.Low != 1 || e.PreemptsByPriority.Normal != 1 || e.PreemptionRisk != nil || e.PreemptionLoss != 0 {
		t.Errorf("estimate %+v", e)
	}
	if want := "it starts at once, in the place of others of a lower priority: 2"; e.Capacity.Verdict != "fits" || e.Capacity.Message != want {
		t.Errorf("capacity %+v, want the message %q", e.Capacity, want)
	}
	if got := a.estimate(body).Capacity.Message; got != "可立即分配，将抢占 2 个优先级更低的任务" {
		t.Errorf("in Chinese: %q", got)
	}
	if got := a.task(low); got.Status == "queued" {
		t.Error("an estimate preempted a task")
	}
	equal(t, "who gives way to an equal", a.estimate(withPriority(dynamic("az-sz-a", "A100", 8), "low", false)).Preempts, []string{})
}

// Where others of high priority come, a preemptible task has a risk: the one that is suggested and the one that is asked for.
func TestEstimateOfATaskThatMayBePreempted(t *testing.T) {
	a := newAPI(t, func(s *setup) {
		s.scenario.Failures.Checkpoint = des.Duration(20 * time.Minute)
		s.scenario.Background = []world.Background{{
			Zone: "az-sz-a", GPUType: "A100", CPUCores: 1, MemoryGB: 1, Priority: world.High,
			Interarrival: distribution.Distribution{Kind: "exponential", A: 10_000}, Length: distribution.Distribution{Kind: "constant", A: 600},
			Sizes: []world.Size{{GPUs: 16, Weight: 1}},
		}}
	})
	body := dynamic("az-sz-a", "A100", 8)
	e := a.estimate(withPriority(body, "normal", true), english)
	if e.PreemptionRisk == nil || *e.PreemptionRisk <= 0 || *e.PreemptionRisk > 1 || e.PreemptionLoss != 1200 || len(e.Preempts) > 0 {
		t.Errorf("estimate %+v", e)
	}
	for language, want := range map[string]string{"en": " % risk of losing at most 20 min", "zh": " % 的可能被抢占，每次最多损失 20 分训练"} {
		found := false
		for _, s := range a.estimate(body, "Accept-Language: "+language).Suggestions {
			if s.Kind != "preemptible" {
				continue
			}
			found = true
			equal(t, "the suggestion's risk", s.PreemptionRisk, e.PreemptionRisk)
			if !strings.HasSuffix(s.Message, want) || s.PreemptionLoss != 1200 {
				t.Errorf("suggestion %+v, want a message that ends in %q", s, want)
			}
		}
		if !found {
			t.Errorf("no suggestion makes the task preemptible")
		}
	}
}
