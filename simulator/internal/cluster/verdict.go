package cluster

import (
	"cmp"
	"fmt"
	"slices"
)

// Verdict is the reason why a number of nodes can or can't host a request.
type Verdict struct {
	Nodes  int
	Reason string
}

// String returns the verdict, for example "12 nodes: 3 of 4 GPUs free".
func (v Verdict) String() string {
	if v.Nodes == 1 {
		return "1 node: " + v.Reason
	}
	return fmt.Sprintf("%d nodes: %s", v.Nodes, v.Reason)
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
		return []Verdict{{len(c.scopes[z].order), "no such GPU type here"}}
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
		verdicts[j] = Verdict{nodes[j], c.reason(k, &s, gang)}
	}
	slices.SortFunc(verdicts, func(a, b Verdict) int {
		return cmp.Or(cmp.Compare(b.Nodes, a.Nodes), cmp.Compare(a.Reason, b.Reason))
	})
	return verdicts
}

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

func (c *Cluster) reason(k class, s *shape, gang int32) string {
	switch k.why {
	case failed:
		return "failed"
	case draining:
		return "draining"
	case noGPUs:
		return "no GPUs"
	case otherType:
		return "other GPU type, " + c.types[k.typ]
	case tooSmall:
		return "too small even when empty"
	case littleCPU:
		return "not enough CPU free"
	case littleMemory:
		return "not enough memory free"
	case fewGPUs:
		if s.milli < WholeGPU {
			return fmt.Sprintf("%d of %d GPUs with %d milli free", k.free, k.total, s.milli)
		}
		return fmt.Sprintf("%d of %d GPUs free", k.free, k.total)
	}
	if gang > 0 {
		return fmt.Sprintf("room for %d of the %d GPUs", s.gpus, gang)
	}
	return "room"
}
