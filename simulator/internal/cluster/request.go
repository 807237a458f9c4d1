package cluster

import "slices"

// Request is what a task asks for. GPUs, CPU and memory are totals over all nodes.
type Request struct {
	Zone      string   // "" for any
	GPUTypes  []string // the allowed types, best first; empty for any; ignored without GPUs
	GPUs      int
	Milli     int   // of each GPU, 1–1000; 1000 is a whole GPU; 0 without GPUs
	CPUMilli  int64 // thousandths of a core
	MemoryMiB int64
}

// Part is what an allocation holds on one node.
type Part struct {
	Node      int    `json:"node"`            // index in the cluster
	GPUs      uint16 `json:"gpus,omitempty"`  // bit i: GPU i
	Milli     int32  `json:"milli,omitempty"` // of each of these GPUs
	CPUMilli  int64  `json:"cpuMilli,omitempty"`
	MemoryMiB int64  `json:"memoryMib,omitempty"`
}

// Allocation is what a placed request holds. A gang, which is larger than any node, has more than one part.
type Allocation struct{ Parts []Part }

// shape is the request, or part of a gang, that one node is to host. It is the key of the indices.
type shape struct {
	scope    int32
	gpus     int32
	milli    int32
	types    uint64 // bit t: type t is allowed
	cpu, mem int64
}

// isShare reports whether the shape is a share of a single GPU.
func (s *shape) isShare() bool { return s.gpus == 1 && s.milli < WholeGPU }

// scope returns the scope of a zone, or the scope of all zones for "".
func (v *inventory) scope(zone string) (*scope, bool) {
	i, ok := v.scopeIndex(zone)
	if !ok {
		return nil, false
	}
	return &v.scopes[i], true
}

func (v *inventory) scopeIndex(zone string) (int32, bool) {
	if zone == "" {
		return int32(len(v.zones)), true
	}
	i, ok := v.zoneAt[zone]
	return i, ok
}

// shape returns the request as a single shape. ok is false if no node of the cluster can ever host a part of it.
func (v *inventory) shape(r *Request) (s shape, ok bool) {
	z, ok := v.scopeIndex(r.Zone)
	if !ok || r.GPUs < 0 || r.GPUs > 1<<20 || r.CPUMilli < 0 || r.MemoryMiB < 0 {
		return s, false
	}
	s = shape{scope: z, gpus: int32(r.GPUs), cpu: r.CPUMilli, mem: r.MemoryMiB}
	if r.GPUs == 0 {
		return s, true
	}
	if r.Milli < 1 || r.Milli > WholeGPU {
		return s, false
	}
	s.milli = int32(r.Milli)
	s.types = v.typeSet(r.GPUTypes)
	return s, s.types != 0
}

func (v *inventory) typeSet(names []string) uint64 {
	if len(names) == 0 {
		return ^uint64(0)
	}
	var set uint64
	for _, name := range names {
		if t := slices.Index(v.types, name); t >= 0 {
			set |= 1 << t
		}
	}
	return set
}

// hosts reports whether an empty node of this spec can host the shape.
func (e *spec) hosts(s *shape) bool {
	return e.cpu >= s.cpu && e.mem >= s.mem &&
		(s.gpus == 0 || s.types>>e.typ&1 == 1 && int32(e.gpus) >= s.gpus)
}

// hosting returns the number of nodes that can host the shape when empty.
func (v *inventory) hosting(s *shape) int {
	k := 0
	for i := range v.scopes[s.scope].specs {
		if e := &v.scopes[s.scope].specs[i]; e.hosts(s) {
			k += e.nodes
		}
	}
	return k
}

// split is a way to spread a gang over nodes of one type: parts of equal size, and a rest.
type split struct {
	whole, chunk shape
	parts        int
}

// part returns the shape of part i. CPU and memory are proportional to the GPUs, rounded up while any is left. No part
// is larger than the one before it, and the parts sum to the whole.
func (w *split) part(i int) shape {
	s := w.chunk
	n := int64(i)
	s.gpus = min(s.gpus, w.whole.gpus-int32(i)*s.gpus)
	s.cpu = max(0, min(s.cpu, w.whole.cpu-n*s.cpu))
	s.mem = max(0, min(s.mem, w.whole.mem-n*s.mem))
	return s
}

// splits returns the ways to spread a request that no single node can host, one per allowed type, in the order of the
// request's list or, without a list, by name. Types that could not host it even with all nodes empty are omitted.
func (v *inventory) splits(r *Request, s *shape) []split {
	names := r.GPUTypes
	if len(names) == 0 {
		names = slices.Sorted(slices.Values(v.types))
	}
	var ways []split
	for _, name := range names {
		t := slices.Index(v.types, name)
		if t < 0 {
			continue
		}
		one := *s
		one.types = 1 << t
		if w, ok := v.split(one); ok {
			ways = append(ways, w)
		}
	}
	return ways
}

// split cuts a request for one GPU type into parts of as many GPUs as an empty node can host. No part is larger than the
// one before it, so empty nodes suffice if and only if, for every i, at least i+1 of them can host part i.
func (v *inventory) split(s shape) (w split, ok bool) {
	k := int32(0)
	for _, e := range v.scopes[s.scope].specs {
		for ; int32(e.gpus) > k && k+1 < s.gpus; k++ {
			if c := s.portion(k + 1); !e.hosts(&c) {
				break
			}
		}
	}
	if k == 0 {
		return w, false
	}
	w = split{whole: s, chunk: s.portion(k), parts: int((s.gpus + k - 1) / k)}
	if w.parts > len(v.scopes[s.scope].order) {
		return w, false
	}
	for _, i := range w.lasts() {
		if p := w.part(i); v.hosting(&p) <= i {
			return w, false
		}
	}
	return w, true
}

// lasts returns the index of the last part of each run of equal parts. A gang may have 100,000 parts, but they are of
// few sizes.
func (w *split) lasts() []int {
	ends := []int{w.parts}
	for _, d := range [][2]int64{{int64(w.whole.gpus), int64(w.chunk.gpus)}, {w.whole.cpu, w.chunk.cpu}, {w.whole.mem, w.chunk.mem}} {
		if d[1] > 0 {
			// The first full parts have their full share, the next one may have a rest, and the others have none.
			full := min(d[0]/d[1], int64(w.parts))
			ends = append(ends, int(full), min(int(full)+1, w.parts))
		}
	}
	slices.Sort(ends)
	ends = slices.Compact(ends)
	lasts := make([]int, 0, len(ends))
	for _, end := range ends {
		if end > 0 {
			lasts = append(lasts, end-1)
		}
	}
	return lasts
}

// portion returns the shape of k of the shape's GPUs.
func (s shape) portion(k int32) shape {
	s.cpu = (s.cpu*int64(k) + int64(s.gpus) - 1) / int64(s.gpus)
	s.mem = (s.mem*int64(k) + int64(s.gpus) - 1) / int64(s.gpus)
	s.gpus = k
	return s
}

// CanEverFit reports whether the request could be placed if every node were empty and up.
func (c *Cluster) CanEverFit(r Request) bool {
	s, ok := c.shape(&r)
	return ok && (c.hosting(&s) > 0 || s.gpus > 1 && len(c.splits(&r, &s)) > 0)
}

// CanEverFitWhole reports whether one node could hold the whole request if every node were empty and up.
func (c *Cluster) CanEverFitWhole(r Request) bool {
	s, ok := c.shape(&r)
	return ok && c.hosting(&s) > 0
}
