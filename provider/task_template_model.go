package provider

import (
	"context"
	"strings"
	"time"

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

// set takes over the API's answer.
func (m *taskTemplateModel) set(ctx context.Context, t fermi.TaskTemplate) diag.Diagnostics {
	m.ID = types.StringValue(t.ID)
	m.Name = unlessTrimmed(m.Name, t.Name)
	m.Description = types.StringValue(t.Description)
	m.Favorite = types.BoolValue(t.Favorite)
	m.CreatedAt = types.StringValue(t.CreatedAt.UTC().Format(time.RFC3339))
	m.UpdatedAt = types.StringValue(t.UpdatedAt.UTC().Format(time.RFC3339))
	if m.Config == nil {
		m.Config = &taskConfigModel{ResourceConfig: types.ObjectNull(resourceConfigTypes), Labels: types.MapNull(types.StringType)}
	}
	return m.Config.set(ctx, t.Config)
}

func (m *taskConfigModel) set(ctx context.Context, c fermi.TaskConfig) diag.Diagnostics {
	var diags, more diag.Diagnostics
	m.TaskName = unlessTrimmed(m.TaskName, c.TaskName)
	m.Description = types.StringPointerValue(c.Description)
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
		m.Labels, more = types.MapValueFrom(ctx, types.StringType, c.Labels)
		diags.Append(more...)
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

// unlessTrimmed keeps what the configuration says where the API only took the space around it away.
func unlessTrimmed(configured types.String, told string) types.String {
	if isGiven(configured) && strings.TrimSpace(configured.ValueString()) == strings.TrimSpace(told) {
		return configured
	}
	return stringOrNull(told)
}
