package world_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func recorderOf(w *world.World) *history.Recorder {
	var names []history.Pool
	for _, p := range w.Pools() {
		names = append(names, p.Pool)
	}
	return history.New(names, 0, w.Now())
}

// The levels that the meter keeps are those that counting gives, whatever happens.
func TestMeterFollowsTheWorld(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.Meter(recorderOf(w))
		check := func(after any) {
			t.Helper()
			if counted, followed := w.Counted(); !cmp.Equal(counted, followed) {
				t.Fatalf("after %#v: counted and followed differ: %s", after, cmp.Diff(counted, followed))
			}
		}
		check("the start")
		for range rapid.IntRange(1, 40).Draw(t, "commands") {
			command := drawCommand(t)
			_, _ = w.Step(command)
			check(command)
			d := time.Duration(rapid.IntRange(0, 5*3600).Draw(t, "seconds")) * time.Second
			w.AdvanceTo(w.Now().Add(d))
			check(d)
		}
	})
}

// A meter changes nothing in the world: its state is the same to the byte.
func TestMeterLeavesTheWorldAlone(t *testing.T) {
	alone, metered := newWorld(t, "breathing", 7), newWorld(t, "breathing", 7)
	metered.Meter(recorderOf(metered))
	alone.AdvanceTo(alone.Now().Add(30 * time.Hour))
	metered.AdvanceTo(metered.Now().Add(30 * time.Hour))
	if diff := cmp.Diff(alone.Snapshot(), metered.Snapshot()); diff != "" {
		t.Error(diff)
	}
}
