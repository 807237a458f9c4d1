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

func newTaskTemplateResource(v *voice) resource.Resource { return &taskTemplateResource{voice: v} }

// A taskTemplateResource has nil fields while the provider isn't configured, as during validation.
type taskTemplateResource struct {
	session *session
	client  *fermi.Client
	facts   *clusterFacts
	voice   *voice
}

type taskTemplateIdentity struct {
	ID types.String `tfsdk:"id"`
}

func (r *taskTemplateResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_task_template"
}

func (r *taskTemplateResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if r.session = sessionOf(req.ProviderData, &resp.Diagnostics); r.session != nil {
		r.client, r.facts = r.session.client, r.session.facts
	}
}

func (r *taskTemplateResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	within := path.Root("config")
	var mode, environment types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("launch_mode"), &mode)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("environment_id"), &environment)...)
	if fermi.LaunchMode(mode.ValueString()) == fermi.Dynamic && isGiven(environment) {
		resp.Diagnostics.AddAttributeError(within.AtName("environment_id"), r.voice.say(dynamicTakesNone), r.voice.say(dropEnvironment))
	}
}

// ModifyPlan keeps updated_at when nothing else changes, and replaces what stands for a lost creation, also where somebody
// untainted it.
func (r *taskTemplateResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	if req.State.Raw.IsNull() {
		if r.session != nil {
			resp.Diagnostics.Append(r.session.cluster.plan(ctx, resp.Private)...)
		}
		resp.Diagnostics.Append(r.preview(ctx, req.Config)...)
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
	r.facts.change(id.ValueString())
	resp.Diagnostics.Append(r.preview(ctx, req.Config)...)
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
	tried := fmt.Sprintf("Creating task template %q", request.Name)
	home, err := r.session.cluster.current(ctx)
	if err != nil {
		resp.Diagnostics.Append(apiError(tried+", asking first which cluster the API serves", err))
		return
	}
	resp.Diagnostics.Append(home.keep(ctx, resp.Private)...)
	// If cancelled mid-request the API may still create the template, so allow a grace period.
	posting, done := outlive(ctx, grace)
	defer done()
	request.IdempotencyKey = uuid.NewString()
	asked := time.Now()
	template, err := r.client.ForCluster(home.ID).CreateTaskTemplate(posting, request)
	if err != nil {
		resp.Diagnostics.Append(apiError(tried, err))
		if fermi.IsUncertain(err) {
			lostTemplate(request, asked).keep(ctx, req, resp)
		}
		return
	}
	r.session.made.Store(template.ID, true)
	tflog.Info(ctx, "task template created", map[string]any{"id": template.ID})
	resp.Diagnostics.Append(plan.setPlanned(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{plan.ID})...)
}

func (r *taskTemplateResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state taskTemplateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	tried := "Reading task template " + id
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	r.session.cluster.refreshed.Store(true)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{state.ID})...)
	claimed, diags := r.session.cluster.claimToRead(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	if claimed.forgotten {
		resp.State.RemoveResource(ctx)
		return
	}
	if _, lost := state.lost(ctx); lost {
		return // to learn more could make the template, and a refresh makes nothing
	}
	template, err := claimed.client.GetTaskTemplate(ctx, id)
	switch {
	case fermi.IsNotFound(err) && claimed.unchecked:
		resp.Diagnostics.Append(claimed.notFound(tried, err))
		return
	case fermi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
		return
	case err != nil:
		resp.Diagnostics.Append(apiError(tried, err))
		return
	case isOther(state.CreatedAt, template.CreatedAt):
		resp.Diagnostics.Append(claimed.otherObject(tried, state.CreatedAt, template.CreatedAt))
		if claimed.sure {
			resp.State.RemoveResource(ctx)
		}
		return
	}
	resp.Diagnostics.Append(state.set(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(claimed.home.keep(ctx, resp.Private)...)
}

func (r *taskTemplateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state taskTemplateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tried := "Updating task template " + state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	claimed, diags := r.session.cluster.claimForUpdate(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	template, diags := r.edit(ctx, claimed, plan, state, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	resp.Diagnostics.Append(plan.setPlanned(ctx, template)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, taskTemplateIdentity{plan.ID})...)
	resp.Diagnostics.Append(claimed.home.keep(ctx, resp.Private)...)
}

// edit sends what the plan changes, for the revision that it has just read, and returns the template after it. It changes nothing
// where somebody else has changed the template since the plan.
func (r *taskTemplateResource) edit(ctx context.Context, claimed owned, plan, state taskTemplateModel, tried string) (fermi.TaskTemplate, diag.Diagnostics) {
	id := state.ID.ValueString()
	for attempt := 1; ; attempt++ {
		template, err := claimed.client.GetTaskTemplate(ctx, id)
		switch {
		case err != nil:
			return template, diag.Diagnostics{apiError(tried, err)}
		case isOther(state.CreatedAt, template.CreatedAt):
			return template, diag.Diagnostics{claimed.otherThanPlanned(tried, state.CreatedAt, template.CreatedAt)}
		}
		attributes, diags := plan.editable(ctx, state, template)
		patch, needed, more := plan.patch(ctx, attributes)
		diags.Append(more...)
		if diags.HasError() || !needed {
			return template, diags
		}
		if diags.Append(conflict(tried, attributes)...); diags.HasError() {
			return template, diags
		}
		patch.IfMatch = template.ETag
		template, err = claimed.client.UpdateTaskTemplate(ctx, id, patch)
		switch {
		case fermi.IsStale(err) && attempt < maxRevisions:
			// Somebody has changed it since the look. The next look tells whether that is in the way.
		case err != nil:
			return template, append(diags, apiError(tried, err))
		default:
			return template, diags
		}
	}
}

func (r *taskTemplateResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state taskTemplateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	tried := "Deleting task template " + id
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	claimed, diags := r.session.cluster.claim(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() || claimed.forgotten {
		return
	}
	createdAt := state.CreatedAt
	if creation, lost := state.lost(ctx); lost {
		id, diags = creation.find(ctx, claimed.client)
		resp.Diagnostics.Append(diags...)
		if id == "" {
			return
		}
		createdAt = types.StringNull() // it is the time of the request
	}
	resp.Diagnostics.Append(claimed.remove(tried, createdAt, removal{
		read: func() (time.Time, string, error) {
			template, err := claimed.client.GetTaskTemplate(ctx, id)
			return template.CreatedAt, template.ETag, err
		},
		remove: func(etag string) error { return claimed.client.DeleteTaskTemplate(ctx, id, etag) },
	})...)
}

func (r *taskTemplateResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByID(ctx, req, resp)
}
