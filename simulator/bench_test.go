package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// manyTasks creates 10,000 tasks, and lets all but the last ones come to an end.
func manyTasks(b *testing.B, sim *simulator.Simulator) {
	b.Helper()
	const tasks, together = 10_000, 50
	for i := range tasks {
		post(b, sim, "/api/v1/training-tasks", `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001",`+
			`"launchMode":"dynamic","resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"T4","gpuCount":2,"cpuCores":8,`+
			`"memory":64,"image":"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"}}`)
		if i%together != together-1 || i == tasks-1 {
			continue
		}
		if err := sim.Clock().Advance(10 * time.Minute); err != nil {
			b.Fatal(err)
		}
		for n := i - together + 1; n <= i; n++ {
			post(b, sim, fmt.Sprintf("/api/v1/training-tasks/task-%03d/stop", n+1), "")
		}
	}
}

func post(b *testing.B, sim *simulator.Simulator, path, body string) {
	r := httptest.NewRequest("POST", path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	if sim.ServeHTTP(w, r); w.Code != http.StatusOK {
		b.Error(w.Body)
	}
}

// BenchmarkRestore opens a data folder with 10,000 tasks, beside the decoding of the same as one JSON text.
func BenchmarkRestore(b *testing.B) {
	filled, err := simulator.New(simulator.Options{Clock: simulator.Manual})
	if err != nil {
		b.Fatal(err)
	}
	manyTasks(b, filled)
	w := httptest.NewRecorder()
	filled.ServeHTTP(w, httptest.NewRequest("GET", "/sim/v1/snapshot", nil))
	from := b.TempDir()
	sim, err := simulator.New(simulator.Options{Data: from})
	if err != nil {
		b.Fatal(err)
	}
	r := httptest.NewRequest("PUT", "/sim/v1/snapshot", strings.NewReader(w.Body.String()))
	r.Header.Set("Content-Type", "application/json")
	put := httptest.NewRecorder()
	if sim.ServeHTTP(put, r); put.Code != http.StatusOK {
		b.Fatal(put.Body)
	}
	if err := sim.Close(); err != nil {
		b.Fatal(err)
	}
	b.Run("folder", func(b *testing.B) {
		for b.Loop() {
			sim, err := simulator.New(simulator.Options{Data: from})
			if err != nil {
				b.Fatal(err)
			}
			_ = sim.Close()
		}
		info, err := os.Stat(filepath.Join(from, "state"))
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(info.Size()), "file-bytes")
	})
	b.Run("json", func(b *testing.B) {
		for b.Loop() {
			var all any
			if err := json.Unmarshal(w.Body.Bytes(), &all); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(w.Body.Len()), "file-bytes")
	})
}
