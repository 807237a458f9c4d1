package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// VerdictReason is why a node can't host a request, or that it can.
type VerdictReason string

// The reasons, in the order in which verdicts on equal numbers of nodes are listed.
const (
	BusyShares      VerdictReason = "busy_gpu_shares"   // Free of its Total GPUs have the requested Milli free
	BusyGPUs        VerdictReason = "busy_gpus"         // Free of its Total GPUs are free
	NodeDraining    VerdictReason = "draining"          // it takes no more work
	NodeFailed      VerdictReason = "failed"            // it is down
	NoGPUs          VerdictReason = "no_gpus"           // it has none
	NoSuchGPUType   VerdictReason = "no_such_gpu_type"  // no node has the requested one
	NotEnoughCPU    VerdictReason = "not_enough_cpu"    // is free
	NotEnoughMemory VerdictReason = "not_enough_memory" // is free
	OtherGPUType    VerdictReason = "other_gpu_type"    // its type is GPUType
	HasRoom         VerdictReason = "room"              // it can host the request
	HasRoomForPart  VerdictReason = "room_for_part"     // it can host Free of a gang's Total GPUs
	TooSmall        VerdictReason = "too_small"         // even when it is empty
)

// Valid reports whether the reason is one of the constants.
func (r VerdictReason) Valid() bool {
	switch r {
	case BusyShares, BusyGPUs, NodeDraining, NodeFailed, NoGPUs, NoSuchGPUType, NotEnoughCPU, NotEnoughMemory, OtherGPUType,
		HasRoom, HasRoomForPart, TooSmall:
		return true
	}
	return false
}

// Verdict is the reason why a number of nodes can or can't host a request. Which figures it has depends on the reason.
type Verdict struct {
	Nodes   int           `json:"nodes,omitempty"`
	Reason  VerdictReason `json:"reason,omitempty"`
	GPUType string        `json:"gpuType,omitempty"`
	Free    int           `json:"free,omitempty"`
	Total   int           `json:"total,omitempty"`
	Milli   int           `json:"milli,omitempty"`
}

// String returns the verdict for scripts and logs, for example "12 nodes: 3 of 4 GPUs free".
func (v Verdict) String() string {
	if v.Nodes == 1 {
		return "1 node: " + v.reason()
	}
	return fmt.Sprintf("%d nodes: %s", v.Nodes, v.reason())
}

func (v Verdict) reason() string {
	switch v.Reason {
	case BusyShares:
		return fmt.Sprintf("%d of %d GPUs with %d milli free", v.Free, v.Total, v.Milli)
	case BusyGPUs:
		return fmt.Sprintf("%d of %d GPUs free", v.Free, v.Total)
	case NodeDraining:
		return "draining"
	case NodeFailed:
		return "failed"
	case NoGPUs:
		return "no GPUs"
	case NoSuchGPUType:
		return "no such GPU type here"
	case NotEnoughCPU:
		return "not enough CPU free"
	case NotEnoughMemory:
		return "not enough memory free"
	case OtherGPUType:
		return "other GPU type, " + v.GPUType
	case HasRoom:
		return "room"
	case HasRoomForPart:
		return fmt.Sprintf("room for %d of the %d GPUs", v.Free, v.Total)
	case TooSmall:
		return "too small even when empty"
	}
	return string(v.Reason)
}

// Verdicts says for the nodes of the request's zone why they can't host a part of the request now, or that they can.
// Nodes with the same reason form one verdict; the largest come first. A gang is judged by the parts of its first
// allowed type that could ever host it. An unknown zone has no verdicts.
func (c *Cluster) Verdicts(r Request) []Verdict {
	z, ok := c.scopeIndex(r.Zone)
	if !ok {
		return nil
	}
	s, ok := c.shape(&r)
	if !ok {
		return []Verdict{{Nodes: len(c.scopes[z].order), Reason: NoSuchGPUType}}
	}
	gang := int32(0)
	if c.hosting(&s) == 0 && s.gpus > 1 {
		if ways := c.splits(&r, &s); len(ways) > 0 {
			gang, s = s.gpus, ways[0].chunk
		}
	}
	var classes []class
	var nodes []int
	for _, i := range c.scopes[z].order {
		k := c.nodes[i].class(&c.list[i], &s)
		j := slices.Index(classes, k)
		if j < 0 {
			j = len(classes)
			classes, nodes = append(classes, k), append(nodes, 0)
		}
		nodes[j]++
	}
	verdicts := make([]Verdict, len(classes))
	for j, k := range classes {
		verdicts[j] = c.verdict(k, &s, gang)
		verdicts[j].Nodes = nodes[j]
	}
	slices.SortFunc(verdicts, func(a, b Verdict) int {
		return cmp.Or(
			cmp.Compare(b.Nodes, a.Nodes), cmp.Compare(a.Reason, b.Reason), compareDigits(a.Free, b.Free),
			compareDigits(a.Total, b.Total), cmp.Compare(a.GPUType, b.GPUType),
		)
	})
	return verdicts
}

// compareDigits compares two figures as texts: 10 comes before 9, as in all histories that were saved.
func compareDigits(a, b int) int { return cmp.Compare(strconv.Itoa(a), strconv.Itoa(b)) }

// class is a reason and its parameters.
type class struct {
	why         why
	typ         uint8 // for otherType
	free, total uint8 // for fewGPUs
}

type why uint8

const (
	takes why = iota
	failed
	draining
	noGPUs
	otherType
	tooSmall
	fewGPUs
	littleCPU
	littleMemory
)

// class checks first what waiting can't change.
func (n *node) class(d *Node, s *shape) class {
	switch {
	case s.gpus > 0 && n.gpus == 0:
		return class{why: noGPUs}
	case s.gpus > 0 && s.types>>n.typ&1 == 0:
		return class{why: otherType, typ: n.typ}
	case int32(n.gpus) < s.gpus || d.CPUMilli < s.cpu || d.MemoryMiB < s.mem:
		return class{why: tooSmall}
	case n.state == Failed:
		return class{why: failed}
	case n.state == Draining:
		return class{why: draining}
	}
	if k := n.fitting(max(s.milli, 1)); int32(k) < s.gpus {
		return class{why: fewGPUs, free: uint8(k), total: n.gpus}
	}
	switch {
	case n.cpu < s.cpu:
		return class{why: littleCPU}
	case n.mem < s.mem:
		return class{why: littleMemory}
	}
	return class{why: takes}
}

// verdict returns the verdict on the nodes of a class. gang is the number of GPUs of which s asks for a part; 0 if s asks for all.
func (c *Cluster) verdict(k class, s *shape, gang int32) Verdict {
	switch k.why {
	case failed:
		return Verdict{Reason: NodeFailed}
	case draining:
		return Verdict{Reason: NodeDraining}
	case noGPUs:
		return Verdict{Reason: NoGPUs}
	case otherType:
		return Verdict{Reason: OtherGPUType, GPUType: c.types[k.typ]}
	case tooSmall:
		return Verdict{Reason: TooSmall}
	case littleCPU:
		return Verdict{Reason: NotEnoughCPU}
	case littleMemory:
		return Verdict{Reason: NotEnoughMemory}
	case fewGPUs:
		v := Verdict{Reason: BusyGPUs, Free: int(k.free), Total: int(k.total)}
		if s.milli < WholeGPU {
			v.Reason, v.Milli = BusyShares, int(s.milli)
		}
		return v
	}
	if gang > 0 {
		return Verdict{Reason: HasRoomForPart, Free: int(s.gpus), Total: int(gang)}
	}
	return Verdict{Reason: HasRoom}
}
