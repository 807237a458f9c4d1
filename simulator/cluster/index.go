package cluster

import "math/bits"

// maxIndices bounds the memory of the indices: one takes 2–4 bytes a node.
const maxIndices = 256

// indices remembers, for each shape that was asked for, the score of every node. Only a node that has changed since the
// shape was last asked for needs a new score. Clones start without: it is a cache and never changes an outcome.
type indices struct {
	byShape map[indexKey]*index
	scorers map[Policy]scorer
	log     []int32 // ring of the nodes that changed
	changes uint64  // how many there were
	uses    uint64
}

type indexKey struct {
	shape  shape
	policy Policy
}

// index is a tournament between the nodes of a scope, by name: tree[1] is the highest score of all, and the first node
// that has it is found by following it down.
type index struct {
	key    indexKey
	scorer scorer
	drawer drawer // nil unless the policy chooses at random
	tree   []int8
	leaves int32  // tree[leaves+p] is the score of the p-th node of the scope, unfit where the shape doesn't fit
	seen   uint64 // changes taken in
	used   uint64
}

const unfit = -1

// changed notes that the node is no longer what the indices know.
func (x *indices) changed(node int32) {
	if x.byShape == nil {
		return
	}
	x.log[x.changes&uint64(len(x.log)-1)] = node
	x.changes++
}

// index returns the index of the shape, up to date.
func (c *Cluster) index(s *shape, p Policy) *index {
	if c.byShape == nil {
		c.byShape = make(map[indexKey]*index)
		c.scorers = make(map[Policy]scorer)
		c.log = make([]int32, 1<<bits.Len(uint(len(c.nodes))))
	}
	c.uses++
	key := indexKey{*s, p}
	x := c.byShape[key]
	sc := &c.scopes[s.scope]
	if x == nil || c.changes-x.seen > uint64(len(sc.order)) {
		if x == nil {
			x = c.newIndex(key)
		}
		c.build(x, sc)
	}
	x.used = c.uses
	for ; x.seen < c.changes; x.seen++ {
		i := c.log[x.seen&uint64(len(c.log)-1)]
		if pos := c.position(s.scope, i); pos >= 0 {
			x.set(pos, c.score(x, i))
		}
	}
	return x
}

// newIndex adds an index, in the place of the one longest unused when there are too many.
func (c *Cluster) newIndex(key indexKey) *index {
	x := &index{key: key, scorer: c.scorers[key.policy]}
	if x.scorer == nil {
		x.scorer = key.policy.bind(c.inventory)
		c.scorers[key.policy] = x.scorer
	}
	if len(c.byShape) >= maxIndices {
		var old *index
		for _, o := range c.byShape {
			if old == nil || o.used < old.used {
				old = o
			}
		}
		delete(c.byShape, old.key)
		x.tree = old.tree
	}
	x.drawer, _ = x.scorer.(drawer)
	c.byShape[key] = x
	return x
}

// build scores every node of the scope.
func (c *Cluster) build(x *index, sc *scope) {
	x.leaves = 1 << bits.Len(uint(max(len(sc.order), 1)-1))
	if size := 2 * int(x.leaves); cap(x.tree) >= size {
		x.tree = x.tree[:size]
	} else {
		x.tree = make([]int8, size)
	}
	leaves := x.tree[x.leaves:]
	for p := range leaves {
		leaves[p] = unfit
		if p < len(sc.order) {
			leaves[p] = c.score(x, sc.order[p])
		}
	}
	for i := x.leaves - 1; i > 0; i-- {
		x.tree[i] = max(x.tree[2*i], x.tree[2*i+1])
	}
	x.seen = c.changes
}

func (c *Cluster) score(x *index, i int32) int8 {
	n := &c.nodes[i]
	if !n.fits(&x.key.shape) {
		return unfit
	}
	return x.scorer.score(n, &x.key.shape)
}

func (x *index) set(pos int32, score int8) {
	i := x.leaves + pos
	for x.tree[i] != score {
		x.tree[i] = score
		if i == 1 {
			return
		}
		score = max(score, x.tree[i^1])
		i /= 2
	}
}

// best returns the position in the scope of the node that the policy chooses.
func (x *index) best() (pos int32, ok bool) {
	top := x.tree[1]
	if top == unfit {
		return 0, false
	}
	if x.drawer != nil {
		return x.draw(), true
	}
	i := int32(1)
	for i < x.leaves {
		i *= 2
		if x.tree[i] != top {
			i++
		}
	}
	return i - x.leaves, true
}

// draw returns the position of one of the nodes where the shape fits.
func (x *index) draw() int32 {
	leaves := x.tree[x.leaves:]
	fit := 0
	for _, s := range leaves {
		fit += int(s-unfit) & 1 // a drawing policy scores 0 where the shape fits
	}
	k := x.drawer.draw(fit)
	for p, s := range leaves {
		if s != unfit {
			if k == 0 {
				return int32(p)
			}
			k--
		}
	}
	panic("cluster: draw out of range")
}
