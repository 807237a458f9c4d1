package cluster

import (
	"math/bits"
	"slices"
)

// An index takes 2–4 bytes a node. There are at least minIndices, and more, up to maxIndices, where they are small.
const (
	minIndices = 256
	maxIndices = 1024
	indexBytes = 8 << 20
)

// indices remembers, for each shape that was asked for, the score of every node. Only a node that has changed since the
// shape was last asked for needs a new score. Clones start without: it is a cache and never changes an outcome.
type indices struct {
	byShape  map[indexKey]*index
	scorers  map[Policy]scorer
	watchers []watcher // the scorers that remember something of a node
	touched  []touched // by node
	latest   int32     // the node that changed last, or none
	changes  uint64    // how many there were
	uses     uint64
	ofSpec   []int8 // while an index is built: the score of an empty node of each spec
}

// touched says when a node changed last, and is a place in the list of the nodes in the order of their last changes, so that
// an index sees each node once, however often it has changed.
type touched struct {
	at           uint64 // 0 for a node that never changed
	grew         uint64 // when there was last more of it than before
	older, newer int32
}

const none = -1

type indexKey struct {
	shape  shape
	policy Policy
}

// index is a tournament between the nodes of a scope, by name: tree[1] is the highest score of all, and the first node
// that has it is found by following it down. A policy that draws needs no more than the set of nodes where the shape fits.
type index struct {
	key    indexKey
	scorer scorer
	drawer drawer // nil unless the policy chooses at random
	fit    Reach  // for a drawer, by place in the scope
	tree   []int8
	leaves int32  // tree[leaves+p] is the score of the p-th node of the scope, unfit where the shape doesn't fit
	seen   uint64 // changes taken in
	used   uint64
}

const (
	unfit   = -1
	unknown = -2
)

// changed notes that a node has changed since the indices looked at it, and whether it may have more room than before.
func (x *indices) changed(node int32, grew bool) {
	if x.byShape == nil {
		return
	}
	x.changes++
	t := &x.touched[node]
	if x.latest != node {
		if t.at > 0 {
			if t.older != none {
				x.touched[t.older].newer = t.newer
			}
			x.touched[t.newer].older = t.older
		}
		if x.latest != none {
			x.touched[x.latest].newer = node
		}
		t.older, t.newer = x.latest, none
		x.latest = node
	}
	t.at = x.changes
	if grew {
		t.grew = x.changes
	}
	for _, w := range x.watchers {
		w.forget(node)
	}
}

// index returns the index of the shape, up to date.
func (c *Cluster) index(s *shape, p Policy) *index {
	if c.byShape == nil {
		c.byShape = make(map[indexKey]*index)
		c.scorers = make(map[Policy]scorer)
		c.touched, c.latest = make([]touched, len(c.nodes)), none
	}
	c.uses++
	key := indexKey{*s, p}
	x := c.byShape[key]
	sc := &c.scopes[s.scope]
	if x == nil {
		x = c.newIndex(key)
		c.build(x, sc)
	}
	x.used = c.uses
	for i := c.latest; i != none; {
		t := &c.touched[i]
		if t.at <= x.seen {
			break
		}
		// What didn't fit doesn't fit into less.
		if pos := c.position(s.scope, i); pos >= 0 && (t.grew > x.seen || x.fits(pos)) {
			x.set(pos, c.score(x, i))
		}
		i = t.older
	}
	x.seen = c.changes
	return x
}

// newIndex adds an index, in the place of the one longest unused when there are too many.
func (c *Cluster) newIndex(key indexKey) *index {
	x := &index{key: key, scorer: c.scorers[key.policy]}
	if x.scorer == nil {
		x.scorer = key.policy.bind(c.inventory)
		c.scorers[key.policy] = x.scorer
		if w, ok := x.scorer.(watcher); ok {
			w.watch(len(c.nodes))
			c.watchers = append(c.watchers, w)
		}
	}
	if len(c.byShape) >= min(max(minIndices, indexBytes/(4*max(len(c.nodes), 1))), maxIndices) {
		var old *index
		for _, o := range c.byShape {
			if old == nil || o.used < old.used {
				old = o
			}
		}
		delete(c.byShape, old.key)
		x.tree, x.fit = old.tree, old.fit
	}
	x.drawer, _ = x.scorer.(drawer)
	c.byShape[key] = x
	return x
}

// build scores every node of the scope, the empty ones once for each spec.
func (c *Cluster) build(x *index, sc *scope) {
	x.seen = c.changes
	if x.drawer != nil {
		x.fit = append(x.fit[:0], make(Reach, (len(sc.order)+63)/64)...)
	} else {
		x.leaves = 1 << bits.Len(uint(max(len(sc.order), 1)-1))
		x.tree = slices.Grow(x.tree[:0], 2*int(x.leaves))[:2*x.leaves]
	}
	c.ofSpec = c.ofSpec[:0]
	for range sc.specs {
		c.ofSpec = append(c.ofSpec, unknown)
	}
	for p, i := range sc.order {
		score := int8(unknown)
		spec := sc.specOf[p]
		n, e := &c.nodes[i], &sc.empty[spec]
		// The GPUs of a node of which nothing is held are all alike, too.
		fresh := n.left == e.left && n.cpu == e.cpu && n.mem == e.mem && n.state == e.state
		if fresh {
			score = c.ofSpec[spec]
		}
		if score == unknown {
			score = c.score(x, i)
		}
		if fresh {
			c.ofSpec[spec] = score
		}
		if x.drawer == nil {
			x.tree[int(x.leaves)+p] = score
		} else if score != unfit {
			x.fit[p/64] |= 1 << (p % 64)
		}
	}
	if x.drawer != nil {
		return
	}
	for i := int(x.leaves) + len(sc.order); i < len(x.tree); i++ {
		x.tree[i] = unfit
	}
	for i := x.leaves - 1; i > 0; i-- {
		x.tree[i] = max(x.tree[2*i], x.tree[2*i+1])
	}
}

func (c *Cluster) score(x *index, i int32) int8 {
	n := &c.nodes[i]
	if !n.fits(&x.key.shape) {
		return unfit
	}
	return x.scorer.score(i, n, &x.key.shape)
}

// fits reports whether the shape fitted on the node at a place when the index last looked at it.
func (x *index) fits(pos int32) bool {
	if x.drawer != nil {
		return x.fit.Has(int(pos))
	}
	return x.tree[x.leaves+pos] != unfit
}

func (x *index) set(pos int32, score int8) {
	if x.drawer != nil {
		word, bit := &x.fit[pos/64], uint64(1)<<(pos%64)
		if *word &^= bit; score != unfit {
			*word |= bit
		}
		return
	}
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
	if x.drawer != nil {
		return x.draw()
	}
	top := x.tree[1]
	if top == unfit {
		return 0, false
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
func (x *index) draw() (pos int32, ok bool) {
	fit := 0
	for _, word := range x.fit {
		fit += bits.OnesCount64(word)
	}
	if fit == 0 {
		return 0, false
	}
	k := x.drawer.draw(fit)
	for p, word := range x.fit {
		if n := bits.OnesCount64(word); k >= n {
			k -= n
			continue
		}
		for ; k > 0; k-- {
			word &= word - 1
		}
		return int32(p*64 + bits.TrailingZeros64(word)), true
	}
	panic("cluster: draw out of range")
}
