package world_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Forks of any world keep its invariants, and change neither the world nor each other.
func TestForksAreWorldsOfTheirOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		for range rapid.IntRange(0, 25).Draw(t, "steps") {
			c, by := drawStep(t)
			step(t, w, c, by)
		}
		untouched := w.Clone()
		seed := rapid.Uint64().Draw(t, "fork")
		where := rapid.SampledFrom([]world.Launch{
			{Mode: world.Dynamic, Zone: "az-bj-a"}, {Mode: world.Dynamic, Zone: "az-sz-c"}, {Mode: world.Existing, Environment: "env-001"},
		}).Draw(t, "where")
		prospect := w.Prospect(where, "")
		first, second := &prospect.Fork(seed).World, &prospect.Fork(seed).World
		create := drawCreate(t, where.Environment)
		create.LaunchMode, create.Resources.Zone = where.Mode, where.Zone
		if create.EnvironmentID = nil; where.Mode == world.Existing {
			create.EnvironmentID, create.Resources = &where.Environment, nil
		}
		for _, f := range []*world.World{first, second} {
			_, _ = f.Step(create)
			for end := w.Now().Add(48 * time.Hour); f.Now() < end; {
				next, ok := f.Next()
				if !ok {
					break
				}
				if next < w.Now() {
					t.Fatalf("a fork of %v has an event at %v", w.Now(), next)
				}
				f.AdvanceTo(min(next, end))
				if where.Zone == "az-bj-a" { // the background load is in this zone only, and a fork has that of its own zone
					if err := f.CheckInventory(); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		if a, b := states(first), states(second); a != b {
			t.Fatalf("the same fork went two ways:\n%s\n%s", a, b)
		}
		end := w.Now().Add(48 * time.Hour)
		if a, b := fmt.Sprint(w.AdvanceTo(end)), fmt.Sprint(untouched.AdvanceTo(end)); a != b {
			t.Fatalf("a fork changed the world:\n%s\n%s", a, b)
		}
	})
}

func states(w *world.World) string {
	text := ""
	for _, task := range w.Tasks() {
		v := task.View()
		v.Labels, v.Resources = nil, nil
		text += fmt.Sprintln(v.ID, v.Status, v.Phase, v.Nodes, v.Cost, v.Progress)
	}
	return text
}

// A fork knows what has elapsed: a training that has lasted for long can't be short.
func TestForksKnowWhatHasElapsed(t *testing.T) {
	w := newWorld(t, "default", 1)
	r, err := w.Step(world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: "model-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{Zone: "az-bj-a", GPUType: "A100", GPUs: 1, CPUCores: 1, MemoryGB: 1, Image: "i"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	id := r.Created.Task
	end := w.Clone()
	for end.Status(id) != world.Succeeded {
		at, _ := end.Next()
		end.AdvanceTo(at)
	}
	// A minute before its end, which a fork must not know.
	w.AdvanceTo(end.Now().Add(-time.Minute))
	ends := map[time.Duration]bool{}
	for seed := range uint64(50) {
		f := w.Prospect(world.Launch{Mode: world.Dynamic, Zone: "az-bj-a"}, "A100").Fork(seed)
		for f.Status(id) == world.Running {
			at, ok := f.Next()
			if !ok || at < w.Now() {
				t.Fatalf("the next event of a fork at %v is at %v", w.Now(), at)
			}
			f.AdvanceTo(at)
		}
		ends[f.Now().Sub(w.Now())] = true
	}
	if len(ends) < 45 {
		t.Errorf("50 forks end at %d times: %v", len(ends), ends)
	}
}
