package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/history"
)

// CheckInventory checks what is held against the inventory. In a fork the other invariants need not hold.
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

// Counted returns the levels of all pools: counted now, and as the meter has kept them.
func (w *World) Counted() (counted, followed []history.Levels) {
	counted = w.journal.meter.count(w.Pools())
	for number := range counted {
		followed = append(followed, w.journal.meter.to.Levels(number))
	}
	return counted, followed
}
