package world_test

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

type recordID struct{ kind, id string }

// take applies changes to a state.
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

// After any commands the changes make up the state. A world that is restored from it at any point, with the records in any
// order, equals the original and continues identically.
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

// Each field has a value in some world that is restored and compared. Otherwise it could be forgotten.
func TestEveryFieldIsRestored(t *testing.T) {
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: 3}, {Zone: "az-sz-c", GPUType: "A100", Count: 2}}
	s.Failures = world.Failures{
		OnNodeFailure: "restart", PullError: 0.2, PullAttempts: 3, MaxRestarts: 3,
		CrashMTBF: des.Duration(3 * time.Hour), Checkpoint: des.Duration(time.Hour / 2),
		NodeMTBF: des.Duration(8 * time.Hour), NodeMTTR: des.Duration(time.Hour),
		DrainEvery: des.Duration(20 * time.Hour), DrainFor: des.Duration(time.Hour),
	}
	for _, zone := range []string{"az-bj-a", "az-sz-c"} {
		s.Background = append(s.Background, world.Background{
			Zone: zone, GPUType: "A100", CPUCores: 4, MemoryGB: 16,
			Interarrival: distribution.Distribution{Kind: "exponential", A: 6000},
			Length:       distribution.Distribution{Kind: "log-normal", A: 8, B: 1},
			Sizes:        []world.Size{{GPUs: 1, Weight: 3}, {GPUs: 8, Weight: 1}},
			Priority:     world.High,
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

func TestNewerStates(t *testing.T) {
	w := busyWorld(t)
	for what, change := range map[string]func([]world.Record) []world.Record{
		"a newer version": func(r []world.Record) []world.Record {
			r[0].Data = bytes.Replace(r[0].Data, []byte(`"version":2`), []byte(`"version":3`), 1)
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
	whole := w.Snapshot()
	i := slices.IndexFunc(whole, func(r world.Record) bool { return r.Kind == "task" })
	whole[i].Data = []byte(`{"colour":1}`)
	_, err := world.Restore(w.Config(), whole)
	if err == nil || !strings.Contains(err.Error(), `unknown field "colour"`) {
		t.Errorf("an unknown field: %v", err)
	}
}
