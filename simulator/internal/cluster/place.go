package cluster

import "fmt"

// Place chooses GPUs for the request by the policy and holds them, all or nothing. ok is false when there is no room now.
//
// A request that an empty node of an allowed type in its zone could host whole stays on one node, and waits for one even
// where it would fit spread out. A larger one, a gang, is spread over nodes of one type, the first allowed one with
// room: chunks of as many GPUs as an empty node hosts, and a rest (12 GPUs on nodes of 8: 8 + 4).
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

// PlaceWhole chooses GPUs of one node for the whole request by the policy and holds them. ok is false when no node has room.
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

// Hold takes exactly what a holds, whatever the state of its nodes: it carries an allocation into a cluster restored
// from a snapshot. The error says what is not free; nothing is held then.
func (c *Cluster) Hold(a Allocation) error {
	for i := range a.Parts {
		p := &a.Parts[i]
		err := fmt.Errorf("there are %d nodes", len(c.nodes))
		if p.Node >= 0 && p.Node < len(c.nodes) {
			err = c.nodes[p.Node].can(p)
		}
		if err != nil {
			c.Release(Allocation{a.Parts[:i]})
			return fmt.Errorf("node %d: %w", p.Node, err)
		}
		c.apply(p, +1)
	}
	return nil
}

// Release gives back exactly what a holds. It panics on what is not held, which only a mistake of the caller can cause.
func (c *Cluster) Release(a Allocation) {
	for i := range a.Parts {
		p := &a.Parts[i]
		c.apply(p, -1)
		if d, n := &c.list[p.Node], &c.nodes[p.Node]; n.cpu > d.CPUMilli || n.mem > d.MemoryMiB || n.over(p.GPUs) {
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
