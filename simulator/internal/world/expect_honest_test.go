package world_test

import (
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// The start that a queued task shows is a median: about half of the tasks start before it, whatever the scenario.
func TestExpectedStartIsTheMedian(t *testing.T) {
	for _, name := range []string{"busy", "flaky"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const seeds, perSeed = 50, 14
			before, all := 0, 0
			for seed := range uint64(seeds) {
				w := queuedWorld(t, name, 1000+seed, perSeed)
				w.AdvanceTo(w.Now().Add(time.Duration(seed%10) * 10 * time.Minute))
				expected := queuedTasks(w)
				w.Expect(expected)
				started := map[string]des.Time{}
				end := w.Now().Add(60 * 24 * time.Hour)
				for at, more := w.Next(); more && at < end && len(started) < len(expected); at, more = w.Next() {
					w.AdvanceTo(at)
					for i := range expected {
						id := expected[i].ID
						if _, ok := started[id]; !ok && (w.Status(id) == world.Running || w.Status(id).Finished()) {
							started[id] = w.Now()
						}
					}
				}
				for _, v := range expected {
					all++
					if at, ok := started[v.ID]; v.EstimatedStart == nil || ok && at <= *v.EstimatedStart {
						before++
					}
				}
			}
			percent := 100 * float64(before) / float64(all)
			t.Logf("%d queued tasks, %.1f %% start before they are expected", all, percent)
			if all < 500 || percent < 40 || percent > 60 {
				t.Errorf("%.1f %% of %d tasks start before they are expected, want 40 to 60", percent, all)
			}
		})
	}
}
