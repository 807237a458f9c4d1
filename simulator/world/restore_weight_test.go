package world_test

import (
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

// A record of a mebibyte takes tens of them at most, whatever it repeats: an event has 200 bytes in memory, and {} has two.
func TestWhatARecordTakes(t *testing.T) {
	w := busyWorld(t)
	for name, data := range map[string]string{
		"events without anything": `{"history":[` + strings.Repeat(`{},`, 1<<20/3) + `{}]}`,
		"events of one task":      `{"history":[` + strings.Repeat(`{"type":"phase","task":"a"},`, 1<<20/28) + `{}]}`,
		"events of no task":       `{"history":[` + strings.Repeat(`{"type":"node","node":"a"},`, 1<<20/28) + `{}]}`,
		"parts":                   `{"holds":[` + strings.Repeat(`{},`, 1<<20/3) + `{}]}`,
		"verdicts":                `{"history":[{"type":"queued","task":"a","verdicts":[` + strings.Repeat(`"",`, 1<<20/3) + `""]}]}`,
		"no list":                 `{"history":{}}`,
		"half a list":             `{"history":[`,
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
