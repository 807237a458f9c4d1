package world_test

import (
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Restoring a record of one mebibyte allocates some tens of mebibytes at most. An event takes 200 bytes in memory, and as
// little as {} in the record.
func TestWhatARecordTakes(t *testing.T) {
	w := busyWorld(t)
	for name, data := range map[string]string{
		"events without anything":   `{"history":[` + strings.Repeat(`{},`, 1<<20/3) + `{}]}`,
		"events of one task":        `{"history":[` + strings.Repeat(`{"type":"phase","task":"a"},`, 1<<20/28) + `{}]}`,
		"events of no task":         `{"history":[` + strings.Repeat(`{"type":"node","node":"a"},`, 1<<20/28) + `{}]}`,
		"parts":                     `{"holds":[` + strings.Repeat(`{},`, 1<<20/3) + `{}]}`,
		"verdicts without anything": `{"history":[{"type":"queued","task":"a","verdicts":[` + strings.Repeat(`{},`, 1<<20/3) + `{}]}]}`,
		"verdicts of version 1":     `{"history":[{"type":"queued","task":"a","verdicts":[` + strings.Repeat(`"",`, 1<<20/3) + `""]}]}`,
		"no list":                   `{"history":{}}`,
		"half a list":               `{"history":[`,
	} {
		records := w.Snapshot()
		for i := range records {
			if records[i].Kind == "task" {
				records[i].Data = []byte(data)
				break
			}
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := world.Restore(w.Config(), records)
		runtime.ReadMemStats(&after)
		var broken *world.Violation
		if !errors.As(err, &broken) || !strings.HasPrefix(broken.Record, "task ") {
			t.Errorf("%s: error %v, want one of a task", name, err)
		}
		if mebibytes := (after.TotalAlloc - before.TotalAlloc) >> 20; mebibytes > 150 {
			t.Errorf("%s: %d MiB", name, mebibytes)
		} else {
			t.Logf("%s: %d MiB, %.100v", name, mebibytes, err)
		}
	}
}

// A job that holds a node of another zone is refused before it is added to a queue, which does not know the node.
func TestAJobOnANodeOfAnotherZone(t *testing.T) {
	w := busyWorld(t)
	nodes := w.Config().Nodes
	refused := 0
	for node := range nodes {
		changed := false
		records := edit(t, w.Snapshot(), "job", func(job map[string]any) bool { return job["holds"] != nil }, func(job map[string]any) {
			part := job["holds"].([]any)[0].(map[string]any)
			at, err := part["node"].(json.Number).Int64()
			if err != nil {
				t.Fatal(err)
			}
			of := nodes[at]
			changed = of.Zone != nodes[node].Zone && of.GPUType == nodes[node].GPUType
			part["node"] = node
		})
		if !changed {
			continue
		}
		_, err := world.Restore(w.Config(), records)
		var broken *world.Violation
		if !errors.As(err, &broken) || !strings.HasPrefix(broken.Record, "job ") && !strings.HasPrefix(broken.Record, "task ") {
			t.Errorf("node %d: error %v, want one of the job", node, err)
		}
		refused++
	}
	if refused == 0 {
		t.Error("no job was tried on a node of another zone")
	}
}
