package cluster

import (
	"fmt"
	"strings"
)

// Policy chooses among the nodes where a request fits: the highest score wins, ties go to the smallest node name. A share
// of a GPU goes to the tightest one that fits, unless the policy says otherwise. Policies may be shared by clones.
type Policy interface {
	// Name returns the name that PolicyByName knows it by.
	Name() string
	bind(*inventory) scorer
}

// scorer is a policy for one inventory.
type scorer interface {
	// score rates a node where s fits, 0–100.
	score(n *node, s *shape) int8
	// gpu returns the GPU for a shape of one share, or -1 for the tightest.
	gpu(n *node, s *shape) int
}

// drawer is a scorer that chooses at random; its scores are 0.
type drawer interface {
	draw(n int) int
}

// Options is what some policies need.
type Options struct {
	// Draw returns a uniform number in [0, n), for random.
	Draw func(n int) int
}

// Policies returns the names of all policies.
func Policies() []string {
	return []string{"first-fit", "best-fit"}
}

// PolicyByName returns the policy of this name. The error lists the names there are.
func PolicyByName(name string, o Options) (Policy, error) {
	switch name {
	case "first-fit":
		return firstFit{}, nil
	case "best-fit":
		return bestFit{}, nil
	}
	return nil, fmt.Errorf("unknown placement policy %q: there are %s", name, strings.Join(Policies(), ", "))
}

// tightest is the part of a scorer that leaves the choice of the GPU to the node.
type tightest struct{}

func (tightest) gpu(*node, *shape) int { return -1 }

// firstFit takes the node of the smallest name (Johnson et al., "Worst-case performance bounds for simple
// one-dimensional packing algorithms", 1974).
type firstFit struct{ tightest }

func (firstFit) Name() string             { return "first-fit" }
func (f firstFit) bind(*inventory) scorer { return f }
func (firstFit) score(*node, *shape) int8 { return 0 }

// bestFit takes the node that is left with the least CPU and GPU, each relative to the largest node's:
// 100·(1 − ½·(CPU left after)/(largest CPU) − ½·(GPU left after)/(largest GPU)), as Weng et al., "Beware of
// Fragmentation: Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC 2023) run it. They
// stretch the scores over 0–100; that keeps their order, ties included, and is left out.
type bestFit struct{}

func (bestFit) Name() string             { return "best-fit" }
func (bestFit) bind(v *inventory) scorer { return bestFitScorer{v.maxCPU, v.maxGPU, tightest{}} }

type bestFitScorer struct {
	maxCPU, maxGPU int64
	tightest
}

// In integers the truncation is exact, and the same on every machine.
func (b bestFitScorer) score(n *node, s *shape) int8 {
	cpu, gpu := n.cpu-s.cpu, int64(n.left-s.gpus*s.milli)
	whole := 2 * b.maxCPU * b.maxGPU
	return int8(100 * (whole - cpu*b.maxGPU - gpu*b.maxCPU) / whole)
}
