package world

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Fields are those of a world and of what is in it, and whether any was ever seen with a value.
type Fields map[string]bool

func (f Fields) see(v reflect.Value) {
	for v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	for i := range v.NumField() {
		name := v.Type().Name() + "." + v.Type().Field(i).Name
		f[name] = f[name] || !v.Field(i).IsZero()
	}
}

// Missing lists the fields that never had a value.
func (f Fields) Missing() []string {
	var missing []string
	for name, seen := range f {
		// Between two steps nothing is carried, and a template's configuration names no template.
		if !seen && name != "environment.carry" && name != "Draft.TemplateID" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// Compare tells how b, restored from a's state, differs from a. It knows every field of a world: one that is new must be
// added here, and to the records that carry it.
func Compare(a, b *World, seen Fields) string {
	equal := cmp.Options{
		cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty(),
		// Handles name the same events by other places; the events themselves are compared.
		cmp.Comparer(func(x, y des.Handle) bool { return x.Order() == y.Order() }),
	}
	var diff string
	compare := func(what string, x, y any) {
		if d := cmp.Diff(x, y, equal); d != "" {
			diff += what + ": " + d + "\n"
		}
	}
	for i := range reflect.TypeFor[World]().NumField() {
		name := reflect.TypeFor[World]().Field(i).Name
		x, y := reflect.ValueOf(a).Elem().Field(i), reflect.ValueOf(b).Elem().Field(i)
		switch name {
		case "cfg", "seed", "now", "processed", "zones", "caches", "purged", "live", "placements", "arrivals", "templatesMade":
			compare(name, fmt.Sprintf("%v", x), fmt.Sprintf("%v", y))
		case "environments":
			compare(name, a.environments, b.environments)
		case "tasks":
			compare(name, a.tasks, b.tasks)
		case "templates":
			compare(name, a.templates, b.templates)
		case "keys":
			compare(name, a.keys, b.keys)
		case "background":
			compare(name, a.background, b.background)
		case "nodes":
			compare(name, a.nodes, b.nodes)
		case "calendar":
			compare(name, eventsOf(a), eventsOf(b))
		case "cluster":
			for n := range a.cluster.Len() {
				compare(name, []any{a.cluster.State(n), a.cluster.GPUFree(n), a.cluster.CPUFree(n), a.cluster.MemoryFree(n), a.cluster.Room(n)},
					[]any{b.cluster.State(n), b.cluster.GPUFree(n), b.cluster.CPUFree(n), b.cluster.MemoryFree(n), b.cluster.Room(n)})
			}
			compare(name, a.cluster.Count("", ""), b.cluster.Count("", ""))
		case "queues":
			for z := range a.queues {
				compare(name, [2]any{slices.Collect(a.queues[z].Waiting()), a.queues[z].Refused()}, [2]any{slices.Collect(b.queues[z].Waiting()), b.queues[z].Refused()})
			}
		case "finished", "keyOrder":
			// Their order among equal times is another, and of no matter; what they list is compared above.
		case "policy", "moves", "expected", "changed", "touched", "meter", "out", "quiet", "keysGone", "keysAged":
			// Made anew; not part of the state.
		default:
			diff += "World." + name + " is not compared\n"
		}
	}
	seen.see(reflect.ValueOf(a.background))
	for _, t := range a.tasks {
		seen.see(reflect.ValueOf(t))
		if t != nil && t.Resources != nil {
			seen.see(reflect.ValueOf(t.Resources))
		}
	}
	for _, j := range a.background.jobs {
		seen.see(reflect.ValueOf(j))
	}
	for i := range a.environments {
		seen.see(reflect.ValueOf(a.environments[i]))
	}
	for i := range a.nodes {
		seen.see(reflect.ValueOf(a.nodes[i]))
	}
	for _, t := range a.templates {
		seen.see(reflect.ValueOf(t))
		seen.see(reflect.ValueOf(t.Config))
	}
	for _, k := range a.keys {
		seen.see(reflect.ValueOf(k))
	}
	return diff
}

func eventsOf(w *World) []string {
	var events []string
	for e := range w.calendar.All() {
		events = append(events, fmt.Sprint(e.At, e.Handle.Order(), e.Event))
	}
	return events
}
