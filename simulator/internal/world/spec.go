package world

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Spec is what the caller asks for. A nil pointer is left out, which differs from blank.
type Spec struct {
	TemplateID       string            `json:"templateId,omitempty"` // the template that filled in what the caller had left out
	TaskName         string            `json:"taskName"`
	Description      string            `json:"description,omitempty"`
	DatasetID        string            `json:"datasetId"`
	DatasetVersionID string            `json:"datasetVersionId"`
	ModelID          string            `json:"modelId,omitempty"`
	Labels           map[string]string `json:"labels,omitempty"`
	LaunchMode       LaunchMode        `json:"launchMode,omitempty"`
	EnvironmentID    *string           `json:"environmentId,omitempty"`
	Resources        *Resources        `json:"resources,omitempty"`
	MaxDuration      *int              `json:"maxDuration,omitempty"` // seconds, MinDuration to MaxDuration
	MaxRestarts      *int              `json:"maxRestarts,omitempty"` // 0 to MaxRestarts
	Priority         *Priority         `json:"priority,omitempty"`
	Preemptible      bool              `json:"preemptible,omitempty"`
	Command          []string          `json:"command,omitempty"` // nil for the image's own
	Args             []string          `json:"args,omitempty"`
	Variables        map[string]string `json:"environmentVariables,omitempty"`
}

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
	MaxDuration      *int              `json:"maxDuration,omitempty"`
	MaxRestarts      *int              `json:"maxRestarts,omitempty"`
	Priority         *Priority         `json:"priority,omitempty"`
	Preemptible      *bool             `json:"preemptible,omitempty"`
	Command          *[]string         `json:"command,omitempty"` // an empty one takes the place of a template's
	Args             *[]string         `json:"args,omitempty"`

	// An empty map takes the place of a template's.
	Variables *map[string]string `json:"environmentVariables,omitempty"`
}

// withDefaults returns the draft, filled in from base.
func (d *Draft) withDefaults(base *Draft) Draft {
	r := Draft{
		TemplateID: d.TemplateID, TaskName: cmp.Or(d.TaskName, base.TaskName), Description: cmp.Or(d.Description, base.Description),
		DatasetID: cmp.Or(d.DatasetID, base.DatasetID), DatasetVersionID: cmp.Or(d.DatasetVersionID, base.DatasetVersionID),
		ModelID: cmp.Or(d.ModelID, base.ModelID), Labels: d.Labels, LaunchMode: cmp.Or(d.LaunchMode, base.LaunchMode),
		EnvironmentID: cmp.Or(d.EnvironmentID, base.EnvironmentID), Resources: d.Resources.withDefaults(base.Resources),
		MaxDuration: cmp.Or(d.MaxDuration, base.MaxDuration), MaxRestarts: cmp.Or(d.MaxRestarts, base.MaxRestarts),
		Priority: cmp.Or(d.Priority, base.Priority), Preemptible: cmp.Or(d.Preemptible, base.Preemptible),
		Command: cmp.Or(d.Command, base.Command), Args: cmp.Or(d.Args, base.Args),
		Variables: cmp.Or(d.Variables, base.Variables),
	}
	if d.Labels == nil {
		r.Labels = base.Labels
	}
	if d.LaunchMode != nil && *d.LaunchMode == Dynamic {
		r.EnvironmentID = d.EnvironmentID // that of base is for the other launch mode
	}
	return r
}

// value returns what p points to, and the zero value for nil.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// list returns what p points to, and nil for nil and for an empty list.
func list(p *[]string) []string {
	if p == nil || len(*p) == 0 {
		return nil
	}
	return *p
}

// blankMode stands for a launch mode that is given as "". In a Spec "" stands for one that is left out.
const blankMode LaunchMode = " "

// spec returns the draft as a spec. What is left out has its zero value.
func (d *Draft) spec() Spec {
	s := Spec{
		TemplateID: value(d.TemplateID), TaskName: value(d.TaskName), Description: value(d.Description),
		DatasetID: value(d.DatasetID), DatasetVersionID: value(d.DatasetVersionID), ModelID: value(d.ModelID),
		Labels: d.Labels, LaunchMode: value(d.LaunchMode), EnvironmentID: d.EnvironmentID,
		Resources: d.Resources.resources(), Command: list(d.Command), Args: list(d.Args),
		MaxDuration: d.MaxDuration, MaxRestarts: d.MaxRestarts, Priority: d.Priority, Preemptible: value(d.Preemptible),
		Variables: value(d.Variables),
	}
	if len(s.Variables) == 0 {
		s.Variables = nil
	}
	if d.LaunchMode != nil && *d.LaunchMode == "" {
		s.LaunchMode = blankMode
	}
	return s
}

// draft returns a spec as a draft, without its template and its launch mode.
func (s *Spec) draft() Draft {
	d := Draft{
		TaskName: &s.TaskName, Description: &s.Description, DatasetID: &s.DatasetID, DatasetVersionID: &s.DatasetVersionID,
		ModelID: &s.ModelID, Labels: s.Labels, EnvironmentID: s.EnvironmentID, Command: &s.Command, Args: &s.Args,
		MaxDuration: s.MaxDuration, MaxRestarts: s.MaxRestarts, Priority: s.Priority, Preemptible: &s.Preemptible,
		Variables: &s.Variables,
	}
	if s.Resources != nil {
		d.Resources = s.Resources.draft()
	}
	return d
}

// texts returns the texts of a draft, in the order of the API's fields.
func (d *Draft) texts() []textField {
	fields := []textField{
		{name: "taskName", text: d.TaskName, maximum: MaxName}, idText("datasetId", d.DatasetID),
		idText("datasetVersionId", d.DatasetVersionID), idText("modelId", d.ModelID), idText("environmentId", d.EnvironmentID),
	}
	if r := d.Resources; r != nil {
		fields = append(fields, idText("resourceConfig.availabilityZone", r.Zone), idText("resourceConfig.gpuType", r.GPUType),
			textField{name: "resourceConfig.image", text: r.Image, maximum: MaxImage})
	}
	fields = append(fields, descriptionText(d.Description))
	return append(fields, labelTexts(d.Labels)...)
}

// checkValues returns what is wrong with the values of a draft that are neither names nor for one launch mode alone. What is kept,
// because it was accepted before, is checked against the catalog and the limits of labels only.
func (c *inventory) checkValues(d *Draft, kept bool) *Error {
	err := c.checkCatalog(value(d.DatasetID), value(d.DatasetVersionID), value(d.ModelID))
	if err == nil && d.Resources != nil {
		err = c.checkResources(d.Resources)
		if err == nil && !kept {
			err = c.checkImage(d.Resources.Image)
		}
	}
	if err == nil {
		err = checkLabels(d.Labels)
	}
	if err == nil {
		err = checkLimits(d.MaxDuration, d.MaxRestarts, d.Priority)
	}
	if err == nil && !kept {
		err = cmp.Or(checkArguments("command", value(d.Command)), checkArguments("args", value(d.Args)), checkVariables(value(d.Variables)))
	}
	return err
}

// Limits of a command and of its arguments, each. They are far below what Linux takes.
const (
	MaxArguments     = 1000
	MaxArgumentBytes = 32 << 10 // of all of them
)

// checkArguments returns an error if there are too many arguments, or if they are too long, or if one has a NUL character, which no
// program can be given. Any other text may be an argument, such as a script of many lines.
func checkArguments(field string, arguments []string) *Error {
	bytes := 0
	for i, text := range arguments {
		if strings.Contains(text, "\x00") {
			return invalid(ReasonArguments, fmt.Sprintf("%s[%d]", field, i)).with("element", i).with("character", "U+0000")
		}
		bytes += len(text)
	}
	if n := len(arguments); n > MaxArguments {
		return invalid(ReasonArguments, field).with("elements", n).with("maximum", MaxArguments)
	}
	if bytes > MaxArgumentBytes {
		return invalid(ReasonArguments, field).with("bytes", bytes).with("maximumBytes", MaxArgumentBytes)
	}
	return nil
}

// MaxVariableBytes is how many bytes the names and values of environment variables have at most in all.
const MaxVariableBytes = 64 << 10

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// checkVariables returns an error if environment variables are too long, or if a name is not what POSIX lets programs rely on, or if
// a value has a NUL character.
func checkVariables(variables map[string]string) *Error {
	const field = "environmentVariables"
	bytes := 0
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		if !variableName.MatchString(name) {
			return invalid(ReasonVariables, field).with("name", name)
		}
		if strings.Contains(variables[name], "\x00") {
			return invalid(ReasonVariables, field).with("name", name).with("character", "U+0000")
		}
		bytes += len(name) + len(variables[name])
	}
	if bytes > MaxVariableBytes {
		return invalid(ReasonVariables, field).with("bytes", bytes).with("maximumBytes", MaxVariableBytes)
	}
	return nil
}
