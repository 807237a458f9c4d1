package cluster

// Room is what is left of one node, taken out of the cluster: to ask what would fit there if other parts came or went.
type Room struct{ node node }

// Room returns what is left of a node now.
func (c *Cluster) Room(node int) Room { return Room{c.nodes[node]} }

// Release gives a part back to the room.
func (r *Room) Release(p *Part) { r.node.apply(p, -1) }

// Hold takes a part from the room, which must have it, though not on the same GPUs: a share takes the tightest.
// It reports whether there was enough.
func (r *Room) Hold(p *Part) bool {
	s := shape{milli: p.Milli, cpu: p.CPUMilli, mem: p.MemoryMiB, types: 1 << r.node.typ}
	for m := p.GPUs; m != 0; m &= m - 1 {
		s.gpus++
	}
	state := r.node.state
	r.node.state = Up
	fits := r.node.fits(&s)
	r.node.state = state
	if fits {
		held := *p
		if s.gpus > 0 {
			held.GPUs = r.node.tightest(&s)
		}
		r.node.apply(&held, 1)
	}
	return fits
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
