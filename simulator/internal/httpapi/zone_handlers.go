package httpapi

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"

	"github.com/gorilla/mux"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func newZone(v *world.ZoneView) api.AvailabilityZone {
	z := api.AvailabilityZone{
		ID: v.ID, Name: v.Name, Region: v.Region, Available: v.Available, QueueLength: v.QueueLength,
		GPUInventory: api.GPUCounts{}, GPUCapacity: api.GPUCounts{},
	}
	held, capacity := 0, 0
	for name, c := range v.GPUs {
		z.GPUInventory[name], z.GPUCapacity[name] = c.Free, c.Capacity
		held += c.Held
		capacity += c.Capacity
	}
	if capacity > 0 {
		z.Utilization = math.Round(float64(held)/float64(capacity)*10_000) / 10_000
	}
	return z
}

func (s operations) ListAvailabilityZones(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	inRegion := q.exactly("region")
	available := q.choice("available", "true", "false")
	ofType := q.exactly("gpuType")
	minFree := q.integer("minFree", 0, 0, 1<<30)
	zones := s.zones()
	wires := make([]api.AvailabilityZone, len(zones))
	for i := range zones {
		wires[i] = newZone(&zones[i])
	}
	list := inOrder(wires, func(z *api.AvailabilityZone) bool {
		if !inRegion(z.Region) || available != "" && (available == "true") != z.Available {
			return false
		}
		if q.values.Get("gpuType") == "" && minFree == 0 {
			return true // also a zone without GPUs
		}
		for name, free := range z.GPUInventory {
			if ofType(name) && free >= minFree {
				return true
			}
		}
		return false
	})
	answerList(s.Server, w, r, q, list, zoneSorts(ofType), func(z *api.AvailabilityZone) api.AvailabilityZone { return *z })
}

// zoneSorts sorts by free GPUs of one type, or of all where none is given.
func zoneSorts(ofType matcher) sorting[*api.AvailabilityZone] {
	free := func(z *api.AvailabilityZone) (n int) {
		for name, count := range z.GPUInventory {
			if ofType(name) {
				n += count
			}
		}
		return n
	}
	return sorting[*api.AvailabilityZone]{
		"name":        func(a, b *api.AvailabilityZone) int { return compareTexts(a.Name, b.Name) },
		"region":      func(a, b *api.AvailabilityZone) int { return compareTexts(a.Region, b.Region) },
		"free":        func(a, b *api.AvailabilityZone) int { return cmp.Compare(free(a), free(b)) },
		"queueLength": func(a, b *api.AvailabilityZone) int { return cmp.Compare(a.QueueLength, b.QueueLength) },
		"utilization": func(a, b *api.AvailabilityZone) int { return cmp.Compare(a.Utilization, b.Utilization) },
	}
}

func (s *Server) zones() (zones []world.ZoneView) {
	s.engine.View(func(wd *world.World) { zones = wd.Zones() })
	return zones
}

func (s operations) GetAvailabilityZone(w http.ResponseWriter, r *http.Request) {
	id := mux.Vars(r)["id"]
	zones := s.zones()
	for i := range zones {
		if zones[i].ID == id {
			s.answer(w, r, messageOK, newZone(&zones[i]))
			return
		}
	}
	s.refuse(w, r, http.StatusNotFound, api.ErrorReasonAvailabilityZoneNotFound, "", map[string]any{"availabilityZone": id})
}

// FailNode fails a node, as an accident does.
func (s controlPlane) FailNode(w http.ResponseWriter, r *http.Request) {
	s.setNode(w, r, cluster.Failed)
}

// DrainNode lets a node take no new work, as an operator does.
func (s controlPlane) DrainNode(w http.ResponseWriter, r *http.Request) {
	s.setNode(w, r, cluster.Draining)
}

// RestoreNode lets a node take work again.
func (s controlPlane) RestoreNode(w http.ResponseWriter, r *http.Request) {
	s.setNode(w, r, cluster.Up)
}

func (s controlPlane) setNode(w http.ResponseWriter, r *http.Request, state cluster.State) {
	name := mux.Vars(r)["id"]
	var node world.NodeView
	err := saved(r, s.engine.Do(world.SetNode{Node: name, State: state}, func(wd *world.World, _ world.Result) {
		node, _ = wd.Node(name)
	}))
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, messageOK, newNode(&node))
}

func newNode(v *world.NodeView) api.Node {
	return api.Node{
		ID: v.Name, AvailabilityZone: v.Zone, GPUType: v.GPUType, GPUCount: v.GPUs, GPUFree: v.FreeGPUs,
		State: api.NodeState(v.State.String()),
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
