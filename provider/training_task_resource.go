package provider

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
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

func newTrainingTaskResource(v *voice) resource.Resource { return &trainingTaskResource{voice: v} }

// A trainingTaskResource has nil fields while the provider isn't configured, as during validation.
type trainingTaskResource struct {
	session *session
	client  *fermi.Client
	facts   *clusterFacts
	voice   *voice
}

type trainingTaskIdentity struct {
	ID types.String `tfsdk:"id"`
}

func (r *trainingTaskResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_task"
}

func (r *trainingTaskResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if r.session = sessionOf(req.ProviderData, &resp.Diagnostics); r.session != nil {
		r.client, r.facts = r.session.client, r.session.facts
	}
}

func (r *trainingTaskResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan trainingTaskModel
	resp.Diagnostics.Append(plan.read(ctx, req.Plan.Raw)...)
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

	tried := fmt.Sprintf("Creating training task %q", request.TaskName)
	home, err := r.session.cluster.current(ctx)
	if err != nil {
		resp.Diagnostics.Append(apiError(tried+", asking first which cluster the API serves", err))
		return
	}
	resp.Diagnostics.Append(r.affordable(ctx, plan, request)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.facts.carryOut()
	resp.Diagnostics.Append(home.keep(ctx, resp.Private)...)
	client := r.client.ForCluster(home.ID)
	// If cancelled mid-request the API may still create the task, so allow a grace period.
	posting, done := outlive(ctx, grace)
	defer done()
	request.IdempotencyKey = uuid.NewString()
	asked := time.Now()
	created, err := client.CreateTask(posting, request)
	if err != nil {
		resp.Diagnostics.Append(apiError(tried, err))
		if fermi.IsUncertain(err) {
			lostTask(request, asked).keep(ctx, req, resp)
		}
		return
	}
	tflog.Info(ctx, "training task created", map[string]any{
		"id": created.TaskID, "status": string(created.Status), "estimated_start_time": timeOrNull(created.EstimatedStartTime).ValueString(),
	})

	// The task exists now: every return below must save it to the state.
	resp.State.Raw, err = createdState(req.Plan.Raw, created)
	if err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("Training task %s exists but can't be kept in the state: %s. "+
			"Import it with terraform import. This is a bug in the provider; please report it.", created.TaskID, err))
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{types.StringValue(created.TaskID)})...)

	w := wait{client: client, home: home, goal: waitFor, timeout: timeout, creating: true}
	task := fermi.Task{TaskID: created.TaskID, Status: created.Status}
	read, err := w.firstLook(ctx, posting, task)
	if err == nil {
		task, err = w.follow(ctx, read)
		result := plan
		resp.Diagnostics.Append(result.set(ctx, task)...)
		result.keepPlanned(plan)
		resp.Diagnostics.Append(result.write(ctx, &resp.State.Raw)...)
	}
	resp.Diagnostics.Append(w.outcome(ctx, task, err)...)
}

func (r *trainingTaskResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state trainingTaskModel
	resp.Diagnostics.Append(state.read(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Reading training task " + id
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	r.session.cluster.refreshed.Store(true)
	// Also a state without the task needs an identity: a Terraform before 1.12 has kept none.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{state.ID})...)
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
		return // to learn more could make the task, and a refresh makes nothing
	}
	task, err := claimed.client.GetTask(ctx, id)
	switch {
	case fermi.IsNotFound(err) && claimed.unchecked:
		resp.Diagnostics.Append(claimed.notFound(tried, err))
		return
	case fermi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
		return
	case fermi.IsGone(err) && !state.TaskName.IsNull():
		state.setPurged(fermi.FinalStatus(err))
	case err != nil:
		resp.Diagnostics.Append(apiError(tried, err))
		return
	case isOther(state.CreatedAt, task.CreatedAt):
		resp.Diagnostics.Append(claimed.otherObject(tried, state.CreatedAt, task.CreatedAt))
		if claimed.sure {
			resp.State.RemoveResource(ctx)
		}
		return
	default:
		r.session.seen.add(task)
		resp.Diagnostics.Append(state.set(ctx, task)...)
	}
	resp.Diagnostics.Append(state.write(ctx, &resp.State.Raw)...)
	resp.Diagnostics.Append(claimed.home.keep(ctx, resp.Private)...)
}

func (r *trainingTaskResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state trainingTaskModel
	resp.Diagnostics.Append(plan.read(ctx, req.Plan.Raw)...)
	resp.Diagnostics.Append(state.read(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Updating training task " + id
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	waitFor := plan.WaitFor.ValueString()
	timeout, diags := plan.Timeouts.Update(ctx, defaultTimeout(waitFor))
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	claimed, diags := r.session.cluster.claimForUpdate(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	result := plan
	if plan.isRefilled() {
		resp.Diagnostics.Append(result.fillFromTemplate(ctx, claimed.client, state)...)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	wanted := result
	task, purged, diags := r.edit(ctx, claimed, wanted, state, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	if purged {
		result.liveModel = state.liveModel
		result.setPurged(task.Status)
	} else {
		// How a task ended that nobody waits for any more is a fact, and no failure of this update.
		before := fermi.TaskStatus(state.Status.ValueString())
		if before.Live() && !reached(before, waitFor) {
			w := wait{client: claimed.client, home: claimed.home, goal: waitFor, timeout: timeout}
			var err error
			task, err = w.follow(ctx, task)
			resp.Diagnostics.Append(w.outcome(ctx, task, err)...)
		}
		resp.Diagnostics.Append(result.set(ctx, task)...)
	}
	result.keepPlanned(wanted)
	resp.Diagnostics.Append(result.write(ctx, &resp.State.Raw)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{types.StringValue(id)})...)
	resp.Diagnostics.Append(claimed.home.keep(ctx, resp.Private)...)
}

// edit sends what the plan changes, for the revision that it has just read, and returns the task after it. It changes nothing where
// somebody else has changed the task since the plan. purged tells of a task whose record is gone, and of which the plan changes
// nothing; its status is then how it ended, empty where the API doesn't tell.
func (r *trainingTaskResource) edit(ctx context.Context, claimed owned, plan, state trainingTaskModel, tried string) (
	task fermi.Task, purged bool, diags diag.Diagnostics,
) {
	id := state.ID.ValueString()
	same := plan.TaskName.Equal(state.TaskName) && plan.Description.Equal(state.Description) && plan.Labels.Equal(state.Labels)
	for attempt := 1; ; attempt++ {
		task, err := claimed.client.GetTask(ctx, id)
		switch {
		case fermi.IsGone(err) && same:
			return fermi.Task{Status: fermi.FinalStatus(err)}, true, nil
		case err != nil:
			return task, false, diag.Diagnostics{apiError(tried, err)}
		case isOther(state.CreatedAt, task.CreatedAt):
			return task, false, diag.Diagnostics{claimed.otherThanPlanned(tried, state.CreatedAt, task.CreatedAt)}
		}
		attributes, diags := plan.editable(ctx, state, task)
		patch, needed, more := plan.patch(ctx, attributes)
		diags.Append(more...)
		if diags.HasError() || !needed {
			return task, false, diags
		}
		if diags.Append(conflict(tried, attributes)...); diags.HasError() {
			return task, false, diags
		}
		patch.IfMatch = task.ETag
		task, err = claimed.client.UpdateTask(ctx, id, patch)
		switch {
		case fermi.IsStale(err) && attempt < maxRevisions:
			// The revision also moves with the status. The next look tells whether anything that people edit has changed.
		case err != nil:
			return task, false, append(diags, apiError(tried, err))
		default:
			return task, false, diags
		}
	}
}

func (r *trainingTaskResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state trainingTaskModel
	resp.Diagnostics.Append(state.read(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Deleting training task " + id
	if resp.Diagnostics.HasError() || !requireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	timeout, diags := state.Timeouts.Delete(ctx, deleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
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
	// The API stops a live task within the same call.
	resp.Diagnostics.Append(claimed.remove(tried, createdAt, removal{
		read: func() (time.Time, string, error) {
			task, err := claimed.client.GetTask(ctx, id)
			return task.CreatedAt, task.ETag, err
		},
		remove: func(etag string) error { return claimed.client.DeleteTask(ctx, id, etag) },
	})...)
}

func (r *trainingTaskResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	importByID(ctx, req, resp)
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

// createdState is the state of a task right after its creation.
func createdState(plan tftypes.Value, created fermi.CreatedTask) (tftypes.Value, error) {
	state, err := nullUnknowns(plan)
	if err != nil {
		return state, err
	}
	var attributes map[string]tftypes.Value
	if err := state.As(&attributes); err != nil {
		return state, err
	}
	attributes = maps.Clone(attributes) // state shares them
	attributes["id"] = tftypes.NewValue(tftypes.String, created.TaskID)
	attributes["status"] = tftypes.NewValue(tftypes.String, string(created.Status))
	return tftypes.NewValue(state.Type(), attributes), nil
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
