package cluster

import (
	"math/bits"
	"slices"
)

// Count is the number of GPUs of a zone and type, by what they are doing. Capacity = Free + Held + Draining + Lost.
type Count struct {
	Capacity int
	Free     int // wholly free, on nodes that are up
	Held     int // wholly or partly allocated, on nodes that are up or draining
	Draining int // wholly free, on draining nodes
	Lost     int // on failed nodes, allocated or not
}

// Count returns the count for a zone and GPU type; "" stands for all of them. The count of an unknown zone or type is
// zero.
func (c *Cluster) Count(zone, gpuType string) Count {
	var sum Count
	first, end := 0, len(c.zones)
	if zone != "" {
		z, ok := c.zoneAt[zone]
		if !ok {
			return sum
		}
		first, end = int(z), int(z)+1
	}
	for z := first; z < end; z++ {
		for t, tn := range c.types {
			if gpuType == "" || gpuType == tn {
				sum.add(c.counts[z*len(c.types)+t], 1)
			}
		}
	}
	return sum
}

// CountLike returns the count for the node's zone and GPU type.
func (c *Cluster) CountLike(node int) Count {
	return c.counts[int(c.zoneOf[node])*len(c.types)+int(c.nodes[node].typ)]
}

func (a *Count) add(b Count, sign int) {
	a.Capacity += sign * b.Capacity
	a.Free += sign * b.Free
	a.Held += sign * b.Held
	a.Draining += sign * b.Draining
	a.Lost += sign * b.Lost
}

// GPUTypes returns the GPU types in a zone ("" for all), sorted.
func (c *Cluster) GPUTypes(zone string) []string {
	s, ok := c.scope(zone)
	if !ok {
		return nil
	}
	var names []string
	for _, e := range s.specs {
		if e.gpus > 0 {
			names = append(names, c.types[e.typ])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Zones returns the zones in order of their first node.
func (c *Cluster) Zones() []string { return slices.Clone(c.zones) }

// count adds the node to the counters. With sign -1 it subtracts it.
func (c *Cluster) count(i int32, sign int) {
	n := &c.nodes[i]
	all, whole := int(n.gpus), bits.OnesCount16(n.whole)
	k := Count{Capacity: all}
	switch n.state {
	case Up:
		k.Free, k.Held = whole, all-whole
	case Draining:
		k.Draining, k.Held = whole, all-whole
	case Failed:
		k.Lost = all
	}
	c.counts[int(c.zoneOf[i])*len(c.types)+int(n.typ)].add(k, sign)
}
