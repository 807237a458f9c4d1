package world_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// busyWorld returns a world in which much has happened.
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

// A damaged state is refused, or makes a world that works.
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
			// Replacing a digit by a digit keeps the record readable.
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

// exercise reads all of a world, lets time pass and deletes all tasks.
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

// unsteadyWorld is a small world in which everything happens at some time, with a load so light that it comes to rest.
func unsteadyWorld(t testing.TB) *world.World {
	t.Helper()
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "A100", Count: 2}, {Zone: "az-sz-c", GPUType: "A100", Count: 2}}
	s.Failures = world.Failures{
		OnNodeFailure: "restart", PullError: 0.2, PullAttempts: 3, MaxRestarts: 3,
		CrashMTBF: des.Duration(20 * time.Hour), Checkpoint: des.Duration(time.Hour / 2),
		NodeMTBF: des.Duration(200 * time.Hour), NodeMTTR: des.Duration(time.Hour),
		DrainEvery: des.Duration(200 * time.Hour), DrainFor: des.Duration(time.Hour),
	}
	s.Background = []world.Background{{
		Zone: "az-sz-c", GPUType: "A100", CPUCores: 4, MemoryGB: 16,
		Interarrival: distribution.Distribution{Kind: "exponential", A: 3000},
		Length:       distribution.Distribution{Kind: "exponential", A: 3000},
		Sizes:        []world.Size{{GPUs: 1, Weight: 3}, {GPUs: 8, Weight: 1}},
	}}
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, 5)
	if err != nil {
		t.Fatal(err)
	}
	commands := rapid.Custom(drawCommand)
	for i := range 300 {
		_, _ = w.Step(commands.Example(i))
		if i%4 == 0 {
			w.AdvanceTo(w.Now().Add(45 * time.Minute))
		}
	}
	for i := range 12 {
		c := world.CreateTask{Spec: world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
			Resources: &world.Resources{Zone: "az-sz-c", GPUType: "A100", GPUs: 1 + 3*(i%5), CPUCores: 8, MemoryGB: 8, Image: "i"},
		}}
		if i%3 == 2 {
			c.LaunchMode, c.Resources = world.Existing, nil
		}
		if _, err := w.Step(c); err != nil {
			t.Fatal(err)
		}
		w.AdvanceTo(w.Now().Add(time.Minute))
	}
	return w
}

// comesToRest brings all nodes up, lets the world run until no task has anything left to happen, and restores it from its
// state.
func comesToRest(w *world.World) error {
	if err := w.CheckInvariants(); err != nil {
		return err
	}
	for i := range w.Cluster().Len() {
		if _, err := w.Step(world.SetNode{Node: w.Cluster().Node(i).Name, State: cluster.Up}); err != nil {
			return err
		}
	}
	for events := 0; !w.Idle(); events++ {
		next, ok := w.Next()
		if !ok || events > 300_000 {
			return fmt.Errorf("after %d events, at %s, tasks still wait", events, w.Now().Duration())
		}
		w.AdvanceTo(next)
	}
	again, err := world.Restore(w.Config(), w.Snapshot())
	if err != nil {
		return fmt.Errorf("its own state is refused: %w", err)
	}
	if diff := world.Compare(w, again, world.Fields{}); diff != "" {
		return fmt.Errorf("saved and restored it differs: %s", diff)
	}
	return nil
}

// edit changes the first record of a kind that is chosen, as JSON, and returns all records with it.
func edit(t testing.TB, records []world.Record, kind string, chosen func(map[string]any) bool, change func(map[string]any)) []world.Record {
	t.Helper()
	for i, r := range records {
		if r.Kind != kind {
			continue
		}
		var fields map[string]any
		d := json.NewDecoder(bytes.NewReader(r.Data))
		d.UseNumber()
		if err := d.Decode(&fields); err != nil {
			t.Fatal(err)
		}
		if !chosen(fields) {
			continue
		}
		change(fields)
		data, err := json.Marshal(fields)
		if err != nil {
			t.Fatal(err)
		}
		changed := slices.Clone(records)
		changed[i].Data = data
		return changed
	}
	t.Fatalf("no record of kind %s is as wanted", kind)
	return nil
}

// A state that no world can have is refused, and the error names record, field and rule.
func TestStatesThatNoRunMakes(t *testing.T) {
	t.Parallel()
	w := unsteadyWorld(t)
	whole := w.Snapshot()
	if err := comesToRest(w); err != nil {
		t.Fatal(err)
	}
	is := func(field, value string) func(map[string]any) bool {
		return func(r map[string]any) bool { return fmt.Sprint(r[field]) == value }
	}
	running := func(r map[string]any) bool { return r["status"] == "running" && r["mode"] == "dynamic" }
	set := func(field string, value any) func(map[string]any) { return func(r map[string]any) { r[field] = value } }
	less := func(field string) func(map[string]any) {
		return func(r map[string]any) {
			n, _ := r[field].(json.Number).Int64()
			r[field] = n - 1
		}
	}
	later := func(r map[string]any) {
		n, _ := r["at"].(json.Number).Int64()
		r["at"] = n + int64(time.Hour)
	}
	any0 := func(map[string]any) bool { return true }
	for _, test := range []struct {
		what, kind   string
		chosen       func(map[string]any) bool
		change       func(map[string]any)
		record, rule string // in the refusal
	}{
		{"an end that was moved", "event", is("kind", "training ends"), later, "event ", "start and length put it at"},
		{"an end of others that was moved", "event", is("kind", "background ends"), later, "event ", "start and length put it at"},
		{"a moved end in an environment", "event", is("kind", "environment serves"), later, "event ", "start and length put it at"},
		{"length 0", "task", running, set("length", 0), "task ", "length: "},
		{"length 0 of a task that waits", "task", is("status", "queued"), set("length", 0), "task ", "length: "},
		{"running without having started", "task", running, func(r map[string]any) { delete(r, "wasStarted") }, "task ", "wasStarted: "},
		{"a missing start", "task", running, func(r map[string]any) { delete(r, "started") }, "task ", "started: "},
		{"a missing creation", "task", running, set("created", 0), "task ", "history[0]: "},
		{"fewer GPUs held than asked", "task", running, func(r map[string]any) {
			r["resources"].(map[string]any)["gpus"] = json.Number("16")
		}, "task ", "holds: "},
		{"a part of what it holds", "task", running, func(r map[string]any) {
			delete(r["holds"].([]any)[0].(map[string]any), "memoryMib")
		}, "task ", "holds: "},
		{"nodes that it isn't on", "task", running, set("nodes", []string{"az-bj-a-a100-02"}), "task ", "nodes: "},
		{"a blank name", "task", any0, set("taskName", " "), "task ", "taskName: "},
		{"no dataset", "task", any0, set("datasetId", ""), "task ", "datasetId: "},
		{"no history", "task", running, set("history", []any{}), "task ", "history: "},
		{"a history that runs backwards", "task", running, func(r map[string]any) {
			slices.Reverse(r["history"].([]any))
		}, "task ", "history[0]: "},
		{"a history without its middle", "task", running, func(r map[string]any) {
			h := r["history"].([]any)
			r["history"] = slices.Delete(h, len(h)/2, len(h)/2+1)
		}, "task ", "history["},
		{"another task's history", "task", running, func(r map[string]any) {
			r["history"].([]any)[0].(map[string]any)["task"] = "task-999"
		}, "task ", "history[0]: "},
		{"another end", "task", is("status", "succeeded"), set("status", "failed"), "task ", "status: "},
		{"an end that was moved after it came", "task", is("status", "succeeded"), less("finished"), "task ", "finished: "},
		{"less on the bill", "task", func(r map[string]any) bool {
			return r["status"] == "succeeded" && r["mode"] == "dynamic"
		}, less("billed"), "task ", "billed: "},
		{"a status that is none", "task", running, set("status", "dreaming"), "task ", "status: "},
		{"a phase of another status", "task", running, set("phase", "pulling_image"), "task ", "phase: "},
		{"an arrival that was not", "task", is("status", "queued"), set("arrival", 1<<40), "task ", "arrival: "},
		{"a node that nothing brings back", "node", is("state", "up"), set("by", "draining"), "node ", "by: "},
		{"an environment from the future", "environment", is("running", "true"), set("since", 1<<60), "environment ", "range"},
		{"more arrivals than jobs", "world", any0, set("jobs", 0), "", "job"},
		{"a number for a name", "task", any0, set("taskName", 7), "task ", "taskName: "},
	} {
		t.Run(test.what, func(t *testing.T) {
			_, err := world.Restore(w.Config(), edit(t, whole, test.kind, test.chosen, test.change))
			var v *world.Violation
			if !errors.As(err, &v) || v.Rule == "" || !strings.HasPrefix(v.Record, test.record) || !strings.Contains(err.Error(), test.rule) {
				t.Errorf("restored with %v; want a violation of %q, %q", err, test.record, test.rule)
			}
		})
	}
}

func TestNodesThatFailedUnderTasks(t *testing.T) {
	t.Parallel()
	w := unsteadyWorld(t)
	whole := w.Snapshot()
	refused := 0
	for i, r := range whole {
		if r.Kind == "node" {
			changed := slices.Clone(whole)
			changed[i].Data = []byte(`{"state":"failed","by":"up","events":2}`)
			_, err := world.Restore(w.Config(), changed)
			if err != nil && strings.Contains(err.Error(), "holds: it holds node "+r.ID+", which has failed") {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("a task was restored on a node that has failed")
	}
}

// A state with any one field changed is refused, or makes a world that runs to its end.
func TestChangedFields(t *testing.T) {
	t.Parallel()
	w := unsteadyWorld(t)
	whole := w.Snapshot()
	seen := map[string]int{} // by kind and field
	refused, accepted := 0, map[string]int{}
	for i, r := range whole {
		var fields map[string]json.RawMessage
		if json.Unmarshal(r.Data, &fields) != nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(fields)) {
			kind := r.Kind + " " + name
			if seen[kind]++; seen[kind] > 6 {
				continue
			}
			old := fields[name]
			for _, value := range []string{"null", "0", "1", "-1", "9007199254740993", `""`, `"x"`, "[]", "{}", "true", "false", string(old) + "0"} {
				fields[name] = json.RawMessage(value)
				data, err := json.Marshal(fields)
				if err != nil {
					continue // not JSON
				}
				changed := slices.Clone(whole)
				changed[i].Data = data
				back, err := world.Restore(w.Config(), changed)
				if err != nil {
					refused++
					continue
				}
				accepted[kind]++
				if accepted[kind] > 3 {
					continue // running each to its end takes long
				}
				if err := comesToRest(back); err != nil {
					t.Errorf("%s %s with %s = %s: %v", r.Kind, r.ID, name, value, err)
				}
			}
			fields[name] = old
		}
	}
	t.Logf("%d were refused; accepted by field: %v", refused, accepted)
}

// FuzzRestore replaces a record by any text. A state that is accepted runs to its end, and can be saved and restored again.
func FuzzRestore(f *testing.F) {
	w := unsteadyWorld(f)
	whole := w.Snapshot()
	kinds := map[string]int{}
	for i, r := range whole {
		if kinds[r.Kind]++; kinds[r.Kind] <= 5 {
			f.Add(uint16(i), r.ID, r.Data)
		}
	}
	f.Fuzz(func(t *testing.T, i uint16, id string, data []byte) {
		changed := slices.Clone(whole)
		record := &changed[int(i)%len(changed)]
		record.ID, record.Data = id, data
		back, err := world.Restore(w.Config(), changed)
		if err != nil {
			return
		}
		exercise(back.Clone())
		if err := comesToRest(back); err != nil {
			t.Fatal(err)
		}
	})
}
