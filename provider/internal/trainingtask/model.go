package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

type taskModel struct {
	ID         types.String `tfsdk:"id"`
	TemplateID types.String `tfsdk:"template_id"`
	taskconfig.Model
	Triggers         types.Map               `tfsdk:"triggers"`
	WaitFor          types.String            `tfsdk:"wait_for"`
	ReplaceOnFailure types.Bool              `tfsdk:"replace_on_failure"`
	MaxHourlyCost    types.String            `tfsdk:"max_hourly_cost"`
	OnDestroy        types.String            `tfsdk:"on_destroy"`
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
	Restarts      types.Int64  `tfsdk:"restarts"`
	Preemptions   types.Int64  `tfsdk:"preemptions"`
	Nodes         types.List   `tfsdk:"nodes"`
	StartedAt     types.String `tfsdk:"started_at"`
	FinishedAt    types.String `tfsdk:"finished_at"`
	Cost          types.Object `tfsdk:"cost"`
}

var (
	costTypes = map[string]attr.Type{"amount": types.StringType, "currency": types.StringType}

	unknownLive = liveModel{
		Status:        types.StringUnknown(),
		Phase:         types.StringUnknown(),
		StatusReason:  types.StringUnknown(),
		StatusMessage: types.StringUnknown(),
		Restarts:      types.Int64Unknown(),
		Preemptions:   types.Int64Unknown(),
		Nodes:         types.ListUnknown(types.StringType),
		StartedAt:     types.StringUnknown(),
		FinishedAt:    types.StringUnknown(),
		Cost:          types.ObjectUnknown(costTypes),
	}
)

// request returns the creation that the plan asks for. It leaves out unknown values, which the template or the API chooses.
func (m *taskModel) request(ctx context.Context) (fermi.TrainingTaskRequest, diag.Diagnostics) {
	return m.Request(ctx, m.TemplateID)
}

// keepPlanned restores what the plan knew, even if somebody has changed it meanwhile: Terraform reports a result that differs
// from its plan as an error, and taints the task. The next refresh shows the difference, and fills in what the state lacked and
// the plan had as null.
func (m *taskModel) keepPlanned(plan taskModel) {
	m.KeepPlanned(plan.Model)
	for _, kept := range []struct{ result, planned *types.String }{
		{&m.TemplateID, &plan.TemplateID}, {&m.CreatedAt, &plan.CreatedAt},
	} {
		if !kept.planned.IsUnknown() {
			*kept.result = *kept.planned
		}
	}
	if !plan.Status.IsUnknown() {
		m.liveModel = plan.liveModel
	}
}

// set takes over the API's answer. It keeps what only Terraform knows: triggers, wait_for, replace_on_failure, max_hourly_cost,
// on_destroy and timeouts. It keeps template_id too if there is one: the state has the configured template, and the API the one that the
// task was made with, whose id differs once the template was created again.
func (m *taskModel) set(ctx context.Context, task fermi.Task) diag.Diagnostics {
	m.ID = types.StringValue(task.TaskID)
	if !tfvalues.IsSet(m.TemplateID) {
		m.TemplateID = tfvalues.StringOrNull(task.TemplateID)
	}
	m.SetTask(task.TrainingTask)
	m.CreatedAt = types.StringValue(tfvalues.FormatTime(task.CreatedAt))

	m.Status = tfvalues.StringOrNull(task.Status)
	m.Phase = tfvalues.StringOrNull(task.Phase)
	// The message is in the language of this run, which is no change of the task.
	if reason := tfvalues.StringOrNull(task.StatusReason); !tfvalues.IsSet(reason) || !tfvalues.IsSet(m.StatusMessage) ||
		!reason.Equal(m.StatusReason) {
		m.StatusReason, m.StatusMessage = reason, tfvalues.StringOrNull(task.StatusMessage)
	}
	m.Restarts, m.Preemptions = types.Int64Value(task.Restarts), types.Int64Value(task.Preemptions)
	nodes, diags := types.ListValueFrom(ctx, types.StringType, append([]string{}, task.Nodes...))
	m.Nodes = nodes
	m.StartedAt = tfvalues.TimeOrNull(task.StartedAt)
	m.FinishedAt = tfvalues.TimeOrNull(task.FinishedAt)
	cost, more := types.ObjectValue(costTypes, map[string]attr.Value{
		"amount":   types.StringValue(task.Cost.Amount),
		"currency": types.StringValue(task.Cost.Currency),
	})
	m.Cost = cost
	diags.Append(more...)
	return diags
}

// hasEnded reports whether the task had ended when the state was written.
func (m *taskModel) hasEnded() bool {
	return tfvalues.IsSet(m.Status) && !fermi.TaskStatus(m.Status.ValueString()).Live()
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
