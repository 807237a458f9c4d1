package trainingtask

import (
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

// stopTimeout is how long a task may take to end after the API was told to stop it.
const stopTimeout = 5 * time.Minute

var _ action.ActionWithConfigure = (*stopAction)(nil)

// NewStopAction returns the action fermi_stop_training_task.
func NewStopAction(speaker *language.Speaker) action.Action {
	return &stopAction{taskAction{speaker: speaker}}
}

type stopAction struct{ taskAction }

func (a *stopAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_stop_training_task"
}

func (a *stopAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Stops a training task, waits until it has ended, and so frees its GPUs; its record and its place in the " +
			"state stay. A task that has ended already is left as it is, also when the API has purged its record.\n\n" +
			"Actions need Terraform 1.14. A stopped task gives no difference in later plans; for a new run change a trigger that it has, or " +
			"apply with `-replace`.",
		Attributes: a.attributes("any task of this id is stopped."),
	}
}

func (a *stopAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config actedOnModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	id := config.ID.ValueString()
	tried := "Stopping training task " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(a.client, tried, &resp.Diagnostics) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	progress := func(format string, args ...any) {
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf(format, args...)})
	}

	client, task, diags, err := a.read(ctx, config, tried, "Nothing was stopped. ")
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	if err == nil && task.Status.Live() {
		progress("Training task %s (%s) is %s; stopping it", id, fermi.Printable(task.TaskName), describe(task))
		task, err = stopTask(ctx, client, task, progress)
		if err == nil && task.Status == fermi.TaskStatusStopped {
			progress("Training task %s is stopped, its GPUs are free; it cost %s", id, cost(task))
			return
		}
	}
	switch {
	case fermi.IsGone(err):
		progress("Training task %s ended long ago (%s) and its record was purged; there is nothing to stop", id,
			nameOr(fermi.FinalStatus(err), "the API doesn't tell how"))
	case err != nil:
		resp.Diagnostics.Append(apierror.Diagnostic(tried, err))
	default:
		progress("Training task %s had ended already, it is %s; there is nothing to stop", id, task.Status)
	}
}

// stopTask tells the API to stop the task, and follows it until it has ended.
func stopTask(ctx context.Context, client *fermi.Client, task fermi.Task, progress func(string, ...any)) (fermi.Task, error) {
	stopped, err := client.StopTask(ctx, task.TaskID, task.ETag)
	for attempt := 1; fermi.IsStale(err) && attempt < clustercheck.MaxRevisions; attempt++ {
		// Its status has changed, or somebody has edited it. Stop it all the same.
		if task, err = client.GetTask(ctx, task.TaskID); err != nil || !task.Status.Live() {
			return task, err
		}
		stopped, err = client.StopTask(ctx, task.TaskID, task.ETag)
	}
	if fermi.IsConflict(err) {
		// It has ended meanwhile.
		stopped, err = client.GetTask(ctx, task.TaskID)
	}
	if err != nil {
		return task, err
	}
	return follow(ctx, client, stopped, func(fermi.TaskStatus) bool { return false }, func(task fermi.Task) {
		progress("Training task %s is %s", task.TaskID, describe(task))
	})
}

// nameOr returns the status, or none if it is empty.
func nameOr(status fermi.TaskStatus, none string) string {
	if status == "" {
		return none
	}
	return string(status)
}
