package world

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"

// NodeUse is a node with the holders of its GPUs.
type NodeUse struct {
	cluster.Node
	State   cluster.State
	Holders []string // by GPU: the id of a task, OtherUsers, or "" for a free GPU
}

// OtherUsers is the holder of the GPUs of the background load.
const OtherUsers = "background"

// Nodes returns all nodes in the configuration's order.
func (w *World) Nodes() []NodeUse {
	nodes := make([]NodeUse, w.cluster.Len())
	for i := range nodes {
		n := w.cluster.Node(i)
		nodes[i] = NodeUse{Node: n, State: w.cluster.State(i), Holders: make([]string, n.GPUs)}
	}
	hold := func(a cluster.Allocation, holder string) {
		for _, p := range a.Parts {
			for gpu := range nodes[p.Node].Holders {
				if p.GPUs>>gpu&1 == 1 {
					nodes[p.Node].Holders[gpu] = holder
				}
			}
		}
	}
	for _, t := range w.tasks.list {
		if t != nil {
			hold(t.allocation(), t.id)
		}
	}
	for _, j := range w.background.jobs {
		hold(j.allocation(), OtherUsers)
	}
	return nodes
}
