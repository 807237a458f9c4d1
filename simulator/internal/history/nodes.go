package history

import "github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"

// NodeChange is a node that failed, began to drain or came back.
type NodeChange struct {
	At    des.Time `json:"at"`
	Node  string   `json:"node"`
	State string   `json:"state"`
}

// MostNodeChanges is how many changes of nodes are kept.
const MostNodeChanges = 2000

// nodeLog is the last changes of nodes. Change n is at n modulo MostNodeChanges.
type nodeLog struct {
	ring  []NodeChange
	made  int // so far
	saved int // changes before this one need not be saved
}

// NoteNode adds a change of a node.
func (r *Recorder) NoteNode(c NodeChange) {
	l := &r.nodes
	if len(l.ring) < MostNodeChanges {
		l.ring = append(l.ring, c)
	} else {
		l.ring[l.made%MostNodeChanges] = c
	}
	l.made++
}

// Nodes returns the changes of nodes since a time that are still kept, oldest first.
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
