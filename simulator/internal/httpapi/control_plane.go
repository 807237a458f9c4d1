package httpapi

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// controlPlane implements api.ControlPlane on the engine of a simulated cluster.
type controlPlane struct {
	*Server
	engine       *engine.Engine
	parse        func(text string) (engine.Scenario, *world.Config, error)
	faults       *faults
	journal      *journal
	snapshotting chan struct{} // has a place for each snapshot that is taken or restored
}

func newControlPlane(s *Server, e *engine.Engine, o *Options) *controlPlane {
	return &controlPlane{
		Server: s, engine: e, parse: o.Parse, faults: newFaults(o.Seed), journal: &journal{}, snapshotting: make(chan struct{}, maxSnapshots),
	}
}
