package world_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// looks is how everything looks, by id.
func looks(w *world.World) map[string]string {
	all := map[string]string{}
	for _, z := range w.Zones() {
		all[z.ID] = fmt.Sprint(z)
	}
	for _, e := range w.Environments() {
		e.Uptime = 0 // it always changes
		all[e.ID] = fmt.Sprint(e)
	}
	for i := range w.Cluster().Len() {
		n, _ := w.Node(w.Cluster().Node(i).Name)
		all[n.Name] = fmt.Sprint(n)
	}
	return all
}

// Whatever looks different was touched, and little else was.
func TestTouched(t *testing.T) {
	different, touched := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		w.Watch()
		before := looks(w)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			command, by := drawStep(t)
			step(t, w, command, by)
			after := looks(w)
			got := w.Touched()
			ids := slices.Concat(got.Zones, got.Environments, got.Nodes)
			for id := range after {
				if after[id] != before[id] {
					different++
					if !slices.Contains(ids, id) {
						t.Fatalf("%#v\n%s went from\n%s to\n%s, and only %q were touched", command, id, before[id], after[id], ids)
					}
				}
			}
			touched += len(ids)
			before = after
		}
		if again := w.Touched(); fmt.Sprint(again) != fmt.Sprint(world.Touched{}) {
			t.Fatalf("touched again: %v", again)
		}
	})
	if different == 0 || touched > 10*different {
		t.Errorf("%d were touched, where %d looked different", touched, different)
	}
}
