package trainingtask

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/edits"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
)

// edit sends what the plan changes, and returns the task after it. It changes nothing if others have changed the task since the
// plan. purged is true if the task's record is gone and the plan changes nothing of it; the status is then the final one, or
// empty if the API doesn't tell.
func (r *taskResource) edit(ctx context.Context, claimed clustercheck.Claim, plan, state taskModel, tried string) (
	task fermi.Task, purged bool, diags diag.Diagnostics,
) {
	id := state.ID.ValueString()
	var final fermi.TaskStatus
	task, diags = edits.Edit[fermi.Task, fermi.TrainingTaskPatch]{
		Tried: tried, Claimed: claimed, CreatedAt: state.CreatedAt,
		Read: func() (fermi.Task, time.Time, string, error) {
			task, err := claimed.Client.GetTask(ctx, id)
			return task, task.CreatedAt, task.ETag, err
		},
		Accept: func(err error) bool {
			if purged = fermi.IsGone(err) && !plan.IsEditedAfterEnd(state.Model); purged {
				final = fermi.FinalStatus(err)
			}
			return purged
		},
		Compare: func(task fermi.Task) ([]edits.Attribute[fermi.TrainingTaskPatch], diag.Diagnostics) {
			return taskconfig.Edits(ctx, plan.Model, state.Model, !state.CreatedAt.IsNull(), task.TrainingTask), nil
		},
		Update: func(etag string, patch fermi.TrainingTaskPatch) (fermi.Task, error) {
			return claimed.Client.UpdateTask(ctx, id, etag, patch)
		},
	}.Apply()
	if purged {
		return fermi.Task{TrainingTask: fermi.TrainingTask{Status: final}}, true, nil
	}
	return task, false, diags
}
