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
func (v *inventory) zoneOf(t *task) string {
	if t.Mode == Existing {
		return v.cfg.Environments[t.environment].Zone
	}
	return t.Resources.Zone
}

// meanLength returns the expected length of a training at full speed.
func (v *inventory) meanLength(t *task) des.Time {
	return max(seconds(v.trainingSeconds(t)*v.cfg.Training.Variation.Mean()), des.Time(v.cfg.Training.Minimum))
}

// trainingSeconds returns how long a training takes without variation: 6 operations per parameter and token (Kaplan et al.,
// "Scaling Laws for Neural Language Models", 2020, section 2.1), at the part of their peak that the GPUs reach.
func (v *inventory) trainingSeconds(t *task) float64 {
	parameters := v.cfg.Training.DefaultParameters
	if m := v.catalog.Model(t.ModelID); m != nil {
		parameters = m.Parameters
	}
	gpuType, gpus := v.gpusOf(t)
	perGPU := gpuType.TFLOPS * 1e12 * v.cfg.Training.Utilization
	scaling := math.Pow(v.cfg.Training.ScalingEfficiency, math.Log2(float64(gpus)))
	return 6 * parameters * v.dataset(t).Tokens / (perGPU * float64(gpus) * scaling)
}

// gpusOf returns the type and number of the GPUs on which a task trains: its own or those of its environment.
func (v *inventory) gpusOf(t *task) (*catalog.GPUType, int) {
	if t.Mode == Existing {
		e := &v.cfg.Environments[t.environment]
		return v.catalog.GPUType(e.GPUType), e.GPUs
	}
	return v.catalog.GPUType(t.Resources.GPUType), t.Resources.GPUs
}

// dataset returns the dataset of a task.
func (v *inventory) dataset(t *task) *catalog.Dataset { return v.catalog.Dataset(t.DatasetID) }

func (v *inventory) datasetMB(t *task) float64 { return float64(v.dataset(t).SizeMB) }

// image returns an image by its name. An image that the configuration does not list has the size of unknown images.
func (v *inventory) image(name string) catalog.Image {
	if i := v.catalog.Image(name); i != nil {
		return *i
	}
	return catalog.Image{Name: name, SizeMB: v.cfg.Timings.UnknownImageMB}
}
