package cluster

import (
	"fmt"
	"math"
	"math/big"
	"slices"
)

// reference implements the policies by their definitions: it scans all nodes and caches nothing.
type reference struct {
	nodes   []refNode
	policy  string
	draw    func(int) int
	typical []Typical
}

type refNode struct {
	Node
	state State
	cpu   int64
	mem   int64
	free  []int
	kinds map[int]int
}

func newReference(nodes []Node, policy string, draw func(int) int, typical []Typical) *reference {
	r := &reference{policy: policy, draw: draw, typical: typical}
	for _, n := range nodes {
		r.nodes = append(r.nodes, refNode{
			Node: n, cpu: n.CPUMilli, mem: n.MemoryMiB, free: slices.Repeat([]int{1000}, n.GPUs), kinds: map[int]int{},
		})
	}
	return r
}

func (n refNode) empty() refNode {
	return refNode{Node: n.Node, cpu: n.CPUMilli, mem: n.MemoryMiB, free: slices.Repeat([]int{1000}, n.GPUs)}
}

func (n refNode) fits(q Request) bool {
	if n.state != Up || q.Zone != "" && q.Zone != n.Zone || n.cpu < q.CPUMilli || n.mem < q.MemoryMiB {
		return false
	}
	if q.GPUs == 0 {
		return true
	}
	if len(q.GPUTypes) > 0 && !slices.Contains(q.GPUTypes, n.GPUType) {
		return false
	}
	return len(n.gpusFor(q)) >= q.GPUs
}

// gpusFor returns the GPUs that fit, tightest first.
func (n refNode) gpusFor(q Request) (gpus []int) {
	for g, left := range n.free {
		if left >= q.Milli {
			gpus = append(gpus, g)
		}
	}
	slices.SortStableFunc(gpus, func(a, b int) int { return n.free[a] - n.free[b] })
	return gpus
}

func (n refNode) sum() (sum int) {
	for _, left := range n.free {
		sum += left
	}
	return sum
}

func (n refNode) fullyFree() (k int) {
	for _, left := range n.free {
		if left == 1000 {
			k++
		}
	}
	return k
}

func (n refNode) take(q Request, gpus []int) refNode {
	n.free = slices.Clone(n.free)
	n.cpu -= q.CPUMilli
	n.mem -= q.MemoryMiB
	for _, g := range gpus {
		n.free[g] -= q.Milli
	}
	return n
}

func (r *reference) place(q Request) (Allocation, bool) {
	for _, n := range r.nodes {
		if n.empty().fits(q) {
			p, ok := r.placeOne(q)
			if !ok {
				return Allocation{}, false
			}
			return Allocation{[]Part{p}}, true
		}
	}
	for _, parts := range r.gangs(q) {
		var a Allocation
		for _, part := range parts {
			p, ok := r.placeOne(part)
			if !ok {
				break
			}
			a.Parts = append(a.Parts, p)
		}
		if len(a.Parts) == len(parts) {
			return a, true
		}
		r.apply(a, -1)
	}
	return Allocation{}, false
}

// gangs returns the parts of the request for each GPU type whose empty nodes can host them.
func (r *reference) gangs(q Request) (gangs [][]Request) {
	types := q.GPUTypes
	if len(types) == 0 {
		for _, n := range r.nodes {
			types = append(types, n.GPUType)
		}
		slices.Sort(types)
		types = slices.Compact(types)
	}
	portion := func(total int64, gpus int) int64 {
		return int64(math.Ceil(float64(total) * float64(gpus) / float64(q.GPUs)))
	}
	for _, t := range types {
		q := q
		q.GPUTypes = []string{t}
		chunk := Request{}
		for gpus := 1; gpus < q.GPUs; gpus++ {
			p := q
			p.GPUs, p.CPUMilli, p.MemoryMiB = gpus, portion(q.CPUMilli, gpus), portion(q.MemoryMiB, gpus)
			if slices.ContainsFunc(r.nodes, func(n refNode) bool { return n.empty().fits(p) }) {
				chunk = p
			}
		}
		if chunk.GPUs == 0 {
			continue
		}
		var parts []Request
		for rest := q; rest.GPUs > 0; {
			p := chunk
			p.GPUs, p.CPUMilli, p.MemoryMiB = min(p.GPUs, rest.GPUs), min(p.CPUMilli, rest.CPUMilli), min(p.MemoryMiB, rest.MemoryMiB)
			parts = append(parts, p)
			rest.GPUs, rest.CPUMilli, rest.MemoryMiB = rest.GPUs-p.GPUs, rest.CPUMilli-p.CPUMilli, rest.MemoryMiB-p.MemoryMiB
		}
		unused := slices.Clone(r.nodes)
		if !slices.ContainsFunc(parts, func(p Request) bool {
			i := slices.IndexFunc(unused, func(n refNode) bool { return n.empty().fits(p) })
			if i >= 0 {
				unused = slices.Delete(unused, i, i+1)
			}
			return i < 0
		}) {
			gangs = append(gangs, parts)
		}
	}
	return gangs
}

func (r *reference) canEverFit(q Request) bool {
	return slices.ContainsFunc(r.nodes, func(n refNode) bool { return n.empty().fits(q) }) || len(r.gangs(q)) > 0
}

func (r *reference) placeOne(q Request) (Part, bool) {
	var feasible []int
	for i, n := range r.nodes {
		if n.fits(q) {
			feasible = append(feasible, i)
		}
	}
	if len(feasible) == 0 {
		return Part{}, false
	}
	slices.SortFunc(feasible, func(a, b int) int {
		if r.nodes[a].Name < r.nodes[b].Name {
			return -1
		}
		return 1
	})
	var best int
	if r.policy == "random" {
		best = feasible[r.draw(len(feasible))]
	} else {
		scores := r.scores(q, feasible)
		best = feasible[slices.Index(scores, slices.Max(scores))]
	}
	n := r.nodes[best]
	gpus := n.gpusFor(q)[:q.GPUs]
	if q.GPUs == 1 && q.Milli < 1000 {
		switch r.policy {
		case "random":
			fit := n.gpusFor(q)
			slices.Sort(fit)
			gpus = []int{fit[r.draw(len(fit))]}
		case "fgd":
			_, gpus = r.fgdShare(n, q)
		}
	}
	p := Part{Node: best, Milli: int32(q.Milli), CPUMilli: q.CPUMilli, MemoryMiB: q.MemoryMiB}
	for _, g := range gpus {
		p.GPUs |= 1 << g
	}
	r.apply(Allocation{[]Part{p}}, 1)
	return p, true
}

func (r *reference) apply(a Allocation, sign int) {
	for _, p := range a.Parts {
		n := &r.nodes[p.Node]
		n.cpu -= int64(sign) * p.CPUMilli
		n.mem -= int64(sign) * p.MemoryMiB
		k := 0
		for g := range n.free {
			if p.GPUs>>g&1 == 1 {
				n.free[g] -= sign * int(p.Milli)
				k++
			}
		}
		if k > 0 {
			if p.Milli < 1000 {
				k = 0
			}
			n.kinds[k] += sign
		}
	}
}

func (r *reference) scores(q Request, feasible []int) []int {
	maxCPU, maxGPU := int64(1), 1
	for _, n := range r.nodes {
		maxCPU, maxGPU = max(maxCPU, n.CPUMilli), max(maxGPU, 1000*n.GPUs)
	}
	scores := make([]int, len(feasible))
	for i, f := range feasible {
		n := r.nodes[f]
		switch r.policy {
		case "best-fit":
			cpu := big.NewRat(n.cpu-q.CPUMilli, 2*maxCPU)
			gpu := big.NewRat(int64(n.sum()-q.GPUs*q.Milli), 2*int64(maxGPU))
			s := new(big.Rat).Sub(big.NewRat(100, 1), cpu.Mul(cpu.Add(cpu, gpu), big.NewRat(100, 1)))
			scores[i] = int(new(big.Int).Quo(s.Num(), s.Denom()).Int64())
		case "dot-product":
			c, g := float64(maxCPU), float64(maxGPU)
			cpu := float64(n.cpu) / c * (float64(q.CPUMilli) / c)
			gpu := float64(n.sum()) / g * (float64(q.GPUs*q.Milli) / g)
			scores[i] = int(100 * (1 - (float64(cpu)+float64(gpu))/2))
		case "gpu-packing":
			scores[i] = packingScore(n, q)
		case "gpu-clustering":
			scores[i] = clusteringScore(n, q, maxGPU)
		case "fgd":
			scores[i] = r.fgdScore(n, q)
		}
	}
	if r.policy == "best-fit" {
		low, high := slices.Min(scores), slices.Max(scores)
		for i := range scores {
			scores[i] = (scores[i] - low) * 100 / max(high-low, 1)
		}
	}
	return scores
}

func packingScore(n refNode, q Request) int {
	if q.GPUs == 0 {
		return 0
	}
	if f := n.fullyFree(); f == n.GPUs {
		return max(33-f, f)
	}
	u, s := 0, 0
	for _, g := range n.gpusFor(q)[:q.GPUs] {
		if n.free[g] == 1000 {
			u++
		}
		s += n.free[g] * 100 / 1000
	}
	if u > 0 {
		return max(50-u, 33)
	}
	return max(100-s/10, 50)
}

func clusteringScore(n refNode, q Request, maxGPU int) int {
	if q.GPUs == 0 {
		return 0
	}
	kind := q.GPUs
	if q.Milli < 1000 {
		kind = 0
	}
	held := 0
	for _, parts := range n.kinds {
		if parts > 0 {
			held++
		}
	}
	b := 25 * (maxGPU - n.sum()) / maxGPU
	switch {
	case n.kinds[kind] > 0 && held == 1:
		return b + 75
	case n.kinds[kind] > 0:
		return b + 50
	case held == 0:
		return b + 25
	}
	return b
}

// fragmentation computes F, summed bin by bin as in the authors' simulator.
func (r *reference) fragmentation(n refNode) (f float64) {
	bins := map[string]float64{}
	n.state = Up
	for _, t := range r.typical {
		asked := Request{GPUs: t.GPUs, Milli: t.Milli, GPUTypes: t.GPUTypes}
		lacks := fmt.Sprintf("GPU lacks %v, CPU lacks %v", !n.fits(asked), n.cpu < t.CPUMilli)
		lost := n.sum()
		switch {
		case t.GPUs == 0:
			lacks = fmt.Sprintf("asks none, CPU lacks %v", n.cpu < t.CPUMilli)
		case len(t.GPUTypes) > 0 && !slices.Contains(t.GPUTypes, n.GPUType):
			lacks = "wrong type"
		case n.fits(asked) && n.cpu >= t.CPUMilli:
			lacks, lost = "GPU lacks true, CPU lacks false", 0
			for _, left := range n.free {
				if left < t.Milli {
					lost += left
				}
			}
		}
		bins[lacks] += float64(t.Frequency * float64(lost))
	}
	for _, bin := range []string{"GPU lacks true, CPU lacks true", "GPU lacks true, CPU lacks false", "GPU lacks false, CPU lacks true",
		"asks none, CPU lacks false", "asks none, CPU lacks true", "wrong type"} {
		f += bins[bin]
	}
	return f
}

func (r *reference) gain(n refNode, q Request, gpus []int) int {
	d := r.fragmentation(n) - r.fragmentation(n.take(q, gpus))
	return int(100 / (1 + math.Exp(-d/1000)))
}

func (r *reference) fgdScore(n refNode, q Request) int {
	if q.GPUs == 1 && q.Milli < 1000 {
		s, _ := r.fgdShare(n, q)
		return s
	}
	return r.gain(n, q, n.gpusFor(q)[:q.GPUs])
}

func (r *reference) fgdShare(n refNode, q Request) (best int, gpus []int) {
	best = -1
	for g, left := range n.free {
		if left >= q.Milli {
			if s := r.gain(n, q, []int{g}); s > best {
				best, gpus = s, []int{g}
			}
		}
	}
	return best, gpus
}
