package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// An anotherTemplate says what a new template_id means for a task that exists.
type anotherTemplate struct {
	// replaces tells that the template fills in something else than the task has, which only a new task can have.
	replaces bool
	// The template fills in another value of what changes in place.
	taskName, description, labels bool
}

// anotherTemplate looks at the template that a configuration names in place of the task's. Nothing changes with one whose id isn't
// known yet, nor with one that this run makes or changes: what it fills in isn't known to the plan.
func (r *trainingTaskResource) anotherTemplate(
	ctx context.Context, config, state trainingTaskModel, diags *diag.Diagnostics,
) (another anotherTemplate) {
	if r.session == nil || !isGiven(config.TemplateID) || config.TemplateID.Equal(state.TemplateID) {
		return another
	}
	id := config.TemplateID.ValueString()
	if _, made := r.session.made.Load(id); made || r.facts.changes(id) {
		return another
	}
	template, err := r.facts.template(ctx, id)
	switch {
	case fermi.IsNotFound(err):
		diags.Append(diag.NewAttributeErrorDiagnostic(path.Root("template_id"), "No such task template",
			fmt.Sprintf("The cluster has no task template %q. Choose one that exists, or leave template_id as it was: "+
				"the task keeps what its template gave it.", id)))
		return another
	case err != nil:
		diags.Append(diag.NewAttributeWarningDiagnostic(path.Root("template_id"), "Template could not be looked at",
			fmt.Sprintf("Whether template %q fills in something else than training task %s has is not known, so the plan leaves the task "+
				"as it is and only notes the template. The API could not answer: %s", id, state.ID.ValueString(), err)))
		return another
	}
	fill := template.Config
	another.replaces = config.isFilledOtherwise(state, fill)
	another.taskName = config.TaskName.IsNull() && fill.TaskName != "" && !keepName(state.TaskName, fill.TaskName).Equal(state.TaskName)
	another.description = config.Description.IsNull() && fill.Description != nil &&
		!keepText(state.Description, *fill.Description).Equal(state.Description)
	another.labels = config.Labels.IsNull() && fill.Labels != nil && !keepLabels(state.Labels, fill.Labels).Equal(state.Labels)
	return another
}

// isFilledOtherwise tells whether a template fills in what the configuration leaves out with something else than the task in the
// state has. It follows the API's rules of what a template fills in.
func (m *trainingTaskModel) isFilledOtherwise(state trainingTaskModel, fill fermi.TaskConfig) bool {
	differs := func(configured, has types.String, filled string) bool {
		return configured.IsNull() && filled != "" && filled != has.ValueString()
	}
	if differs(m.DatasetID, state.DatasetID, fill.DatasetID) || differs(m.DatasetVersionID, state.DatasetVersionID, fill.DatasetVersionID) ||
		differs(m.ModelID, state.ModelID, fill.ModelID) || differs(m.LaunchMode, state.LaunchMode, string(fill.LaunchMode)) {
		return true
	}
	// What is for the other mode is not filled in.
	mode := fermi.LaunchMode(state.LaunchMode.ValueString())
	if mode != fermi.Dynamic && differs(m.EnvironmentID, state.EnvironmentID, fill.EnvironmentID) {
		return true
	}
	if fill.ResourceConfig == nil || mode != fermi.Dynamic || m.ResourceConfig.IsUnknown() {
		return false
	}
	var has fermi.ResourceConfig
	if resources := resourcesOf(state.ResourceConfig); resources != nil {
		has = *resources
	}
	configured := m.ResourceConfig.Attributes() // none where all is left out
	leftOut := func(name string) bool { value, ok := configured[name]; return !ok || value.IsNull() }
	text := func(name, filled, has string) bool { return leftOut(name) && filled != "" && filled != has }
	number := func(name string, filled, has int64) bool { return leftOut(name) && filled != 0 && filled != has }
	f := fill.ResourceConfig
	return text("availability_zone", f.AvailabilityZone, has.AvailabilityZone) || text("gpu_type", f.GPUType, has.GPUType) ||
		number("gpu_count", f.GPUCount, has.GPUCount) || number("cpu_cores", f.CPUCores, has.CPUCores) ||
		number("memory", f.Memory, has.Memory) || text("image", f.Image, has.Image)
}

// refill plans the values that another template changes in place. They are known after apply, since the template may change until
// then.
func (m *trainingTaskModel) refill(another anotherTemplate) {
	if another.taskName {
		m.TaskName = types.StringUnknown()
	}
	if another.description {
		m.Description = types.StringUnknown()
	}
	if another.labels {
		m.Labels = types.MapUnknown(types.StringType)
	}
}

// lacksTemplateValues tells whether the plan leaves values of an existing task to its new template.
func (m *trainingTaskModel) lacksTemplateValues() bool {
	return m.TaskName.IsUnknown() || m.Description.IsUnknown() || m.Labels.IsUnknown()
}

// fillFromTemplate sets what the plan leaves to the new template. What the template lacks by now, or with it, stays as it is.
func (m *trainingTaskModel) fillFromTemplate(ctx context.Context, client *fermi.Client, state trainingTaskModel) diag.Diagnostics {
	template, err := client.GetTaskTemplate(ctx, m.TemplateID.ValueString())
	if err != nil && !fermi.IsNotFound(err) {
		return diag.Diagnostics{apiError("Reading task template "+m.TemplateID.ValueString(), err)}
	}
	fill := template.Config
	if m.TaskName.IsUnknown() {
		m.TaskName = state.TaskName
		if fill.TaskName != "" {
			m.TaskName = types.StringValue(fill.TaskName)
		}
	}
	if m.Description.IsUnknown() {
		m.Description = state.Description
		if fill.Description != nil {
			m.Description = types.StringValue(*fill.Description)
		}
	}
	var diags diag.Diagnostics
	if m.Labels.IsUnknown() {
		m.Labels = state.Labels
		if fill.Labels != nil {
			m.Labels, diags = types.MapValueFrom(ctx, types.StringType, fill.Labels)
		}
	}
	return diags
}
