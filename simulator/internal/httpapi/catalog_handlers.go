package httpapi

import (
	"cmp"
	"net/http"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/api"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/text"
)

func (s *Server) newGPUType(g *catalog.GPUType) api.GPUType {
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
	types := backend.InOrder(s.cluster.Catalog().GPUTypes, func(g *catalog.GPUType) bool {
		return (recommended == nil || g.Recommended == *recommended) && g.MemoryGB >= minMemory
	})
	answerList(s.Server, w, r, q, types, backend.Sorting[*catalog.GPUType]{
		"name":   func(a, b *catalog.GPUType) int { return backend.CompareTexts(a.Name, b.Name) },
		"memory": func(a, b *catalog.GPUType) int { return cmp.Compare(a.MemoryGB, b.MemoryGB) },
		"price":  func(a, b *catalog.GPUType) int { return a.Price.Cmp(b.Price) },
	}, s.newGPUType)
}

func (s operations) GetGPUType(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().GPUType, s.newGPUType, api.ErrorReasonGPUTypeNotFound, "gpuType")
}

// ListImages leaves out the images that can't be pulled: no registry lists what it doesn't have.
func (s operations) ListImages(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	images := backend.InOrder(s.cluster.Catalog().Images, func(i *catalog.Image) bool { return !i.Missing && named.Lets(i.Name) })
	answerList(s.Server, w, r, q, images, backend.Sorting[*catalog.Image]{
		"name": func(a, b *catalog.Image) int { return backend.CompareTexts(a.Name, b.Name) },
		"size": func(a, b *catalog.Image) int { return cmp.Compare(a.SizeMB, b.SizeMB) },
	}, func(i *catalog.Image) api.Image { return api.Image{Name: i.Name, SizeMB: i.SizeMB} })
}

func newDataset(d *catalog.Dataset) api.Dataset {
	return api.Dataset{ID: d.ID, Name: d.Name, Versions: d.Versions, SizeMB: d.SizeMB, Tokens: d.Tokens}
}

func (s operations) ListDatasets(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	datasets := backend.InOrder(s.cluster.Catalog().Datasets, func(d *catalog.Dataset) bool { return named.Lets(d.Name) })
	answerList(s.Server, w, r, q, datasets, backend.Sorting[*catalog.Dataset]{
		"name": func(a, b *catalog.Dataset) int { return backend.CompareTexts(a.Name, b.Name) },
		"size": func(a, b *catalog.Dataset) int { return cmp.Compare(a.SizeMB, b.SizeMB) },
	}, newDataset)
}

func (s operations) GetDataset(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().Dataset, newDataset, api.ErrorReasonDatasetNotFound, "datasetId")
}

func newModel(m *catalog.Model) api.Model {
	return api.Model{ID: m.ID, Name: m.Name, Parameters: m.Parameters}
}

func (s operations) ListModels(w http.ResponseWriter, r *http.Request) {
	q := parseQuery(r)
	named := q.partOfName()
	models := backend.InOrder(s.cluster.Catalog().Models, func(m *catalog.Model) bool { return named.Lets(m.Name) })
	answerList(s.Server, w, r, q, models, backend.Sorting[*catalog.Model]{
		"name":       func(a, b *catalog.Model) int { return backend.CompareTexts(a.Name, b.Name) },
		"parameters": func(a, b *catalog.Model) int { return cmp.Compare(a.Parameters, b.Parameters) },
	}, newModel)
}

func (s operations) GetModel(w http.ResponseWriter, r *http.Request) {
	answerOne(s.Server, w, r, s.cluster.Catalog().Model, newModel, api.ErrorReasonModelNotFound, "modelId")
}

// answerOne answers with the item that has the path's id. find returns nil if there is none.
func answerOne[T, W any](
	s *Server, w http.ResponseWriter, r *http.Request, find func(string) *T, wire func(*T) W, unknown api.ErrorReason, detail string,
) {
	wanted := pathID(r)
	if found := find(wanted); found != nil {
		s.answer(w, r, text.OK, wire(found))
		return
	}
	s.refuse(w, r, http.StatusNotFound, unknown, "", map[string]any{detail: wanted})
}
