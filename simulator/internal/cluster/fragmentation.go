package cluster

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Typical is a request that a workload makes often. Its zone and memory are ignored.
type Typical struct {
	Request
	Frequency float64 // share among the typical requests; they sum to 1
}

// TypicalRequests returns the most frequent requests of a list, as many as it takes to cover percent (0–100) of it.
// Requests that differ only in zone or memory count as one. Ties are ordered by CPU, then milli, then GPUs, then GPU
// types as strings, the largest first.
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
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(b.cpu, a.cpu), cmp.Compare(b.milli, a.milli),
			cmp.Compare(b.gpus, a.gpus), strings.Compare(b.types, a.types))
	})
	n, covered := 0, int64(0)
	for n < len(keys) && covered*100 < int64(len(list))*int64(percent) {
		covered += count[keys[n]]
		n++
	}
	// As in Weng et al., divide twice: a single division would round differently.
	total, part := float64(len(list)), float64(covered)/float64(len(list))
	typical := make([]Typical, n)
	for i, k := range keys[:n] {
		r := first[k]
		typical[i] = Typical{Request{GPUTypes: r.GPUTypes, GPUs: r.GPUs, Milli: r.Milli, CPUMilli: r.CPUMilli}, float64(count[k]) / total / part}
	}
	return typical
}

// Fragmentation measures how much of the free GPU capacity a workload can't use (Weng et al., USENIX ATC 2023, §3). It
// is an expectation over the typical requests. For a request that the node can host, it counts what is free on GPUs that
// have too little left for it; for one that the node can't host, or one that asks for no GPUs, it counts all that is
// free.
//
// Sums are taken in the same order and the same bins as in the authors' simulator. Another order would change the last
// digits, and with them which scores are equal.
//
// A Fragmentation caches its results and is not safe for concurrent use.
type Fragmentation struct {
	byType [][]demand
	cpus   []int64 // the distinct CPU amounts of the requests, ascending
	known  map[state]float64
}

// state is the part of a node's state that determines its fragmentation.
type state struct {
	cpu        uint16 // how many of the amounts in cpus the node has left
	typ, whole uint8
	part       [MaxGPUs]int16 // as in remnant
}

// maxStates bounds the cache, whose entries take about 100 bytes each.
const maxStates = 1 << 16

// demand is a typical request as seen by nodes of one GPU type.
type demand struct {
	milli, gpus int32 // gpus is never if the request excludes the type
	cpu         int64
	frequency   float64
}

const never = math.MaxInt32

// NewFragmentation returns the measure for the nodes of c and of its clones.
func NewFragmentation(c *Cluster, typical []Typical) *Fragmentation {
	return newFragmentation(c.inventory, typical)
}

func newFragmentation(v *inventory, typical []Typical) *Fragmentation {
	f := &Fragmentation{byType: make([][]demand, len(v.types)), known: map[state]float64{}}
	for _, t := range typical {
		f.cpus = append(f.cpus, t.CPUMilli)
		set := v.typeSet(t.GPUTypes)
		for typ := range f.byType {
			d := demand{int32(t.Milli), int32(t.GPUs), t.CPUMilli, t.Frequency}
			if t.GPUs > 0 && set>>typ&1 == 0 {
				d.gpus = never
			}
			f.byType[typ] = append(f.byType[typ], d)
		}
	}
	slices.Sort(f.cpus)
	f.cpus = slices.Compact(f.cpus)
	return f
}

// Node returns the fragmentation of a node, in milli.
func (f *Fragmentation) Node(c *Cluster, node int) float64 {
	r := remnantOf(&c.nodes[node])
	return f.fragmentation(&r)
}

// remnant is the free part of a node, as far as fragmentation depends on it.
type remnant struct {
	cpu   int64
	typ   uint8
	whole int32
	n     int32
	part  [MaxGPUs]int32 // the free parts of the n partly allocated GPUs, largest first
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

// take returns the remnant after a share of milli is allocated on a GPU that has left free.
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

// The bins of lost capacity, in the order in which they are summed.
const (
	lacksBoth = iota
	lacksGPU  // also what a hosted request can't use, on GPUs with too little left
	lacksCPU
	asksNoGPU
	asksNoGPUAndLacksCPU
	wrongType
	bins
)

// fragmentation returns the fragmentation in milli, from the cache if it is there.
func (f *Fragmentation) fragmentation(r *remnant) float64 {
	cpus, exact := slices.BinarySearch(f.cpus, r.cpu)
	if exact {
		cpus++
	}
	key := state{cpu: uint16(cpus), typ: r.typ, whole: uint8(r.whole)}
	for i, p := range r.part[:r.n] {
		key.part[i] = int16(p)
	}
	sum, ok := f.known[key]
	if !ok {
		if len(f.known) == maxStates {
			clear(f.known)
		}
		sum = f.sum(r)
		f.known[key] = sum
	}
	return sum
}

// sum computes the fragmentation in milli.
func (f *Fragmentation) sum(r *remnant) float64 {
	total := r.whole * WholeGPU
	for _, p := range r.part[:r.n] {
		total += p
	}
	if total == 0 {
		return 0
	}
	var lost [bins]float64
	demands := f.byType[r.typ]
	for i := range demands {
		d := &demands[i]
		bin, milli := 0, total
		switch fits := r.cpu >= d.cpu; {
		case d.gpus == never:
			bin = wrongType
		case d.gpus == 0 && fits:
			bin = asksNoGPU
		case d.gpus == 0:
			bin = asksNoGPUAndLacksCPU
		default:
			count, usable := r.whole, r.whole*WholeGPU
			for _, p := range r.part[:r.n] {
				if p < d.milli {
					break
				}
				count++
				usable += p
			}
			switch enough := count >= d.gpus; {
			case enough && fits:
				bin, milli = lacksGPU, total-usable
			case enough:
				bin = lacksCPU
			case fits:
				bin = lacksGPU
			default:
				bin = lacksBoth
			}
		}
		// The conversion prevents the compiler from fusing multiply and add, which rounds differently on some machines.
		lost[bin] += float64(d.frequency * float64(milli))
	}
	sum := 0.0
	for _, l := range lost {
		sum += l
	}
	return sum
}

// fgd is fragmentation gradient descent (Weng et al., USENIX ATC 2023, §4). It chooses the node whose fragmentation F
// grows least, and for a share also the GPU. The score is 100·σ((F before − F after)/1000), where σ is the logistic
// function.
type fgd struct{ typical []Typical }

func newFGD(typical []Typical) *fgd {
	if len(typical) == 0 {
		for _, gpus := range []int{1, 2, 4, 8} {
			typical = append(typical, Typical{Request{GPUs: gpus, Milli: WholeGPU}, 0.25})
		}
	}
	return &fgd{typical}
}

func (*fgd) Name() string { return "fgd" }
func (p *fgd) bind(v *inventory) scorer {
	return &fgdScorer{Fragmentation: newFragmentation(v, p.typical)}
}

type fgdScorer struct {
	*Fragmentation
	nodes []measured // by node; nil unless watch was called
	gains [256]scoredGain
}

// measured is a node's remnant and its fragmentation.
type measured struct {
	remnant
	fragmented float64
	valid      bool
}

// scoredGain caches a value of the logistic function. Few distinct gains account for most scores.
type scoredGain struct {
	gain  float64
	score int8
	valid bool
}

func (f *fgdScorer) watch(nodes int) { f.nodes = make([]measured, nodes) }
func (f *fgdScorer) forget(i int32)  { f.nodes[i].valid = false }

func (f *fgdScorer) measure(n *node) measured {
	m := measured{remnant: remnantOf(n), valid: true}
	m.fragmented = f.fragmentation(&m.remnant)
	return m
}

func (f *fgdScorer) score(i int32, n *node, s *shape) int8 {
	if f.nodes == nil {
		m := f.measure(n)
		return f.scoreMeasured(&m, n, s)
	}
	m := &f.nodes[i]
	if !m.valid {
		*m = f.measure(n)
	}
	return f.scoreMeasured(m, n, s)
}

func (f *fgdScorer) scoreMeasured(m *measured, n *node, s *shape) int8 {
	if s.isShare() {
		score, _ := f.bestShare(m, n, s)
		return score
	}
	r := m.remnant
	if s.milli < WholeGPU && s.gpus > 0 {
		for m := n.tightest(s); m != 0; m &= m - 1 {
			r = r.take(int32(n.free[bits.TrailingZeros16(m)]), s.milli)
		}
	}
	r.cpu -= s.cpu
	if s.milli == WholeGPU {
		r.whole -= s.gpus
	}
	return f.sigmoid(m.fragmented - f.fragmentation(&r))
}

func (f *fgdScorer) gpu(n *node, s *shape) int {
	if !s.isShare() {
		return -1
	}
	m := f.measure(n)
	_, g := f.bestShare(&m, n, s)
	return g
}

// bestShare returns the GPU with the best score. Of equal scores the lowest index wins.
func (f *fgdScorer) bestShare(m *measured, n *node, s *shape) (score int8, gpu int) {
	score = unfit
	for g := range n.gpus {
		left := int32(n.free[g])
		if left < s.milli || slices.Contains(n.free[:g], n.free[g]) {
			continue
		}
		after := m.take(left, s.milli)
		after.cpu -= s.cpu
		if k := f.sigmoid(m.fragmented - f.fragmentation(&after)); k > score {
			score, gpu = k, int(g)
		}
	}
	return score, gpu
}

func (f *fgdScorer) sigmoid(gain float64) int8 {
	known := &f.gains[math.Float64bits(gain)*hashing>>(64-8)]
	if !known.valid || known.gain != gain {
		*known = scoredGain{gain, int8(100 / (1 + math.Exp(-gain/1000))), true}
	}
	return known.score
}

// hashing spreads a key over the high bits of a product: 2⁶⁴ divided by the golden ratio (Knuth, "The Art of Computer
// Programming", volume 3, §6.4).
const hashing = 0x9E3779B97F4A7C15
