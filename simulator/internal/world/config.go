package world

import (
	"github.com/shopspring/decimal"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// Config is the configuration of a world. It must not change once a world uses it.
type Config struct {
	catalog.Catalog
	Nodes []cluster.Node
	Rules
}

// Rules says what happens in a cluster: how long things take, what fails, who else uses it, and who comes first.
type Rules struct {
	Timings  Timings  `yaml:"timings"`
	Training Training `yaml:"training"`
	Load     Load     `yaml:"environment_load"`
	// Policy is the name of the placement policy, and Discipline that of the queues.
	Policy     string       `yaml:"placement"`
	Discipline string       `yaml:"queue"`
	Failures   Failures     `yaml:"failures"`
	Background []Background `yaml:"background"`
	// WarmUp is how long the background load has been running at time 0.
	WarmUp des.Duration `yaml:"warm_up"`
	// Retention is how long a finished task stays on record; 0 is for ever.
	Retention des.Duration `yaml:"retention"`
	// PreemptiblePriceFactor is the part of the price that a preemptible task pays, above 0 and at most 1; 0 stands for 0.4.
	PreemptiblePriceFactor decimal.Decimal `yaml:"preemptible_price_factor,omitempty"`
	// ImageCacheGB is the size of the images that a node keeps. The least recently used are dropped first.
	ImageCacheGB int64 `yaml:"image_cache_gb"`
}

// preemptiblePriceFactor returns the part of the price that a preemptible task pays.
func (r *Rules) preemptiblePriceFactor() decimal.Decimal {
	if r.PreemptiblePriceFactor.IsZero() {
		return decimal.New(4, -1) // an assumption: clouds' spot prices are 10–60 % of the full ones
	}
	return r.PreemptiblePriceFactor
}

// imageCacheMB returns the size of the images that a node keeps, in the unit of their sizes.
func (r *Rules) imageCacheMB() int64 { return r.ImageCacheGB * 1000 }

// Timings says how long each phase of a start-up takes. Durations are in seconds, rates in MB/s.
type Timings struct {
	FindNodes      distribution.Distribution `yaml:"find_nodes"`
	AllocateGPUs   distribution.Distribution `yaml:"allocate_gpus"`
	PullRate       distribution.Distribution `yaml:"pull_rate"`        // of an image, per node
	PullCached     distribution.Distribution `yaml:"pull_cached"`      // when the node has the image
	UnknownImageMB int64                     `yaml:"unknown_image_mb"` // the size of an image that is not in Images
	MountBase      distribution.Distribution `yaml:"mount_base"`
	MountRate      distribution.Distribution `yaml:"mount_rate"` // of a dataset
	StartContainer distribution.Distribution `yaml:"start_container"`
	// In a running environment only data are mounted and the program started.
	ExistingMount distribution.Distribution `yaml:"existing_mount"`
	ExistingStart distribution.Distribution `yaml:"existing_start"`
}

// Training says how long a training takes.
type Training struct {
	// Utilization is the part of a GPU's peak that training reaches, 0–1.
	Utilization float64 `yaml:"utilization"`
	// ScalingEfficiency is the part of the throughput per GPU that remains at each doubling of the number of GPUs, 0–1.
	ScalingEfficiency float64 `yaml:"scaling_efficiency"`
	// DefaultParameters is the size of the model of a task that names none.
	DefaultParameters float64 `yaml:"default_parameters"`
	// Minimum is the length of the shortest training.
	Minimum des.Duration `yaml:"minimum"`
	// Variation is a factor of the length.
	Variation distribution.Distribution `yaml:"variation"`
}

// Failures says what goes wrong by itself. A zero value is for never.
type Failures struct {
	// NodeMTBF and NodeMTTR are the means of the exponential times until a node fails and until it is repaired.
	NodeMTBF des.Duration `yaml:"node_mtbf"`
	NodeMTTR des.Duration `yaml:"node_mttr"`
	// DrainEvery and DrainFor are the means of the exponential times until a node's next maintenance and until its end. A
	// node in maintenance is draining: what runs there continues.
	DrainEvery des.Duration `yaml:"drain_every"`
	DrainFor   des.Duration `yaml:"drain_for"`
	// OnNodeFailure is what becomes of the tasks of a failed node: fail, the default, or restart, which sends them back to
	// the queue.
	OnNodeFailure string `yaml:"on_node_failure,omitempty"`
	// PullError is the probability that one attempt to pull an image fails. After PullAttempts the task fails.
	PullError    float64 `yaml:"pull_error"`
	PullAttempts int     `yaml:"pull_attempts,omitempty"`
	// CrashMTBF is the mean of the exponential time for which a dynamic task trains until it crashes. After MaxRestarts
	// restarts of its container the task fails.
	CrashMTBF   des.Duration `yaml:"crash_mtbf"`
	MaxRestarts int          `yaml:"max_restarts"`
	// Checkpoint is the training time between two checkpoints. A training that restarts continues from the last one; with 0
	// it starts again.
	Checkpoint des.Duration `yaml:"checkpoint"`
}

// Background is the load of other users on one GPU type in one zone. Its jobs wait in the zone's queue and hold GPUs, but
// are nobody's tasks.
type Background struct {
	Zone         string                    `yaml:"zone"`
	GPUType      string                    `yaml:"gpu_type"`
	Interarrival distribution.Distribution `yaml:"interarrival"` // seconds
	Length       distribution.Distribution `yaml:"length"`       // seconds that the GPUs are held
	Sizes        []Size                    `yaml:"sizes"`
	CPUCores     int                       `yaml:"cpu_cores_per_gpu"`
	MemoryGB     int                       `yaml:"memory_gb_per_gpu"`
	// Priority is that of the jobs, Normal if it is left out. They are not preemptible.
	Priority Priority `yaml:"priority,omitempty"`
}

// Size is a number of GPUs. Weight says how often it is asked for, relative to the other sizes.
type Size struct {
	GPUs   int     `yaml:"gpus"`
	Weight float64 `yaml:"weight"`
}

// Load is the part of its resources that an environment uses while one task trains in it, and while none does. The use by
// more tasks follows from these.
type Load struct {
	Busy Usage `yaml:"busy"`
	Idle Usage `yaml:"idle"`
}

// Usage is the used part of each resource, 0–1.
type Usage struct {
	GPU    float64 `yaml:"gpu"`
	CPU    float64 `yaml:"cpu"`
	Memory float64 `yaml:"memory"`
}

// ConfigError is the error of an inconsistent Config. Field is a field of Config, and Index an element of it, or -1 for the
// whole field.
type ConfigError struct {
	Field string
	Index int
	Err   error
}

func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the underlying error.
func (e *ConfigError) Unwrap() error { return e.Err }
