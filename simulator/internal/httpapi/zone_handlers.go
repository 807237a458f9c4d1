package httpapi

import (
	"cmp"
	"maps"
	"math"
	"net/http"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
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
	inRegion := q.equal("region")
	available := q.boolean("available")
	ofType := q.equal("gpuType")
	minFree := q.integer("minFree", 0, 0, 1<<30)
	views, err := s.cluster.Zones(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	zones := make([]api.AvailabilityZone, len(views))
	for i := range zones {
		zones[i] = newZone(&views[i])
	}
	list := backend.InOrder(zones, func(z *api.AvailabilityZone) bool {
		if !inRegion.Lets(z.Region) || available != nil && *available != z.Available {
			return false
		}
		if ofType == nil && minFree == 0 {
			return true // also a zone without GPUs
		}
		for name, free := range z.GPUInventory {
			if ofType.Lets(name) && free >= minFree {
				return true
			}
		}
		return false
	})
	answerList(s.Server, w, r, q, list, zoneSorts(ofType), func(z *api.AvailabilityZone) api.AvailabilityZone { return *z })
}

// zoneSorts has the sorts of zones. Free GPUs are those of the types that match.
func zoneSorts(ofType backend.Matcher) backend.Sorting[*api.AvailabilityZone] {
	free := func(z *api.AvailabilityZone) (n int) {
		for name, count := range z.GPUInventory {
			if ofType.Lets(name) {
				n += count
			}
		}
		return n
	}
	return backend.Sorting[*api.AvailabilityZone]{
		"name":        func(a, b *api.AvailabilityZone) int { return backend.CompareTexts(a.Name, b.Name) },
		"region":      func(a, b *api.AvailabilityZone) int { return backend.CompareTexts(a.Region, b.Region) },
		"free":        func(a, b *api.AvailabilityZone) int { return cmp.Compare(free(a), free(b)) },
		"queueLength": func(a, b *api.AvailabilityZone) int { return cmp.Compare(a.QueueLength, b.QueueLength) },
		"utilization": func(a, b *api.AvailabilityZone) int { return cmp.Compare(a.Utilization, b.Utilization) },
	}
}

func (s operations) GetAvailabilityZone(w http.ResponseWriter, r *http.Request) {
	zones, err := s.cluster.Zones(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	find := func(id string) *world.ZoneView {
		if i := slices.IndexFunc(zones, func(z world.ZoneView) bool { return z.ID == id }); i >= 0 {
			return &zones[i]
		}
		return nil
	}
	answerOne(s.Server, w, r, find, newZone, api.ErrorReasonAvailabilityZoneNotFound, "availabilityZone")
}

// FailNode makes a node fail.
func (s *controlPlane) FailNode(w http.ResponseWriter, r *http.Request) {
	s.switchNode(w, r, s.Control.FailNode)
}

// DrainNode lets a node finish its work and take no more.
func (s *controlPlane) DrainNode(w http.ResponseWriter, r *http.Request) {
	s.switchNode(w, r, s.Control.DrainNode)
}

// RestoreNode lets a node take work again.
func (s *controlPlane) RestoreNode(w http.ResponseWriter, r *http.Request) {
	s.switchNode(w, r, s.Control.RestoreNode)
}

func (s *controlPlane) switchNode(w http.ResponseWriter, r *http.Request, to func(name string) (world.NodeView, error)) {
	node, err := to(pathID(r))
	if noteSaved(r, err) != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, text.OK, newNode(&node))
}

func newNode(v *world.NodeView) api.Node {
	return api.Node{
		ID: v.Name, AvailabilityZone: v.Zone, GPUType: v.GPUType, GPUCount: v.GPUs, GPUFree: v.FreeGPUs,
		State: api.NodeState(v.State.String()),
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
