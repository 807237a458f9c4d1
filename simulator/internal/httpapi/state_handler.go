package httpapi

import (
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

type stateWire struct {
	Now    string          `json:"now"`
	Nodes  []nodeStateWire `json:"nodes"`
	Queues []queueWire     `json:"queues"`
}

type nodeStateWire struct {
	ID               string   `json:"id"`
	AvailabilityZone string   `json:"availabilityZone"`
	GPUType          string   `json:"gpuType"`
	State            string   `json:"state"`
	GPUs             []string `json:"gpus"`
}

type queueWire struct {
	AvailabilityZone string   `json:"availabilityZone"`
	Tasks            []string `json:"tasks"`
	Background       int      `json:"background"`
}

// GetState shows every node and GPU at one instant.
func (s controlPlane) GetState(w http.ResponseWriter, r *http.Request) {
	var state stateWire
	s.engine.View(func(wd *world.World) {
		state.Now = formatTime(s.engine.Time(wd.Now()))
		nodes := wd.Nodes()
		state.Nodes = make([]nodeStateWire, len(nodes))
		for i := range nodes {
			n := &nodes[i]
			state.Nodes[i] = nodeStateWire{n.Name, n.Zone, n.GPUType, n.State.String(), n.Holders}
		}
		for _, q := range wd.Queues() {
			state.Queues = append(state.Queues, queueWire{q.Zone, q.Tasks, q.Background})
		}
	})
	s.answer(w, r, messageOK, state)
}
