package world

import (
	"cmp"
	"strings"
)

// Draft is the configuration of a task of which any part may be left out. It is never changed once a world has it.
type Draft struct {
	TemplateID       *string           `json:"templateId,omitempty"` // whose configuration fills in what is left out
	TaskName         *string           `json:"taskName,omitempty"`
	Description      *string           `json:"description,omitempty"`
	DatasetID        *string           `json:"datasetId,omitempty"`
	DatasetVersionID *string           `json:"datasetVersionId,omitempty"`
	ModelID          *string           `json:"modelId,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	LaunchMode       *LaunchMode       `json:"launchMode,omitempty"`
	EnvironmentID    *string           `json:"environmentId,omitempty"`
	Resources        *ResourceDraft    `json:"resources,omitempty"`
}

// ResourceDraft is a node shape of which any part may be left out.
type ResourceDraft struct {
	Zone     *string `json:"zone,omitempty"`
	GPUType  *string `json:"gpuType,omitempty"`
	Image    *string `json:"image,omitempty"`
	GPUs     *int    `json:"gpus,omitempty"`
	CPUCores *int    `json:"cpuCores,omitempty"`
	MemoryGB *int    `json:"memoryGb,omitempty"`
}

// MaxBatch is how many tasks one command makes at most.
const MaxBatch = 100

// Resolve fills in a draft from its template. The error is that the template doesn't exist.
func (w *World) Resolve(d Draft) (Spec, error) {
	s, err := w.resolve(&d)
	if err != nil {
		return Spec{}, err
	}
	return s, nil
}

func (w *World) resolve(d *Draft) (Spec, *Error) {
	if d.TemplateID == nil {
		return d.spec(), nil
	}
	if err := checkTexts(idText("templateId", d.TemplateID)); err != nil {
		return Spec{}, err
	}
	t := w.template(*d.TemplateID)
	if t == nil {
		return Spec{}, invalid(ReasonTemplateUnknown, "templateId").with("templateId", *d.TemplateID)
	}
	filled := d.over(&t.Config)
	return filled.spec(), nil
}

// over returns the draft with what it leaves out taken from another one.
func (d *Draft) over(base *Draft) Draft {
	r := Draft{
		TemplateID: d.TemplateID, TaskName: cmp.Or(d.TaskName, base.TaskName), Description: cmp.Or(d.Description, base.Description),
		DatasetID: cmp.Or(d.DatasetID, base.DatasetID), DatasetVersionID: cmp.Or(d.DatasetVersionID, base.DatasetVersionID),
		ModelID: cmp.Or(d.ModelID, base.ModelID), Labels: d.Labels, LaunchMode: cmp.Or(d.LaunchMode, base.LaunchMode),
		EnvironmentID: cmp.Or(d.EnvironmentID, base.EnvironmentID), Resources: cmp.Or(d.Resources, base.Resources),
	}
	if d.Labels == nil {
		r.Labels = base.Labels
	}
	if d.LaunchMode != nil && *d.LaunchMode == Dynamic {
		r.EnvironmentID = d.EnvironmentID // the base's is for the other mode
	}
	if d.Resources != nil && base.Resources != nil {
		r.Resources = &ResourceDraft{
			Zone: cmp.Or(d.Resources.Zone, base.Resources.Zone), GPUType: cmp.Or(d.Resources.GPUType, base.Resources.GPUType),
			Image: cmp.Or(d.Resources.Image, base.Resources.Image), GPUs: cmp.Or(d.Resources.GPUs, base.Resources.GPUs),
			CPUCores: cmp.Or(d.Resources.CPUCores, base.Resources.CPUCores), MemoryGB: cmp.Or(d.Resources.MemoryGB, base.Resources.MemoryGB),
		}
	}
	return r
}

// draft is the same as one that leaves nothing out.
func (r *Resources) draft() *ResourceDraft {
	return &ResourceDraft{
		Zone: &r.Zone, GPUType: &r.GPUType, Image: &r.Image, GPUs: &r.GPUs, CPUCores: &r.CPUCores, MemoryGB: &r.MemoryGB,
	}
}

func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// blankMode is a launch mode that is given and says nothing, where an empty one is left out.
const blankMode LaunchMode = " "

func (d *Draft) spec() Spec {
	s := Spec{
		TemplateID: value(d.TemplateID), TaskName: value(d.TaskName), Description: value(d.Description),
		DatasetID: value(d.DatasetID), DatasetVersionID: value(d.DatasetVersionID), ModelID: value(d.ModelID),
		Labels: d.Labels, LaunchMode: value(d.LaunchMode), EnvironmentID: d.EnvironmentID,
	}
	if d.LaunchMode != nil && *d.LaunchMode == "" {
		s.LaunchMode = blankMode
	}
	if r := d.Resources; r != nil {
		s.Resources = &Resources{
			Zone: value(r.Zone), GPUType: value(r.GPUType), GPUs: value(r.GPUs), CPUCores: value(r.CPUCores),
			MemoryGB: value(r.MemoryGB), Image: value(r.Image),
		}
	}
	return s
}

// draft returns the texts, labels and resources of a spec as a draft.
func (s *Spec) draft() Draft {
	d := Draft{
		TaskName: &s.TaskName, Description: &s.Description, DatasetID: &s.DatasetID, DatasetVersionID: &s.DatasetVersionID,
		ModelID: &s.ModelID, Labels: s.Labels, EnvironmentID: s.EnvironmentID,
	}
	if s.Resources != nil {
		d.Resources = s.Resources.draft()
	}
	return d
}

// checkDraft finds what is wrong with a draft whatever may be filled in later. The texts of a draft that is kept already
// are not looked at.
func (w *World) checkDraft(d *Draft, kept bool) *Error {
	mode := value(d.LaunchMode)
	switch {
	case blank(d.TaskName):
		return invalid(ReasonTaskName, "taskName")
	case blank(d.DatasetID):
		return invalid(ReasonDataset, "datasetId")
	case blank(d.DatasetVersionID):
		return invalid(ReasonDataset, "datasetVersionId")
	case d.LaunchMode != nil && mode != Existing && mode != Dynamic:
		return launchModeInvalid(mode)
	case blank(d.EnvironmentID):
		return invalid(ReasonEnvironment, "environmentId")
	case d.Resources != nil && blank(d.Resources.Zone):
		return invalid(ReasonZone, "resourceConfig.availabilityZone")
	}
	if !kept {
		if err := checkTexts(d.texts()...); err != nil {
			return err
		}
	}
	switch {
	case d.EnvironmentID != nil && w.environmentIndex(*d.EnvironmentID) < 0:
		return invalid(ReasonEnvironmentUnknown, "environmentId").with("environmentId", *d.EnvironmentID)
	case d.EnvironmentID != nil && mode == Dynamic:
		return invalid(ReasonEnvironmentForbidden, "environmentId")
	}
	err := w.checkCatalog(value(d.DatasetID), value(d.DatasetVersionID), value(d.ModelID))
	if err == nil && d.Resources != nil {
		err = w.checkResources(d.Resources)
		if err == nil && !kept {
			err = w.checkImage(d.Resources.Image)
		}
	}
	if err == nil {
		err = checkLabels(d.Labels)
	}
	return err
}

func blank(s *string) bool { return s != nil && strings.TrimSpace(*s) == "" }

func (w *World) createDraft(c *CreateDraft) (Created, *Error) {
	record, err := w.replay(c.Key, c.Digest, false)
	if err != nil {
		return Created{}, err
	}
	var s Spec
	if record == nil { // else the template may be gone, and is not needed
		if s, err = w.resolve(&c.Draft); err != nil {
			return Created{}, err
		}
	}
	return w.create(&CreateTask{Spec: s, Key: c.Key, Digest: c.Digest})
}

// createDrafts makes all tasks or none, as if one was created after the other at one instant.
func (w *World) createDrafts(c *CreateDrafts) ([]Created, *Error) {
	if record, err := w.replay(c.Key, c.Digest, false); err != nil || record != nil {
		return record.again(), err
	}
	if n := len(c.Drafts); n < 1 || n > MaxBatch {
		return nil, invalid(ReasonBatchSize, "tasks").with("count", n).with("minimum", 1).with("maximum", MaxBatch)
	}
	specs := make([]Spec, len(c.Drafts))
	launches := make([]launch, len(c.Drafts))
	for i := range c.Drafts {
		var err *Error
		if specs[i], err = w.resolve(&c.Drafts[i]); err == nil {
			// None of the tasks before it can make it wrong: a creation changes neither catalog nor environments.
			launches[i], err = w.check(&specs[i])
		}
		if err != nil {
			return nil, err.under("tasks", i)
		}
	}
	made := make([]*task, len(specs))
	for i := range specs {
		made[i] = w.admit(&specs[i], launches[i])
	}
	created := w.created(made)
	w.remember(c.Key, keyRecord{digest: c.Digest, tasks: created})
	return created, nil
}

// created answers for tasks that have just been made.
func (w *World) created(tasks []*task) []Created {
	all := make([]Created, len(tasks))
	for i, t := range tasks {
		all[i] = Created{Task: t.id, Status: t.status}
		if t.mode == Existing {
			all[i].Environment = w.cfg.Environments[t.environment].ID
		} else if !w.quiet {
			all[i].EstimatedStart, _ = w.expectedStart(t)
		}
	}
	return all
}

// first is the answer of a creation of one task.
func (r *keyRecord) first() Created {
	if r == nil {
		return Created{}
	}
	return r.again()[0]
}

// again is what a creation answers when its key was used before.
func (r *keyRecord) again() []Created {
	if r == nil {
		return nil
	}
	all := make([]Created, len(r.tasks))
	for i, c := range r.tasks {
		c.Replayed = true
		all[i] = c
	}
	return all
}

// reused describes what a key stands for, when it comes with another request.
func (r *keyRecord) reused() *Error {
	e := &Error{Kind: Conflict, Reason: ReasonKeyReused}
	switch {
	case r.template != nil:
		return e.with("templateId", r.template.ID)
	case len(r.tasks) == 1:
		return e.with("taskId", r.tasks[0].Task)
	}
	ids := make([]string, len(r.tasks))
	for i := range r.tasks {
		ids[i] = r.tasks[i].Task
	}
	return e.with("taskIds", ids)
}
