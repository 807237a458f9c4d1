package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/history"
)

// Held returns what live tasks and the background hold, for tests of what the inventory says.
func (w *World) Held() []cluster.Allocation {
	var held []cluster.Allocation
	for _, t := range w.tasks {
		if t != nil && len(t.allocation.Parts) > 0 {
			held = append(held, t.allocation)
		}
	}
	for _, j := range w.background.inOrder() {
		if len(j.allocation.Parts) > 0 {
			held = append(held, j.allocation)
		}
	}
	return held
}

// Cluster returns the inventory.
func (w *World) Cluster() *cluster.Cluster { return w.cluster }

// Counted returns the levels of all pools as they are counted, and as the meter has followed them.
func (w *World) Counted() (counted, followed []history.Levels) {
	counted = w.levels(w.meter, w.Pools())
	for number := range counted {
		followed = append(followed, w.meter.to.Levels(number))
	}
	return counted, followed
}
