package forecast_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// longQueue returns the large world of 1,200 nodes, with 1,000 tasks queued in its fullest zone.
func longQueue(b *testing.B) *world.World {
	b.Helper()
	large, err := scenario.Named("large")
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b, large, 1)
	sizes := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8}
	for queued, i := 0, 0; queued < 1000; i++ {
		if id := create(b, w, dynamic("az-bj-a", "A100", sizes[i%len(sizes)])); w.Status(id) == world.Queued {
			queued++
		}
		w.AdvanceTo(w.Now().Add(time.Second))
	}
	return w
}

func BenchmarkClone(b *testing.B) {
	w := longQueue(b)
	b.ReportAllocs()
	for b.Loop() {
		runtime.KeepAlive(w.Clone())
	}
}

func BenchmarkFork(b *testing.B) {
	w := longQueue(b)
	p := w.Prospect(world.Launch{Mode: world.Dynamic, Zone: "az-bj-a"}, "A100")
	b.ReportAllocs()
	seed := uint64(0)
	for b.Loop() {
		seed++
		runtime.KeepAlive(p.Fork(seed))
	}
}
