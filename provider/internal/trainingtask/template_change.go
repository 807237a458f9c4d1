package trainingtask

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// isReplacedByTemplate reports whether a newly configured template fills in other values than the task has, which only a new
// task can get. Templates whose id isn't known yet, and those that this run creates or changes, replace nothing.
//
// A run that has read no object replaces nothing either. An apply is such a run: it plans again and must come to the same
// result, even if somebody has edited the template meanwhile. A plan without a refresh is one too.
func (r *taskResource) isReplacedByTemplate(ctx context.Context, config, state taskModel) (bool, diag.Diagnostics) {
	if r.session == nil || !tfvalues.IsSet(config.TemplateID) || config.TemplateID.Equal(state.TemplateID) {
		return false, nil
	}
	at, id := path.Root("template_id"), config.TemplateID.ValueString()
	if _, made := r.session.CreatedTemplates.Load(id); made || r.facts.ChangesTemplate(id) {
		return false, nil
	}
	template, err := r.facts.Template(ctx, id)
	refreshed := r.session.Cluster.Refreshed.Load()
	switch {
	case fermi.IsNotFound(err) && refreshed:
		return false, diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "No such task template",
			fmt.Sprintf("The cluster has no task template %q. Choose one that exists, or leave template_id as it was: "+
				"the task keeps what its template gave it.", id))}
	case err != nil:
		return false, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Template could not be looked at",
			fmt.Sprintf("Whether template %q fills in something else than training task %s has is not known, so the task stays as it is "+
				"and only notes the template. The API could not answer: %s", id, state.ID.ValueString(), err))}
	case !config.differsFromTemplate(state, template.Config):
		return false, nil
	case !refreshed:
		return false, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(at, "Template fills in something else than the task has",
			fmt.Sprintf("Template %q differs from what training task %s has, and the plan didn't know that, or was made without a refresh. "+
				"The task stays as it is and only notes the template. For a new run with what the template fills in, apply with -replace.",
				id, state.ID.ValueString()))}
	}
	return true, nil
}

// differsFromTemplate reports whether a template fills in what the configuration leaves out with other values than the task has.
// It follows the API's rules for templates.
func (m *taskModel) differsFromTemplate(state taskModel, fill fermi.TaskConfig) bool {
	differs := func(configured, has types.String, filled string) bool {
		return configured.IsNull() && filled != "" && filled != has.ValueString()
	}
	if differs(m.DatasetID, state.DatasetID, fill.DatasetID) || differs(m.DatasetVersionID, state.DatasetVersionID, fill.DatasetVersionID) ||
		differs(m.ModelID, state.ModelID, fill.ModelID) || differs(m.LaunchMode, state.LaunchMode, string(fill.LaunchMode)) {
		return true
	}
	// Values for the other mode are not filled in.
	mode := fermi.LaunchMode(state.LaunchMode.ValueString())
	if mode != fermi.LaunchModeDynamic && differs(m.EnvironmentID, state.EnvironmentID, fill.EnvironmentID) {
		return true
	}
	if fill.ResourceConfig == nil || mode != fermi.LaunchModeDynamic || m.ResourceConfig.IsUnknown() {
		return false
	}
	var has fermi.ResourceConfig
	if resources := resourceconfig.Known(state.ResourceConfig); resources != nil {
		has = *resources
	}
	configured := m.ResourceConfig.Attributes() // empty if resource_config is left out
	leftOut := func(name string) bool { value, ok := configured[name]; return !ok || value.IsNull() }
	text := func(name, filled, has string) bool { return leftOut(name) && filled != "" && filled != has }
	number := func(name string, filled, has int64) bool { return leftOut(name) && filled != 0 && filled != has }
	f := fill.ResourceConfig
	return text("availability_zone", f.AvailabilityZone, has.AvailabilityZone) || text("gpu_type", f.GPUType, has.GPUType) ||
		number("gpu_count", f.GPUCount, has.GPUCount) || number("cpu_cores", f.CPUCores, has.CPUCores) ||
		number("memory", f.Memory, has.Memory) || text("image", f.Image, has.Image)
}

// planRefill plans what another template may change in place. The values are known after apply, because the template may change
// until then.
func (m *taskModel) planRefill(config, state taskModel) {
	if config.TemplateID.IsNull() || config.TemplateID.Equal(state.TemplateID) {
		return
	}
	if config.TaskName.IsNull() {
		m.TaskName = types.StringUnknown()
	}
	if config.Description.IsNull() {
		m.Description = types.StringUnknown()
	}
	if config.Labels.IsNull() {
		m.Labels = types.MapUnknown(types.StringType)
	}
}

// isRefilled reports whether the plan leaves values of an existing task to its new template.
func (m *taskModel) isRefilled() bool {
	return m.TaskName.IsUnknown() || m.Description.IsUnknown() || m.Labels.IsUnknown()
}

// fillFromTemplate sets the values that the plan leaves to the new template. Those that the template doesn't have stay as they
// are.
func (m *taskModel) fillFromTemplate(ctx context.Context, client *fermi.Client, state taskModel) diag.Diagnostics {
	template, err := client.GetTaskTemplate(ctx, m.TemplateID.ValueString())
	if err != nil && !fermi.IsNotFound(err) {
		return diag.Diagnostics{apierror.Diagnostic("Reading task template "+m.TemplateID.ValueString(), err)}
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
