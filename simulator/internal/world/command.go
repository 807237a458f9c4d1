package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

// Command is something that a client or an operator does.
type Command interface{ isCommand() }

// The commands.
type (
	// CreateTask makes a task. With a Key that was used before it gives the first answer again; Digest stands for the
	// request's content, and another one with the same key is refused.
	CreateTask struct {
		Spec
		Key    string
		Digest [32]byte
	}
	// CreateDraft is CreateTask of a draft.
	CreateDraft struct {
		Draft
		Key    string
		Digest [32]byte
	}
	// CreateDrafts makes 1 to MaxBatch tasks, all or none, in their order. The key is that of the whole.
	CreateDrafts struct {
		Drafts []Draft
		Key    string
		Digest [32]byte
	}
	// CreateTemplate makes a template. Its name must be new. Key and Digest are as with CreateTask.
	CreateTemplate struct {
		Name, Description string
		Favorite          bool
		Config            Draft
		Key               string
		Digest            [32]byte
	}
	// UpdateTemplate changes a template; nil leaves a value, and a configuration is replaced as a whole. Revision, when not
	// 0, must be the present one.
	UpdateTemplate struct {
		Template          string
		Name, Description *string
		Favorite          *bool
		Config            *Draft
		Revision          int
	}
	// DeleteTemplate removes a template. The tasks that were made with it stay as they are. Revision is as with
	// UpdateTemplate.
	DeleteTemplate struct {
		Template string
		Revision int
	}
	// UpdateTask changes a task's name, description and labels; nil leaves a value. Revision, when not 0, must be the
	// present one.
	UpdateTask struct {
		Task        string
		TaskName    *string
		Description *string
		Labels      map[string]string
		Revision    int
	}
	// StopTask ends a live task and frees its GPUs. Revision is as with UpdateTask.
	StopTask struct {
		Task     string
		Revision int
	}
	// DeleteTask ends a task if it is live and removes its record. Revision is as with UpdateTask.
	DeleteTask struct {
		Task     string
		Revision int
	}
	// StopEnvironment stops an environment; its tasks fail. A stopped one stays so.
	StopEnvironment struct{ Environment string }
	// StartEnvironment starts an environment; a running one goes on.
	StartEnvironment struct{ Environment string }
	// SetNode fails, drains or restores a node. The tasks on a failing node fail or restart, as the scenario has it.
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

// Result is what a command did.
type Result struct {
	Created  Created         // of CreateTask and CreateDraft
	Batch    []Created       // of CreateDrafts, in their order
	Template CreatedTemplate // of CreateTemplate
	Events   []Event
}

// Step carries out a command now. A refused command returns an *Error and changes nothing.
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
