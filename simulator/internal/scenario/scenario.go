package scenario

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Scenario is the content of a scenario file.
type Scenario struct {
	Extends         string `yaml:"extends,omitempty"`
	catalog.Catalog `yaml:",inline"`
	NodePools       []NodePool `yaml:"node_pools"`
	world.Rules     `yaml:",inline"`
}

// NodePool is a number of equal nodes in a zone.
type NodePool struct {
	Zone    string `yaml:"zone"`
	GPUType string `yaml:"gpu_type"`
	Count   int    `yaml:"count"`
}
