package simulator

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Node is a machine of the cluster.
type Node struct {
	Name    string
	Zone    string
	GPUType string
	State   NodeState
	// GPUs says who holds each GPU: a task's id, "background" for the load of other users, or "" where it is free.
	GPUs []string
}

// NodeState is what a node can do.
type NodeState string

// The states of a node. A draining node finishes its work and takes no more.
const (
	NodeUp       NodeState = "up"
	NodeDraining NodeState = "draining"
	NodeFailed   NodeState = "failed"
)

// Nodes returns the handle on the cluster's nodes.
func (s *Simulator) Nodes() *Nodes { return &Nodes{s.server.Engine(), s.server.Control()} }

// Nodes makes nodes fail and return.
type Nodes struct {
	engine  *engine.Engine
	control *httpapi.Control
}

// Fail makes a node fail, and with it the tasks on it.
func (n *Nodes) Fail(name string) error {
	_, err := n.control.FailNode(name)
	return n.failed(err, "fail node "+name)
}

// Drain lets a node finish its work and take no more.
func (n *Nodes) Drain(name string) error {
	_, err := n.control.DrainNode(name)
	return n.failed(err, "drain node "+name)
}

// Restore lets a node take work again.
func (n *Nodes) Restore(name string) error {
	_, err := n.control.RestoreNode(name)
	return n.failed(err, "restore node "+name)
}

func (n *Nodes) failed(err error, op string) error {
	if err == nil {
		return nil
	}
	var names []string
	for _, node := range n.List() {
		names = append(names, node.Name)
	}
	return notFound(err, op, names)
}

// List returns all nodes, in the scenario's order.
func (n *Nodes) List() (list []Node) {
	n.engine.View(func(w *world.World) {
		for _, node := range w.Nodes() {
			list = append(list, Node{
				Name: node.Name, Zone: node.Zone, GPUType: node.GPUType, State: NodeState(node.State.String()), GPUs: node.Holders,
			})
		}
	})
	return list
}
