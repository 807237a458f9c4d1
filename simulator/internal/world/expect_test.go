package world_test

import (
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// A queue that is too long to be simulated is expected to move at the rate of its head: four nodes start four equal tasks of
// a whole node each at a time. The draws in the head move all behind it, by a few per cent.
func TestExpectedStartsOfALongQueue(t *testing.T) {
	config, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	create := world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: 8, CPUCores: 8, MemoryGB: 8, Image: "i"},
	}}
	const running, waiting = 4, 1000
	for range running + waiting {
		if _, err := w.Step(create); err != nil {
			t.Fatal(err)
		}
	}
	var queued []world.TaskView
	for _, task := range w.Tasks() {
		v := task.View()
		if v.Status == world.Queued {
			queued = append(queued, v)
		}
	}
	w.Expect(queued)
	if len(queued) != waiting {
		t.Fatalf("%d tasks wait, want %d", len(queued), waiting)
	}
	start := func(i int) time.Duration {
		if queued[i].EstimatedStart == nil {
			t.Fatalf("the task at %d is not expected to start", i+1)
		}
		return queued[i].EstimatedStart.Duration()
	}
	round := (start(43) - start(3)) / 10
	for i := running; i < waiting; i++ {
		if got, want := start(i)-start(i%4), time.Duration(i/4)*round; (got - want).Abs() > max(round, want/20) {
			t.Errorf("the task at %d is expected %s after the first, want %s ± %s", i+1, got, want, max(round, want/20))
		}
		if start(i) < start(i-1)-time.Minute { // the start-ups differ
			t.Errorf("the task at %d is expected before the one ahead of it", i+1)
		}
	}
}
