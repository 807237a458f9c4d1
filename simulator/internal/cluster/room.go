package cluster

// Room is what is left of one node, taken out of the cluster: to ask what would fit there if other parts came or went.
type Room struct{ node node }

// Room returns what is left of a node now.
func (c *Cluster) Room(node int) Room { return Room{c.nodes[node]} }

// Restore takes the node to be up.
func (r *Room) Restore() { r.node.state = Up }

// Release gives a part back to the room.
func (r *Room) Release(p *Part) { r.node.apply(p, -1) }

// Hold takes a part from the room, on the very GPUs that it names, whatever the node's state: other GPUs may be tighter by
// then, but a placed part does not move. It reports whether there was enough.
func (r *Room) Hold(p *Part) bool {
	if r.node.can(p) != nil {
		return false
	}
	r.node.apply(p, 1)
	return true
}

// Place takes the room that a fit needs, on the GPUs that first-fit would choose; it must be there.
func (r *Room) Place(f *Fit) {
	s := &f.shape
	r.node.apply(&Part{GPUs: r.node.tightest(s), Milli: s.milli, CPUMilli: s.cpu, MemoryMiB: s.mem}, 1)
}

// Fit is a request that one node can host, prepared to be asked of many rooms.
type Fit struct{ shape shape }

// Fit prepares a request; ok is false for one that no single empty node can host: a gang, or one that never fits.
func (c *Cluster) Fit(r Request) (f Fit, ok bool) {
	s, ok := c.shape(&r)
	return Fit{s}, ok && c.hosting(&s) > 0
}

// In reports whether the request fits into the room; its node must be up and of the request's zone.
func (f *Fit) In(r *Room) bool { return r.node.fits(&f.shape) }

// Spread is a gang on nodes of one type: Chunks equal parts and a rest, each on a node of its own.
type Spread struct {
	Chunks      int
	Chunk, Rest Fit
}

// Spreads returns the ways to spread a request that no single empty node can host, in the order in which Place tries them.
// ok is false where a node could hold two of its parts.
func (c *Cluster) Spreads(r Request) (ways []Spread, ok bool) {
	s, ok := c.shape(&r)
	if !ok || s.milli < WholeGPU {
		return nil, false
	}
	for _, w := range c.splits(&r, &s) {
		n := w.parts - 1
		rest, two := w.part(n), w.chunk
		two.gpus, two.cpu, two.mem = two.gpus+rest.gpus, two.cpu+rest.cpu, two.mem+rest.mem
		// No part is larger than the one before it.
		if w.part(n-1) != w.chunk || c.hosting(&two) > 0 {
			return nil, false
		}
		ways = append(ways, Spread{n, Fit{w.chunk}, Fit{rest}})
	}
	return ways, true
}

// Fits reports whether a node has room for a fit now.
func (c *Cluster) Fits(node int, f *Fit) bool { return c.nodes[node].fits(&f.shape) }
