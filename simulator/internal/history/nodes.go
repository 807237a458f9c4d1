package history

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"

// NodeChange says that a node failed, began to drain or came back.
type NodeChange struct {
	At    des.Time `json:"at"`
	Node  string   `json:"node"`
	State string   `json:"state"`
}

// MostNodeChanges is the number of node changes that are kept.
const MostNodeChanges = 2000

// nodeLog holds the last node changes. Change n is at index n modulo MostNodeChanges.
type nodeLog struct {
	ring  []NodeChange
	made  int // number of changes so far
	saved int // changes before this one are saved
}

// NoteNode records a change of a node.
func (r *Recorder) NoteNode(c NodeChange) {
	l := &r.nodes
	if len(l.ring) < MostNodeChanges {
		l.ring = append(l.ring, c)
	} else {
		l.ring[l.made%MostNodeChanges] = c
	}
	l.made++
}

// Nodes returns the node changes since a time, as far as they are kept, oldest first.
func (r *Recorder) Nodes(since des.Time) []NodeChange {
	l := &r.nodes
	found := []NodeChange{}
	for n := l.made - len(l.ring); n < l.made; n++ {
		if c := l.ring[n%MostNodeChanges]; c.At >= since {
			found = append(found, c)
		}
	}
	return found
}
