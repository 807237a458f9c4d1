package trainingtask

import (
	"context"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/textrules"
)

var _ list.ListResourceWithConfigure = (*listResource)(nil)

// NewListResource returns the list resource fermi_training_task.
func NewListResource(speaker *language.Speaker) list.ListResource {
	return &listResource{speaker: speaker}
}

type listResource struct {
	client  *fermi.Client
	speaker *language.Speaker
}

func (l *listResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_task"
}

func (l *listResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest,
	resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds training tasks in the cluster for `terraform query`, which needs Terraform 1.14: oldest first, whether " +
			"Terraform knows them or not. With `-generate-config-out` it writes import and resource blocks for them.",
		Attributes: map[string]schema.Attribute{
			"status": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["status"], Validators: taskStatusValidators},
			"launch_mode": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["launch_mode"],
				Validators: textrules.LaunchMode},
			"name": schema.StringAttribute{Optional: true, MarkdownDescription: taskFilterDocs["name"],
				Validators: textrules.Filter(l.speaker)},
			"labels": schema.MapAttribute{
				Optional: true, ElementType: types.StringType, MarkdownDescription: taskFilterDocs["labels"], Validators: labelFilterValidators,
			},
		},
	}
}

func (l *listResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.client = session.Client(req.ProviderData, &resp.Diagnostics)
}

func (l *listResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config taskFilterModel
	diags := req.Config.Get(ctx, &config)
	if diags.HasError() || !session.RequireClient(l.client, "Listing training tasks", &diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		limit := req.Limit
		if limit <= 0 {
			limit = math.MaxInt64
		}
		for task, err := range l.client.EachTask(ctx, config.filter(), int(min(limit, 500))) {
			if err != nil {
				push(list.ListResult{Diagnostics: diag.Diagnostics{apierror.Diagnostic("Listing training tasks", err)}})
				return
			}
			if limit--; !push(l.result(ctx, req, task)) || limit == 0 {
				return
			}
		}
	}
}

func (l *listResource) result(ctx context.Context, req list.ListRequest, task fermi.Task) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = fermi.Printable(task.TaskName)
	result.Diagnostics.Append(result.Identity.Set(ctx, identity.Model{ID: types.StringValue(task.TaskID)})...)
	if !req.IncludeResource {
		return result
	}
	// Start from an object of nulls, as an import does.
	kind, _ := result.Resource.Raw.Type().(tftypes.Object)
	nulls := map[string]tftypes.Value{}
	for name, attribute := range kind.AttributeTypes {
		nulls[name] = tftypes.NewValue(attribute, nil)
	}
	result.Resource.Raw = tftypes.NewValue(kind, nulls)
	var model taskModel
	result.Diagnostics.Append(result.Resource.Get(ctx, &model)...)
	result.Diagnostics.Append(model.set(ctx, task)...)
	if task.LaunchMode == fermi.LaunchModeExisting && task.ResourceConfig != nil {
		// Smart switching chose the mode; a configuration with both would be invalid.
		model.LaunchMode = types.StringNull()
	}
	result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	return result
}
