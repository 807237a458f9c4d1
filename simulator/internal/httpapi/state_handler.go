package httpapi

import (
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// GetState shows every node and GPU at one instant.
func (s *controlPlane) GetState(w http.ResponseWriter, r *http.Request) {
	var state api.State
	s.engine.View(func(wd *world.World) {
		state.Now = formatTime(s.engine.Time(wd.Now()))
		nodes := wd.Nodes()
		state.Nodes = make([]api.NodeHolders, len(nodes))
		for i := range nodes {
			n := &nodes[i]
			state.Nodes[i] = api.NodeHolders{
				ID: n.Name, AvailabilityZone: n.Zone, GPUType: n.GPUType, State: api.NodeState(n.State.String()), GPUS: n.Holders,
			}
		}
		for _, q := range wd.Queues() {
			state.Queues = append(state.Queues, api.Queue{AvailabilityZone: q.Zone, Tasks: q.Tasks, Background: q.Background})
		}
	})
	s.answer(w, r, text.OK, state)
}
