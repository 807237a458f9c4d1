package catalog

// Indexed is a Catalog with look-ups. Neither changes once it is made.
type Indexed struct {
	*Catalog
	zones, gpuTypes, environments, images, datasets, models map[string]int
}

// Index returns the catalog with look-ups. If ids or names are not unique, they find the first entry.
func Index(c *Catalog) *Indexed {
	return &Indexed{
		Catalog:      c,
		zones:        index(c.Zones, func(z *Zone) string { return z.ID }),
		gpuTypes:     index(c.GPUTypes, func(g *GPUType) string { return g.Name }),
		environments: index(c.Environments, func(e *Environment) string { return e.ID }),
		images:       index(c.Images, func(i *Image) string { return i.Name }),
		datasets:     index(c.Datasets, func(d *Dataset) string { return d.ID }),
		models:       index(c.Models, func(m *Model) string { return m.ID }),
	}
}

func index[T any](list []T, key func(*T) string) map[string]int {
	indices := make(map[string]int, len(list))
	for i := range list {
		k := key(&list[i])
		if _, ok := indices[k]; !ok {
			indices[k] = i
		}
	}
	return indices
}

// Zone returns a zone; nil if there is none with this id. So do the other look-ups.
func (c *Indexed) Zone(id string) *Zone { return at(c.Zones, c.zones, id) }

// GPUType returns a GPU type by its name.
func (c *Indexed) GPUType(name string) *GPUType { return at(c.GPUTypes, c.gpuTypes, name) }

// Environment returns an environment by its id.
func (c *Indexed) Environment(id string) *Environment { return at(c.Environments, c.environments, id) }

// Image returns an image by its name.
func (c *Indexed) Image(name string) *Image { return at(c.Images, c.images, name) }

// Dataset returns a dataset by its id.
func (c *Indexed) Dataset(id string) *Dataset { return at(c.Datasets, c.datasets, id) }

// Model returns a model by its id.
func (c *Indexed) Model(id string) *Model { return at(c.Models, c.models, id) }

// ZoneIndex returns the index of a zone; -1 if there is none with this id.
func (c *Indexed) ZoneIndex(id string) int { return indexOf(c.zones, id) }

// EnvironmentIndex returns the index of an environment; -1 if there is none with this id.
func (c *Indexed) EnvironmentIndex(id string) int { return indexOf(c.environments, id) }

func at[T any](list []T, indices map[string]int, key string) *T {
	if i, ok := indices[key]; ok {
		return &list[i]
	}
	return nil
}

func indexOf(indices map[string]int, key string) int {
	if i, ok := indices[key]; ok {
		return i
	}
	return -1
}
