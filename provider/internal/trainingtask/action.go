package trainingtask

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// taskAction is the part that the actions on one task have in common.
type taskAction struct {
	client  *fermi.Client
	cluster *clustercheck.Checker
	speaker *language.Speaker
}

// actedOnModel says which task an action is for.
type actedOnModel struct {
	ID        types.String `tfsdk:"id"`
	CreatedAt types.String `tfsdk:"created_at"`
}

// attributes returns the schema of actedOnModel. otherwise says what a created_at that is left out means.
func (a *taskAction) attributes(otherwise string) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id": schema.StringAttribute{
			MarkdownDescription: "The task's id, such as `task-001`.",
			Required:            true,
			Validators:          textrules.ID(a.speaker, language.ChooseTask, language.Phrase{}),
		},
		"created_at": schema.StringAttribute{
			MarkdownDescription: "When the task was created, its `created_at`. A task of this id that was created at another time, as after " +
				"the cluster was replaced, is somebody else's and is refused. Left out: " + otherwise,
			Optional: true,
		},
	}
}

func (a *taskAction) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	if shared := session.From(req.ProviderData, &resp.Diagnostics); shared != nil {
		a.client, a.cluster = shared.Client, shared.Cluster
	}
}

// read reads the task that an action is for, and returns a client of its cluster. err is the API's answer to the read. Anything else
// that is in the way, such as a task that is another one, is in diags. unharmed says then that nothing has happened, if that isn't plain.
func (a *taskAction) read(ctx context.Context, m actedOnModel, tried, unharmed string) (
	client *fermi.Client, task fermi.Task, diags diag.Diagnostics, err error,
) {
	home, err := a.cluster.Current(ctx)
	if err != nil {
		diags.Append(apierror.Diagnostic(tried+", asking first which cluster the API serves", err))
		return nil, task, diags, nil
	}
	client = a.client.ForCluster(home.ID)
	task, err = client.GetTask(ctx, m.ID.ValueString())
	if err == nil && clustercheck.IsOther(m.CreatedAt, task.CreatedAt) {
		diags.AddAttributeError(path.Root("created_at"), "Task is another one", fmt.Sprintf(
			"%s: the task of that id in cluster %s was created at %s, not at %s, so it is another one. %sCheck the provider's endpoint, "+
				"and plan again.", tried, home, tfvalues.FormatTime(task.CreatedAt), m.CreatedAt.ValueString(), unharmed))
	}
	return client, task, diags, err
}
