package world_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

// loaded is a zone of nodes of 8 GPUs at 90 % load, with the sizes and lengths fitted to the Alibaba 2023 GPU tasks.
func loaded(b *testing.B, nodes int) *world.Config {
	b.Helper()
	const meanGPUSeconds = 2.7 * 4402
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: nodes}}
	s.Background = []scenario.Background{{
		Zone: "az-bj-a", GPUType: "A100", CPUCores: 16, MemoryGB: 128,
		Interarrival: scenario.Distribution{Kind: "exponential", A: meanGPUSeconds / (0.9 * 8 * float64(nodes))},
		Length:       scenario.Distribution{Kind: "log-normal", A: 6.566, B: 1.910},
		Sizes:        []scenario.Size{{GPUs: 1, Weight: 50}, {GPUs: 2, Weight: 20}, {GPUs: 4, Weight: 15}, {GPUs: 8, Weight: 15}},
	}}
	config, err := s.World()
	if err != nil {
		b.Fatal(err)
	}
	return config
}

// BenchmarkBackground runs other users' jobs through a whole world, best-fit and EASY backfill. One iteration is the
// whole run; two events a job.
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

// BenchmarkTasks creates clients' tasks in a queue that only grows: the worst that a client can do to it.
func BenchmarkTasks(b *testing.B) {
	config := loaded(b, 1250)
	config.Background = nil
	spec := world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: 4, CPUCores: 8, MemoryGB: 8, Image: "i"},
	}
	const tasks = 3_500 // 2,500 run, 1,000 wait
	for b.Loop() {
		w, err := world.New(config, 1)
		if err != nil {
			b.Fatal(err)
		}
		for range tasks {
			if _, err := w.Step(world.CreateTask{Spec: spec}); err != nil {
				b.Fatal(err)
			}
		}
		runtime.KeepAlive(w)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*tasks), "ns/task")
}
