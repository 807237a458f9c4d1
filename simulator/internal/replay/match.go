package replay

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// spelling maps names in lower case to their first spelling.
type spelling map[string]string

func (s spelling) first(name string) string {
	folded := strings.ToLower(name)
	if first, ok := s[folded]; ok {
		return first
	}
	s[folded] = name
	return name
}

// spelled returns the workload with each GPU type spelled as on the first node that has it, since lists from different
// sources differ in case. It does not modify w.
func (w Workload) spelled() Workload {
	types := spelling{}
	nodes, tasks := w.Nodes, w.Tasks
	for i := range nodes {
		if name := types.first(nodes[i].GPUType); name != nodes[i].GPUType {
			if &nodes[0] == &w.Nodes[0] {
				nodes = slices.Clone(nodes)
			}
			nodes[i].GPUType = name
		}
	}
	for i := range tasks {
		names := tasks[i].Request.GPUTypes
		if !slices.ContainsFunc(names, func(name string) bool { return types.first(name) != name }) {
			continue
		}
		if &tasks[0] == &w.Tasks[0] {
			tasks = slices.Clone(tasks)
		}
		var once []string
		for _, name := range names {
			if name = types.first(name); !slices.Contains(once, name) {
				once = append(once, name)
			}
		}
		tasks[i].Request.GPUTypes = once
	}
	return Workload{nodes, tasks}
}

// Warnings describes what a run accepts although it may be a mistake: GPU types and zones that no node has, and tasks
// whose end is not recorded.
func (w Workload) Warnings() []string {
	w = w.spelled()
	types, zones := map[string]bool{}, map[string]bool{"": true}
	for _, n := range w.Nodes {
		if n.GPUs > 0 {
			types[n.GPUType] = true
		}
		zones[n.Zone] = true
	}
	unknownTypes, unknownZones, unended := map[string]int{}, map[string]int{}, 0
	for i := range w.Tasks {
		t := &w.Tasks[i]
		for _, name := range t.Request.GPUTypes {
			if !types[name] {
				unknownTypes[name]++
			}
		}
		if !zones[t.Request.Zone] {
			unknownZones[t.Request.Zone]++
		}
		if t.Unended {
			unended++
		}
	}
	warnings := append(unknown("GPU type", unknownTypes, types), unknown("zone", unknownZones, zones)...)
	if unended > 0 {
		warnings = append(warnings, fmt.Sprintf(
			"%d of %d tasks never ended in the record: a timed run keeps them to its end", unended, len(w.Tasks)))
	}
	return warnings
}

// shownNames is the maximum number of names in a warning.
const shownNames = 10

func unknown(what string, asked map[string]int, known map[string]bool) []string {
	if len(asked) == 0 {
		return nil
	}
	list := func(names []string) string {
		if len(names) > shownNames {
			return strings.Join(names[:shownNames], ", ") + fmt.Sprintf(" and %d more", len(names)-shownNames)
		}
		return strings.Join(names, ", ")
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		names = append(names, fmt.Sprintf("%q (asked for by %d)", name, asked[name]))
	}
	have := slices.DeleteFunc(slices.Sorted(maps.Keys(known)), func(name string) bool { return name == "" })
	had := "they name none"
	if len(have) > 0 {
		had = "they have " + list(have)
	}
	return []string{fmt.Sprintf("no node has the %s %s; %s", what, list(names), had)}
}
