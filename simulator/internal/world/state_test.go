package world_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

var writeState = flag.Bool("write-state", false, "write the latest of testdata/state-*.json anew")

// A saved state stays readable. If the format of a record changes, StateVersion must grow, a new file must be added here,
// and the old ones must still be read, as the same state. Before the first release the file may be written anew instead.
func TestSavedStatesAreReadForEver(t *testing.T) {
	file := func(version int) string { return fmt.Sprintf("testdata/state-%d.json", version) }
	config, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	if *writeState {
		w, err := world.New(config, 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 6 {
			c := world.CreateTask{Key: string(rune('a' + i)), Spec: world.Spec{
				TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", Labels: map[string]string{"a": "b"},
			}}
			if i > 0 {
				c.LaunchMode = world.Dynamic
				c.Resources = &world.Resources{Zone: "az-sz-c", GPUType: "A100", GPUs: 12, CPUCores: 8, MemoryGB: 8, Image: "i"}
			}
			if _, err := w.Step(c); err != nil {
				t.Fatal(err)
			}
			w.AdvanceTo(w.Now().Add(20 * time.Minute))
		}
		data, err := json.MarshalIndent(readable(w.Snapshot()), "", " ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file(world.StateVersion), append(data, '\n'), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(version int) (text string, w *world.World) {
		t.Helper()
		data, err := os.ReadFile(file(version))
		if err != nil {
			t.Fatal(err)
		}
		var saved map[string]map[string]json.RawMessage
		if err := json.Unmarshal(data, &saved); err != nil {
			t.Fatal(err)
		}
		var records []world.Record
		for kind, byID := range saved {
			for id, data := range byID {
				records = append(records, world.Record{Kind: kind, ID: id, Data: data})
			}
		}
		if w, err = world.Restore(config, records); err != nil {
			t.Fatalf("%s: %v", file(version), err)
		}
		return string(data), w
	}
	text, latest := read(world.StateVersion)
	again, err := json.MarshalIndent(readable(latest.Snapshot()), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(again)+"\n"); diff != "" {
		t.Errorf("records have another form than version %d has: %s", world.StateVersion, diff)
	}
	for version := 1; version < world.StateVersion; version++ {
		_, w := read(version)
		if diff := cmp.Diff(readable(latest.Snapshot())["task"], readable(w.Snapshot())["task"]); diff != "" {
			t.Errorf("the tasks of %s are read as other tasks than those of version %d: %s", file(version), world.StateVersion, diff)
		}
	}
}

func readable(records []world.Record) map[string]map[string]json.RawMessage {
	state := map[string]map[string]json.RawMessage{}
	for _, r := range records {
		if state[r.Kind] == nil {
			state[r.Kind] = map[string]json.RawMessage{}
		}
		state[r.Kind][r.ID] = r.Data
	}
	return state
}
