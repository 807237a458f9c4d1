package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

// BenchmarkEstimate asks for estimates behind 1,000 waiting tasks in the large world, 1,200 nodes.
func BenchmarkEstimate(b *testing.B) {
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
	defer server.Close()
	sizes := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8}
	for queued, i := 0, 0; queued < 1000; i++ {
		gpus := sizes[i%len(sizes)]
		create := world.CreateTask{Spec: world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: "model-001", LaunchMode: world.Dynamic,
			Resources: &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: gpus, CPUCores: gpus, MemoryGB: gpus, Image: "i"},
		}}
		err := server.Engine().Do(create, func(_ *world.World, r world.Result) {
			if r.Created.Status == world.Queued {
				queued++
			}
		})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := server.Engine().Advance(b.Context(), time.Second); err != nil {
			b.Fatal(err)
		}
	}
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
}
