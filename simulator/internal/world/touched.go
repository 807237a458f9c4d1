package world

import (
	"maps"
	"slices"
)

// touched follows the journal for Touched: it keeps which views may look different.
type touched struct{ zones, environments, nodes, templates map[int]struct{} }

func (t *touched) note(s subject) {
	var views map[int]struct{}
	switch s.kind {
	case zoneSubject:
		views = t.zones
	case environmentState, environmentLoad:
		views = t.environments
	case nodeState, nodeHoldings:
		views = t.nodes
	case templateSubject:
		views = t.templates
	default:
		return // an event tells what happens to a task; the others are not shown
	}
	views[s.n] = struct{}{}
}

// Touched lists the ids of what may look different. Zones, environments and nodes are in the configuration's order;
// templates, of which some may be deleted, in the order of their creation.
type Touched struct{ Zones, Environments, Nodes, Templates []string }

// Watch makes Touched tell what may look different from now on. Clones are not watched.
func (w *World) Watch() {
	w.journal.touched = &touched{map[int]struct{}{}, map[int]struct{}{}, map[int]struct{}{}, map[int]struct{}{}}
}

// Touched returns what may look different since Watch or the last Touched, and nothing without Watch.
func (w *World) Touched() Touched {
	t := w.journal.touched
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
