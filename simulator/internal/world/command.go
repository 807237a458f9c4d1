package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// MaxBatch is how many tasks one command creates at most.
const MaxBatch = 100

// Command is what a client or an operator asks a world to do.
type Command interface{ isCommand() }

// The commands.
type (
	// CreateTask creates a task. If an earlier creation had the same Key, no task is created and the earlier answer is
	// repeated. Digest identifies the content of the request: the same key with another digest is refused.
	CreateTask struct {
		Spec
		Key    string
		Digest [32]byte
	}
	// CreateDraft is like CreateTask, for a draft.
	CreateDraft struct {
		Draft
		Key    string
		Digest [32]byte
	}
	// CreateDrafts creates 1 to MaxBatch tasks in their order: all of them or none. The key is for the whole batch.
	CreateDrafts struct {
		Drafts []Draft
		Key    string
		Digest [32]byte
	}
	// CreateTemplate creates a template. Its name must be new. Key and Digest are as with CreateTask.
	CreateTemplate struct {
		Name, Description string
		Favorite          bool
		Config            Draft
		Key               string
		Digest            [32]byte
	}
	// UpdateTemplate changes a template. A nil field leaves the value as it is; a configuration is replaced as a whole.
	// Revision must be the present one, or 0 for any.
	UpdateTemplate struct {
		Template          string
		Name, Description *string
		Favorite          *bool
		Config            *Draft
		Revision          int
	}
	// DeleteTemplate deletes a template. The tasks that were created from it stay as they are. Revision is as with
	// UpdateTemplate.
	DeleteTemplate struct {
		Template string
		Revision int
	}
	// UpdateTask changes what can change of a task: its name, description and labels, and, while it is live, its priority and
	// limits. A nil field leaves the value as it is. A MaxDuration of 0 and a MaxRestarts of -1 take the limit away. Revision
	// must be the present one, or 0 for any.
	UpdateTask struct {
		Task        string
		TaskName    *string
		Description *string
		Labels      map[string]string
		MaxDuration *int
		MaxRestarts *int
		Priority    *Priority
		Revision    int
	}
	// StopTask ends a live task and frees its GPUs. Revision is as with UpdateTask.
	StopTask struct {
		Task     string
		Revision int
	}
	// DeleteTask deletes a task, and ends it before if it is live. Revision is as with UpdateTask.
	DeleteTask struct {
		Task     string
		Revision int
	}
	// StopEnvironment stops an environment. Its tasks fail. It does nothing if the environment is stopped already.
	StopEnvironment struct{ Environment string }
	// StartEnvironment starts an environment. It does nothing if the environment is running.
	StartEnvironment struct{ Environment string }
	// SetNode fails, drains or restores a node. The tasks on a node that fails fail or restart, as configured.
	SetNode struct {
		Node  string
		State cluster.State
	}
)

func (CreateTask) isCommand()       {}
func (CreateDraft) isCommand()      {}
func (CreateDrafts) isCommand()     {}
func (CreateTemplate) isCommand()   {}
func (UpdateTemplate) isCommand()   {}
func (DeleteTemplate) isCommand()   {}
func (UpdateTask) isCommand()       {}
func (StopTask) isCommand()         {}
func (DeleteTask) isCommand()       {}
func (StopEnvironment) isCommand()  {}
func (StartEnvironment) isCommand() {}
func (SetNode) isCommand()          {}

// Result is what a command has done.
type Result struct {
	Created  Created         // of CreateTask and CreateDraft
	Batch    []Created       // of CreateDrafts, in their order
	Template CreatedTemplate // of CreateTemplate
	Events   []Event
}

// Step carries out a command now. If the command is refused, the error is an *Error and nothing has changed.
func (w *World) Step(c Command) (Result, error) {
	var r Result
	var err *Error
	switch c := c.(type) {
	case CreateTask:
		r.Created, err = w.create(&c)
	case CreateDraft:
		r.Created, err = w.createDraft(&c)
	case CreateDrafts:
		r.Batch, err = w.createDrafts(&c)
	case CreateTemplate:
		r.Template, err = w.templates.create(&c)
	case UpdateTemplate:
		err = w.templates.update(&c)
	case DeleteTemplate:
		err = w.templates.delete(&c)
	case UpdateTask:
		err = w.life.update(&c)
	case StopTask:
		err = w.life.stop(&c)
	case DeleteTask:
		err = w.life.delete(&c)
	case StopEnvironment:
		err = w.life.stopEnvironment(c.Environment)
	case StartEnvironment:
		_, _, err = w.environments.setRunning(c.Environment, true)
	case SetNode:
		err = w.outages.set(c.Node, c.State)
	}
	if err != nil {
		return Result{}, err
	}
	r.Events = w.journal.takeEvents()
	return r, nil
}
