package world

import (
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// Config is the configuration of a world. It must not change once a world uses it.
type Config struct {
	catalog.Catalog
	Nodes      []cluster.Node
	Timings    Timings
	Training   Training
	Load       Load
	Failures   Failures
	Background []Background
	// WarmUp is how long the background load has been running at time 0.
	WarmUp time.Duration
	// Policy is the name of the placement policy, and Discipline that of the queues.
	Policy     string
	Discipline string
	// Retention is how long a finished task stays on record; 0 is for ever.
	Retention time.Duration
	// ImageCacheMB is the size of the images that a node keeps. The least recently used are dropped first.
	ImageCacheMB int64
}

// Timings says how long each phase of a start-up takes. Durations are in seconds, rates in MB/s.
type Timings struct {
	FindNodes      distribution.Distribution
	AllocateGPUs   distribution.Distribution
	PullRate       distribution.Distribution // of an image, per node
	PullCached     distribution.Distribution // when the node has the image
	UnknownImageMB int64                     // the size of an image that is not in Images
	MountBase      distribution.Distribution
	MountRate      distribution.Distribution // of a dataset
	StartContainer distribution.Distribution
	// In a running environment only data are mounted and the program started.
	ExistingMount distribution.Distribution
	ExistingStart distribution.Distribution
}

// Training says how long a training takes.
type Training struct {
	// Utilization is the part of a GPU's peak that training reaches, 0–1.
	Utilization float64
	// ScalingEfficiency is the part of the throughput per GPU that remains at each doubling of the number of GPUs, 0–1.
	ScalingEfficiency float64
	// DefaultParameters is the size of the model of a task that names none.
	DefaultParameters float64
	// Minimum is the length of the shortest training.
	Minimum time.Duration
	// Variation is a factor of the length.
	Variation distribution.Distribution
}

// Failures says what goes wrong by itself. A zero value is for never.
type Failures struct {
	// NodeMTBF and NodeMTTR are the means of the exponential times until a node fails and until it is repaired.
	NodeMTBF, NodeMTTR time.Duration
	// DrainEvery and DrainFor are the means of the exponential times until a node's next maintenance and until its end. A
	// node in maintenance is draining: what runs there continues.
	DrainEvery, DrainFor time.Duration
	// RestartOnNodeFailure sends the tasks of a failed node back to the queue. Otherwise they fail.
	RestartOnNodeFailure bool
	// PullError is the probability that one attempt to pull an image fails. After PullAttempts the task fails.
	PullError    float64
	PullAttempts int
	// CrashMTBF is the mean of the exponential time for which a dynamic task trains until it crashes. After MaxRestarts
	// restarts of its container the task fails.
	CrashMTBF   time.Duration
	MaxRestarts int
	// Checkpoint is the training time between two checkpoints. A training that restarts continues from the last one; with 0
	// it starts again.
	Checkpoint time.Duration
}

// Background is the load of other users on one GPU type in one zone. Its jobs wait in the zone's queue and hold GPUs, but
// are nobody's tasks.
type Background struct {
	Zone, GPUType    string
	Interarrival     distribution.Distribution // seconds
	Length           distribution.Distribution // seconds that the GPUs are held
	Sizes            []Size
	CPUCores, Memory int // per GPU; memory in GB
}

// Size is a number of GPUs. Weight says how often it is asked for, relative to the other sizes.
type Size struct {
	GPUs   int
	Weight float64
}

// Load is the part of its resources that an environment uses while one task trains in it, and while none does. The use by
// more tasks follows from these.
type Load struct{ Busy, Idle Usage }

// Usage is the used part of each resource, 0–1.
type Usage struct{ GPU, CPU, Memory float64 }

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
