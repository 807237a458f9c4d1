package cluster

// Room is a copy of one node's free capacity, used to ask what would fit there if other parts came or went.
type Room struct{ node node }

// Room returns the free capacity of a node now.
func (c *Cluster) Room(node int) Room { return Room{c.nodes[node]} }

// Restore sets the node's state to up.
func (r *Room) Restore() { r.node.state = Up }

// Release adds the part to the free capacity.
func (r *Room) Release(p *Part) { r.node.apply(p, -1) }

// Hold takes the part from the free capacity, on exactly the GPUs that it names and whatever the node's state. It
// reports whether there was enough.
func (r *Room) Hold(p *Part) bool {
	if r.node.check(p) != nil {
		return false
	}
	r.node.apply(p, 1)
	return true
}

// Place takes what the fit needs, on the GPUs that first-fit would choose. The fit must fit.
func (r *Room) Place(f *Fit) {
	s := &f.shape
	r.node.apply(&Part{GPUs: r.node.tightest(s), Milli: s.milli, CPUMilli: s.cpu, MemoryMiB: s.mem}, 1)
}

// Fit is a request that a single node can host, prepared for many Rooms.
type Fit struct{ shape shape }

// Fit prepares a request. ok is false if no single empty node can host it.
func (c *Cluster) Fit(r Request) (f Fit, ok bool) {
	s, ok := c.shape(&r)
	return Fit{s}, ok && c.hosting(&s) > 0
}

// In reports whether the request fits into the room. The node must be up and in the request's zone.
func (f *Fit) In(r *Room) bool { return r.node.fits(&f.shape) }

// Spread is a way to place a gang on nodes of one type: Chunks equal parts and a rest, each on a node of its own.
type Spread struct {
	Chunks      int
	Chunk, Rest Fit
}

// Spreads returns the ways to spread a request that no single empty node can host, in the order in which Place tries
// them. ok is false if a node could host two of its parts.
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

// Fits reports whether the fit fits on the node now.
func (c *Cluster) Fits(node int, f *Fit) bool { return c.nodes[node].fits(&f.shape) }
