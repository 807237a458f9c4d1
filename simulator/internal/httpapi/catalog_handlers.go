package httpapi

import (
	"cmp"
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func (s *Server) newGPUType(g *world.GPUType) api.GPUType {
	// A price may have more decimals than an amount.
	digits := max(2, -g.Price.Exponent())
	return api.GPUType{
		Name: g.Name, Memory: g.MemoryGB, Class: g.Class, Recommended: g.Recommended,
		PricePerGPUHour: api.Price{Amount: g.Price.StringFixed(digits), Currency: s.cluster.Catalog().Currency},
	}
}

func (s operations) ListGPUTypes(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	recommended := q.boolean("recommended")
	minMemory := q.integer("minMemory", 0, 0, 1<<30)
	types := backend.InOrder(s.cluster.Catalog().GPUTypes, func(g *world.GPUType) bool {
		return (recommended == nil || g.Recommended == *recommended) && g.MemoryGB >= minMemory
	})
	answerList(s.Server, w, r, q, types, backend.Sorting[*world.GPUType]{
		"name":   func(a, b *world.GPUType) int { return backend.CompareTexts(a.Name, b.Name) },
		"memory": func(a, b *world.GPUType) int { return cmp.Compare(a.MemoryGB, b.MemoryGB) },
		"price":  func(a, b *world.GPUType) int { return a.Price.Cmp(b.Price) },
	}, s.newGPUType)
}

func (s operations) GetGPUType(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().GPUTypes, func(g *world.GPUType) string { return g.Name },
		s.newGPUType, api.ErrorReasonGPUTypeNotFound, "gpuType")
}

// ListImages leaves out the images that can't be pulled: no registry lists what it doesn't have.
func (s operations) ListImages(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	images := backend.InOrder(s.cluster.Catalog().Images, func(i *world.Image) bool { return !i.Missing && named.Lets(i.Name) })
	answerList(s.Server, w, r, q, images, backend.Sorting[*world.Image]{
		"name": func(a, b *world.Image) int { return backend.CompareTexts(a.Name, b.Name) },
		"size": func(a, b *world.Image) int { return cmp.Compare(a.SizeMB, b.SizeMB) },
	}, func(i *world.Image) api.Image { return api.Image{Name: i.Name, SizeMB: i.SizeMB} })
}

func newDataset(d *world.Dataset) api.Dataset {
	return api.Dataset{ID: d.ID, Name: d.Name, Versions: d.Versions, SizeMB: d.SizeMB, Tokens: d.Tokens}
}

func (s operations) ListDatasets(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	datasets := backend.InOrder(s.cluster.Catalog().Datasets, func(d *world.Dataset) bool { return named.Lets(d.Name) })
	answerList(s.Server, w, r, q, datasets, backend.Sorting[*world.Dataset]{
		"name": func(a, b *world.Dataset) int { return backend.CompareTexts(a.Name, b.Name) },
		"size": func(a, b *world.Dataset) int { return cmp.Compare(a.SizeMB, b.SizeMB) },
	}, newDataset)
}

func (s operations) GetDataset(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().Datasets, func(d *world.Dataset) string { return d.ID },
		newDataset, api.ErrorReasonDatasetNotFound, "datasetId")
}

func newModel(m *world.Model) api.Model {
	return api.Model{ID: m.ID, Name: m.Name, Parameters: m.Parameters}
}

func (s operations) ListModels(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	models := backend.InOrder(s.cluster.Catalog().Models, func(m *world.Model) bool { return named.Lets(m.Name) })
	answerList(s.Server, w, r, q, models, backend.Sorting[*world.Model]{
		"name":       func(a, b *world.Model) int { return backend.CompareTexts(a.Name, b.Name) },
		"parameters": func(a, b *world.Model) int { return cmp.Compare(a.Parameters, b.Parameters) },
	}, newModel)
}

func (s operations) GetModel(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().Models, func(m *world.Model) string { return m.ID },
		newModel, api.ErrorReasonModelNotFound, "modelId")
}

// answerOne answers with the item of a list that has the path's id.
func answerOne[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, list []T, id func(*T) string, wire func(*T) W, unknown api.ErrorReason, detail string,
) {
	wanted := pathID(r)
	for i := range list {
		if id(&list[i]) == wanted {
			s.answer(w, r, messageOK, wire(&list[i]))
			return
		}
	}
	s.refuse(w, r, http.StatusNotFound, unknown, "", map[string]any{detail: wanted})
}
