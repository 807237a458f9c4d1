package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// BenchmarkEstimate asks for estimates behind a long queue in the large world, 1,200 nodes, with or without gangs in it.
func BenchmarkEstimate(b *testing.B) {
	single := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8}
	gangs := slices.Concat(single, []int{12, 16, 32})
	for _, run := range []struct {
		name    string
		waiting int
		sizes   []int
	}{{"waiting=1000", 1000, single}, {"waiting=1000/gangs", 1000, gangs}, {"waiting=10000", 10_000, single}} {
		b.Run(run.name, func(b *testing.B) {
			server := withQueue(b, run.waiting, run.sizes)
			var took []time.Duration
			for b.Loop() {
				w := httptest.NewRecorder()
				began := time.Now()
				server.ServeHTTP(w, request("POST", estimates, dynamic("az-bj-a", "A100", 8)))
				took = append(took, time.Since(began))
				if w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
		})
	}
}

// withQueue is the large world with at least so many tasks waiting in the zone that is asked for.
func withQueue(b *testing.B, waiting int, sizes []int) *httpapi.Server {
	b.Helper()
	large, err := scenario.Named("large")
	if err != nil {
		b.Fatal(err)
	}
	config, err := large.World()
	if err != nil {
		b.Fatal(err)
	}
	server, err := httpapi.New(httpapi.Options{Options: engine.Options{Config: config, Seed: 1, Mode: engine.Manual}})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { server.Close() })
	name, dataset, version, model, mode := "t", "dataset-001", "version-001", "model-001", world.Dynamic
	zone, gpuType, image := "az-bj-a", "A100", "i"
	for queued, i := 0, 0; queued < waiting; {
		drafts := make([]world.Draft, world.MaxBatch)
		for d := range drafts {
			gpus := sizes[i%len(sizes)]
			i++
			drafts[d] = world.Draft{
				TaskName: &name, DatasetID: &dataset, DatasetVersionID: &version, ModelID: &model, LaunchMode: &mode,
				Resources: &world.ResourceDraft{Zone: &zone, GPUType: &gpuType, Image: &image, GPUs: &gpus, CPUCores: &gpus, MemoryGB: &gpus},
			}
		}
		if err := server.Engine().Do(world.CreateDrafts{Drafts: drafts}, func(w *world.World, _ world.Result) {
			queued = w.Queues()[0].Background + len(w.Queues()[0].Tasks)
		}); err != nil {
			b.Fatal(err)
		}
		if _, err := server.Engine().Advance(b.Context(), world.MaxBatch*time.Second); err != nil {
			b.Fatal(err)
		}
	}
	return server
}
