package world_test

import (
	"bytes"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

type recordID struct{ kind, id string }

// take carries changes over into a state.
func take(state map[recordID]string, changes []world.Record) {
	for _, r := range changes {
		if r.Data == nil {
			delete(state, recordID{r.Kind, r.ID})
		} else {
			state[recordID{r.Kind, r.ID}] = string(r.Data)
		}
	}
}

func records(state map[recordID]string) []world.Record {
	var list []world.Record
	for id, data := range state {
		list = append(list, world.Record{Kind: id.kind, ID: id.id, Data: []byte(data)})
	}
	return list
}

// Whatever is done: the changes, taken together, are the state; and a world restored from it at any point, with its
// records in any order, has every field of the original and goes on identically.
func TestRestoredWorldsContinue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		kept := map[recordID]string{}
		take(kept, w.Snapshot())
		w.Track()
		var restored *world.World
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			if i%4 == rapid.IntRange(0, 3).Draw(t, "restore") || restored == nil {
				var err error
				if restored, err = world.Restore(w.Config(), records(kept)); err != nil {
					t.Fatal(err)
				}
				if diff := world.Compare(w, restored, world.Fields{}); diff != "" {
					t.Fatalf("the restored world differs: %s", diff)
				}
			}
			command, by := drawStep(t)
			did := step(t, w, command, by)
			if again := step(t, restored, command, by); again != did {
				t.Fatalf("the restored world did something else: %s", cmp.Diff(did, again))
			}
			checkViews(t, w, restored)
			take(kept, w.Changes())
			whole := map[recordID]string{}
			take(whole, w.Snapshot())
			if !maps.Equal(kept, whole) {
				t.Fatalf("the changes make another state: %s", cmp.Diff(whole, kept))
			}
		}
	})
}

// A field that no world of a test ever had says nothing of whether it is restored.
func TestEveryFieldIsRestored(t *testing.T) {
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: 3}, {Zone: "az-sz-c", GPUType: "A100", Count: 2}}
	s.Failures = scenario.Failures{
		OnNodeFailure: "restart", PullError: 0.2, PullAttempts: 3, MaxRestarts: 3,
		CrashMTBF: scenario.Duration(3 * time.Hour), Checkpoint: scenario.Duration(time.Hour / 2),
		NodeMTBF: scenario.Duration(8 * time.Hour), NodeMTTR: scenario.Duration(time.Hour),
		DrainEvery: scenario.Duration(20 * time.Hour), DrainFor: scenario.Duration(time.Hour),
	}
	for _, zone := range []string{"az-bj-a", "az-sz-c"} {
		s.Background = append(s.Background, scenario.Background{
			Zone: zone, GPUType: "A100", CPUCores: 4, MemoryGB: 16,
			Interarrival: scenario.Distribution{Kind: "exponential", A: 6000},
			Length:       scenario.Distribution{Kind: "log-normal", A: 8, B: 1},
			Sizes:        []scenario.Size{{GPUs: 1, Weight: 3}, {GPUs: 8, Weight: 1}},
		})
	}
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, 1)
	if err != nil {
		t.Fatal(err)
	}
	covered := world.Fields{}
	commands := rapid.Custom(drawCommand)
	for i := range 1500 {
		_, _ = w.Step(commands.Example(i))
		w.AdvanceTo(w.Now().Add(time.Duration(i%7) * 11 * time.Minute))
		if i%5 > 0 {
			continue
		}
		restored, err := world.Restore(config, w.Snapshot())
		if err != nil {
			t.Fatal(err)
		}
		if diff := world.Compare(w, restored, covered); diff != "" {
			t.Fatalf("step %d: the restored world differs: %s", i, diff)
		}
		if len(covered.Missing()) == 0 {
			return
		}
	}
	t.Errorf("no world of this test ever had a %v: whether they are restored is unknown", covered.Missing())
}

// busyWorld is a world in which much has happened.
func busyWorld(t testing.TB) *world.World {
	t.Helper()
	s, err := scenario.Named("busy")
	if err != nil {
		t.Fatal(err)
	}
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		c := world.CreateTask{Key: string(rune('a' + i)), Spec: world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", Labels: map[string]string{"a": "b"},
		}}
		if i%3 > 0 {
			c.LaunchMode = world.Dynamic
			c.Resources = &world.Resources{Zone: "az-bj-a", GPUType: "T4", GPUs: 1 + i%9, CPUCores: 8, MemoryGB: 8, Image: "i"}
		}
		if _, err := w.Step(c); err != nil {
			t.Fatal(err)
		}
		w.AdvanceTo(w.Now().Add(10 * time.Minute))
	}
	return w
}

// Damage is refused or leaves a world that works; it never makes one that fails later.
func TestDamagedRecords(t *testing.T) {
	w := busyWorld(t)
	whole := w.Snapshot()
	r := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 200 {
		damaged := slices.Clone(whole)
		i := r.IntN(len(damaged))
		switch r.IntN(4) {
		case 0:
			damaged = slices.Delete(damaged, i, i+1)
		case 1:
			damaged = append(damaged, damaged[i])
		case 2:
			damaged[i].ID = damaged[r.IntN(len(damaged))].ID
		default:
			damaged[i].Data = bytes.Clone(damaged[i].Data)
			// A digit for a digit keeps the record readable.
			data := damaged[i].Data
			for range 1 + r.IntN(3) {
				if k := r.IntN(len(data)); data[k] >= '0' && data[k] <= '9' {
					data[k] = byte('0' + r.IntN(10))
				} else if r.IntN(4) == 0 {
					data[k] = byte(r.IntN(256))
				}
			}
		}
		back, err := world.Restore(w.Config(), damaged)
		if err != nil {
			refused++
			continue
		}
		exercise(back)
	}
	if refused < 40 {
		t.Errorf("only %d of 200 damaged states were refused", refused)
	}
}

// exercise reads all of a world, lets time pass and ends everything.
func exercise(w *world.World) {
	read := func() {
		var views []world.TaskView
		for _, task := range w.Tasks() {
			v := task.View()
			views = append(views, v)
			_, _ = w.Log(v.ID, 10)
		}
		w.Expect(views)
		w.Environments()
		w.Zones()
		w.Snapshot()
	}
	read()
	w.AdvanceTo(w.Now().Add(5 * time.Hour))
	read()
	for _, task := range w.Clone().Tasks() {
		v := task.View()
		_, _ = w.Step(world.DeleteTask{Task: v.ID})
	}
	read()
}

// FuzzRestore puts any text in the place of a record.
func FuzzRestore(f *testing.F) {
	w := busyWorld(f)
	whole := w.Snapshot()
	kinds := map[string]int{}
	for i, r := range whole {
		if kinds[r.Kind]++; kinds[r.Kind] <= 3 {
			f.Add(uint16(i), r.ID, r.Data)
		}
	}
	f.Fuzz(func(_ *testing.T, i uint16, id string, data []byte) {
		changed := slices.Clone(whole)
		record := &changed[int(i)%len(changed)]
		record.ID, record.Data = id, data
		if back, err := world.Restore(w.Config(), changed); err == nil {
			exercise(back)
		}
	})
}

func TestNewerStates(t *testing.T) {
	w := busyWorld(t)
	for what, change := range map[string]func([]world.Record) []world.Record{
		"a newer version": func(r []world.Record) []world.Record {
			r[0].Data = bytes.Replace(r[0].Data, []byte(`"version":1`), []byte(`"version":2`), 1)
			return r
		},
		"an unknown kind": func(r []world.Record) []world.Record {
			return append(r, world.Record{Kind: "gadget", ID: "1", Data: []byte("{}")})
		},
	} {
		_, err := world.Restore(w.Config(), change(w.Snapshot()))
		if !errors.Is(err, world.ErrNewerState) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := world.Restore(w.Config(), append(w.Snapshot()[:1:1], world.Record{Kind: "task", ID: "1", Data: []byte(`{"colour":1}`)}))
	if err == nil || !strings.Contains(err.Error(), `unknown field "colour"`) {
		t.Errorf("an unknown field: %v", err)
	}
}
