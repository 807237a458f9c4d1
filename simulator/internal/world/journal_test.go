package world_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// looks returns how everything but the tasks looks, by id.
func looks(w *world.World) map[string]string {
	all := map[string]string{}
	for i, z := range w.Zones() {
		all[z.ID] = fmt.Sprint(z, w.Queues()[i])
	}
	for _, e := range w.Environments() {
		e.Uptime = 0 // it always changes
		all[e.ID] = fmt.Sprint(e)
	}
	for _, n := range w.Nodes() {
		view, _ := w.Node(n.Name)
		all[n.Name] = fmt.Sprint(view, n.Holders)
	}
	for _, t := range w.Templates() {
		all[t.ID] = fmt.Sprint(t.Name, t.Description, t.Favorite, t.Revision, t.Updated)
	}
	return all
}

// taskLooks returns how all tasks look, by id, but for what changes with time alone.
func taskLooks(w *world.World) map[string]string {
	all := map[string]string{}
	for _, ref := range w.Tasks() {
		v := ref.View()
		all[v.ID] = fmt.Sprint(v.TaskName, v.Description, v.Labels, v.Status, v.Phase, v.Reason, v.Nodes, v.Revision)
	}
	return all
}

// different returns the keys whose values are not the same, or that are in one map only.
func different(before, after map[string]string) []string {
	var ids []string
	for id := range after {
		if b, ok := before[id]; !ok || b != after[id] {
			ids = append(ids, id)
		}
	}
	for id := range before {
		if _, ok := after[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// A part that changes something and does not note it in the journal fails here: after any command and any event, each
// reader of the journal must have been told of all that differs.
func TestChangesAreNoted(t *testing.T) {
	differ, touched := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		saved := map[recordID]string{}
		take(saved, w.Snapshot())
		w.Track()
		w.Watch()
		w.Meter(recorderOf(w))
		before, tasks, version := looks(w), taskLooks(w), w.Version()
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			command, by := drawStep(t)
			var events []world.Event
			if command == nil {
				if rapid.IntRange(0, 3).Draw(t, "a day") == 0 {
					by += 25 * time.Hour // which ages the keys, too
				}
				w.AgeKeys(w.Keys())
				events = w.AdvanceTo(w.Now().Add(by))
			} else if r, err := w.Step(command); err == nil {
				events = r.Events
			}

			state := map[recordID]string{}
			take(state, w.Snapshot())
			if !maps.Equal(saved, state) && w.Version() == version {
				t.Fatalf("%#v: the state has changed, and the version has not: %s", command, cmp.Diff(saved, state))
			}
			version = w.Version()
			take(saved, w.Changes())
			if !maps.Equal(saved, state) {
				t.Fatalf("%#v: the changes make another state: %s", command, cmp.Diff(state, saved))
			}
			if again := w.Changes(); len(again) > 0 {
				t.Fatalf("%#v: the same changes twice: %v", command, again)
			}

			got := w.Touched()
			ids := slices.Concat(got.Zones, got.Environments, got.Nodes, got.Templates)
			after := looks(w)
			for _, id := range different(before, after) {
				differ++
				if !slices.Contains(ids, id) {
					t.Fatalf("%#v\n%s went from\n%s to\n%s, and only %q were touched", command, id, before[id], after[id], ids)
				}
			}
			touched += len(ids)
			before = after

			now := taskLooks(w)
			for _, id := range different(tasks, now) {
				purged := now[id] == ""
				if !purged && !slices.ContainsFunc(events, func(e world.Event) bool { return e.Task == id }) {
					t.Fatalf("%#v\n%s went from\n%s to\n%s without an event", command, id, tasks[id], now[id])
				}
			}
			tasks = now

			if counted, followed := w.Counted(); !slices.Equal(counted, followed) {
				t.Fatalf("%#v: the levels are %v, and the meter has followed to %v", command, counted, followed)
			}
		}
		if again := w.Touched(); fmt.Sprint(again) != fmt.Sprint(world.Touched{}) {
			t.Fatalf("touched again: %v", again)
		}
	})
	// The stream sends what was touched, so little else may be.
	if differ == 0 || touched > 10*differ {
		t.Errorf("%d were touched, where %d looked different", touched, differ)
	}
}
