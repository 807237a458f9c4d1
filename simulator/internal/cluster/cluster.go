package cluster

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxGPUs is the maximum number of GPUs of a node.
	MaxGPUs = 16
	// WholeGPU is the milli of a whole GPU.
	WholeGPU = 1000

	maxTypes = 64 // sets of GPU types are bits of a uint64
)

// Node describes a machine.
type Node struct {
	Name      string // unique in the cluster
	Zone      string
	GPUType   string // all GPUs of a node are of one type
	GPUs      int    // 0 to MaxGPUs
	CPUMilli  int64  // thousandths of a core
	MemoryMiB int64
}

// State says whether a node takes new work.
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

// Cluster is the state of a set of nodes. A node is identified by its index in the list given to New.
type Cluster struct {
	*inventory
	nodes  []node
	counts []Count // by zone and GPU type: zone*len(types) + type
	indices
}

// inventory is the part of a cluster that never changes. Clones share it.
type inventory struct {
	list   []Node
	byName map[string]int32
	zones  []string         // in order of first appearance
	zoneAt map[string]int32 // by name
	types  []string         // in order of first appearance
	zoneOf []int32
	scopes []scope // one per zone, then one for all zones
	inZone []int32 // by node: its position in the scope of its zone
	inAll  []int32 // by node: its position in the scope of all zones

	maxCPU, maxGPU int64 // of the largest node, in milli; at least 1
}

// scope is the set of nodes that a request may use: those of its zone, or all.
type scope struct {
	order []int32 // the nodes by name; of nodes with equal scores the first one wins
	specs []spec

	specOf []int32 // by position in order: the index in specs
	empty  []node  // by spec: an empty node that is up
}

// spec is a size of node, and how many nodes have it. Whether empty nodes can host a request is checked once per spec
// instead of once per node.
type spec struct {
	typ, gpus uint8
	cpu, mem  int64
	nodes     int
}

// spec returns the node's spec. The node must be empty.
func (n *node) spec() spec { return spec{typ: n.typ, gpus: n.gpus, cpu: n.cpu, mem: n.mem} }

// compare orders specs by size, ignoring the number of nodes.
func (e *spec) compare(o *spec) int {
	return cmp.Or(cmp.Compare(e.typ, o.typ), cmp.Compare(e.gpus, o.gpus), cmp.Compare(e.cpu, o.cpu), cmp.Compare(e.mem, o.mem))
}

// New returns a cluster of empty nodes, all up. It keeps nodes, which the caller must not change afterwards. The error
// names the bad node and says what is wrong with it.
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

// arrange builds the scopes in time and memory proportional to the number of nodes, however many zones there are.
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

// specify computes the specs of a scope's nodes.
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

// position returns the node's position in the scope, or -1 if it is not in the scope.
func (v *inventory) position(scope, node int32) int32 {
	switch scope {
	case int32(len(v.zones)):
		return v.inAll[node]
	case v.zoneOf[node]:
		return v.inZone[node]
	}
	return -1
}

// Places returns the nodes of a zone ("" for all) in order of name, and for every node of the cluster its position among
// the nodes of its own zone (for "", among all). The caller must not modify either slice. The second one is the same for
// every zone.
func (c *Cluster) Places(zone string) (nodes, places []int32) {
	if zone == "" {
		return c.scopes[len(c.zones)].order, c.inAll
	}
	if s, ok := c.scope(zone); ok {
		nodes = s.order
	}
	return nodes, c.inZone
}

// Clone returns a copy that behaves exactly as c would. It copies about 100 bytes per node.
func (c *Cluster) Clone() *Cluster {
	return &Cluster{inventory: c.inventory, nodes: slices.Clone(c.nodes), counts: slices.Clone(c.counts)}
}

// Len returns the number of nodes.
func (c *Cluster) Len() int { return len(c.list) }

// Node returns the description of a node.
func (c *Cluster) Node(node int) Node { return c.list[node] }

// Index returns the index of the node with the given name.
func (c *Cluster) Index(name string) (node int, ok bool) {
	i, ok := c.byName[name]
	return int(i), ok
}

// State returns the node's state.
func (c *Cluster) State(node int) State { return c.nodes[node].state }

// SetState sets the node's state. Allocations on the node remain.
func (c *Cluster) SetState(node int, s State) {
	c.count(int32(node), -1)
	c.nodes[node].state = s
	c.count(int32(node), +1)
	c.changed(int32(node), true)
}

// GPUFree returns the free part of each GPU of the node in milli (0–1000), whatever the node's state.
func (c *Cluster) GPUFree(node int) []int32 {
	n := &c.nodes[node]
	free := make([]int32, n.gpus)
	for i := range free {
		free[i] = int32(n.free[i])
	}
	return free
}

// CPUFree returns the free CPU of the node, in milli.
func (c *Cluster) CPUFree(node int) int64 { return c.nodes[node].cpu }

// MemoryFree returns the free memory of the node, in MiB.
func (c *Cluster) MemoryFree(node int) int64 { return c.nodes[node].mem }
