package world

import (
	"math"
	"slices"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// catalog is what a world has to offer: its configuration, with look-ups, and its inventory of nodes.
type catalog struct {
	cfg     *Config
	cluster *cluster.Cluster
	zones   map[string]int // index, by id
}

// zoneOf returns the zone in which a task runs or waits.
func (c *catalog) zoneOf(t *task) string {
	if t.Mode == Existing {
		return c.cfg.Environments[t.environment].Zone
	}
	return t.Resources.Zone
}

// meanLength returns the expected length of a training at full speed.
func (c *catalog) meanLength(t *task) des.Time {
	return max(seconds(c.trainingSeconds(t)*c.cfg.Training.Variation.Mean()), des.Time(c.cfg.Training.Minimum))
}

// trainingSeconds returns how long a training takes without variation: 6 operations per parameter and token (Kaplan et al.,
// "Scaling Laws for Neural Language Models", 2020, section 2.1), at the part of their peak that the GPUs reach.
func (c *catalog) trainingSeconds(t *task) float64 {
	parameters := c.cfg.Training.DefaultParameters
	if i := slices.IndexFunc(c.cfg.Models, func(m Model) bool { return m.ID == t.ModelID }); i >= 0 {
		parameters = c.cfg.Models[i].Parameters
	}
	gpuType, gpus := c.gpusOf(t)
	perGPU := gpuType.TFLOPS * 1e12 * c.cfg.Training.Utilization
	scaling := math.Pow(c.cfg.Training.ScalingEfficiency, math.Log2(float64(gpus)))
	return 6 * parameters * c.dataset(t).Tokens / (perGPU * float64(gpus) * scaling)
}

// gpusOf returns the type and number of the GPUs on which a task trains: its own or those of its environment.
func (c *catalog) gpusOf(t *task) (*GPUType, int) {
	if t.Mode == Existing {
		e := &c.cfg.Environments[t.environment]
		return c.gpuType(e.GPUType), e.GPUs
	}
	return c.gpuType(t.Resources.GPUType), t.Resources.GPUs
}

// gpuType returns a GPU type; nil if there is none of this name.
func (c *catalog) gpuType(name string) *GPUType {
	i := slices.IndexFunc(c.cfg.GPUTypes, func(g GPUType) bool { return g.Name == name })
	if i < 0 {
		return nil
	}
	return &c.cfg.GPUTypes[i]
}

// dataset returns the dataset of a task.
func (c *catalog) dataset(t *task) *Dataset {
	return &c.cfg.Datasets[slices.IndexFunc(c.cfg.Datasets, func(d Dataset) bool { return d.ID == t.DatasetID })]
}

func (c *catalog) datasetMB(t *task) float64 { return float64(c.dataset(t).SizeMB) }

// environmentIndex returns the index of an environment; -1 if there is none with this id.
func (c *catalog) environmentIndex(id string) int {
	return slices.IndexFunc(c.cfg.Environments, func(e Environment) bool { return e.ID == id })
}

// image returns an image by its name. An image that the configuration does not list has the size of unknown images.
func (c *catalog) image(name string) Image {
	if i := slices.IndexFunc(c.cfg.Images, func(i Image) bool { return i.Name == name }); i >= 0 {
		return c.cfg.Images[i]
	}
	return Image{Name: name, SizeMB: c.cfg.Timings.UnknownImageMB}
}
