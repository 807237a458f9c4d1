package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// A templated attribute that is left out has its value from the task's template: the API fills it in at creation, and from
// then on it stays, whatever becomes of the template. Without a template it is empty.
type templated struct {
	empty attr.Value // nil is null
}

func (templated) Description(context.Context) string {
	return "Left out, it comes from the template."
}

func (t templated) MarkdownDescription(ctx context.Context) string { return t.Description(ctx) }

// A source is where what a configuration leaves out comes from.
type source int

const (
	fromNowhere  source = iota
	fromTemplate        // and so it is known only after creation
	fromState
)

// sourceOf tells where the values that a configuration leaves out come from. It looks at the values themselves, since it is asked for
// each attribute, and a look by path goes through the whole schema.
func sourceOf(config tfsdk.Config, state tfsdk.State) source {
	configured := hasTemplate(config.Raw)
	switch {
	case state.Raw.IsNull() && configured:
		return fromTemplate
	case !state.Raw.IsNull() && (configured || hasTemplate(state.Raw)):
		return fromState
	}
	return fromNowhere
}

// hasTemplate tells whether a task names a template, known or not.
func hasTemplate(task tftypes.Value) bool {
	id, err := task.ApplyTerraform5AttributePathStep(tftypes.AttributeName("template_id"))
	value, ok := id.(tftypes.Value)
	return err == nil && ok && !value.IsNull()
}

func (t templated) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if !req.ConfigValue.IsNull() {
		return
	}
	switch sourceOf(req.Config, req.State) {
	case fromTemplate:
		resp.PlanValue = types.StringUnknown()
	case fromState:
		resp.PlanValue = req.StateValue
	default:
		resp.PlanValue = types.StringNull()
		if empty, ok := t.empty.(types.String); ok {
			resp.PlanValue = empty
		}
	}
}

func (t templated) PlanModifyMap(_ context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	if !req.ConfigValue.IsNull() {
		return
	}
	switch sourceOf(req.Config, req.State) {
	case fromTemplate:
		resp.PlanValue = types.MapUnknown(types.StringType)
	case fromState:
		resp.PlanValue = req.StateValue
	default:
		resp.PlanValue = types.MapNull(types.StringType)
		if empty, ok := t.empty.(types.Map); ok {
			resp.PlanValue = empty
		}
	}
}

// PlanModifyObject fills in a resource_config value by value, as the API does.
func (templated) PlanModifyObject(ctx context.Context, req planmodifier.ObjectRequest, resp *planmodifier.ObjectResponse) {
	if req.ConfigValue.IsUnknown() {
		return
	}
	from := sourceOf(req.Config, req.State)
	switch {
	case from == fromNowhere:
		resp.PlanValue = req.ConfigValue
		return
	case from == fromState && (req.ConfigValue.IsNull() || req.StateValue.IsNull()):
		resp.PlanValue = req.ConfigValue
		if req.ConfigValue.IsNull() {
			resp.PlanValue = req.StateValue
		}
		return
	case req.ConfigValue.IsNull():
		resp.PlanValue = types.ObjectUnknown(resourceConfigTypes)
		return
	}
	values := req.ConfigValue.Attributes()
	for name, value := range values {
		switch {
		case !value.IsNull():
		case from == fromState:
			values[name] = req.StateValue.Attributes()[name]
		case resourceConfigTypes[name].Equal(types.Int64Type):
			values[name] = types.Int64Unknown()
		default:
			values[name] = types.StringUnknown()
		}
	}
	var diags diag.Diagnostics
	resp.PlanValue, diags = types.ObjectValue(resourceConfigTypes, values)
	resp.Diagnostics.Append(diags...)
}

// templateOnce keeps the template that a task was made with when the configuration no longer names one: everything it gave is
// in the state by then.
type templateOnce struct{}

func (templateOnce) Description(context.Context) string {
	return "Left out, it stays the one that the task was made with."
}

func (t templateOnce) MarkdownDescription(ctx context.Context) string { return t.Description(ctx) }

func (templateOnce) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = req.StateValue
	}
}

// missing reports what a configuration without a template has to say itself, in the API's order.
func (m *trainingTaskModel) missing(v *voice) diag.Diagnostics {
	var diags diag.Diagnostics
	for _, needed := range []struct {
		value   attr.Value
		at      path.Path
		message phrase
	}{
		{m.TaskName, path.Root("task_name"), enterTaskName},
		{m.DatasetID, path.Root("dataset_id"), chooseDataset},
		{m.DatasetVersionID, path.Root("dataset_version_id"), chooseDataset},
	} {
		if needed.value.IsNull() {
			diags.AddAttributeError(needed.at, v.say(needed.message), v.say(isMissing, needed.at))
		}
	}
	// Without a template, mode existing takes no resource_config, so there is nothing to add to it.
	if !isGiven(m.ResourceConfig) || m.TemplateID.IsNull() && fermi.LaunchMode(m.LaunchMode.ValueString()) == fermi.Existing {
		return diags
	}
	for _, needed := range []struct {
		name    string
		message phrase
	}{
		{"availability_zone", chooseZone}, {"gpu_type", chooseGPUType}, {"gpu_count", chooseGPUCount},
		{"cpu_cores", chooseCPUCores}, {"memory", chooseMemory}, {"image", chooseImage},
	} {
		if m.ResourceConfig.Attributes()[needed.name].IsNull() {
			at := path.Root("resource_config").AtName(needed.name)
			diags.AddAttributeError(at, v.say(needed.message), v.say(isMissing, at))
		}
	}
	return diags
}
