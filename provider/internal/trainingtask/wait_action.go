package trainingtask

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/durations"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

var _ action.ActionWithConfigure = (*waitAction)(nil)

// NewWaitAction returns the action fermi_wait_for_training_task.
func NewWaitAction(speaker *language.Speaker) action.Action { return &waitAction{speaker: speaker} }

type waitAction struct {
	client  *fermi.Client
	cluster *clustercheck.Checker
	speaker *language.Speaker
}

type waitModel struct {
	ID        types.String `tfsdk:"id"`
	CreatedAt types.String `tfsdk:"created_at"`
	Until     types.String `tfsdk:"until"`
	Timeout   types.String `tfsdk:"timeout"`
}

// untilEnded waits for any end, besides what wait_for of the resource can be.
const untilEnded = "ended"

func (a *waitAction) Metadata(_ context.Context, req action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_wait_for_training_task"
}

func (a *waitAction) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Waits for a training task, and shows each change of it and the last line of its log on the way. A task that ends " +
			"otherwise than asked for is an error, with the end of its log; the task itself is left as it is.\n\n" +
			"Actions need Terraform 1.14. In an `action_trigger` after the task's creation, what depends on the task waits with it.",
		Attributes: map[string]schema.Attribute{
			"id": schema.StringAttribute{
				MarkdownDescription: "The task's id, such as `task-001`.",
				Required:            true,
				Validators:          textrules.ID(a.speaker, language.ChooseTask, language.Phrase{}),
			},
			"created_at": schema.StringAttribute{
				MarkdownDescription: "When the task was created, its `created_at`. A task of this id that was created at another time, as after " +
					"the cluster was replaced, is somebody else's and is refused. Left out: any task of this id is waited for.",
				Optional: true,
			},
			"until": schema.StringAttribute{
				MarkdownDescription: "`running`: until it trains or has succeeded. `succeeded`: until it has succeeded. `ended`: until it has " +
					"ended in any way. Left out: `succeeded`.",
				Optional:   true,
				Validators: []validator.String{stringvalidator.OneOf(waitForRunning, waitForSucceeded, untilEnded)},
			},
			"timeout": schema.StringAttribute{
				MarkdownDescription: "How long to wait, such as `45m` or `2d`. Left out: 30 minutes for `running`, otherwise 24 hours.",
				Optional:            true,
				Validators:          []validator.String{durations.Positive{}},
			},
		},
	}
}

func (a *waitAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	if shared := session.From(req.ProviderData, &resp.Diagnostics); shared != nil {
		a.client, a.cluster = shared.Client, shared.Cluster
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

	home, err := a.cluster.Current(ctx)
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried+", asking first which cluster the API serves", err))
		return
	}
	client := a.client.ForCluster(home.ID)
	task, err := client.GetTask(ctx, id)
	if err == nil && clustercheck.IsOther(config.CreatedAt, task.CreatedAt) {
		resp.Diagnostics.AddAttributeError(path.Root("created_at"), "Task is another one", fmt.Sprintf(
			"%s: the task of that id in cluster %s was created at %s, not at %s, so it is another one. Check the provider's endpoint, "+
				"and plan again.", tried, home, tfvalues.FormatTime(task.CreatedAt), config.CreatedAt.ValueString()))
		return
	}
	if err == nil {
		task, err = a.follow(ctx, client, task, until, resp)
	}
	a.tell(ctx, client, task, until, timeout, err, resp)
}

// follow follows a task until it is as asked for or has ended, and shows each change with the last line of its log.
func (a *waitAction) follow(ctx context.Context, client *fermi.Client, task fermi.Task, until string, resp *action.InvokeResponse,
) (fermi.Task, error) {
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
	return follow(ctx, client, task, func(status fermi.TaskStatus) bool { return until != untilEnded && reached(status, until) }, show)
}

// tell says how the wait ended.
func (a *waitAction) tell(ctx context.Context, client *fermi.Client, task fermi.Task, until string, timeout time.Duration, err error,
	resp *action.InvokeResponse) {
	id := task.TaskID
	switch {
	case fermi.IsGone(err):
		ended := fermi.FinalStatus(err)
		if until != untilEnded && !reached(ended, until) {
			resp.Diagnostics.AddError("Training task has ended", fmt.Sprintf("Waiting for it to be %s: %s", until, err))
		}
	case err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
		resp.Diagnostics.AddError(fmt.Sprintf("Training task %s is not %s after %s", id, until, timeout), fmt.Sprintf(
			"It was last seen %s, and goes on in the cluster. Wait again, or with a longer timeout.%s", describe(task), lastFailure(err)))
	case err != nil:
		resp.Diagnostics.Append(apierror.Diagnostic("Waiting for a training task", err))
	case until != untilEnded && !reached(task.Status, until):
		resp.Diagnostics.AddError(fmt.Sprintf("Training task %s %s", id, ended(task.Status)),
			wait{client: client}.postMortem(ctx, task, until))
	}
}
