package fermi

import (
	"context"
	"net/url"
	"strconv"
)

// A GPUType is a kind of GPU and its price.
type GPUType struct {
	Name            string `json:"name"`
	Memory          int64  `json:"memory"` // GB of one GPU
	Class           string `json:"class"`
	Recommended     bool   `json:"recommended"`
	PricePerGPUHour Money  `json:"pricePerGpuHour"`
}

// An Image is a container image that the cluster offers; any other is a custom one, and allowed.
type Image struct {
	Name   string `json:"name"`
	SizeMB int64  `json:"sizeMb"` // compressed
}

// A Dataset can be trained on, in one of its versions.
type Dataset struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Versions []string `json:"versions"`
	SizeMB   int64    `json:"sizeMb"` // of one version
	Tokens   float64  `json:"tokens"` // that one training reads
}

// A Model can be trained.
type Model struct {
	ID         string  `json:"id"`
	Name       string  `json:"name"`
	Parameters float64 `json:"parameters"`
}

// A GPUTypeFilter selects and sorts types; what is empty selects all, in the cluster's order.
type GPUTypeFilter struct {
	Recommended *bool
	MinMemory   int64  // GB
	Sort        string // name, memory or price
	Order       string // asc or desc
}

// A NameFilter selects by a part of the name and sorts; what is empty selects all, in the cluster's order.
type NameFilter struct {
	Name  string
	Sort  string // name, or the kind's own figure: size of images and datasets, parameters of models
	Order string // asc or desc
}

// ListGPUTypes reads all types that the filter selects.
func (c *Client) ListGPUTypes(ctx context.Context, filter GPUTypeFilter) ([]GPUType, error) {
	query := url.Values{}
	if filter.Recommended != nil {
		query.Set("recommended", strconv.FormatBool(*filter.Recommended))
	}
	if filter.MinMemory > 0 {
		query.Set("minMemory", strconv.FormatInt(filter.MinMemory, 10))
	}
	set(query, "sort", filter.Sort)
	set(query, "order", filter.Order)
	return list[GPUType](ctx, c, "/gpu-types", query)
}

// ListImages reads all images that the filter selects.
func (c *Client) ListImages(ctx context.Context, filter NameFilter) ([]Image, error) {
	return list[Image](ctx, c, "/images", filter.query())
}

// ListDatasets reads all datasets that the filter selects.
func (c *Client) ListDatasets(ctx context.Context, filter NameFilter) ([]Dataset, error) {
	return list[Dataset](ctx, c, "/datasets", filter.query())
}

// ListModels reads all models that the filter selects.
func (c *Client) ListModels(ctx context.Context, filter NameFilter) ([]Model, error) {
	return list[Model](ctx, c, "/models", filter.query())
}

func (filter NameFilter) query() url.Values {
	query := url.Values{}
	set(query, "name", filter.Name)
	set(query, "sort", filter.Sort)
	set(query, "order", filter.Order)
	return query
}
