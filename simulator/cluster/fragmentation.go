package cluster

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Typical is a request that a workload makes often. Its zone and memory are of no meaning.
type Typical struct {
	Request
	Weight int64 // how often, relative to the others; at least 1
}

// TypicalRequests returns the most frequent requests, where those of equal CPU, GPUs, milli and allowed types are the
// same, until they cover this percentage (0–100) of the list.
func TypicalRequests(list []Request, percent int) []Typical {
	type key struct {
		cpu         int64
		gpus, milli int
		types       string
	}
	count := make(map[key]int64)
	first := make(map[key]Request)
	for _, r := range list {
		k := key{r.CPUMilli, r.GPUs, r.Milli, strings.Join(r.GPUTypes, "|")}
		if count[k] == 0 {
			first[k] = r
		}
		count[k]++
	}
	keys := make([]key, 0, len(count))
	for k := range count {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a.cpu, b.cpu), cmp.Compare(a.gpus, b.gpus),
			cmp.Compare(a.milli, b.milli), strings.Compare(a.types, b.types))
	})
	var typical []Typical
	covered := int64(0)
	for _, k := range keys {
		if covered*100 >= int64(len(list))*int64(percent) {
			break
		}
		r := first[k]
		typical = append(typical, Typical{Request{GPUTypes: r.GPUTypes, GPUs: r.GPUs, Milli: r.Milli, CPUMilli: r.CPUMilli}, count[k]})
		covered += count[k]
	}
	return typical
}

// Fragmentation measures how much of the free GPU capacity a workload can't use (Weng et al., USENIX ATC 2023, §3): the
// expectation over its typical requests of what is left on GPUs too full for the request, or of all that is left on a
// node that can't host it. To a request without GPUs all of it is lost.
type Fragmentation struct {
	byType [][]demand
	weight int64
}

// demand is a typical request for GPUs, as nodes of one type see it.
type demand struct {
	milli, gpus int32
	cpu, weight int64
}

// NewFragmentation returns the measure for the nodes of c and its clones.
func NewFragmentation(c *Cluster, typical []Typical) *Fragmentation {
	return newFragmentation(c.inventory, typical)
}

func newFragmentation(v *inventory, typical []Typical) *Fragmentation {
	f := &Fragmentation{byType: make([][]demand, len(v.types))}
	for _, t := range typical {
		f.weight += t.Weight
		if t.GPUs == 0 {
			continue
		}
		set := v.typeSet(t.GPUTypes)
		for typ := range f.byType {
			if set>>typ&1 == 1 {
				f.byType[typ] = append(f.byType[typ], demand{int32(t.Milli), int32(t.GPUs), t.CPUMilli, t.Weight})
			}
		}
	}
	for _, d := range f.byType {
		slices.SortStableFunc(d, func(a, b demand) int { return cmp.Compare(b.milli, a.milli) })
	}
	return f
}

// Node returns the fragmented GPU capacity of a node, in milli.
func (f *Fragmentation) Node(c *Cluster, node int) float64 {
	n := &c.nodes[node]
	if f.weight == 0 {
		return 0
	}
	r := remnantOf(n)
	return float64(f.of(&r)) / float64(f.weight)
}

// remnant is what is left of a node, as far as fragmentation depends on it.
type remnant struct {
	cpu   int64
	typ   uint8
	whole int32
	n     int32
	part  [MaxGPUs]int32 // what is left of the n GPUs that are held in part, the most first
}

func remnantOf(n *node) remnant {
	r := remnant{cpu: n.cpu, typ: n.typ, whole: int32(bits.OnesCount16(n.whole))}
	if n.left > r.whole*WholeGPU {
		for g := range n.gpus {
			if left := int32(n.free[g]); left > 0 && left < WholeGPU {
				r.add(left)
			}
		}
	}
	return r
}

func (r *remnant) add(left int32) {
	i := r.n
	for ; i > 0 && r.part[i-1] < left; i-- {
		r.part[i] = r.part[i-1]
	}
	r.part[i] = left
	r.n++
}

// take returns what is left when a share of milli is taken from a GPU with this much left.
func (r *remnant) take(left, milli int32) remnant {
	after := remnant{cpu: r.cpu, typ: r.typ, whole: r.whole}
	taken := left == WholeGPU
	if taken {
		after.whole--
	}
	for _, p := range r.part[:r.n] {
		if !taken && p == left {
			taken = true
			continue
		}
		after.part[after.n] = p
		after.n++
	}
	if left > milli {
		after.add(left - milli)
	}
	return after
}

// of returns the fragmentation in milli times the sum of the weights: in integers, so that nodes in the same state, or
// in states of equal fragmentation, are equal to the last bit.
func (f *Fragmentation) of(r *remnant) int64 {
	fit, sum := r.whole, int64(r.whole)*WholeGPU // the GPUs with enough left for the demand, and what is left of them
	next := int32(0)
	usable := int64(0)
	demands := f.byType[r.typ]
	for i := range demands {
		d := &demands[i]
		for next < r.n && r.part[next] >= d.milli {
			sum += int64(r.part[next])
			fit++
			next++
		}
		if fit >= d.gpus && r.cpu >= d.cpu {
			usable += d.weight * sum
		}
	}
	total := int64(r.whole) * WholeGPU
	for _, p := range r.part[:r.n] {
		total += int64(p)
	}
	return total*f.weight - usable
}

// fgd, fragmentation gradient descent, takes the node, and for a share the GPU, whose fragmentation F grows least:
// 100·σ((F before − F after)/1000), σ the logistic function (Weng et al., USENIX ATC 2023, §4).
type fgd struct{ typical []Typical }

func newFGD(typical []Typical) *fgd {
	if len(typical) == 0 {
		for _, gpus := range []int{1, 2, 4, 8} {
			typical = append(typical, Typical{Request{GPUs: gpus, Milli: WholeGPU}, 1})
		}
	}
	return &fgd{typical}
}

func (*fgd) Name() string               { return "fgd" }
func (p *fgd) bind(v *inventory) scorer { return fgdScorer{newFragmentation(v, p.typical)} }

type fgdScorer struct{ *Fragmentation }

func (f fgdScorer) score(n *node, s *shape) int8 {
	if s.isShare() {
		score, _ := f.bestShare(n, s)
		return score
	}
	r := remnantOf(n)
	before := f.of(&r)
	if s.milli < WholeGPU && s.gpus > 0 {
		for m := n.tightest(s); m != 0; m &= m - 1 {
			r = r.take(int32(n.free[bits.TrailingZeros16(m)]), s.milli)
		}
	}
	r.cpu -= s.cpu
	if s.milli == WholeGPU {
		r.whole -= s.gpus
	}
	return f.sigmoid(before - f.of(&r))
}

func (f fgdScorer) gpu(n *node, s *shape) int {
	if !s.isShare() {
		return -1
	}
	_, g := f.bestShare(n, s)
	return g
}

// bestShare returns the GPU of the best score, the lowest index first among equals.
func (f fgdScorer) bestShare(n *node, s *shape) (score int8, gpu int) {
	r := remnantOf(n)
	before := f.of(&r)
	score = unfit
	for g := range n.gpus {
		left := int32(n.free[g])
		if left < s.milli || slices.Contains(n.free[:g], n.free[g]) {
			continue
		}
		after := r.take(left, s.milli)
		after.cpu -= s.cpu
		if k := f.sigmoid(before - f.of(&after)); k > score {
			score, gpu = k, int(g)
		}
	}
	return score, gpu
}

func (f *Fragmentation) sigmoid(gain int64) int8 {
	x := float64(gain) / float64(1000*f.weight)
	return int8(100 / (1 + math.Exp(-x)))
}
