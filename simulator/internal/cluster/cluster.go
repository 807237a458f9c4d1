// Package cluster is the inventory of a GPU cluster: zones, nodes, GPUs, and the placement of requests on them. It knows
// nothing of time.
package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxGPUs is the most GPUs that a node has.
	MaxGPUs = 16
	// WholeGPU is a whole GPU in milli.
	WholeGPU = 1000

	maxTypes = 64 // a set of GPU types is one word
)

// Node is the description of a machine.
type Node struct {
	Name      string // unique in the cluster
	Zone      string
	GPUType   string // all GPUs of a node are of one type
	GPUs      int    // 0–16
	CPUMilli  int64  // thousandths of a core
	MemoryMiB int64
}

// State says whether a node takes work.
type State uint8

// The states of a node.
const (
	Up       State = iota
	Draining       // takes no new work, keeps what it has
	Failed         // takes no new work, and its GPUs are lost
)

func (s State) String() string {
	switch s {
	case Up:
		return "up"
	case Draining:
		return "draining"
	case Failed:
		return "failed"
	}
	return fmt.Sprintf("State(%d)", uint8(s))
}

// Cluster is the state of a set of nodes. A node is named by its index in the list given to New.
type Cluster struct {
	*inventory
	nodes  []node
	counts []Count // by zone and type: zone*len(types) + type
	indices
}

// inventory is what never changes; clones share it.
type inventory struct {
	list   []Node
	byName map[string]int32
	zones  []string         // in order of first appearance
	zoneAt map[string]int32 // by name
	types  []string         // likewise in order
	zoneOf []int32
	scopes []scope // one per zone, and at the end the one of all zones
	inZone []int32 // by node: its place among those of its zone, by name
	inAll  []int32 // by node: its place among all, by name

	maxCPU, maxGPU int64 // of the largest node, in milli, at least 1
}

// scope is the part of the cluster that a request may choose from.
type scope struct {
	order []int32 // its nodes by name: ties between nodes go to the smallest name
	specs []spec

	specOf []int32 // by place in order: the index of the node's spec
	empty  []node  // by spec: an empty node that is up
}

// spec counts equal nodes: what an empty node can host is asked of a few specs, not of every node.
type spec struct {
	typ, gpus uint8
	cpu, mem  int64
	nodes     int
}

// spec returns the spec of an empty node.
func (n *node) spec() spec { return spec{typ: n.typ, gpus: n.gpus, cpu: n.cpu, mem: n.mem} }

// compare orders specs, however many nodes they count.
func (e *spec) compare(o *spec) int {
	return cmp.Or(cmp.Compare(e.typ, o.typ), cmp.Compare(e.gpus, o.gpus), cmp.Compare(e.cpu, o.cpu), cmp.Compare(e.mem, o.mem))
}

// New returns a cluster of empty nodes that are up. It keeps the list, which must not change any more. The error names the node and
// what is wrong with it.
func New(nodes []Node) (*Cluster, error) {
	v := &inventory{
		list: nodes, byName: make(map[string]int32, len(nodes)), zoneOf: make([]int32, len(nodes)),
		zoneAt: map[string]int32{}, maxCPU: 1, maxGPU: 1,
	}
	c := &Cluster{inventory: v, nodes: make([]node, len(nodes))}
	for i, n := range nodes {
		if err := v.check(n); err != nil {
			return nil, fmt.Errorf("node %q: %w", n.Name, err)
		}
		v.byName[n.Name] = int32(i)
		z, ok := v.zoneAt[n.Zone]
		if !ok {
			z = int32(len(v.zones))
			v.zones = append(v.zones, n.Zone)
			v.zoneAt[n.Zone] = z
		}
		v.zoneOf[i] = z
		typ := intern(&v.types, n.GPUType)
		if typ == maxTypes {
			return nil, fmt.Errorf("node %q: GPU type %q is one more than the %d a cluster can have", n.Name, n.GPUType, maxTypes)
		}
		c.nodes[i] = emptyNode(n, uint8(typ))
		v.maxCPU = max(v.maxCPU, n.CPUMilli)
		v.maxGPU = max(v.maxGPU, int64(n.GPUs)*WholeGPU)
	}
	v.arrange(c.nodes)
	c.counts = make([]Count, len(v.zones)*len(v.types))
	for i := range c.nodes {
		c.count(int32(i), +1)
	}
	return c, nil
}

func (v *inventory) check(n Node) error {
	_, dup := v.byName[n.Name]
	switch {
	case n.Name == "":
		return fmt.Errorf("it has no name")
	case dup:
		return fmt.Errorf("there are two of this name")
	case n.GPUs < 0 || n.GPUs > MaxGPUs:
		return fmt.Errorf("%d GPUs, must be 0–%d", n.GPUs, MaxGPUs)
	case n.CPUMilli < 0:
		return fmt.Errorf("negative CPU: %d milli", n.CPUMilli)
	case n.MemoryMiB < 0:
		return fmt.Errorf("negative memory: %d MiB", n.MemoryMiB)
	}
	return nil
}

func intern(names *[]string, s string) int {
	i := slices.Index(*names, s)
	if i < 0 {
		i = len(*names)
		*names = append(*names, s)
	}
	return i
}

// arrange makes the scopes. What they take grows with the nodes, not with nodes times zones.
func (v *inventory) arrange(nodes []node) {
	order := make([]int32, len(nodes))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return strings.Compare(v.list[a].Name, v.list[b].Name) })
	v.scopes = make([]scope, len(v.zones)+1)
	all := &v.scopes[len(v.zones)]
	all.order = order
	all.specify(nodes)
	v.inZone, v.inAll = make([]int32, len(nodes)), make([]int32, len(nodes))
	for p, i := range order {
		v.inAll[i] = int32(p)
	}
	if len(v.zones) == 1 {
		v.scopes[0], v.inZone = *all, v.inAll
		return
	}
	sizes := make([]int, len(v.zones))
	for _, z := range v.zoneOf {
		sizes[z]++
	}
	for z, n := range sizes {
		v.scopes[z].order = make([]int32, 0, n)
	}
	for _, i := range order {
		s := &v.scopes[v.zoneOf[i]]
		v.inZone[i] = int32(len(s.order))
		s.order = append(s.order, i)
	}
	for z := range v.zones {
		v.scopes[z].specify(nodes)
	}
}

// specify finds the specs of a scope's nodes.
func (s *scope) specify(nodes []node) {
	counts := map[spec]int{}
	for _, i := range s.order {
		counts[nodes[i].spec()]++
	}
	for e, n := range counts {
		e.nodes = n
		s.specs = append(s.specs, e)
	}
	slices.SortFunc(s.specs, func(a, b spec) int { return a.compare(&b) })
	s.specOf, s.empty = make([]int32, len(s.order)), make([]node, len(s.specs))
	for p, i := range s.order {
		e := nodes[i].spec()
		k, _ := slices.BinarySearchFunc(s.specs, e, func(a, b spec) int { return a.compare(&b) })
		s.specOf[p], s.empty[k] = int32(k), nodes[i]
	}
}

// position returns a node's place in a scope's order, -1 for a node outside.
func (v *inventory) position(scope, node int32) int32 {
	switch scope {
	case int32(len(v.zones)):
		return v.inAll[node]
	case v.zoneOf[node]:
		return v.inZone[node]
	}
	return -1
}

// Places returns the nodes of a zone ("" for all) by name, and where each node of the cluster stands among those of its
// zone, or of all. Both are the cluster's own, to be read only; the second is the same for every zone.
func (c *Cluster) Places(zone string) (nodes, places []int32) {
	if zone == "" {
		return c.scopes[len(c.zones)].order, c.inAll
	}
	if s, ok := c.scope(zone); ok {
		nodes = s.order
	}
	return nodes, c.inZone
}

// Clone returns a copy that continues exactly as c would. It costs a copy of 100 bytes a node.
func (c *Cluster) Clone() *Cluster {
	return &Cluster{inventory: c.inventory, nodes: slices.Clone(c.nodes), counts: slices.Clone(c.counts)}
}

// Len returns the number of nodes.
func (c *Cluster) Len() int { return len(c.list) }

// Node returns the description of a node.
func (c *Cluster) Node(node int) Node { return c.list[node] }

// Index returns the index of the node of this name.
func (c *Cluster) Index(name string) (node int, ok bool) {
	i, ok := c.byName[name]
	return int(i), ok
}

// State returns whether the node takes work.
func (c *Cluster) State(node int) State { return c.nodes[node].state }

// SetState changes whether the node takes work. What is held on it stays held.
func (c *Cluster) SetState(node int, s State) {
	c.count(int32(node), -1)
	c.nodes[node].state = s
	c.count(int32(node), +1)
	c.changed(int32(node), true)
}

// GPUFree returns how much of each GPU of the node is not held, in milli (0–1000), whatever the node's state.
func (c *Cluster) GPUFree(node int) []int32 {
	n := &c.nodes[node]
	free := make([]int32, n.gpus)
	for i := range free {
		free[i] = int32(n.free[i])
	}
	return free
}

// CPUFree returns the CPU of the node that is not held, in milli.
func (c *Cluster) CPUFree(node int) int64 { return c.nodes[node].cpu }

// MemoryFree returns the memory of the node that is not held, in MiB.
func (c *Cluster) MemoryFree(node int) int64 { return c.nodes[node].mem }
