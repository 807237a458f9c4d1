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
	zones  []string // in order of first appearance
	types  []string // likewise
	zoneOf []int32
	scopes []scope // one per zone, and at the end the one of all zones

	maxCPU, maxGPU int64 // of the largest node, in milli, at least 1
}

// scope is the part of the cluster that a request may choose from.
type scope struct {
	order []int32 // its nodes by name: ties between nodes go to the smallest name
	pos   []int32 // by node: its place in order, -1 for a node outside
	specs []spec
}

// spec counts equal nodes: what an empty node can host is asked of a few specs, not of every node.
type spec struct {
	typ, gpus uint8
	cpu, mem  int64
	nodes     int
}

// New returns a cluster of empty nodes that are up. The error names the node and what is wrong with it.
func New(nodes []Node) (*Cluster, error) {
	v := &inventory{
		list: slices.Clone(nodes), byName: make(map[string]int32, len(nodes)), zoneOf: make([]int32, len(nodes)),
		maxCPU: 1, maxGPU: 1,
	}
	c := &Cluster{inventory: v, nodes: make([]node, len(nodes))}
	for i, n := range nodes {
		if err := v.check(n); err != nil {
			return nil, fmt.Errorf("node %q: %w", n.Name, err)
		}
		v.byName[n.Name] = int32(i)
		v.zoneOf[i] = int32(intern(&v.zones, n.Zone))
		typ := intern(&v.types, n.GPUType)
		if typ == maxTypes {
			return nil, fmt.Errorf("node %q: GPU type %q is one more than the %d a cluster can have", n.Name, n.GPUType, maxTypes)
		}
		c.nodes[i] = emptyNode(n, uint8(typ))
		v.maxCPU = max(v.maxCPU, n.CPUMilli)
		v.maxGPU = max(v.maxGPU, int64(n.GPUs)*WholeGPU)
	}
	for z := range len(v.zones) + 1 {
		v.scopes = append(v.scopes, newScope(v, c.nodes, int32(z)))
	}
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

// newScope returns the scope of zone z, or of all zones when z is the number of zones.
func newScope(v *inventory, nodes []node, z int32) scope {
	s := scope{pos: make([]int32, len(nodes))}
	for i := range nodes {
		s.pos[i] = -1
		if v.zoneOf[i] == z || int(z) == len(v.zones) {
			s.order = append(s.order, int32(i))
		}
	}
	slices.SortFunc(s.order, func(a, b int32) int { return strings.Compare(v.list[a].Name, v.list[b].Name) })
	for p, i := range s.order {
		s.pos[i] = int32(p)
		n := &nodes[i]
		e := spec{typ: n.typ, gpus: n.gpus, cpu: n.cpu, mem: n.mem}
		k := slices.IndexFunc(s.specs, func(o spec) bool { o.nodes = 0; return o == e })
		if k < 0 {
			k = len(s.specs)
			s.specs = append(s.specs, e)
		}
		s.specs[k].nodes++
	}
	slices.SortFunc(s.specs, func(a, b spec) int {
		return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.gpus, b.gpus), cmp.Compare(a.cpu, b.cpu), cmp.Compare(a.mem, b.mem))
	})
	return s
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
	c.changed(int32(node))
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
