package scenario

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// World returns the configuration of the world. The error lists all inconsistencies; a parsed scenario has none.
func (s *Scenario) World() (*world.Config, error) {
	if m := s.inconsistencies(); len(m) > 0 {
		problems := make([]string, len(m))
		for i := range m {
			problems[i] = pathText(m[i].path) + ": " + m[i].message
		}
		return nil, fmt.Errorf("scenario: %s", strings.Join(problems, "; "))
	}
	return s.config(), nil
}

func (s *Scenario) config() *world.Config {
	c := s.settings()
	c.Nodes = s.nodes(s.NodePools)
	return c
}

// settings returns the configuration without nodes.
func (s *Scenario) settings() *world.Config {
	c := &world.Config{
		Catalog:      s.Catalog,
		Retention:    time.Duration(s.Retention),
		ImageCacheMB: s.ImageCacheGB * 1000,
		Timings: world.Timings{
			FindNodes:      s.Timings.FindNodes,
			AllocateGPUs:   s.Timings.AllocateGPUs,
			PullRate:       s.Timings.PullRate,
			PullCached:     s.Timings.PullCached,
			UnknownImageMB: s.Timings.UnknownImageMB,
			MountBase:      s.Timings.MountBase,
			MountRate:      s.Timings.MountRate,
			StartContainer: s.Timings.StartContainer,
			ExistingMount:  s.Timings.ExistingMount,
			ExistingStart:  s.Timings.ExistingStart,
		},
		Training: world.Training{
			Utilization:       s.Training.Utilization,
			ScalingEfficiency: s.Training.ScalingEfficiency,
			DefaultParameters: s.Training.DefaultParameters,
			Minimum:           time.Duration(s.Training.Minimum),
			Variation:         s.Training.Variation,
		},
		Load: world.Load{Busy: world.Usage(s.EnvironmentLoad.Busy), Idle: world.Usage(s.EnvironmentLoad.Idle)},
	}
	c.Policy, c.Discipline, c.WarmUp = s.Placement, s.Queue, time.Duration(s.WarmUp)
	c.Failures = world.Failures{
		NodeMTBF: time.Duration(s.Failures.NodeMTBF), NodeMTTR: time.Duration(s.Failures.NodeMTTR),
		DrainEvery: time.Duration(s.Failures.DrainEvery), DrainFor: time.Duration(s.Failures.DrainFor),
		RestartOnNodeFailure: s.Failures.OnNodeFailure == "restart",
		PullError:            s.Failures.PullError, PullAttempts: s.Failures.PullAttempts,
		CrashMTBF: time.Duration(s.Failures.CrashMTBF), MaxRestarts: s.Failures.MaxRestarts,
		Checkpoint: time.Duration(s.Failures.Checkpoint),
	}
	for _, b := range s.Background {
		load := world.Background{
			Zone: b.Zone, GPUType: b.GPUType, Interarrival: b.Interarrival,
			Length: b.Length, CPUCores: b.CPUCores, Memory: b.MemoryGB,
		}
		for _, size := range b.Sizes {
			load.Sizes = append(load.Sizes, world.Size(size))
		}
		c.Background = append(c.Background, load)
	}
	return c
}

// sample returns the configuration with only a few nodes of each pool, which are enough to tell whether the background
// load fits: a job never spreads over more nodes than it has GPUs.
func (s *Scenario) sample() *world.Config {
	type kind struct{ zone, gpuType string }
	largest := map[kind]int{}
	for _, b := range s.Background {
		pool := kind{b.Zone, b.GPUType}
		for _, size := range b.Sizes {
			largest[pool] = max(largest[pool], size.GPUs)
		}
	}
	pools := slices.Clone(s.NodePools)
	for i := range pools {
		p := &pools[i]
		pool := kind{p.Zone, p.GPUType}
		// If several pools are of the same kind, each adds what the previous ones lack.
		p.Count = min(p.Count, max(1, largest[pool]))
		largest[pool] -= p.Count
	}
	c := s.settings()
	c.Nodes = s.nodes(pools)
	return c
}

// nodes returns the nodes of the pools. They are named after zone and GPU type, and numbered across all pools with the
// same prefix.
func (s *Scenario) nodes(pools []NodePool) []cluster.Node {
	count := 0
	for _, p := range pools {
		count += p.Count
	}
	nodes := make([]cluster.Node, 0, count)
	numbers := map[string]int{}
	offered := catalog.Index(&s.Catalog)
	for _, p := range pools {
		shape := offered.GPUType(p.GPUType).Node
		prefix := p.Zone + "-" + strings.ToLower(p.GPUType)
		for range p.Count {
			numbers[prefix]++
			nodes = append(nodes, cluster.Node{
				Name: fmt.Sprintf("%s-%02d", prefix, numbers[prefix]), Zone: p.Zone, GPUType: p.GPUType,
				GPUs: shape.GPUs, CPUMilli: int64(shape.CPUCores) * 1000, MemoryMiB: int64(shape.MemoryGB) * 1024,
			})
		}
	}
	return nodes
}
