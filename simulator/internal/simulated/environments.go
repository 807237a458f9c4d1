package simulated

import (
	"cmp"
	"context"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Environment implements backend.Inventory.
func (c *Cluster) Environment(_ context.Context, id string) (found *world.EnvironmentView, err error) {
	c.engine.View(func(w *world.World) { found = environment(w, id) })
	if found == nil {
		return nil, &world.Error{
			Kind: world.NotFound, Reason: world.ReasonEnvironmentUnknown, Details: map[string]any{"environmentId": id},
		}
	}
	return found, nil
}

// environment returns the environment with an id; nil where there is none.
func environment(w *world.World, id string) *world.EnvironmentView {
	for _, e := range w.EnvironmentRefs() {
		if e.Config().ID == id {
			return e.View()
		}
	}
	return nil
}

// SwitchEnvironment carries out a command on an environment, and returns the environment after it.
func (c *Cluster) SwitchEnvironment(id string, command world.Command) (found *world.EnvironmentView, err error) {
	err = c.engine.Do(command, func(w *world.World, _ world.Result) { found = environment(w, id) })
	return found, err
}

// ListEnvironments implements backend.Inventory.
func (c *Cluster) ListEnvironments(
	_ context.Context, f *backend.EnvironmentFilter, win backend.Window,
) (page backend.Page[*world.EnvironmentView], err error) {
	c.engine.View(func(w *world.World) {
		list := func(yield func(int, world.EnvironmentRef) bool) {
			for place, e := range w.EnvironmentRefs() {
				if f.Lets(e.Config(), e.Running(), func() string { return e.View().Health }) && !yield(place, e) {
					return
				}
			}
		}
		page = backend.Convert(backend.Pick(win, list, environmentSorts), world.EnvironmentRef.View)
	})
	return page, nil
}

// environmentSorts has backend.EnvironmentSorts.
var environmentSorts = backend.Sorting[world.EnvironmentRef]{
	"name":        func(a, b world.EnvironmentRef) int { return backend.CompareTexts(a.Config().Name, b.Config().Name) },
	"gpuCount":    func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().GPUs, b.Config().GPUs) },
	"cpuCores":    func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().CPUCores, b.Config().CPUCores) },
	"memory":      func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Config().MemoryGB, b.Config().MemoryGB) },
	"uptime":      func(a, b world.EnvironmentRef) int { return cmp.Compare(a.Uptime(), b.Uptime()) },
	"activeTasks": func(a, b world.EnvironmentRef) int { return cmp.Compare(a.ActiveTasks(), b.ActiveTasks()) },
	"utilization": func(a, b world.EnvironmentRef) int { return cmp.Compare(a.View().Usage.GPU, b.View().Usage.GPU) },
}
