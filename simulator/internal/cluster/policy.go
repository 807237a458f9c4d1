package cluster

import (
	"fmt"
	"math/bits"
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
	// score rates a node where s fits, 0–100; i is its index.
	score(i int32, n *node, s *shape) int8
	// gpu returns the GPU for a shape of one share, or -1 for the tightest ones.
	gpu(n *node, s *shape) int
}

// watcher is a scorer that caches something for each node. It is told of every change of a node.
type watcher interface {
	watch(nodes int)
	forget(i int32) // the node changed
}

// drawer is a scorer that chooses at random; its scores are 0.
type drawer interface {
	draw(n int) int
}

// Options is what some policies need.
type Options struct {
	// Draw returns a uniform number in [0, n), for random, which draws once for the node and, where the request is for a
	// share, once for the GPU. Clones that share the policy share its stream.
	Draw func(n int) int
	// Typical is the workload that fgd keeps room for. Without one it takes whole GPUs, 1, 2, 4 or 8 of them equally
	// often.
	Typical []Typical
}

// Policies returns the names of all policies.
func Policies() []string {
	return []string{"first-fit", "best-fit", "random", "dot-product", "gpu-packing", "gpu-clustering", "fgd"}
}

// PolicyByName returns the policy of this name. The error lists the names there are.
func PolicyByName(name string, o Options) (Policy, error) {
	switch name {
	case "first-fit":
		return firstFit{}, nil
	case "best-fit":
		return bestFit{}, nil
	case "random":
		if o.Draw == nil {
			return nil, fmt.Errorf("placement policy random needs a stream to draw from")
		}
		return &random{from: o.Draw}, nil
	case "dot-product":
		return dotProduct{}, nil
	case "gpu-packing":
		return gpuPacking{}, nil
	case "gpu-clustering":
		return gpuClustering{}, nil
	case "fgd":
		return newFGD(o.Typical), nil
	}
	return nil, fmt.Errorf("unknown placement policy %q: there are %s", name, strings.Join(Policies(), ", "))
}

// tightest is the part of a scorer that leaves the choice of the GPU to the node.
type tightest struct{}

func (tightest) gpu(*node, *shape) int { return -1 }

// firstFit takes the node of the smallest name (Johnson et al., "Worst-case performance bounds for simple
// one-dimensional packing algorithms", 1974).
type firstFit struct{ tightest }

func (firstFit) Name() string                    { return "first-fit" }
func (f firstFit) bind(*inventory) scorer        { return f }
func (firstFit) score(int32, *node, *shape) int8 { return 0 }

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
func (b bestFitScorer) score(_ int32, n *node, s *shape) int8 {
	cpu, gpu := n.cpu-s.cpu, int64(n.left-s.gpus*s.milli)
	whole := 2 * b.maxCPU * b.maxGPU
	return int8(100 * (whole - cpu*b.maxGPU - gpu*b.maxCPU) / whole)
}

// random takes any node where the request fits, and for a share any GPU that fits, uniformly.
type random struct{ from func(n int) int }

func (*random) Name() string                    { return "random" }
func (r *random) bind(*inventory) scorer        { return r }
func (*random) score(int32, *node, *shape) int8 { return 0 }
func (r *random) draw(n int) int                { return r.from(n) }

func (r *random) gpu(n *node, s *shape) int {
	if !s.isShare() {
		return -1
	}
	k := r.from(n.fitting(s.milli))
	for g := 0; ; g++ {
		if int32(n.free[g]) >= s.milli {
			if k == 0 {
				return g
			}
			k--
		}
	}
}

// dotProduct takes the node whose free resources are least aligned with the request: 100·(1 − d/2), where
// d = (CPU left)·(CPU asked) + (GPU left)·(GPU asked), each relative to the largest node's. Grandl et al.,
// "Multi-resource packing for cluster schedulers" (SIGCOMM 2014), score by this product; Weng et al. (USENIX ATC 2023)
// turn it around so that what is left is used up.
type dotProduct struct{}

func (dotProduct) Name() string { return "dot-product" }
func (dotProduct) bind(v *inventory) scorer {
	return dotProductScorer{float64(v.maxCPU), float64(v.maxGPU), tightest{}}
}

type dotProductScorer struct {
	maxCPU, maxGPU float64
	tightest
}

func (d dotProductScorer) score(_ int32, n *node, s *shape) int8 {
	cpu := float64(n.cpu) / d.maxCPU * (float64(s.cpu) / d.maxCPU)
	gpu := float64(n.left) / d.maxGPU * (float64(s.gpus*s.milli) / d.maxGPU)
	// The conversions keep the compiler from fusing product and sum, which would round differently where it can.
	return int8(100 * (1 - (float64(cpu)+float64(gpu))/2))
}

// gpuPacking prefers GPUs that are shared already, then free GPUs of a node in use, then an empty node: the rule of
// Weng et al., "MLaaS in the Wild" (NSDI 2022), with the scores of Weng et al. (USENIX ATC 2023). A request without GPUs
// scores 0 everywhere.
type gpuPacking struct{ tightest }

func (gpuPacking) Name() string             { return "gpu-packing" }
func (p gpuPacking) bind(*inventory) scorer { return p }

func (gpuPacking) score(_ int32, n *node, s *shape) int8 {
	if s.gpus == 0 {
		return 0
	}
	free := bits.OnesCount16(n.whole)
	if free == int(n.gpus) {
		return int8(max(33-free, free))
	}
	opened, percent := 0, 0
	for m := n.tightest(s); m != 0; m &= m - 1 {
		left := int(n.free[bits.TrailingZeros16(m)])
		if left == WholeGPU {
			opened++
		}
		percent += left * 100 / WholeGPU
	}
	if opened > 0 {
		return int8(max(50-opened, 33))
	}
	return int8(max(100-percent/10, 50))
}

// gpuClustering keeps requests of one kind together, where the kind is the number of whole GPUs, or share: the rule of
// Xiao et al., "Gandiva" (OSDI 2018), with the scores of Weng et al. (USENIX ATC 2023): 75 for a node that holds this
// kind alone, 50 if others too, 25 if none, and up to 25 more the less GPU is left. A request without GPUs scores 0
// everywhere.
type gpuClustering struct{}

func (gpuClustering) Name() string             { return "gpu-clustering" }
func (gpuClustering) bind(v *inventory) scorer { return gpuClusteringScorer{v.maxGPU, tightest{}} }

type gpuClusteringScorer struct {
	maxGPU int64
	tightest
}

func (c gpuClusteringScorer) score(_ int32, n *node, s *shape) int8 {
	if s.gpus == 0 {
		return 0
	}
	held := 0
	for _, parts := range n.kinds {
		if parts > 0 {
			held++
		}
	}
	score := 25 * (c.maxGPU - int64(n.left)) / c.maxGPU
	switch same := n.kinds[kind(int(s.gpus), s.milli)] > 0; {
	case same && held == 1:
		score += 75
	case same:
		score += 50
	case held == 0:
		score += 25
	}
	return int8(score)
}
