package provider

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

var (
	_ resource.ResourceWithConfigure      = (*taskTemplateResource)(nil)
	_ resource.ResourceWithIdentity       = (*taskTemplateResource)(nil)
	_ resource.ResourceWithImportState    = (*taskTemplateResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*taskTemplateResource)(nil)
	_ resource.ResourceWithValidateConfig = (*taskTemplateResource)(nil)
)

func newTaskTemplateResource() resource.Resource { return &taskTemplateResource{} }

type taskTemplateResource struct {
	client *fermi.Client
}

type taskTemplateIdentity struct {
	ID types.String `tfsdk:"id"`
}

func (r *taskTemplateResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_task_template"
}

func (r *taskTemplateResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.client = configured(req.ProviderData, &resp.Diagnostics)
}

func (r *taskTemplateResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	within := path.Root("config")
	var mode, environment types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("launch_mode"), &mode)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("environment_id"), &environment)...)
	if fermi.LaunchMode(mode.ValueString()) == fermi.Dynamic && isGiven(environment) {
		resp.Diagnostics.AddAttributeError(within.AtName("environment_id"), "Mode dynamic takes no environment_id",
			"A dynamic task has GPUs of its own. Remove environment_id, or set launch_mode to \"existing\".")
	}
}

// ModifyPlan keeps updated_at when nothing else changes, and replaces what stands for a lost creation, also where somebody
// untainted it.
func (r *taskTemplateResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() || req.State.Raw.IsNull() {
		return
	}
	var id, createdAt types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("created_at"), &createdAt)...)
	if _, _, lost := lostMark(id, createdAt); lost {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown())...)
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
	} else if req.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("updated_at"), types.StringUnknown())...)
}

func (r *taskTemplateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan taskTemplateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Creating a task template", &resp.Diagnostics) {
		return
	}
	request, diags := plan.request(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// A creation that is torn apart may have made a template that nobody knows, so it is let finish.
	posting, done := outlive(ctx, grace)
	defer done()
	request.IdempotencyKey = uuid.NewString()
	asked := time.Now()
	template, err := r.client.CreateTaskTemplate(posting, request)
	if err != nil {
		resp.Diagnostics.Append(apiError(fmt.Sprintf("Creating task template %q", request.Name), err))
		if fermi.IsUncertain(err) {
			lostTemplate(request, asked).keep(ctx, req, resp)
		}
		return
	}
	tflog.Info(ctx, "task template created", map[string]any{"id": template.ID})
	resp.Diagnostics.Append(plan.set(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{plan.ID})...)
}

func (r *taskTemplateResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state taskTemplateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Reading task template "+id, &resp.Diagnostics) {
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{state.ID})...)
	if _, lost := state.lost(ctx); lost {
		return // to learn more could make the template, and a refresh makes nothing
	}
	template, err := r.client.GetTaskTemplate(ctx, id)
	switch {
	case fermi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.Append(apiError("Reading task template "+id, err))
		return
	}
	resp.Diagnostics.Append(state.set(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (r *taskTemplateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state taskTemplateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Updating task template "+id, &resp.Diagnostics) {
		return
	}
	config, diags := plan.Config.config(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	template, err := r.client.UpdateTaskTemplate(ctx, id, fermi.TaskTemplatePatch{
		Name: plan.Name.ValueStringPointer(), Description: plan.Description.ValueStringPointer(), Favorite: plan.Favorite.ValueBoolPointer(), Config: &config,
	})
	if err != nil {
		resp.Diagnostics.Append(apiError("Updating task template "+id, err))
		return
	}
	resp.Diagnostics.Append(plan.set(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{plan.ID})...)
}

func (r *taskTemplateResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state taskTemplateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Deleting task template "+id, &resp.Diagnostics) {
		return
	}
	if creation, lost := state.lost(ctx); lost {
		var diags diag.Diagnostics
		id, diags = creation.find(ctx, r.client)
		resp.Diagnostics.Append(diags...)
		if id == "" {
			return
		}
	}
	if err := r.client.DeleteTaskTemplate(ctx, id, ""); err != nil {
		resp.Diagnostics.Append(apiError("Deleting task template "+id, err))
	}
}

func (r *taskTemplateResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByID(ctx, req, resp)
}
