package cluster

import (
	"math/bits"
	"slices"
)

// An index takes 2–4 bytes per node. At least minIndices are kept, and up to maxIndices as long as they take no more
// than indexBytes.
const (
	minIndices = 256
	maxIndices = 1024
	indexBytes = 8 << 20
)

// indices caches the score of every node for each shape that was requested. A score is recomputed only if its node has
// changed since the shape was last requested. Clones start with an empty cache; it never changes a result.
type indices struct {
	byShape     map[indexKey]*index
	scorers     map[Policy]scorer
	watchers    []watcher    // the scorers that cache something per node
	lastChanges []lastChange // by node
	latest      int32        // the node that changed last, or none
	changes     uint64       // the number of changes so far
	uses        uint64
	ofSpec      []int8 // used by build: the score of an empty node, by spec
}

// lastChange says when a node last changed. It is also an element of a linked list of nodes in order of their last
// change, so that updating an index visits every node at most once.
type lastChange struct {
	at           uint64 // the change counter then; 0 for a node that never changed
	grew         uint64 // the change counter when the node's free capacity last grew
	older, newer int32
}

const none = -1

type indexKey struct {
	shape  shape
	policy Policy
}

// index is a tournament tree over the nodes of a scope in order of name. tree[1] is the highest score, and following it
// down leads to the first node that has it. A policy that chooses at random keeps only the set of nodes where the shape
// fits.
type index struct {
	key    indexKey
	scorer scorer
	drawer drawer // nil unless the policy chooses at random
	fit    Reach  // for a drawer: the positions in the scope where the shape fits
	tree   []int8
	leaves int32  // tree[leaves+p] is the score of the node at position p, or unfit
	seen   uint64 // the change counter up to which the index is current
	used   uint64
}

const (
	unfit   = -1
	unknown = -2
)

// changed records a change of a node. grew says whether its free capacity may have grown.
func (x *indices) changed(node int32, grew bool) {
	if x.byShape == nil {
		return
	}
	x.changes++
	t := &x.lastChanges[node]
	if x.latest != node {
		if t.at > 0 {
			if t.older != none {
				x.lastChanges[t.older].newer = t.newer
			}
			x.lastChanges[t.newer].older = t.older
		}
		if x.latest != none {
			x.lastChanges[x.latest].newer = node
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

// index returns the index for a shape and policy, brought up to date.
func (c *Cluster) index(s *shape, p Policy) *index {
	if c.byShape == nil {
		c.byShape = make(map[indexKey]*index)
		c.scorers = make(map[Policy]scorer)
		c.lastChanges, c.latest = make([]lastChange, len(c.nodes)), none
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
		t := &c.lastChanges[i]
		if t.at <= x.seen {
			break
		}
		// A shape that did not fit can't fit after the node has shrunk.
		if pos := c.position(s.scope, i); pos >= 0 && (t.grew > x.seen || x.fits(pos)) {
			x.set(pos, c.score(x, i))
		}
		i = t.older
	}
	x.seen = c.changes
	return x
}

// newIndex adds an index. If there are too many, it replaces the one that was used least recently.
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

// build scores all nodes of the scope. Empty nodes of the same spec are scored only once.
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
		// If nothing is allocated, all GPUs of the node are alike as well.
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

// fits reports whether the shape fitted on the node at pos when the index was last updated.
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

// best returns the position of the node that the policy chooses.
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

// draw returns the position of a random node where the shape fits.
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
