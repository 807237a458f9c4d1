package world

import (
	"maps"
	"slices"

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
	w.moves++ // before: a creation tells what it expects
	switch c := c.(type) {
	case CreateTask:
		r.Created, err = w.create(&c)
	case CreateDraft:
		r.Created, err = w.createDraft(&c)
	case CreateDrafts:
		r.Batch, err = w.createDrafts(&c)
	case CreateTemplate:
		r.Template, err = w.createTemplate(&c)
	case UpdateTemplate:
		err = w.updateTemplate(&c)
	case DeleteTemplate:
		err = w.deleteTemplate(&c)
	case UpdateTask:
		err = w.update(&c)
	case StopTask:
		err = w.stop(&c)
	case DeleteTask:
		err = w.delete(&c)
	case StopEnvironment:
		err = w.stopEnvironment(c.Environment)
	case StartEnvironment:
		err = w.startEnvironment(c.Environment)
	case SetNode:
		err = w.setNode(c.Node, c.State)
	}
	if err != nil {
		return Result{}, err
	}
	r.Events = w.take()
	return r, nil
}

// find returns a task, or why there is none.
func (w *World) find(id string) (*task, *Error) {
	n := taskNumber(id)
	if n == 0 || int(n) > len(w.tasks) || w.tasks[n-1] == nil {
		if n > 0 && int(n) <= len(w.purged) && w.purged[n-1] > 0 {
			return nil, (&Error{Kind: Gone, Reason: ReasonTaskPurged}).with("taskId", id).
				with("status", string(finalStatuses[w.purged[n-1]]))
		}
		return nil, (&Error{Kind: NotFound, Reason: ReasonTaskUnknown}).with("taskId", id)
	}
	return w.tasks[n-1], nil
}

func (w *World) update(c *UpdateTask) *Error {
	t, err := w.find(c.Task)
	if err != nil {
		return err
	}
	if err := checkRevision(c.Revision, t.revision); err != nil {
		return err
	}
	if blank(c.TaskName) {
		return invalid(ReasonTaskName, "taskName")
	}
	if err := checkChangedTexts(c, t); err != nil {
		return err
	}
	if err := checkLabels(c.Labels); err != nil {
		return err
	}
	changed := *t
	if c.TaskName != nil {
		changed.TaskName = *c.TaskName
	}
	if c.Description != nil {
		changed.Description = *c.Description
	}
	if c.Labels != nil {
		changed.Labels = maps.Clone(c.Labels)
	}
	if changed.TaskName == t.TaskName && changed.Description == t.Description && maps.Equal(changed.Labels, t.Labels) {
		return nil
	}
	changed.revision++
	changed.history = slices.Clip(t.history)
	w.tasks[t.number-1] = &changed
	w.emit(Event{Type: TaskUpdated, Task: c.Task, Status: changed.status, Phase: changed.phase})
	return nil
}

// checkChangedTexts looks at what an update changes. A text that the task has already may be from before there were limits.
func checkChangedTexts(c *UpdateTask, t *task) *Error {
	var changed Draft
	if c.TaskName != nil && *c.TaskName != t.TaskName {
		changed.TaskName = c.TaskName
	}
	if c.Description != nil && *c.Description != t.Description {
		changed.Description = c.Description
	}
	if !maps.Equal(c.Labels, t.Labels) {
		changed.Labels = c.Labels
	}
	return checkTexts(changed.texts()...)
}

// checkRevision refuses a command that is for another revision than the present one; 0 is for any.
func checkRevision(wanted, present int) *Error {
	if wanted != 0 && wanted != present {
		return (&Error{Kind: Stale, Reason: ReasonRevision}).with("revision", present)
	}
	return nil
}

func (w *World) stop(c *StopTask) *Error {
	t, err := w.find(c.Task)
	if err == nil {
		err = checkRevision(c.Revision, t.revision)
	}
	if err != nil {
		return err
	}
	if t.status.Finished() {
		return (&Error{Kind: Conflict, Reason: ReasonTaskFinished}).with("status", string(t.status))
	}
	w.finish(t, Stopped, EndStopped)
	return nil
}

func (w *World) delete(c *DeleteTask) *Error {
	t, err := w.find(c.Task)
	if err == nil {
		err = checkRevision(c.Revision, t.revision)
	}
	if err != nil {
		return err
	}
	if !t.status.Finished() {
		w.finish(t, Stopped, EndStopped)
	}
	// Gone first: clones share the record of a finished task, so nothing may be added to it.
	w.tasks[t.number-1] = nil
	w.emit(Event{Type: TaskDeleted, Task: c.Task, Status: t.status})
	return nil
}

func (w *World) setNode(name string, s cluster.State) *Error {
	i, ok := w.cluster.Index(name)
	if !ok {
		return (&Error{Kind: NotFound, Reason: ReasonNodeUnknown}).with("node", name)
	}
	w.changeNode(i, s)
	return nil
}
