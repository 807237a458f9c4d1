package taskconfig

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
)

// fromTemplateByDefault plans attributes that come from the task's template if they are left out. The API fills them in at
// creation, and they stay even if the template changes. Without a template they are empty.
type fromTemplateByDefault struct {
	empty attr.Value // nil means null
}

func (fromTemplateByDefault) Description(context.Context) string {
	return "Left out, it comes from the template."
}

func (t fromTemplateByDefault) MarkdownDescription(ctx context.Context) string {
	return t.Description(ctx)
}

// A source says where values come from that a configuration leaves out.
type source int

const (
	fromNowhere  source = iota
	fromTemplate        // known only after creation
	fromState
)

// sourceOf returns where the values come from that a configuration leaves out. It reads raw values, because it is called for
// each attribute, and reading by path goes through the whole schema each time.
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

// hasTemplate reports whether a task has a template, known or not.
func hasTemplate(task tftypes.Value) bool {
	id, err := task.ApplyTerraform5AttributePathStep(tftypes.AttributeName("template_id"))
	value, ok := id.(tftypes.Value)
	return err == nil && ok && !value.IsNull()
}

// leftOut returns what is planned for a value that a configuration leaves out. kept is the state's value.
func leftOut[T attr.Value](t fromTemplateByDefault, config tfsdk.Config, state tfsdk.State, kept, unknown, null T) T {
	switch sourceOf(config, state) {
	case fromTemplate:
		return unknown
	case fromState:
		return kept
	}
	// In a state that an older provider wrote it may be null, which is no difference.
	if empty, ok := t.empty.(T); ok && (state.Raw.IsNull() || !kept.IsNull()) {
		return empty
	}
	return null
}

func (t fromTemplateByDefault) PlanModifyString(_ context.Context, req planmodifier.StringRequest, resp *planmodifier.StringResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = leftOut(t, req.Config, req.State, req.StateValue, types.StringUnknown(), types.StringNull())
	}
}

func (t fromTemplateByDefault) PlanModifyInt64(_ context.Context, req planmodifier.Int64Request, resp *planmodifier.Int64Response) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = leftOut(t, req.Config, req.State, req.StateValue, types.Int64Unknown(), types.Int64Null())
	}
}

func (t fromTemplateByDefault) PlanModifyBool(_ context.Context, req planmodifier.BoolRequest, resp *planmodifier.BoolResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = leftOut(t, req.Config, req.State, req.StateValue, types.BoolUnknown(), types.BoolNull())
	}
}

func (t fromTemplateByDefault) PlanModifyMap(_ context.Context, req planmodifier.MapRequest, resp *planmodifier.MapResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = leftOut(t, req.Config, req.State, req.StateValue, types.MapUnknown(types.StringType), types.MapNull(types.StringType))
	}
}

func (t fromTemplateByDefault) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if req.ConfigValue.IsNull() {
		resp.PlanValue = leftOut(t, req.Config, req.State, req.StateValue, types.ListUnknown(types.StringType),
			types.ListNull(types.StringType))
	}
}

// PlanModifyObject fills in a resource_config value by value, as the API does.
func (fromTemplateByDefault) PlanModifyObject(ctx context.Context, req planmodifier.ObjectRequest, resp *planmodifier.ObjectResponse) {
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
		resp.PlanValue = types.ObjectUnknown(resourceconfig.Types)
		return
	}
	values := req.ConfigValue.Attributes()
	for name, value := range values {
		switch {
		case !value.IsNull():
		case from == fromState:
			values[name] = req.StateValue.Attributes()[name]
		case resourceconfig.Types[name].Equal(types.Int64Type):
			values[name] = types.Int64Unknown()
		default:
			values[name] = types.StringUnknown()
		}
	}
	var diags diag.Diagnostics
	resp.PlanValue, diags = types.ObjectValue(resourceconfig.Types, values)
	resp.Diagnostics.Append(diags...)
}
