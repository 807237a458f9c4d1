package trainingtask

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
)

var _ action.ActionWithConfigure = (*waitAction)(nil)

// NewWaitAction returns the action fermi_wait_for_training_task.
func NewWaitAction(speaker *language.Speaker) action.Action {
	return &waitAction{taskAction{speaker: speaker}}
}

type waitAction struct{ taskAction }

type waitModel struct {
	actedOnModel
	Until   types.String `tfsdk:"until"`
	Timeout types.String `tfsdk:"timeout"`
}

// untilEnded is a value of until that wait_for of the resource doesn't have: any end will do.
const untilEnded = "ended"

func (a *waitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_wait_for_training_task"
}

func (a *waitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := a.attributes("any task of this id is waited for.")
	attributes["until"] = schema.StringAttribute{
		MarkdownDescription: "`running`: until it trains or has succeeded. `succeeded`: until it has succeeded. `ended`: until it has " +
			"ended in any way. Left out: `succeeded`.",
		Optional:   true,
		Validators: []validator.String{stringvalidator.OneOf(waitForRunning, waitForSucceeded, untilEnded)},
	}
	attributes["timeout"] = schema.StringAttribute{
		MarkdownDescription: "How long to wait, such as `45m` or `2d`. Left out: 30 minutes for `running`, otherwise 24 hours.",
		Optional:            true,
		Validators:          []validator.String{durations.Positive{}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits for a training task, and shows each change of it and the last line of its log on the way. A task that ends " +
			"otherwise than asked for is an error, with the end of its log; the task itself is left as it is.\n\n" +
			"Actions need Terraform 1.14. In an `action_trigger` after the task's creation, what depends on the task waits with it.",
		Attributes: attributes,
	}
}

func (a *waitAction) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var config waitModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	id := config.ID.ValueString()
	tried := "Waiting for training task " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(a.client, tried, &resp.Diagnostics) {
		return
	}
	until := config.Until.ValueString()
	if until == "" {
		until = waitForSucceeded
	}
	timeout := defaultTimeout(until)
	if until == untilEnded {
		timeout = defaultTimeout(waitForSucceeded)
	}
	if given, err := durations.Parse(config.Timeout.ValueString()); err == nil {
		timeout = given
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	client, task, diags, err := a.read(ctx, config.actedOnModel, tried, "")
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	done := func(status fermi.TaskStatus) bool { return until != untilEnded && reached(status, until) }
	if err == nil {
		task, err = a.follow(ctx, client, task, done, resp)
	}
	if fermi.IsGone(err) {
		task.Status, err = fermi.FinalStatus(err), errPurged
	}
	switch {
	case done(task.Status), until == untilEnded && (err == nil || errors.Is(err, errPurged)):
	case errors.Is(err, errPurged):
		resp.Diagnostics.AddError(fmt.Sprintf("Training task %s has ended", id), fmt.Sprintf("%s to be %s: it has ended (%s), and its record "+
			"was purged. For a new run, apply with -replace.", tried, until, nameOr(task.Status, "the API doesn't tell how")))
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		resp.Diagnostics.AddError(fmt.Sprintf("Training task %s is not %s after %s", id, until, timeout), fmt.Sprintf(
			"%s ended early%s. The task goes on in the cluster. Invoke the action again, with a longer timeout if it needs more time.%s", tried,
			lastSeen(task), lastFailure(err)))
	case err != nil:
		resp.Diagnostics.Append(apierror.Diagnostic(tried+" to be "+until, err))
	default:
		resp.Diagnostics.AddError(fmt.Sprintf("Training task %s %s", id, ended(task.Status)), wait{client: client}.postMortem(ctx, task, until))
	}
}

// lastSeen says in what state a task was last seen, if it was.
func lastSeen(task fermi.Task) string {
	if task.TaskID == "" {
		return ""
	}
	return "; it was last seen " + describe(task)
}

// follow follows a task until done accepts its status or it has ended, and shows each change with the last line of its log.
func (a *waitAction) follow(ctx context.Context, client *fermi.Client, task fermi.Task, done func(fermi.TaskStatus) bool,
	resp *action.InvokeResponse) (fermi.Task, error) {
	show := func(task fermi.Task) {
		line := ""
		if task.Status == fermi.TaskStatusRunning {
			// The log only adds to the message; a failure to read it is not the wait's.
			if lines, err := client.TaskLog(ctx, task.TaskID, 1); err == nil && len(lines) > 0 {
				line = ": " + fermi.Printable(lines[0])
			}
		}
		resp.SendProgress(action.InvokeProgressEvent{Message: fmt.Sprintf("Training task %s (%s) is %s%s", task.TaskID,
			fermi.Printable(task.TaskName), describe(task), line)})
	}
	show(task)
	return follow(ctx, client, task, done, show)
}
