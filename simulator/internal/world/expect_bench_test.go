package world_test

import (
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// queuedWorld returns a world in which n tasks of all sizes wait in one zone.
func queuedWorld(t testing.TB, name string, seed uint64, queued int) *world.World {
	t.Helper()
	w := newWorld(t, name, seed)
	sizes := []int{1, 1, 1, 2, 2, 4, 8, 12}
	for i, n := 0, 0; n < queued; i++ {
		r, err := w.Step(world.CreateTask{Spec: world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: []string{"model-001", "model-002", ""}[i%3],
			LaunchMode: world.Dynamic,
			Resources:  &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: sizes[i%len(sizes)], CPUCores: 8, MemoryGB: 8, Image: "i"},
		}})
		if err != nil {
			t.Fatal(err)
		}
		if w.Status(r.Created.Task) == world.Queued {
			n++
		}
		w.AdvanceTo(w.Now().Add(time.Second))
	}
	return w
}

func queuedTasks(w *world.World) []world.TaskView {
	var queued []world.TaskView
	for _, task := range w.Tasks() {
		if v := task.View(); v.Status == world.Queued {
			queued = append(queued, v)
		}
	}
	return queued
}

// BenchmarkExpect lists 500 queued tasks, each time after a change.
func BenchmarkExpect(b *testing.B) {
	for _, name := range []string{"busy", "flaky"} {
		b.Run(name, func(b *testing.B) {
			w := queuedWorld(b, name, 1, 500)
			views := queuedTasks(w)
			for b.Loop() {
				w.Clone().Expect(views)
			}
		})
	}
}
