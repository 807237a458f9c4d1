package backend

import (
	"context"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// ChangeKind says what a change is of.
type ChangeKind string

// The kinds of changes.
const (
	TaskChanged        ChangeKind = "task"
	EnvironmentChanged ChangeKind = "environment"
	ZoneChanged        ChangeKind = "zone"
	NodeChanged        ChangeKind = "node"
	TemplateChanged    ChangeKind = "template"
	// WorldReplaced is a cluster that began anew: what was known of the old one is void.
	WorldReplaced ChangeKind = "replaced"
	// ChangesLost stands for changes that are remembered no more.
	ChangesLost ChangeKind = "lost"
)

// Change is something that has changed. It has the field of its kind.
type Change struct {
	Number uint64
	Kind   ChangeKind
	ID     string       // of the environment, zone, node or template
	Event  *world.Event // of a task
	// The others are the present state. Template is nil where it is deleted.
	Environment *world.EnvironmentView
	Zone        *world.ZoneView
	Node        *world.NodeView
	Template    *world.Template
}

// Subscription says which changes to follow. WorldReplaced and ChangesLost are among them always.
type Subscription struct {
	Kinds []ChangeKind // empty for all
	Task  string       // of the changes of tasks, only those of this one; empty for all
}

// Changes numbers what changes in a cluster, so that a client can go on from where it was.
type Changes interface {
	// LastChange returns the number of the last change so far.
	LastChange() uint64
	// Follow blocks until something has changed since the change with a number. It calls f with what the subscription asks for,
	// oldest first, until f returns false or there is no more for now, and returns the number up to which it looked. Several changes
	// of one object's state may become one. A change is valid until f returns. The error is that of ctx, or ErrClosed.
	Follow(ctx context.Context, after uint64, s Subscription, f func(*Change) (more bool)) (last uint64, err error)
}
