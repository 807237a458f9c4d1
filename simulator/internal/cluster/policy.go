package cluster

import (
	"fmt"
	"math/bits"
	"strings"
)

// Policy chooses among the nodes where a request fits. The highest score wins; of equal scores the first node name wins.
// A share is placed on the GPU with the least free capacity that is enough, unless the policy says otherwise. Clones may
// share a policy.
type Policy interface {
	// Name returns the name for PolicyByName.
	Name() string
	bind(*inventory) scorer
}

// scorer is a policy bound to an inventory.
type scorer interface {
	// score rates node i, where s fits, from 0 to 100.
	score(i int32, n *node, s *shape) int8
	// gpu returns the GPU for a share, or -1 to use the tightest.
	gpu(n *node, s *shape) int
}

// watcher is a scorer that caches something per node. It is told of every change.
type watcher interface {
	watch(nodes int)
	forget(i int32) // node i has changed
}

// drawer is a scorer that chooses at random. Its scores are all 0.
type drawer interface {
	draw(n int) int
}

// Options holds the parameters of the policies that need any.
type Options struct {
	// Draw returns a uniform number in [0, n). Policy random draws once for the node and, for a share, once for the GPU.
	// Clones that share the policy share its stream.
	Draw func(n int) int
	// Typical is the workload that fgd keeps capacity for. The default is whole-GPU requests of 1, 2, 4 and 8 GPUs,
	// equally often.
	Typical []Typical
}

// Policies returns the names of all policies.
func Policies() []string {
	return []string{"first-fit", "best-fit", "random", "dot-product", "gpu-packing", "gpu-clustering", "fgd"}
}

// PolicyByName returns the policy with the given name. The error lists the known names.
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

// tightest is embedded by scorers that choose the tightest GPU.
type tightest struct{}

func (tightest) gpu(*node, *shape) int { return -1 }

// firstFit chooses the first node by name (Johnson et al., "Worst-case performance bounds for simple one-dimensional
// packing algorithms", 1974).
type firstFit struct{ tightest }

func (firstFit) Name() string                    { return "first-fit" }
func (f firstFit) bind(*inventory) scorer        { return f }
func (firstFit) score(int32, *node, *shape) int8 { return 0 }

// bestFit chooses the node that is left with the least CPU and GPU, each relative to the largest node: 100·(1 − ½·(CPU
// left after)/(largest CPU) − ½·(GPU left after)/(largest GPU)), following Weng et al., "Beware of Fragmentation:
// Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC 2023). They also rescale the scores
// to 0–100, which is omitted here because it changes neither order nor ties.
type bestFit struct{}

func (bestFit) Name() string             { return "best-fit" }
func (bestFit) bind(v *inventory) scorer { return bestFitScorer{v.maxCPU, v.maxGPU, tightest{}} }

type bestFitScorer struct {
	maxCPU, maxGPU int64
	tightest
}

// score computes in integers, which makes truncation exact and the same on every machine.
func (b bestFitScorer) score(_ int32, n *node, s *shape) int8 {
	cpu, gpu := n.cpu-s.cpu, int64(n.left-s.gpus*s.milli)
	whole := 2 * b.maxCPU * b.maxGPU
	return int8(100 * (whole - cpu*b.maxGPU - gpu*b.maxCPU) / whole)
}

// random chooses uniformly among the nodes where the request fits and, for a share, among the GPUs where it fits.
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

// dotProduct chooses the node whose free resources are least aligned with the request. The score is 100·(1 − d/2), where
// d = (CPU left)·(CPU requested) + (GPU left)·(GPU requested), each relative to the largest node. Grandl et al.,
// "Multi-resource packing for cluster schedulers" (SIGCOMM 2014), prefer a high product; Weng et al. (USENIX ATC 2023)
// prefer a low one, which uses up what is left.
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
	// The conversions prevent the compiler from fusing multiply and add, which rounds differently on some machines.
	return int8(100 * (1 - (float64(cpu)+float64(gpu))/2))
}

// gpuPacking prefers GPUs that are already shared, then free GPUs of a node in use, then an empty node. The rule is from
// Weng et al., "MLaaS in the Wild" (NSDI 2022), the scores from Weng et al. (USENIX ATC 2023). A request without GPUs
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

// gpuClustering keeps requests of the same kind together. The kind is the number of whole GPUs, or share. The rule is
// from Xiao et al., "Gandiva" (OSDI 2018), the scores from Weng et al. (USENIX ATC 2023): 75 for a node that holds only
// this kind, 50 for one that holds others as well, 25 for an empty one, plus up to 25 the less GPU is left. A request
// without GPUs scores 0 everywhere.
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
