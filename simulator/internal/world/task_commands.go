package world

import "maps"

// checkRevision refuses a command that is for another revision than the present one. A wanted revision of 0 is any.
func checkRevision(wanted, present int) *Error {
	if wanted != 0 && wanted != present {
		return (&Error{Kind: Stale, Reason: ReasonRevision}).with("revision", present)
	}
	return nil
}

// update is the command UpdateTask. An update that changes nothing makes no event and no revision.
func (l *lifecycle) update(c *UpdateTask) *Error {
	t, err := l.tasks.find(c.Task)
	if err != nil {
		return err
	}
	if err := checkRevision(c.Revision, t.Revision); err != nil {
		return err
	}
	if blank(c.TaskName) {
		return invalid(ReasonTaskName, "taskName")
	}
	name, description, labels := t.TaskName, t.Description, t.Labels
	if c.TaskName != nil {
		name = *c.TaskName
	}
	if c.Description != nil {
		description = *c.Description
	}
	if c.Labels != nil {
		labels = c.Labels
	}
	if err := checkChangedTexts(c, t); err != nil {
		return err
	}
	if err := checkLabels(c.Labels); err != nil {
		return err
	}
	limits, err := l.changedLimits(c, t)
	if err != nil {
		return err
	}
	if name == t.TaskName && description == t.Description && maps.Equal(labels, t.Labels) && limits.equal(taskLimits(&t.Spec)) {
		return nil
	}
	t = l.tasks.edit(t.number)
	otherLimit, otherPriority := !equal(limits.duration, t.MaxDuration), !equal(limits.priority, t.Priority)
	t.MaxDuration, t.MaxRestarts, t.Priority = limits.duration, limits.restarts, limits.priority
	t.TaskName, t.Description = name, description
	if c.Labels != nil {
		t.Labels = maps.Clone(labels)
	}
	t.Revision++
	l.emit(t, Event{Type: TaskUpdated, Status: t.Status, Phase: t.Phase})
	if otherLimit {
		l.scheduleLimit(t)
	}
	if t.Mode == Dynamic && (otherLimit || otherPriority) {
		l.requeue(t, otherLimit)
	}
	return nil
}

// checkChangedTexts checks the texts that an update changes. Those that stay may be from before there were limits.
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

// stop is the command StopTask.
func (l *lifecycle) stop(c *StopTask) *Error {
	t, err := l.tasks.find(c.Task)
	if err == nil {
		err = checkRevision(c.Revision, t.Revision)
	}
	if err != nil {
		return err
	}
	if t.Status.Finished() {
		return (&Error{Kind: Conflict, Reason: ReasonTaskFinished}).with("status", string(t.Status))
	}
	l.finish(l.tasks.edit(t.number), Stopped, EndStopped)
	return nil
}

// delete is the command DeleteTask.
func (l *lifecycle) delete(c *DeleteTask) *Error {
	t, err := l.tasks.find(c.Task)
	if err == nil {
		err = checkRevision(c.Revision, t.Revision)
	}
	if err != nil {
		return err
	}
	if !t.Status.Finished() {
		l.finish(l.tasks.edit(t.number), Stopped, EndStopped)
	}
	// The event is not added to the history, which clones share.
	l.tasks.remove(t.number)
	l.core.emit(Event{Type: TaskDeleted, Task: t.id, Status: t.Status})
	return nil
}
