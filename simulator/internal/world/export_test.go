package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

// CheckInventory holds what is held against the inventory, in a fork that has no more of its world than that.
func (w *World) CheckInventory() error {
	if v := (inspector{w}).checkInventory(); v != nil {
		return v
	}
	return nil
}

// Cluster returns the inventory.
func (w *World) Cluster() *cluster.Cluster { return w.cluster }

// Version returns the version by which expectations know whether the world has changed.
func (w *World) Version() uint64 { return w.journal.version }

// Counted returns the levels of all pools as they are counted, and as the meter has followed them.
func (w *World) Counted() (counted, followed []history.Levels) {
	counted = w.journal.meter.count(w.Pools())
	for number := range counted {
		followed = append(followed, w.journal.meter.to.Levels(number))
	}
	return counted, followed
}
