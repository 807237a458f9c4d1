package scenario

import (
	"fmt"
	"slices"
	"strings"

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

func (s *Scenario) config() *world.Config { return s.withNodes(s.NodePools) }

// withNodes returns the configuration with the nodes of some pools.
func (s *Scenario) withNodes(pools []NodePool) *world.Config {
	return &world.Config{Catalog: s.Catalog, Nodes: s.nodes(pools), Rules: s.Rules}
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
	return s.withNodes(pools)
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
