package world

import (
	"maps"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// touched notes which zones, environments, nodes and templates may look different from when somebody last asked. A nil
// *touched notes nothing.
type touched struct{ zones, environments, nodes, templates map[int]struct{} }

// Touched is what may look different, by id, in the configuration's order; templates, which may be gone, in that of their
// creation.
type Touched struct{ Zones, Environments, Nodes, Templates []string }

// Watch makes Touched tell what has been touched from now on. Clones don't watch.
func (w *World) Watch() {
	w.touched = &touched{map[int]struct{}{}, map[int]struct{}{}, map[int]struct{}{}, map[int]struct{}{}}
}

// Touched returns what has been touched since Watch or the last Touched; nothing without Watch.
func (w *World) Touched() Touched {
	t := w.touched
	if t == nil {
		return Touched{}
	}
	take := func(m map[int]struct{}, id func(int) string) []string {
		var ids []string
		for _, i := range slices.Sorted(maps.Keys(m)) {
			ids = append(ids, id(i))
		}
		clear(m)
		return ids
	}
	return Touched{
		take(t.zones, func(i int) string { return w.cfg.Zones[i].ID }),
		take(t.environments, func(i int) string { return w.cfg.Environments[i].ID }),
		take(t.nodes, func(i int) string { return w.cluster.Node(i).Name }),
		take(t.templates, templateID),
	}
}

func (t *touched) zone(i int) {
	if t != nil {
		t.zones[i] = struct{}{}
	}
}

func (t *touched) environment(i int) {
	if t != nil {
		t.environments[i] = struct{}{}
	}
}

func (t *touched) node(i int) {
	if t != nil {
		t.nodes[i] = struct{}{}
	}
}

func (t *touched) template(number int) {
	if t != nil {
		t.templates[number] = struct{}{}
	}
}

func (t *touched) allocation(a cluster.Allocation) {
	if t != nil {
		for i := range a.Parts {
			t.node(a.Parts[i].Node)
		}
	}
}
