package world

import (
	"math"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// inventory is what a world is made of: its configuration, the catalog in it with look-ups, and its nodes.
type inventory struct {
	cfg     *Config
	catalog *catalog.Indexed // of cfg
	cluster *cluster.Cluster
}

// zoneOf returns the zone in which a task runs or waits.
func (c *inventory) zoneOf(t *task) string {
	if t.Mode == Existing {
		return c.cfg.Environments[t.environment].Zone
	}
	return t.Resources.Zone
}

// meanLength returns the expected length of a training at full speed.
func (c *inventory) meanLength(t *task) des.Time {
	return max(seconds(c.trainingSeconds(t)*c.cfg.Training.Variation.Mean()), des.Time(c.cfg.Training.Minimum))
}

// trainingSeconds returns how long a training takes without variation: 6 operations per parameter and token (Kaplan et al.,
// "Scaling Laws for Neural Language Models", 2020, section 2.1), at the part of their peak that the GPUs reach.
func (c *inventory) trainingSeconds(t *task) float64 {
	parameters := c.cfg.Training.DefaultParameters
	if m := c.catalog.Model(t.ModelID); m != nil {
		parameters = m.Parameters
	}
	gpuType, gpus := c.gpusOf(t)
	perGPU := gpuType.TFLOPS * 1e12 * c.cfg.Training.Utilization
	scaling := math.Pow(c.cfg.Training.ScalingEfficiency, math.Log2(float64(gpus)))
	return 6 * parameters * c.dataset(t).Tokens / (perGPU * float64(gpus) * scaling)
}

// gpusOf returns the type and number of the GPUs on which a task trains: its own or those of its environment.
func (c *inventory) gpusOf(t *task) (*catalog.GPUType, int) {
	if t.Mode == Existing {
		e := &c.cfg.Environments[t.environment]
		return c.catalog.GPUType(e.GPUType), e.GPUs
	}
	return c.catalog.GPUType(t.Resources.GPUType), t.Resources.GPUs
}

// dataset returns the dataset of a task.
func (c *inventory) dataset(t *task) *catalog.Dataset { return c.catalog.Dataset(t.DatasetID) }

func (c *inventory) datasetMB(t *task) float64 { return float64(c.dataset(t).SizeMB) }

// image returns an image by its name. An image that the configuration does not list has the size of unknown images.
func (c *inventory) image(name string) catalog.Image {
	if i := c.catalog.Image(name); i != nil {
		return *i
	}
	return catalog.Image{Name: name, SizeMB: c.cfg.Timings.UnknownImageMB}
}
