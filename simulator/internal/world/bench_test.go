package world_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// loaded is a zone of nodes of 8 GPUs at 90 % load, with the sizes and lengths fitted to the Alibaba 2023 GPU tasks.
func loaded(b *testing.B, nodes int) *world.Config {
	b.Helper()
	const meanGPUSeconds = 2.7 * 4402
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: nodes}}
	s.Background = []world.Background{{
		Zone: "az-bj-a", GPUType: "A100", CPUCores: 16, MemoryGB: 128,
		Interarrival: distribution.Distribution{Kind: "exponential", A: meanGPUSeconds / (0.9 * 8 * float64(nodes))},
		Length:       distribution.Distribution{Kind: "log-normal", A: 6.566, B: 1.910},
		Sizes:        []world.Size{{GPUs: 1, Weight: 50}, {GPUs: 2, Weight: 20}, {GPUs: 4, Weight: 15}, {GPUs: 8, Weight: 15}},
	}}
	config, err := s.World()
	if err != nil {
		b.Fatal(err)
	}
	return config
}

// BenchmarkBackground runs the jobs of a background load through a world, with best-fit and EASY backfill. One iteration is
// the whole run; a job has two events.
func BenchmarkBackground(b *testing.B) {
	for _, nodes := range []int{12, 125, 1250} {
		jobs := map[int]int{12: 1_000, 125: 10_000, 1250: 100_000}[nodes]
		b.Run(fmt.Sprintf("nodes=%d/tasks=%d", nodes, jobs), func(b *testing.B) {
			b.ReportAllocs()
			config := loaded(b, nodes)
			for b.Loop() {
				w, err := world.New(config, 1)
				if err != nil {
					b.Fatal(err)
				}
				for w.Processed() < uint64(2*jobs) {
					w.AdvanceTo(w.Now().Add(time.Hour))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*jobs), "ns/task")
		})
	}
}

// BenchmarkCreate creates a task behind many that wait, and deletes it: the most expensive request of a client.
func BenchmarkCreate(b *testing.B) {
	for _, waiting := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("waiting=%d", waiting), func(b *testing.B) {
			config := loaded(b, 1250)
			config.Background = nil
			w, err := world.New(config, 1)
			if err != nil {
				b.Fatal(err)
			}
			create := world.CreateTask{Spec: world.Spec{
				TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
				Resources: &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: 8, CPUCores: 8, MemoryGB: 8, Image: "i"},
			}}
			name, zone, gpuType, image, gpus, one := "t", "az-bj-a", "A100", "i", 8, 1
			draft := world.Draft{
				TaskName: &name, DatasetID: &create.DatasetID, DatasetVersionID: &create.DatasetVersionID, LaunchMode: &create.LaunchMode,
				Resources: &world.ResourceDraft{Zone: &zone, GPUType: &gpuType, Image: &image, GPUs: &gpus, CPUCores: &one, MemoryGB: &one},
			}
			for made := 0; made < 1250+waiting; made += world.MaxBatch {
				if _, err := w.Step(world.CreateDrafts{Drafts: slices.Repeat([]world.Draft{draft}, world.MaxBatch)}); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				made, err := w.Step(create)
				if err != nil {
					b.Fatal(err)
				}
				if _, err := w.Step(world.DeleteTask{Task: made.Created.Task}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
