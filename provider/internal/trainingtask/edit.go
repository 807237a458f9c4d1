package trainingtask

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
)

// editable compares the attributes that change in place with the task as it is now. The state may lack values if the first read
// after the creation failed; such a value can't have been changed since.
func (m *taskModel) editable(ctx context.Context, state taskModel, task fermi.Task) ([]edits.Attribute, diag.Diagnostics) {
	now, reached := state, *m
	diags := now.set(ctx, task)
	diags.Append(reached.set(ctx, task)...)
	before := state
	if before.TaskName.IsNull() {
		before.TaskName = now.TaskName
	}
	if before.Description.IsNull() {
		before.Description = now.Description
	}
	if before.Labels.IsNull() {
		before.Labels = now.Labels
	}
	return []edits.Attribute{
		edits.New(taskNameAttribute, m.TaskName, before.TaskName, now.TaskName, reached.TaskName.Equal(m.TaskName)),
		edits.New(descriptionAttribute, m.Description, before.Description, now.Description, reached.Description.Equal(m.Description)),
		edits.New(labelsAttribute, m.Labels, before.Labels, now.Labels, reached.Labels.Equal(m.Labels)),
	}, diags
}

// The attributes of a task that change in place.
const (
	taskNameAttribute    = "task_name"
	descriptionAttribute = "description"
	labelsAttribute      = "labels"
)

// patch returns what an update has to send; needed is false if that is nothing.
func (m *taskModel) patch(ctx context.Context, attributes []edits.Attribute) (patch fermi.TrainingTaskPatch, needed bool,
	diags diag.Diagnostics) {
	for _, e := range attributes {
		if !e.MustSend() {
			continue
		}
		needed = true
		switch e.Name {
		case taskNameAttribute:
			patch.TaskName = m.TaskName.ValueStringPointer()
		case descriptionAttribute:
			patch.Description = new(m.Description.ValueString())
		case labelsAttribute:
			labels, more := m.labels(ctx)
			diags.Append(more...)
			patch.Labels = new(fermi.Labels(labels))
		}
	}
	return patch, needed, diags
}

// edit sends what the plan changes, and returns the task after it. It changes nothing if others have changed the task since the
// plan. purged is true if the task's record is gone and the plan changes nothing of it; the status is then the final one, or
// empty if the API doesn't tell.
func (r *taskResource) edit(ctx context.Context, claimed clustercheck.Claim, plan, state taskModel, tried string) (
	task fermi.Task, purged bool, diags diag.Diagnostics,
) {
	id := state.ID.ValueString()
	same := plan.TaskName.Equal(state.TaskName) && plan.Description.Equal(state.Description) && plan.Labels.Equal(state.Labels)
	for attempt := 1; ; attempt++ {
		task, err := claimed.Client.GetTask(ctx, id)
		switch {
		case fermi.IsGone(err) && same:
			return fermi.Task{TrainingTask: fermi.TrainingTask{Status: fermi.FinalStatus(err)}}, true, nil
		case err != nil:
			return task, false, diag.Diagnostics{apierror.Diagnostic(tried, err)}
		case clustercheck.IsOther(state.CreatedAt, task.CreatedAt):
			return task, false, diag.Diagnostics{claimed.OtherThanPlanned(tried, state.CreatedAt, task.CreatedAt)}
		}
		attributes, diags := plan.editable(ctx, state, task)
		patch, needed, more := plan.patch(ctx, attributes)
		diags.Append(more...)
		if diags.HasError() || !needed {
			return task, false, diags
		}
		if diags.Append(edits.Conflict(tried, attributes)...); diags.HasError() {
			return task, false, diags
		}
		task, err = claimed.Client.UpdateTask(ctx, id, task.ETag, patch)
		switch {
		case fermi.IsStale(err) && attempt < clustercheck.MaxRevisions:
			// The revision changes with the status too. Read it again, to see whether anything that users edit has changed.
		case err != nil:
			return task, false, append(diags, apierror.Diagnostic(tried, err))
		default:
			return task, false, diags
		}
	}
}
