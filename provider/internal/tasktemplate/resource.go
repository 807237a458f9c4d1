// Package tasktemplate is the resource fermi_task_template.
package tasktemplate

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/creation"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskrules"
)

var (
	_ resource.ResourceWithConfigure      = (*templateResource)(nil)
	_ resource.ResourceWithIdentity       = (*templateResource)(nil)
	_ resource.ResourceWithImportState    = (*templateResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*templateResource)(nil)
	_ resource.ResourceWithValidateConfig = (*templateResource)(nil)
)

// NewResource returns the resource fermi_task_template.
func NewResource(speaker *language.Speaker) resource.Resource {
	return &templateResource{speaker: speaker}
}

// templateResource has nil fields until the provider is configured, as during validation.
type templateResource struct {
	session *session.Session
	client  *fermi.Client
	facts   *clusterfacts.Facts
	speaker *language.Speaker
}

func (r *templateResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_task_template"
}

func (r *templateResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if r.session = session.From(req.ProviderData, &resp.Diagnostics); r.session != nil {
		r.client, r.facts = r.session.Client, r.session.Facts
	}
}

func (r *templateResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	within := path.Root("config")
	var mode, environment types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("launch_mode"), &mode)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, within.AtName("environment_id"), &environment)...)
	resp.Diagnostics.Append(taskrules.CheckEnvironment(r.speaker, within.AtName("environment_id"),
		fermi.LaunchMode(mode.ValueString()), environment)...)
}

// ModifyPlan keeps updated_at if nothing else changes. It replaces the placeholder of a lost creation even if somebody has
// untainted it.
func (r *templateResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		return
	}
	if req.State.Raw.IsNull() {
		if r.session != nil {
			resp.Diagnostics.Append(r.session.Cluster.NotePlanned(ctx, resp.Private)...)
		}
		resp.Diagnostics.Append(r.preview(ctx, req.Config)...)
		return
	}
	var id, createdAt types.String
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("created_at"), &createdAt)...)
	if _, _, lost := creation.ParseMark(id, createdAt); lost {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), types.StringUnknown())...)
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("id"))
	} else if req.Plan.Raw.Equal(req.State.Raw) {
		return
	}
	r.facts.NoteTemplateChange(id.ValueString())
	resp.Diagnostics.Append(r.preview(ctx, req.Config)...)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("updated_at"), types.StringUnknown())...)
}

func (r *templateResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan templateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, "Creating a task template", &resp.Diagnostics) {
		return
	}
	request, diags := plan.request(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	tried := fmt.Sprintf("Creating task template %q", request.Name)
	home, err := r.session.Cluster.Current(ctx)
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried+", asking first which cluster the API serves", err))
		return
	}
	resp.Diagnostics.Append(home.Keep(ctx, resp.Private)...)
	// If cancelled mid-request the API may still create the template, so allow a grace period.
	posting, done := creation.WithGrace(ctx)
	defer done()
	key := uuid.NewString()
	asked := time.Now()
	template, err := r.client.ForCluster(home.ID).CreateTaskTemplate(posting, request, key)
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried, err))
		if fermi.IsUncertain(err) {
			lostTemplate(request, key, asked).Keep(ctx, req, resp)
		}
		return
	}
	r.session.CreatedTemplates.Store(template.ID, true)
	tflog.Info(ctx, "task template created", map[string]any{"id": template.ID})
	plan.setPlanned(template)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity.Model{ID: plan.ID})...)
}

func (r *templateResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state templateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	tried := "Reading task template " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	r.session.Cluster.Refreshed.Store(true)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity.Model{ID: state.ID})...)
	claimed, diags := r.session.Cluster.ClaimToRead(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	if claimed.Forgotten {
		resp.State.RemoveResource(ctx)
		return
	}
	if _, lost := state.lostCreation(ctx); lost {
		return // asking the API might create the template, and a refresh must not
	}
	template, err := claimed.Client.GetTaskTemplate(ctx, id)
	if !claimed.Present(ctx, tried, err, state.CreatedAt, template.CreatedAt, resp) {
		return
	}
	state.set(template)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	resp.Diagnostics.Append(claimed.Home.Keep(ctx, resp.Private)...)
}

func (r *templateResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state templateModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	tried := "Updating task template " + state.ID.ValueString()
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	claimed, diags := r.session.Cluster.ClaimForUpdate(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	template, diags := r.edit(ctx, claimed, plan, state, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	plan.setPlanned(template)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity.Model{ID: plan.ID})...)
	resp.Diagnostics.Append(claimed.Home.Keep(ctx, resp.Private)...)
}

func (r *templateResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state templateModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	tried := "Deleting task template " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	claimed, diags := r.session.Cluster.Claim(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() || claimed.Forgotten {
		return
	}
	createdAt := state.CreatedAt
	if creation, lost := state.lostCreation(ctx); lost {
		id, diags = creation.Find(ctx, claimed.Client)
		resp.Diagnostics.Append(diags...)
		if id == "" {
			return
		}
		createdAt = types.StringNull() // for a lost creation it is the time of the request
	}
	resp.Diagnostics.Append(claimed.Remove(tried, createdAt, clustercheck.Removal{
		Read: func() (time.Time, string, error) {
			template, err := claimed.Client.GetTaskTemplate(ctx, id)
			return template.CreatedAt, template.ETag, err
		},
		Remove: func(etag string) error { return claimed.Client.DeleteTaskTemplate(ctx, id, etag) },
	})...)
}

func (r *templateResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identity.Import(ctx, req, resp)
}
