package tasktemplate

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type templateModel struct {
	ID          types.String `tfsdk:"id"`
	Name        types.String `tfsdk:"name"`
	Description types.String `tfsdk:"description"`
	Favorite    types.Bool   `tfsdk:"favorite"`
	Config      *configModel `tfsdk:"config"`
	CreatedAt   types.String `tfsdk:"created_at"`
	UpdatedAt   types.String `tfsdk:"updated_at"`
}

type configModel struct {
	TaskName         types.String `tfsdk:"task_name"`
	Description      types.String `tfsdk:"description"`
	DatasetID        types.String `tfsdk:"dataset_id"`
	DatasetVersionID types.String `tfsdk:"dataset_version_id"`
	ModelID          types.String `tfsdk:"model_id"`
	LaunchMode       types.String `tfsdk:"launch_mode"`
	EnvironmentID    types.String `tfsdk:"environment_id"`
	ResourceConfig   types.Object `tfsdk:"resource_config"`
	Labels           types.Map    `tfsdk:"labels"`
}

var configTypes = map[string]attr.Type{
	"task_name":          types.StringType,
	"description":        types.StringType,
	"dataset_id":         types.StringType,
	"dataset_version_id": types.StringType,
	"model_id":           types.StringType,
	"launch_mode":        types.StringType,
	"environment_id":     types.StringType,
	"resource_config":    types.ObjectType{AttrTypes: resourceconfig.Types},
	"labels":             types.MapType{ElemType: types.StringType},
}

// request returns the creation that the plan asks for.
func (m *templateModel) request(ctx context.Context) (fermi.TaskTemplateRequest, diag.Diagnostics) {
	config, diags := m.Config.config(ctx)
	return fermi.TaskTemplateRequest{Name: m.Name.ValueString(), Description: m.Description.ValueString(), Favorite: m.Favorite.ValueBool(),
		Config: config}, diags
}

func (m *configModel) config(ctx context.Context) (fermi.TaskConfig, diag.Diagnostics) {
	config := fermi.TaskConfig{
		TaskName:         m.TaskName.ValueString(),
		Description:      m.Description.ValueStringPointer(),
		DatasetID:        m.DatasetID.ValueString(),
		DatasetVersionID: m.DatasetVersionID.ValueString(),
		ModelID:          m.ModelID.ValueString(),
		LaunchMode:       fermi.LaunchMode(m.LaunchMode.ValueString()),
		EnvironmentID:    m.EnvironmentID.ValueString(),
		ResourceConfig:   resourceconfig.Known(m.ResourceConfig),
	}
	if m.Labels.IsNull() {
		return config, nil
	}
	return config, m.Labels.ElementsAs(ctx, &config.Labels, false)
}

// setPlanned sets what the plan didn't know. The rest stays as planned, even if somebody has changed it meanwhile, because
// Terraform reports a result that differs from its plan as an error. The next refresh shows the difference.
func (m *templateModel) setPlanned(ctx context.Context, t fermi.Template) diag.Diagnostics {
	planned := *m
	planned.Config = new(*m.Config)
	diags := m.set(ctx, t)
	m.Name, m.Description, m.Favorite, m.Config = planned.Name, planned.Description, planned.Favorite, planned.Config
	return diags
}

// set takes over the API's answer.
func (m *templateModel) set(ctx context.Context, t fermi.Template) diag.Diagnostics {
	m.ID = types.StringValue(t.ID)
	m.Name = tfvalues.KeepName(m.Name, t.Name)
	m.Description = tfvalues.KeepText(m.Description, t.Description)
	m.Favorite = types.BoolValue(t.Favorite)
	m.CreatedAt = types.StringValue(tfvalues.FormatTime(t.CreatedAt))
	m.UpdatedAt = types.StringValue(tfvalues.FormatTime(t.UpdatedAt))
	if m.Config == nil {
		m.Config = &configModel{ResourceConfig: types.ObjectNull(resourceconfig.Types), Labels: types.MapNull(types.StringType)}
	}
	return m.Config.set(ctx, t.Config)
}

func (m *configModel) set(ctx context.Context, c fermi.TaskConfig) diag.Diagnostics {
	var diags, more diag.Diagnostics
	m.TaskName = tfvalues.KeepName(m.TaskName, c.TaskName)
	if c.Description == nil {
		m.Description = types.StringNull()
	} else {
		m.Description = tfvalues.KeepText(m.Description, *c.Description)
	}
	m.DatasetID = tfvalues.StringOrNull(c.DatasetID)
	m.DatasetVersionID = tfvalues.StringOrNull(c.DatasetVersionID)
	m.ModelID = tfvalues.StringOrNull(c.ModelID)
	m.LaunchMode = tfvalues.StringOrNull(c.LaunchMode)
	m.EnvironmentID = tfvalues.StringOrNull(c.EnvironmentID)
	// An empty object or map is the same as none to the API. The configuration may have either.
	if c.ResourceConfig != nil && *c.ResourceConfig != (fermi.ResourceConfig{}) {
		m.ResourceConfig, more = types.ObjectValueFrom(ctx, resourceconfig.Types, resourceconfig.NewPartialModel(*c.ResourceConfig))
		diags.Append(more...)
	} else if resources := resourceconfig.Known(m.ResourceConfig); resources != nil && *resources != (fermi.ResourceConfig{}) {
		m.ResourceConfig = types.ObjectNull(resourceconfig.Types)
	}
	if len(c.Labels) > 0 {
		m.Labels = tfvalues.KeepLabels(m.Labels, c.Labels)
	} else if len(m.Labels.Elements()) > 0 {
		m.Labels = types.MapNull(types.StringType)
	}
	return diags
}
