package cluster

import "fmt"

// Place chooses GPUs for the request by the policy and holds them, all or nothing. ok is false if there is not enough
// free capacity now.
//
// A request that a single empty node could host is always placed on one node, even if that means waiting while it would
// fit spread over several. A larger request, a gang, is spread over nodes of one type, the first allowed type that has
// enough. Its parts are as many GPUs as an empty node hosts, and a rest: 12 GPUs on nodes of 8 make parts of 8 and 4.
func (c *Cluster) Place(r Request, p Policy) (a Allocation, ok bool) {
	s, ok := c.shape(&r)
	if !ok {
		return a, false
	}
	if c.hosting(&s) > 0 {
		part, ok := c.placeOne(&s, p)
		if !ok {
			return a, false
		}
		return Allocation{[]Part{part}}, true
	}
	if s.gpus < 2 {
		return a, false
	}
	for _, w := range c.splits(&r, &s) {
		if a, ok := c.placeGang(&w, p); ok {
			return a, true
		}
	}
	return a, false
}

// PlaceWhole chooses GPUs of a single node for the whole request by the policy and holds them. ok is false if no node
// has enough.
func (c *Cluster) PlaceWhole(r Request, p Policy) (Part, bool) {
	s, ok := c.shape(&r)
	if !ok {
		return Part{}, false
	}
	return c.placeOne(&s, p)
}

func (c *Cluster) placeGang(w *split, p Policy) (Allocation, bool) {
	var a Allocation
	for i := range w.parts {
		s := w.part(i)
		part, ok := c.placeOne(&s, p)
		if !ok {
			c.Release(a)
			return Allocation{}, false
		}
		a.Parts = append(a.Parts, part)
	}
	return a, true
}

func (c *Cluster) placeOne(s *shape, p Policy) (Part, bool) {
	x := c.index(s, p)
	pos, ok := x.best()
	if !ok {
		return Part{}, false
	}
	i := c.scopes[s.scope].order[pos]
	n := &c.nodes[i]
	part := Part{Node: int(i), Milli: s.milli, CPUMilli: s.cpu, MemoryMiB: s.mem}
	if g := x.scorer.gpu(n, s); g >= 0 {
		part.GPUs = 1 << g
	} else {
		part.GPUs = n.tightest(s)
	}
	c.apply(&part, +1)
	return part, true
}

// Hold allocates exactly the parts of a, whatever the state of their nodes. It restores allocations from a snapshot. If
// a part is not free, Hold returns an error that says why, and holds nothing.
func (c *Cluster) Hold(a Allocation) error {
	for i := range a.Parts {
		p := &a.Parts[i]
		err := fmt.Errorf("there are %d nodes", len(c.nodes))
		if p.Node >= 0 && p.Node < len(c.nodes) {
			err = c.nodes[p.Node].check(p)
		}
		if err != nil {
			c.Release(Allocation{a.Parts[:i]})
			return fmt.Errorf("node %d: %w", p.Node, err)
		}
		c.apply(p, +1)
	}
	return nil
}

// Release frees exactly the parts of a. It panics if they are not held, which is a bug in the caller.
func (c *Cluster) Release(a Allocation) {
	for i := range a.Parts {
		p := &a.Parts[i]
		c.apply(p, -1)
		if d, n := &c.list[p.Node], &c.nodes[p.Node]; n.cpu > d.CPUMilli || n.mem > d.MemoryMiB || n.overflows(p.GPUs) {
			panic(fmt.Sprintf("cluster: release of %+v, which is not held on %s", *p, d.Name))
		}
	}
}

func (c *Cluster) apply(p *Part, sign int) {
	i := int32(p.Node)
	c.count(i, -1)
	c.nodes[i].apply(p, sign)
	c.count(i, +1)
	c.changed(i, sign < 0)
}
