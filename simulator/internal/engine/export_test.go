package engine

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"

// Config returns what the present world is made of.
func (e *Engine) Config() (config *world.Config) {
	e.View(func(w *world.World) { config = w.Config() })
	return config
}
