package scenario

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
)

// Scenario is the content of a scenario file.
type Scenario struct {
	Extends         string `yaml:"extends,omitempty"`
	catalog.Catalog `yaml:",inline"`
	NodePools       []NodePool   `yaml:"node_pools"`
	Timings         Timings      `yaml:"timings"`
	Training        Training     `yaml:"training"`
	EnvironmentLoad Load         `yaml:"environment_load"`
	Placement       string       `yaml:"placement"`
	Queue           string       `yaml:"queue"`
	Failures        Failures     `yaml:"failures"`
	Background      []Background `yaml:"background"`
	WarmUp          des.Duration `yaml:"warm_up"`
	Retention       des.Duration `yaml:"retention"`
	ImageCacheGB    int64        `yaml:"image_cache_gb"`
}

// NodePool is a number of equal nodes in a zone.
type NodePool struct {
	Zone    string `yaml:"zone"`
	GPUType string `yaml:"gpu_type"`
	Count   int    `yaml:"count"`
}

// Timings holds the durations of the phases of a start in seconds, and rates in MB/s.
type Timings struct {
	FindNodes      distribution.Distribution `yaml:"find_nodes"`
	AllocateGPUs   distribution.Distribution `yaml:"allocate_gpus"`
	PullRate       distribution.Distribution `yaml:"pull_rate"`
	PullCached     distribution.Distribution `yaml:"pull_cached"`
	UnknownImageMB int64                     `yaml:"unknown_image_mb"`
	MountBase      distribution.Distribution `yaml:"mount_base"`
	MountRate      distribution.Distribution `yaml:"mount_rate"`
	StartContainer distribution.Distribution `yaml:"start_container"`
	ExistingMount  distribution.Distribution `yaml:"existing_mount"`
	ExistingStart  distribution.Distribution `yaml:"existing_start"`
}

// Training says how long trainings take. See world.Training.
type Training struct {
	Utilization       float64                   `yaml:"utilization"`
	ScalingEfficiency float64                   `yaml:"scaling_efficiency"`
	DefaultParameters float64                   `yaml:"default_parameters"`
	Minimum           des.Duration              `yaml:"minimum"`
	Variation         distribution.Distribution `yaml:"variation"`
}

// Failures says what fails at random. See world.Failures.
type Failures struct {
	NodeMTBF      des.Duration `yaml:"node_mtbf"`
	NodeMTTR      des.Duration `yaml:"node_mttr"`
	DrainEvery    des.Duration `yaml:"drain_every"`
	DrainFor      des.Duration `yaml:"drain_for"`
	OnNodeFailure string       `yaml:"on_node_failure,omitempty"` // fail, the default, or restart
	PullError     float64      `yaml:"pull_error"`
	PullAttempts  int          `yaml:"pull_attempts,omitempty"`
	CrashMTBF     des.Duration `yaml:"crash_mtbf"`
	MaxRestarts   int          `yaml:"max_restarts"`
	Checkpoint    des.Duration `yaml:"checkpoint"`
}

// Background is the load of other users on one GPU type in one zone.
type Background struct {
	Zone         string                    `yaml:"zone"`
	GPUType      string                    `yaml:"gpu_type"`
	Interarrival distribution.Distribution `yaml:"interarrival"`
	Length       distribution.Distribution `yaml:"length"`
	Sizes        []Size                    `yaml:"sizes"`
	CPUCores     int                       `yaml:"cpu_cores_per_gpu"`
	MemoryGB     int                       `yaml:"memory_gb_per_gpu"`
}

// Size is a number of GPUs and its relative frequency.
type Size struct {
	GPUs   int     `yaml:"gpus"`
	Weight float64 `yaml:"weight"`
}

// Load is an environment's use of its resources while a task trains in it, and while none does.
type Load struct {
	Busy Usage `yaml:"busy"`
	Idle Usage `yaml:"idle"`
}

// Usage is the used fraction of each resource, 0–1.
type Usage struct {
	GPU    float64 `yaml:"gpu"`
	CPU    float64 `yaml:"cpu"`
	Memory float64 `yaml:"memory"`
}
