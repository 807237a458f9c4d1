package cluster

import "math/bits"

// Reach is a set of nodes. Cluster.Reach returns those that may ever hold a part of a request. The zero value is the
// empty set.
type Reach []uint64

// Reach returns the nodes that could host the request, or the smallest part of a gang, if they were empty and up.
func (c *Cluster) Reach(r Request) Reach {
	s, ok := c.shape(&r)
	if !ok {
		return nil
	}
	if c.hosting(&s) > 0 || s.gpus < 2 {
		return c.reach(nil, &s)
	}
	var all Reach
	for _, w := range c.splits(&r, &s) {
		smallest := w.part(w.parts - 1)
		all = c.reach(all, &smallest)
	}
	return all
}

func (c *Cluster) reach(all Reach, s *shape) Reach {
	for _, i := range c.scopes[s.scope].order {
		d, n := &c.list[i], &c.nodes[i]
		if empty := (spec{typ: n.typ, gpus: n.gpus, cpu: d.CPUMilli, mem: d.MemoryMiB}); empty.hosts(s) {
			all = all.With(int(i))
		}
	}
	return all
}

// With returns r with a node added. It may modify r.
func (r Reach) With(node int) Reach {
	for len(r) <= node/64 {
		r = append(r, 0)
	}
	r[node/64] |= 1 << (node % 64)
	return r
}

// Has reports whether a node is in the set.
func (r Reach) Has(node int) bool { return node/64 < len(r) && r[node/64]&(1<<(node%64)) != 0 }

// Add returns the union of r and o. It may modify r.
func (r Reach) Add(o Reach) Reach {
	for len(r) < len(o) {
		r = append(r, 0)
	}
	for i, word := range o {
		r[i] |= word
	}
	return r
}

// Meets reports whether r and o have a node in common.
func (r Reach) Meets(o Reach) bool {
	for i := range min(len(r), len(o)) {
		if r[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

// Len returns the number of nodes in the set.
func (r Reach) Len() int {
	n := 0
	for _, word := range r {
		n += bits.OnesCount64(word)
	}
	return n
}

// Covers reports whether r contains every node of o.
func (r Reach) Covers(o Reach) bool {
	for i, word := range o {
		if i >= len(r) && word != 0 || i < len(r) && word&^r[i] != 0 {
			return false
		}
	}
	return true
}
