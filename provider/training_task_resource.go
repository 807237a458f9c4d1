package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

const deleteTimeout = 5 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*trainingTaskResource)(nil)
	_ resource.ResourceWithIdentity       = (*trainingTaskResource)(nil)
	_ resource.ResourceWithImportState    = (*trainingTaskResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*trainingTaskResource)(nil)
	_ resource.ResourceWithValidateConfig = (*trainingTaskResource)(nil)
)

func newTrainingTaskResource() resource.Resource { return &trainingTaskResource{} }

type trainingTaskResource struct {
	client *fermi.Client
	facts  *clusterFacts
}

type trainingTaskIdentity struct {
	ID types.String `tfsdk:"id"`
}

func (r *trainingTaskResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_task"
}

func (r *trainingTaskResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.client = configured(req.ProviderData, &resp.Diagnostics)
	r.facts = factsOf(req.ProviderData)
}

func (r *trainingTaskResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan trainingTaskModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Creating a training task", &resp.Diagnostics) {
		return
	}
	request, diags := plan.request(ctx)
	resp.Diagnostics.Append(diags...)
	waitFor := plan.WaitFor.ValueString()
	timeout, diags := plan.Timeouts.Create(ctx, defaultTimeout(waitFor))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	resp.Diagnostics.Append(r.affordable(ctx, plan, request)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.facts.carryOut()
	// A creation that is torn apart may have made a task that nobody knows, so it is let finish.
	posting, done := outlive(ctx, grace)
	defer done()
	request.IdempotencyKey = uuid.NewString()
	asked := time.Now()
	created, err := r.client.CreateTask(posting, request)
	if err != nil {
		resp.Diagnostics.Append(apiError(fmt.Sprintf("Creating training task %q", request.TaskName), err))
		if fermi.IsUncertain(err) {
			lostTask(request, asked).keep(ctx, req, resp)
		}
		return
	}
	tflog.Info(ctx, "training task created", map[string]any{
		"id": created.TaskID, "status": string(created.Status), "estimated_start_time": timeOrNull(created.EstimatedStartTime).ValueString(),
	})

	// From here on every way out leaves the task in the state.
	resp.State.Raw, err = nullUnknowns(req.Plan.Raw)
	if err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("Training task %s exists but can't be kept in the state: %s. "+
			"Import it with terraform import. This is a bug in the provider; please report it.", created.TaskID, err))
		return
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), created.TaskID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("status"), string(created.Status))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{types.StringValue(created.TaskID)})...)

	task := fermi.Task{TaskID: created.TaskID, Status: created.Status}
	read, err := r.client.GetTask(posting, created.TaskID)
	if err == nil {
		task, err = r.await(ctx, read, waitFor)
		resp.Diagnostics.Append(plan.set(ctx, task)...)
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	}
	resp.Diagnostics.Append(r.outcome(ctx, task, waitFor, timeout, err, true)...)
}

func (r *trainingTaskResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state trainingTaskModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Reading training task "+state.ID.ValueString(), &resp.Diagnostics) {
		return
	}
	// Also a state without the task needs an identity: a Terraform before 1.12 has kept none.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{state.ID})...)
	if _, lost := state.lost(ctx); lost {
		return // to learn more could make the task, and a refresh makes nothing
	}
	id := state.ID.ValueString()
	task, err := r.client.GetTask(ctx, id)
	switch {
	case fermi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
		return
	case fermi.IsGone(err) && !state.TaskName.IsNull():
		state.setPurged(fermi.FinalStatus(err))
	case err != nil:
		resp.Diagnostics.Append(apiError("Reading training task "+id, err))
		return
	default:
		resp.Diagnostics.Append(state.set(ctx, task)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

func (r *trainingTaskResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state trainingTaskModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Updating training task "+id, &resp.Diagnostics) {
		return
	}
	waitFor := plan.WaitFor.ValueString()
	timeout, diags := plan.Timeouts.Update(ctx, defaultTimeout(waitFor))
	resp.Diagnostics.Append(diags...)
	patch, needed, diags := plan.patch(ctx, state)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	var task fermi.Task
	var err error
	if needed {
		task, err = r.client.UpdateTask(ctx, id, patch)
	} else {
		task, err = r.client.GetTask(ctx, id)
	}
	switch {
	case fermi.IsGone(err) && !needed:
		plan.liveModel = state.liveModel
		plan.setPurged(fermi.FinalStatus(err))
	case err != nil:
		resp.Diagnostics.Append(apiError("Updating training task "+id, err))
		return
	default:
		// How a task ended that nobody waits for any more is a fact, and no failure of this update.
		before := fermi.TaskStatus(state.Status.ValueString())
		if before.Live() && !reached(before, waitFor) {
			task, err = r.await(ctx, task, waitFor)
			resp.Diagnostics.Append(r.outcome(ctx, task, waitFor, timeout, err, false)...)
		}
		resp.Diagnostics.Append(plan.set(ctx, task)...)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{types.StringValue(id)})...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, nil)...)
}

func (r *trainingTaskResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state trainingTaskModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	id := state.ID.ValueString()
	if resp.Diagnostics.HasError() || !requireClient(r.client, "Deleting training task "+id, &resp.Diagnostics) {
		return
	}
	timeout, diags := state.Timeouts.Delete(ctx, deleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	if creation, lost := state.lost(ctx); lost {
		id, diags = creation.find(ctx, r.client)
		resp.Diagnostics.Append(diags...)
		if id == "" {
			return
		}
	}
	// The API stops a live task within the same call, and the client takes a missing one as deleted.
	if err := r.client.DeleteTask(ctx, id, ""); err != nil {
		resp.Diagnostics.Append(apiError("Deleting training task "+id, err))
	}
}

func (r *trainingTaskResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByID(ctx, req, resp)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, importedKey, []byte("true"))...)
}

// importByID begins an import with the id, given as such or as the identity, of which Terraform checks nothing.
func importByID(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := types.StringValue(req.ID)
	if req.ID == "" && req.Identity != nil {
		resp.Diagnostics.Append(req.Identity.GetAttribute(ctx, path.Root("id"), &id)...)
	}
	if strings.TrimSpace(id.ValueString()) == "" || strings.Contains(id.ValueString(), "/") {
		resp.Diagnostics.AddError("Not an id", fmt.Sprintf("Importing %q: an id is neither blank nor has a slash in it. Take it from terraform query, or from the cluster's list.", id.ValueString()))
		return
	}
	resource.ImportStatePassthroughWithIdentity(ctx, path.Root("id"), path.Root("id"), req, resp)
}

// nullUnknowns makes a state of a plan: what isn't known yet is null there.
func nullUnknowns(plan tftypes.Value) (tftypes.Value, error) {
	return tftypes.Transform(plan, func(_ *tftypes.AttributePath, value tftypes.Value) (tftypes.Value, error) {
		if !value.IsKnown() {
			return tftypes.NewValue(value.Type(), nil), nil
		}
		return value, nil
	})
}
