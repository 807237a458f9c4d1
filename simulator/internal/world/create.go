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
	return onlyOne(w.createAll(c.Key, c.Digest, 1, "", func(int) (Spec, *Error) { return c.Spec, nil }))
}

// createDraft is the command CreateDraft.
func (w *World) createDraft(c *CreateDraft) (Created, *Error) {
	return onlyOne(w.createAll(c.Key, c.Digest, 1, "", func(int) (Spec, *Error) { return w.admission.resolve(&c.Draft) }))
}

// createDrafts is the command CreateDrafts. It creates all tasks or none, as if one after the other at one instant.
func (w *World) createDrafts(c *CreateDrafts) ([]Created, *Error) {
	const list = "tasks"
	return w.createAll(c.Key, c.Digest, len(c.Drafts), list, func(i int) (Spec, *Error) { return w.admission.resolve(&c.Drafts[i]) })
}

func onlyOne(list []Created, err *Error) (Created, *Error) {
	if err != nil {
		return Created{}, err
	}
	return list[0], nil
}

// createAll creates tasks, all or none. It checks their key before their number, and each one's template before the rest of it: the
// template of a creation that is repeated may be deleted, and is not needed. list is the request's field with the tasks; "" if the
// request is the task.
func (w *World) createAll(
	key string, digest [digestSize]byte, n int, list string, spec func(int) (Spec, *Error),
) ([]Created, *Error) {
	if record, err := w.keys.replay(key, digest, false); err != nil || record != nil {
		return record.again(), err
	}
	if n < 1 || n > MaxBatch {
		return nil, invalid(ReasonBatchSize, list).with("count", n).with("minimum", 1).with("maximum", MaxBatch)
	}
	specs := make([]Spec, n)
	launches := make([]launch, n)
	for i := range specs {
		var err *Error
		if specs[i], err = spec(i); err == nil {
			// The tasks before it can't make it invalid: a creation changes neither catalog nor environments.
			launches[i], err = w.admission.check(&specs[i])
		}
		switch {
		case err != nil && list != "":
			return nil, err.under(list, i)
		case err != nil:
			return nil, err
		}
	}
	made := make([]*task, n)
	for i := range specs {
		made[i] = w.life.admit(&specs[i], launches[i])
	}
	created := w.created(made)
	w.keys.remember(key, digest, created, nil)
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
