package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/resourceconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type taskModel struct {
	ID               types.String            `tfsdk:"id"`
	TemplateID       types.String            `tfsdk:"template_id"`
	TaskName         types.String            `tfsdk:"task_name"`
	Description      types.String            `tfsdk:"description"`
	DatasetID        types.String            `tfsdk:"dataset_id"`
	DatasetVersionID types.String            `tfsdk:"dataset_version_id"`
	ModelID          types.String            `tfsdk:"model_id"`
	LaunchMode       types.String            `tfsdk:"launch_mode"`
	EnvironmentID    types.String            `tfsdk:"environment_id"`
	ResourceConfig   types.Object            `tfsdk:"resource_config"`
	Labels           types.Map               `tfsdk:"labels"`
	Triggers         types.Map               `tfsdk:"triggers"`
	WaitFor          types.String            `tfsdk:"wait_for"`
	ReplaceOnFailure types.Bool              `tfsdk:"replace_on_failure"`
	MaxHourlyCost    types.String            `tfsdk:"max_hourly_cost"`
	Timeouts         durations.TimeoutsValue `tfsdk:"timeouts"`
	CreatedAt        types.String            `tfsdk:"created_at"`
	liveModel
}

// liveModel is what changes by itself while a task lives, and never after.
type liveModel struct {
	Status        types.String `tfsdk:"status"`
	Phase         types.String `tfsdk:"phase"`
	StatusReason  types.String `tfsdk:"status_reason"`
	StatusMessage types.String `tfsdk:"status_message"`
	Nodes         types.List   `tfsdk:"nodes"`
	StartedAt     types.String `tfsdk:"started_at"`
	FinishedAt    types.String `tfsdk:"finished_at"`
	Cost          types.Object `tfsdk:"cost"`
}

var (
	noLabels  = types.MapValueMust(types.StringType, map[string]attr.Value{})
	costTypes = map[string]attr.Type{"amount": types.StringType, "currency": types.StringType}

	unknownLive = liveModel{
		Status:        types.StringUnknown(),
		Phase:         types.StringUnknown(),
		StatusReason:  types.StringUnknown(),
		StatusMessage: types.StringUnknown(),
		Nodes:         types.ListUnknown(types.StringType),
		StartedAt:     types.StringUnknown(),
		FinishedAt:    types.StringUnknown(),
		Cost:          types.ObjectUnknown(costTypes),
	}
)

// request returns the creation that the plan asks for. It leaves out unknown values, which the template or the API chooses.
func (m *taskModel) request(ctx context.Context) (fermi.TrainingTaskRequest, diag.Diagnostics) {
	request := fermi.TrainingTaskRequest{
		TemplateID:       m.TemplateID.ValueString(),
		TaskName:         m.TaskName.ValueString(),
		DatasetID:        m.DatasetID.ValueString(),
		DatasetVersionID: m.DatasetVersionID.ValueString(),
		ModelID:          m.ModelID.ValueString(),
		LaunchMode:       fermi.LaunchMode(m.LaunchMode.ValueString()),
		EnvironmentID:    m.EnvironmentID.ValueString(),
		ResourceConfig:   resourceconfig.Known(m.ResourceConfig),
	}
	// An empty value matters only if it overrides the template's.
	overrides := request.TemplateID != ""
	if tfvalues.IsSet(m.Description) && (overrides || m.Description.ValueString() != "") {
		request.Description = m.Description.ValueStringPointer()
	}
	var diags diag.Diagnostics
	if tfvalues.IsSet(m.Labels) && (overrides || len(m.Labels.Elements()) > 0) {
		request.Labels, diags = m.labels(ctx)
	}
	return request, diags
}

// keepPlanned restores what the plan knew, even if somebody has changed it meanwhile: Terraform reports a result that differs
// from its plan as an error, and taints the task. The next refresh shows the difference, and fills in what the state lacked and
// the plan had as null.
func (m *taskModel) keepPlanned(plan taskModel) {
	for _, kept := range []struct{ result, planned *types.String }{
		{&m.TemplateID, &plan.TemplateID}, {&m.TaskName, &plan.TaskName}, {&m.Description, &plan.Description},
		{&m.DatasetID, &plan.DatasetID}, {&m.DatasetVersionID, &plan.DatasetVersionID}, {&m.ModelID, &plan.ModelID},
		{&m.LaunchMode, &plan.LaunchMode}, {&m.EnvironmentID, &plan.EnvironmentID}, {&m.CreatedAt, &plan.CreatedAt},
	} {
		if !kept.planned.IsUnknown() {
			*kept.result = *kept.planned
		}
	}
	if !plan.Labels.IsUnknown() {
		m.Labels = plan.Labels
	}
	if plan.ResourceConfig.IsNull() {
		m.ResourceConfig = plan.ResourceConfig
	}
	if !plan.Status.IsUnknown() {
		m.liveModel = plan.liveModel
	}
}

func (m *taskModel) labels(ctx context.Context) (map[string]string, diag.Diagnostics) {
	labels := map[string]string{}
	if m.Labels.IsNull() {
		return labels, nil
	}
	diags := m.Labels.ElementsAs(ctx, &labels, false)
	return labels, diags
}

// set takes over the API's answer. It keeps what only Terraform knows: triggers, wait_for, replace_on_failure, max_hourly_cost
// and timeouts. It keeps template_id too if there is one: the state has the configured template, and the API the one that the
// task was made with, whose id differs once the template was created again.
func (m *taskModel) set(ctx context.Context, task fermi.Task) diag.Diagnostics {
	var diags, more diag.Diagnostics
	m.ID = types.StringValue(task.TaskID)
	if !tfvalues.IsSet(m.TemplateID) {
		m.TemplateID = tfvalues.StringOrNull(task.TemplateID)
	}
	m.TaskName = tfvalues.KeepName(m.TaskName, task.TaskName)
	m.Description = tfvalues.KeepText(m.Description, task.Description)
	m.DatasetID = types.StringValue(task.DatasetID)
	m.DatasetVersionID = types.StringValue(task.DatasetVersionID)
	m.ModelID = tfvalues.StringOrNull(task.ModelID)
	m.LaunchMode = types.StringValue(string(task.LaunchMode))
	m.EnvironmentID = tfvalues.StringOrNull(task.EnvironmentID)
	if task.ResourceConfig == nil {
		m.ResourceConfig = types.ObjectNull(resourceconfig.Types)
	} else {
		m.ResourceConfig, more = types.ObjectValueFrom(ctx, resourceconfig.Types, resourceconfig.Model(*task.ResourceConfig))
		diags.Append(more...)
	}
	m.Labels = tfvalues.KeepLabels(m.Labels, task.Labels)
	m.CreatedAt = types.StringValue(tfvalues.FormatTime(task.CreatedAt))

	m.Status = tfvalues.StringOrNull(task.Status)
	m.Phase = tfvalues.StringOrNull(task.Phase)
	// The message is in the language of this run, which is no change of the task.
	if reason := tfvalues.StringOrNull(task.StatusReason); !tfvalues.IsSet(reason) || !tfvalues.IsSet(m.StatusMessage) ||
		!reason.Equal(m.StatusReason) {
		m.StatusReason, m.StatusMessage = reason, tfvalues.StringOrNull(task.StatusMessage)
	}
	m.Nodes, more = types.ListValueFrom(ctx, types.StringType, append([]string{}, task.Nodes...))
	diags.Append(more...)
	m.StartedAt = tfvalues.TimeOrNull(task.StartedAt)
	m.FinishedAt = tfvalues.TimeOrNull(task.FinishedAt)
	m.Cost, more = types.ObjectValue(costTypes, map[string]attr.Value{
		"amount":   types.StringValue(task.Cost.Amount),
		"currency": types.StringValue(task.Cost.Currency),
	})
	diags.Append(more...)
	return diags
}

// setPurged sets the final status of a task whose record the API has purged; it is null if the API doesn't tell.
func (m *taskModel) setPurged(final fermi.TaskStatus) {
	if final != "" {
		m.Status = types.StringValue(string(final))
	} else if fermi.TaskStatus(m.Status.ValueString()).Live() {
		m.Status = types.StringNull()
	}
	m.Phase = types.StringNull()
}
