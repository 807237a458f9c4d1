package world_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// A history, job, node or count that no run can have made is refused.
func TestSingleEditsThatNoRunMakes(t *testing.T) {
	t.Parallel()
	w := unsteadyWorld(t)
	whole := w.Snapshot()
	entry := func(r map[string]any, is map[string]any) map[string]any {
		history, _ := r["history"].([]any)
		for _, e := range history {
			e, _ := e.(map[string]any)
			same := e != nil
			for field, value := range is {
				same = same && e[field] == value
			}
			if same {
				return e
			}
		}
		return nil
	}
	dynamic, existing := map[string]any{"mode": "dynamic"}, map[string]any{"mode": "existing"}
	of := func(kind, status string) map[string]any { return map[string]any{"type": kind, "status": status} }
	later := w.Now().Add(time.Hour)
	for _, test := range []struct {
		is    map[string]any // of the entry
		field string
		value any // nil leaves it out
	}{
		{of("queued", "queued"), "status", "running"},
		{of("queued", "queued"), "status", nil},
		{of("queued", "queued"), "status", "dreaming"},
		{of("queued", "queued"), "phase", "pulling_image"},
		{of("queued", "queued"), "reason", "x"},
		{of("queued", "queued"), "reason", "NODE_FAILED"},
		{of("queued", "queued"), "took", 1},
		{of("queued", "queued"), "nodes", []string{"az-bj-a-a100-01"}},
		{of("placed", "allocating"), "status", "running"},
		{of("placed", "allocating"), "phase", "dreaming"},
		{of("placed", "allocating"), "took", -1},
		{of("placed", "allocating"), "took", int64(later)},
		{of("placed", "allocating"), "nodes", []string{"nowhere"}},
		{of("placed", "allocating"), "nodes", nil},
		{of("placed", "allocating"), "reason", "NO_ROOM"},
		{of("placed", "allocating"), "verdicts", []string{"1 node: room"}},
		{of("queued", "queued"), "verdicts", []any{map[string]any{"nodes": 1, "reason": "tired"}}},
		{of("queued", "queued"), "verdicts", []any{map[string]any{"nodes": -1, "reason": "room"}}},
		{of("queued", "queued"), "verdicts", []any{map[string]any{}}},
		{of("queued", "queued"), "verdicts", []any{map[string]any{"behind": map[string]any{"more": -1}}}},
		{of("queued", "queued"), "verdicts", []any{map[string]any{"reason": "room", "behind": map[string]any{}}}},
		{of("phase", "starting"), "reason", "IMAGE_PULL_FAILED"},
		{map[string]any{"type": "phase", "phase": "mounting_data"}, "reason", "IMAGE_PULL_RETRIED"},
		{of("status", "running"), "phase", "finding_nodes"},
		{of("status", "running"), "reason", "STOPPED_BY_USER"},
		{of("status", "running"), "took", int64(later)},
		{of("status", "running"), "node", "az-bj-a-a100-01"},
		{of("status", "running"), "environment", "env-001"},
		{of("status", "succeeded"), "took", -5},
		{map[string]any{"type": "created", "mode": "dynamic"}, "status", "queued"},
		{map[string]any{"type": "created", "mode": "existing"}, "status", nil},
		{map[string]any{"type": "created", "mode": "existing"}, "environment", "env-999"},
		{of("queued", "queued"), "type", "dreamt"},
		{of("queued", "queued"), "type", "node"},
		{dynamic, "zone", "az-bj-b"},
		{dynamic, "mode", "existing"},
		{dynamic, "mode", "dreaming"},
		{existing, "zone", "az-bj-a"},
		{existing, "mode", "dynamic"},
	} {
		what := fmt.Sprintf("%v with %s = %v", test.is, test.field, test.value)
		chosen := func(r map[string]any) bool { return entry(r, test.is) != nil }
		rule := "." + test.field + ": "
		if test.field == "type" {
			rule = fmt.Sprintf("history: event 2 is %q", test.value)
		}
		refuses(t, w, what, edit(t, whole, "task", chosen, func(r map[string]any) {
			if e := entry(r, test.is); test.value == nil {
				delete(e, test.field)
			} else {
				e[test.field] = test.value
			}
		}), "task ", rule)
	}

	// Entries of old states have neither mode nor zone.
	old := edit(t, whole, "task", func(r map[string]any) bool { return entry(r, dynamic) != nil }, func(r map[string]any) {
		delete(entry(r, map[string]any{"type": "created"}), "zone")
		delete(entry(r, map[string]any{"type": "created"}), "mode")
	})
	if _, err := world.Restore(w.Config(), old); err != nil {
		t.Errorf("an entry without mode and zone: %v", err)
	}

	always := func(map[string]any) bool { return true }
	succeeded := func(r map[string]any) bool { return r["mode"] == "dynamic" && r["status"] == "succeeded" }
	in := func(field, member string, value any) func(map[string]any) {
		return func(r map[string]any) { r[field].(map[string]any)[member] = value }
	}
	set := func(field string, value any) func(map[string]any) { return func(r map[string]any) { r[field] = value } }
	for _, test := range []struct {
		what, kind   string
		chosen       func(map[string]any) bool
		change       func(map[string]any)
		record, rule string
	}{
		{"more GPUs than the zone has, at its end", "task", succeeded, in("resources", "gpus", 1000), "task ", "gpuCount"},
		{"more GPUs than its nodes had", "task", func(r map[string]any) bool {
			nodes, _ := r["nodes"].([]any)
			return succeeded(r) && len(nodes) == 1
		}, in("resources", "gpus", 9), "task ", "history["},
		{"no GPUs at its end", "task", succeeded, in("resources", "gpus", 0), "task ", "gpuCount"},
		{"another length at its end", "task", succeeded, func(r map[string]any) {
			n, _ := r["length"].(json.Number).Int64()
			r["length"] = n + 1
		}, "task ", "served: "},
		{"another size than it holds", "job", always, set("gpus", 2), "job ", "holds: "},
		{"out of service before the start, by hand", "node", always, func(r map[string]any) {
			r["state"], r["by"], r["since"] = "draining", "up", -1
		}, "node ", "since"},
		{"out of service from the future on", "node", always, set("since", int64(later)), "node ", "not between the start and now"},
		{"fewer arrivals than jobs and tasks", "world", always, set("arrivals", 1), "", "arrival"},
		{"no count of events", "world", always, set("processed", nil), "world", "processed: "},
		{"a negative count of events", "world", always, set("processed", -1), "world", "processed: "},
		{"more events than there can be", "world", always, set("processed", uint64(1)<<63), "world", "processed: "},
		{"a last arrival in the future", "world", always, set("lastArrival", []int64{int64(later)}), "world", "lastArrival"},
	} {
		refuses(t, w, test.what, edit(t, whole, test.kind, test.chosen, test.change), test.record, test.rule)
	}
}

// Nothing is placed on a node that is out of service.
func TestNodesThatWereOutOfServiceWhenUsed(t *testing.T) {
	t.Parallel()
	w := unsteadyWorld(t)
	whole := w.Snapshot()
	refused := 0
	for i, r := range whole {
		if r.Kind == "node" {
			changed := slices.Clone(whole)
			changed[i].Data = []byte(`{"state":"draining","by":"up","events":2,"since":1}`)
			_, err := world.Restore(w.Config(), changed)
			if err != nil && strings.Contains(err.Error(), "on node "+r.ID+", which is draining since") {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("a task was restored that was placed on a node out of service")
	}
}

// refuses fails the test unless the state is refused with a violation of this record that has this text.
func refuses(t *testing.T, w *world.World, what string, state []world.Record, record, text string) {
	t.Helper()
	_, err := world.Restore(w.Config(), state)
	var v *world.Violation
	if !errors.As(err, &v) || v.Rule == "" || !strings.HasPrefix(v.Record, record) || !strings.Contains(err.Error(), text) {
		t.Errorf("%s: restored with %v; want a violation of %q, %q", what, err, record, text)
	}
}
