package world

import (
	"cmp"
)

// Draft is the configuration of a task, of which any part may be left out. It must not change once a world has it.
type Draft struct {
	TemplateID       *string           `json:"templateId,omitempty"` // the template that fills in what is left out
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

// ResourceDraft is like Resources, but any part may be left out.
type ResourceDraft struct {
	Zone     *string `json:"zone,omitempty"`
	GPUType  *string `json:"gpuType,omitempty"`
	Image    *string `json:"image,omitempty"`
	GPUs     *int    `json:"gpus,omitempty"`
	CPUCores *int    `json:"cpuCores,omitempty"`
	MemoryGB *int    `json:"memoryGb,omitempty"`
}

// MaxBatch is how many tasks one command creates at most.
const MaxBatch = 100

// Resolve fills in a draft from its template. It returns an error if there is no such template.
func (w *World) Resolve(d Draft) (Spec, error) {
	s, err := w.admission.resolve(&d)
	if err != nil {
		return Spec{}, err
	}
	return s, nil
}

// withDefaults returns the draft, filled in from base.
func (d *Draft) withDefaults(base *Draft) Draft {
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
		r.EnvironmentID = d.EnvironmentID // that of base is for the other launch mode
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

// draft returns the resources as a draft that leaves nothing out.
func (r *Resources) draft() *ResourceDraft {
	return &ResourceDraft{
		Zone: &r.Zone, GPUType: &r.GPUType, Image: &r.Image, GPUs: &r.GPUs, CPUCores: &r.CPUCores, MemoryGB: &r.MemoryGB,
	}
}

// value returns what p points to, and the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// blankMode stands for a launch mode that is given as "". In a Spec "" stands for one that is left out.
const blankMode LaunchMode = " "

// spec returns the draft as a spec. What is left out has its zero value.
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
