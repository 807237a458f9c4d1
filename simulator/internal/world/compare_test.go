package world

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Fields has the fields of a world and its parts, and whether each was ever seen with a value.
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
		// carry is 0 between two steps, and the configuration of a template has no template.
		if !seen && name != "environment.carry" && name != "Draft.TemplateID" {
			missing = append(missing, name)
		}
	}
	slices.Sort(missing)
	return missing
}

// Compare returns how b, restored from a's state, differs from a. It knows each field of a world: a new one must be added
// here, and be saved if it is state.
func Compare(a, b *World, seen Fields) string {
	equal := cmp.Options{
		cmp.Exporter(func(reflect.Type) bool { return true }), cmpopts.EquateEmpty(),
		// The handles of an event have the same order, but not the same slot. The events are compared with the calendar.
		cmp.Comparer(func(x, y des.Handle) bool { return x.Order() == y.Order() }),
	}
	var diff string
	compare := func(what string, x, y any) {
		if d := cmp.Diff(x, y, equal); d != "" {
			diff += what + ": " + d + "\n"
		}
	}
	compareCore(a, b, compare, &diff)
	for _, part := range []struct {
		name string
		a, b any
		// compared has the fields to compare; the others follow from them, or are made anew.
		compared, others string
	}{
		{"tasks", a.tasks, b.tasks, "list purged live", "finished"},
		{"queues", a.queues, b.queues, "preemptible placements arrivals", "list life background policy preempting"},
		{"images", a.images, b.images, "list", ""},
		{"environments", a.environments, b.environments, "list", "tasks"},
		{"outages", a.outages, b.outages, "list", "queues images background life"},
		{"background", a.background, b.background, "jobs made arrived last", "queues"},
		{"templates", a.templates, b.templates, "list made", "keys"},
		{"keys", a.keys, b.keys, "records", "order forgotten aged"},
		{"life", a.life, b.life, "", "tasks queues environments images"},
		{"admission", a.admission, b.admission, "", "environments templates"},
		{"expectations", a.expectations, b.expectations, "", "world found"},
	} {
		x, y := reflect.ValueOf(part.a), reflect.ValueOf(part.b)
		for i := range x.NumField() {
			name := x.Type().Field(i).Name
			switch {
			case slices.Contains(strings.Fields(part.compared), name):
				compare(part.name+"."+name, field(x, i), field(y, i))
			case name != "core" && !slices.Contains(strings.Fields(part.others), name):
				diff += part.name + "." + name + " is not compared\n"
			}
		}
	}
	seen.see(reflect.ValueOf(a.background))
	for _, t := range a.tasks.list {
		seen.see(reflect.ValueOf(t))
		if t != nil && t.Resources != nil {
			seen.see(reflect.ValueOf(t.Resources))
		}
	}
	for _, j := range a.background.jobs {
		seen.see(reflect.ValueOf(j))
	}
	for i := range a.environments.list {
		seen.see(reflect.ValueOf(a.environments.list[i]))
	}
	for i := range a.outages.list {
		seen.see(reflect.ValueOf(a.outages.list[i]))
	}
	for _, t := range a.templates.list {
		seen.see(reflect.ValueOf(t))
		seen.see(reflect.ValueOf(t.Config))
	}
	for _, k := range a.keys.records {
		seen.see(reflect.ValueOf(k))
	}
	return diff
}

// field returns a field's value, exported or not.
func field(v reflect.Value, i int) any {
	addressable := reflect.New(v.Type()).Elem()
	addressable.Set(v)
	f := addressable.Field(i)
	return reflect.NewAt(f.Type(), f.Addr().UnsafePointer()).Elem().Interface()
}

// compareCore compares what no part owns, and knows the parts.
func compareCore(a, b *World, compare func(string, any, any), diff *string) {
	for _, v := range []reflect.Type{reflect.TypeFor[World](), reflect.TypeFor[core](), reflect.TypeFor[inventory]()} {
		for i := range v.NumField() {
			switch name := v.Field(i).Name; name {
			case "cfg":
				compare(name, fmt.Sprintf("%p", a.cfg), fmt.Sprintf("%p", b.cfg))
			case "seed":
				compare(name, a.seed, b.seed)
			case "now":
				compare(name, a.now, b.now)
			case "processed":
				compare(name, a.processed, b.processed)
			case "catalog":
				compare(name, fmt.Sprintf("%p", a.catalog.Catalog), fmt.Sprintf("%p", b.catalog.Catalog))
			case "calendar":
				compare(name, eventsOf(a), eventsOf(b))
			case "cluster":
				for n := range a.cluster.Len() {
					compare(name, []any{a.cluster.State(n), a.cluster.GPUFree(n), a.cluster.CPUFree(n), a.cluster.MemoryFree(n), a.cluster.Room(n)},
						[]any{b.cluster.State(n), b.cluster.GPUFree(n), b.cluster.CPUFree(n), b.cluster.MemoryFree(n), b.cluster.Room(n)})
				}
				compare(name, a.cluster.Count("", ""), b.cluster.Count("", ""))
			case "queues":
				for z := range a.queues.list {
					compare(name, [2]any{slices.Collect(a.queues.list[z].Waiting()), a.queues.list[z].Refused()},
						[2]any{slices.Collect(b.queues.list[z].Waiting()), b.queues.list[z].Refused()})
				}
			case "core", "inventory", "journal", "tasks", "life", "images", "environments", "outages", "background", "templates", "keys",
				"admission", "expectations":
				// Compared elsewhere, or not part of the state.
			default:
				*diff += v.Name() + "." + name + " is not compared\n"
			}
		}
	}
}

func eventsOf(w *World) []string {
	var events []string
	for e := range w.calendar.All() {
		events = append(events, fmt.Sprint(e.At, e.Handle.Order(), e.Event))
	}
	return events
}
