package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

type taskTemplateModel struct {
	ID          types.String     `tfsdk:"id"`
	Name        types.String     `tfsdk:"name"`
	Description types.String     `tfsdk:"description"`
	Favorite    types.Bool       `tfsdk:"favorite"`
	Config      *taskConfigModel `tfsdk:"config"`
	CreatedAt   types.String     `tfsdk:"created_at"`
	UpdatedAt   types.String     `tfsdk:"updated_at"`
}

type taskConfigModel struct {
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

var taskConfigTypes = map[string]attr.Type{
	"task_name":          types.StringType,
	"description":        types.StringType,
	"dataset_id":         types.StringType,
	"dataset_version_id": types.StringType,
	"model_id":           types.StringType,
	"launch_mode":        types.StringType,
	"environment_id":     types.StringType,
	"resource_config":    types.ObjectType{AttrTypes: resourceConfigTypes},
	"labels":             types.MapType{ElemType: types.StringType},
}

// request is the creation that the plan asks for.
func (m *taskTemplateModel) request(ctx context.Context) (fermi.TaskTemplateRequest, diag.Diagnostics) {
	config, diags := m.Config.config(ctx)
	return fermi.TaskTemplateRequest{Name: m.Name.ValueString(), Description: m.Description.ValueString(), Favorite: m.Favorite.ValueBool(), Config: config}, diags
}

func (m *taskConfigModel) config(ctx context.Context) (fermi.TaskConfig, diag.Diagnostics) {
	config := fermi.TaskConfig{
		TaskName:         m.TaskName.ValueString(),
		Description:      m.Description.ValueStringPointer(),
		DatasetID:        m.DatasetID.ValueString(),
		DatasetVersionID: m.DatasetVersionID.ValueString(),
		ModelID:          m.ModelID.ValueString(),
		LaunchMode:       fermi.LaunchMode(m.LaunchMode.ValueString()),
		EnvironmentID:    m.EnvironmentID.ValueString(),
		ResourceConfig:   resourcesOf(m.ResourceConfig),
	}
	if m.Labels.IsNull() {
		return config, nil
	}
	return config, m.Labels.ElementsAs(ctx, &config.Labels, false)
}

// The attributes of a template that change in place: all that can be configured.
const (
	templateNameAttribute = "name"
	favoriteAttribute     = "favorite"
	configAttribute       = "config"
)

// editable are the attributes that change in place, with the template as it is now.
func (m *taskTemplateModel) editable(ctx context.Context, state taskTemplateModel, template fermi.TaskTemplate) ([]edited, diag.Diagnostics) {
	now, reached := state, *m
	now.Config, reached.Config = new(*state.Config), new(*m.Config)
	diags := now.set(ctx, template)
	diags.Append(reached.set(ctx, template)...)
	var configs []attr.Value
	for _, model := range []taskTemplateModel{*m, state, now, reached} {
		object, more := types.ObjectValueFrom(ctx, taskConfigTypes, model.Config)
		diags.Append(more...)
		configs = append(configs, object)
	}
	return []edited{
		{templateNameAttribute, m.Name, state.Name, now.Name, reached.Name.Equal(m.Name)},
		{descriptionAttribute, m.Description, state.Description, now.Description, reached.Description.Equal(m.Description)},
		{favoriteAttribute, m.Favorite, state.Favorite, now.Favorite, reached.Favorite.Equal(m.Favorite)},
		{configAttribute, configs[0], configs[1], configs[2], configs[3].Equal(configs[0])},
	}, diags
}

// patch is the part of m that an update has to send; false when that is nothing.
func (m *taskTemplateModel) patch(ctx context.Context, attributes []edited) (patch fermi.TaskTemplatePatch, needed bool, diags diag.Diagnostics) {
	for _, e := range attributes {
		if !e.isSent() {
			continue
		}
		needed = true
		switch e.name {
		case templateNameAttribute:
			patch.Name = m.Name.ValueStringPointer()
		case descriptionAttribute:
			patch.Description = m.Description.ValueStringPointer()
		case favoriteAttribute:
			patch.Favorite = m.Favorite.ValueBoolPointer()
		case configAttribute:
			config, more := m.Config.config(ctx)
			diags.Append(more...)
			patch.Config = &config
		}
	}
	return patch, needed, diags
}

// setPlanned takes over what the plan didn't know. The rest stays as planned, whatever somebody has changed meanwhile: a result that
// differs from its plan is an error to Terraform. The next refresh shows the difference.
func (m *taskTemplateModel) setPlanned(ctx context.Context, t fermi.TaskTemplate) diag.Diagnostics {
	planned := *m
	planned.Config = new(*m.Config)
	diags := m.set(ctx, t)
	m.Name, m.Description, m.Favorite, m.Config = planned.Name, planned.Description, planned.Favorite, planned.Config
	return diags
}

// set takes over the API's answer.
func (m *taskTemplateModel) set(ctx context.Context, t fermi.TaskTemplate) diag.Diagnostics {
	m.ID = types.StringValue(t.ID)
	m.Name = keepName(m.Name, t.Name)
	m.Description = keepText(m.Description, t.Description)
	m.Favorite = types.BoolValue(t.Favorite)
	m.CreatedAt = types.StringValue(timeText(t.CreatedAt))
	m.UpdatedAt = types.StringValue(timeText(t.UpdatedAt))
	if m.Config == nil {
		m.Config = &taskConfigModel{ResourceConfig: types.ObjectNull(resourceConfigTypes), Labels: types.MapNull(types.StringType)}
	}
	return m.Config.set(ctx, t.Config)
}

func (m *taskConfigModel) set(ctx context.Context, c fermi.TaskConfig) diag.Diagnostics {
	var diags, more diag.Diagnostics
	m.TaskName = keepName(m.TaskName, c.TaskName)
	if c.Description == nil {
		m.Description = types.StringNull()
	} else {
		m.Description = keepText(m.Description, *c.Description)
	}
	m.DatasetID = stringOrNull(c.DatasetID)
	m.DatasetVersionID = stringOrNull(c.DatasetVersionID)
	m.ModelID = stringOrNull(c.ModelID)
	m.LaunchMode = stringOrNull(string(c.LaunchMode))
	m.EnvironmentID = stringOrNull(c.EnvironmentID)
	// An object or a map with nothing in it is the same as none to the API; the configuration may say either.
	if c.ResourceConfig != nil && *c.ResourceConfig != (fermi.ResourceConfig{}) {
		m.ResourceConfig, more = types.ObjectValueFrom(ctx, resourceConfigTypes, partialResources(*c.ResourceConfig))
		diags.Append(more...)
	} else if resources := resourcesOf(m.ResourceConfig); resources != nil && *resources != (fermi.ResourceConfig{}) {
		m.ResourceConfig = types.ObjectNull(resourceConfigTypes)
	}
	if len(c.Labels) > 0 {
		m.Labels = keepLabels(m.Labels, c.Labels)
	} else if len(m.Labels.Elements()) > 0 {
		m.Labels = types.MapNull(types.StringType)
	}
	return diags
}

type partialResourceModel struct {
	AvailabilityZone types.String `tfsdk:"availability_zone"`
	GPUType          types.String `tfsdk:"gpu_type"`
	GPUCount         types.Int64  `tfsdk:"gpu_count"`
	CPUCores         types.Int64  `tfsdk:"cpu_cores"`
	Memory           types.Int64  `tfsdk:"memory"`
	Image            types.String `tfsdk:"image"`
}

func partialResources(r fermi.ResourceConfig) partialResourceModel {
	number := func(n int64) types.Int64 {
		if n == 0 {
			return types.Int64Null()
		}
		return types.Int64Value(n)
	}
	return partialResourceModel{
		stringOrNull(r.AvailabilityZone), stringOrNull(r.GPUType), number(r.GPUCount), number(r.CPUCores), number(r.Memory), stringOrNull(r.Image),
	}
}
