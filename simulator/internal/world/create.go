package world

import (
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
)

// Created is the answer to a creation.
type Created struct {
	Task           string   `json:"task"`
	Status         Status   `json:"status"`
	Environment    string   `json:"environment,omitempty"`    // of an existing task
	EstimatedStart des.Time `json:"estimatedStart,omitempty"` // of a dynamic task
	Replayed       bool     `json:"-"`                        // the key was used before
}

// create is the command CreateTask.
func (w *World) create(c *CreateTask) (Created, *Error) {
	if record, err := w.keys.replay(c.Key, c.Digest, false); err != nil || record != nil {
		return record.first(), err
	}
	l, err := w.admission.check(&c.Spec)
	if err != nil {
		return Created{}, err
	}
	created := w.created([]*task{w.life.admit(&c.Spec, l)})
	w.keys.remember(c.Key, c.Digest, created, nil)
	return created[0], nil
}

// createDraft is the command CreateDraft.
func (w *World) createDraft(c *CreateDraft) (Created, *Error) {
	record, err := w.keys.replay(c.Key, c.Digest, false)
	if err != nil {
		return Created{}, err
	}
	var s Spec
	if record == nil { // otherwise the template may be deleted, and is not needed
		if s, err = w.admission.resolve(&c.Draft); err != nil {
			return Created{}, err
		}
	}
	return w.create(&CreateTask{Spec: s, Key: c.Key, Digest: c.Digest})
}

// createDrafts is the command CreateDrafts. It creates all tasks or none, as if one after the other at one instant.
func (w *World) createDrafts(c *CreateDrafts) ([]Created, *Error) {
	if record, err := w.keys.replay(c.Key, c.Digest, false); err != nil || record != nil {
		return record.again(), err
	}
	if n := len(c.Drafts); n < 1 || n > MaxBatch {
		return nil, invalid(ReasonBatchSize, "tasks").with("count", n).with("minimum", 1).with("maximum", MaxBatch)
	}
	specs := make([]Spec, len(c.Drafts))
	launches := make([]launch, len(c.Drafts))
	for i := range c.Drafts {
		var err *Error
		if specs[i], err = w.admission.resolve(&c.Drafts[i]); err == nil {
			// The tasks before it can't make it invalid: a creation changes neither catalog nor environments.
			launches[i], err = w.admission.check(&specs[i])
		}
		if err != nil {
			return nil, err.under("tasks", i)
		}
	}
	made := make([]*task, len(specs))
	for i := range specs {
		made[i] = w.life.admit(&specs[i], launches[i])
	}
	created := w.created(made)
	w.keys.remember(c.Key, c.Digest, created, nil)
	return created, nil
}

// created returns the answer for tasks that have just been created.
func (w *World) created(tasks []*task) []Created {
	all := make([]Created, len(tasks))
	for i, t := range tasks {
		all[i] = Created{Task: t.id, Status: t.Status, Environment: t.Environment}
		if t.Mode == Dynamic {
			all[i].EstimatedStart, _ = w.expectations.start(t)
		}
	}
	return all
}
