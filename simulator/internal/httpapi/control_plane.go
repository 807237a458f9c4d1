package httpapi

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"

// controlPlane implements api.ControlPlane on the engine of a simulated cluster.
type controlPlane struct {
	*Server
	*Control
}

func newControlPlane(s *Server, e *engine.Engine, o *Options) *controlPlane {
	return &controlPlane{s, &Control{
		server: s, engine: e, parse: o.Parse, faults: newFaults(o.Seed), journal: &journal{}, snapshotting: make(chan struct{}, maxSnapshots),
	}}
}
