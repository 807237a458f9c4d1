package world_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Jobs behind a gang are placed at random. Neither making a reservation for the gang nor dropping it may draw.
func TestCloneContinuesUnderRandomPlacement(t *testing.T) {
	for seed := range uint64(20) {
		s := scenario.Default()
		s.Policy = "random"
		config, err := s.World()
		if err != nil {
			t.Fatal(err)
		}
		w, err := world.New(config, seed)
		if err != nil {
			t.Fatal(err)
		}
		create := func(w *world.World, gpus int, model string) string {
			r, err := w.Step(world.CreateTask{Spec: world.Spec{
				TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic, ModelID: model,
				Resources: &world.Resources{Zone: "az-sz-c", GPUType: "A100", GPUs: gpus, CPUCores: 8, MemoryGB: 8, Image: "i"},
			}})
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(r)
		}
		create(w, 4, "model-001")
		create(w, 40, "") // the gang
		create(w, 2, "model-001")
		clone := w.Clone()
		for i := range 8 {
			if original, cloned := create(w, 1+i%3, ""), create(clone, 1+i%3, ""); original != cloned {
				t.Fatalf("seed %d, task %d: the clone did\n%s\nand the original\n%s", seed, i, cloned, original)
			}
		}
		end := w.Now().Add(100 * time.Hour)
		if original, cloned := fmt.Sprint(w.AdvanceTo(end)), fmt.Sprint(clone.AdvanceTo(end)); original != cloned {
			t.Fatalf("seed %d: the clone went another way", seed)
		}
	}
}

func TestDeletionLeavesClonesAlone(t *testing.T) {
	w := newWorld(t, "small", 1)
	c := world.CreateTask{Spec: world.Spec{TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001"}}
	if _, err := w.Step(c); err != nil {
		t.Fatal(err)
	}
	w.AdvanceTo(des.Time(24 * time.Hour))
	clone := w.Clone()
	before, err := clone.History("task-001")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Step(world.DeleteTask{Task: "task-001"}); err != nil {
		t.Fatal(err)
	}
	if after, _ := clone.History("task-001"); len(after) != len(before) {
		t.Errorf("the clone's history went from %d to %d events", len(before), len(after))
	}
}

// The progress of a training of many months only grows.
func TestProgressOfALongTraining(t *testing.T) {
	s := scenario.Default()
	s.Datasets[2].Tokens *= 12
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Step(world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-003", DatasetVersionID: "version-001", ModelID: "model-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{Zone: "az-bj-a", GPUType: "T4", GPUs: 1, CPUCores: 1, MemoryGB: 1, Image: "i"},
	}}); err != nil {
		t.Fatal(err)
	}
	last := 0.0
	for range 80 {
		w.AdvanceTo(w.Now().Add(10 * 24 * time.Hour))
		v, err := w.Task("task-001")
		if err != nil {
			t.Fatal(err)
		}
		if v.Progress < last || v.Progress > 1 || v.Status != world.Running {
			t.Fatalf("%s after %s: %s, progress %v after %v", v.ID, w.Now().Duration(), v.Status, v.Progress, last)
		}
		last = v.Progress
		if _, err := w.Log("task-001", 5); err != nil {
			t.Fatal(err)
		}
	}
	if last < 0.5 {
		t.Errorf("progress %v after 800 days", last)
	}
}

func TestEditsAreOneEntryOfTheHistory(t *testing.T) {
	w := newWorld(t, "small", 1)
	c := world.CreateTask{Spec: world.Spec{TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001"}}
	if _, err := w.Step(c); err != nil {
		t.Fatal(err)
	}
	history := func(w *world.World) []world.Event {
		events, err := w.History("task-001")
		if err != nil {
			t.Fatal(err)
		}
		return events
	}
	edit := func(w *world.World, name string) {
		if _, err := w.Step(world.UpdateTask{Task: "task-001", TaskName: &name}); err != nil {
			t.Fatal(err)
		}
	}
	edit(w, "first")
	clone := w.Clone()
	before := fmt.Sprint(history(clone))
	w.AdvanceTo(des.Time(time.Second))
	for i := range 100 {
		edit(w, fmt.Sprint("edit ", i))
	}
	if got := history(w); len(got) != 2 || got[1].Type != world.TaskUpdated || got[1].At != des.Time(time.Second) {
		t.Errorf("after a hundred edits the history is %v", got)
	}
	if after := fmt.Sprint(history(clone)); after != before {
		t.Errorf("editing a task changed its clone's history from %s to %s", before, after)
	}
}
