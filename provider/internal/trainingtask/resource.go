package trainingtask

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/creation"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/identity"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/language"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/session"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

const deleteTimeout = 5 * time.Minute

var (
	_ resource.ResourceWithConfigure      = (*taskResource)(nil)
	_ resource.ResourceWithIdentity       = (*taskResource)(nil)
	_ resource.ResourceWithImportState    = (*taskResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*taskResource)(nil)
	_ resource.ResourceWithValidateConfig = (*taskResource)(nil)
)

// NewResource returns the resource fermi_training_task.
func NewResource(speaker *language.Speaker) resource.Resource { return &taskResource{speaker: speaker} }

// taskResource has nil fields until the provider is configured, as during validation.
type taskResource struct {
	session *session.Session
	client  *fermi.Client
	facts   *clusterfacts.Facts
	speaker *language.Speaker
}

func (r *taskResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_training_task"
}

func (r *taskResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	if r.session = session.From(req.ProviderData, &resp.Diagnostics); r.session != nil {
		r.client, r.facts = r.session.Client, r.session.Facts
	}
}

func (r *taskResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan taskModel
	resp.Diagnostics.Append(plan.readValue(ctx, req.Plan.Raw)...)
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, "Creating a training task", &resp.Diagnostics) {
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
	home, err := r.session.Cluster.Current(ctx)
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried+", asking first which cluster the API serves", err))
		return
	}
	resp.Diagnostics.Append(r.checkPrice(ctx, plan, request)...)
	if resp.Diagnostics.HasError() {
		return
	}
	r.facts.EndPlanning()
	resp.Diagnostics.Append(home.Keep(ctx, resp.Private)...)
	client := r.client.ForCluster(home.ID)
	// If cancelled mid-request the API may still create the task, so allow a grace period.
	posting, done := creation.WithGrace(ctx)
	defer done()
	key := uuid.NewString()
	asked := time.Now()
	created, err := client.CreateTask(posting, request, key)
	if err != nil {
		resp.Diagnostics.Append(apierror.Diagnostic(tried, err))
		if fermi.IsUncertain(err) {
			lostTask(request, key, asked).Keep(ctx, req, resp)
		}
		return
	}
	tflog.Info(ctx, "training task created", map[string]any{
		"id": created.TaskID, "status": string(created.Status),
		"estimated_start_time": tfvalues.TimeOrNull(created.EstimatedStartTime).ValueString(),
	})

	// The task exists now: every return below must save it to the state.
	resp.State.Raw, err = createdState(req.Plan.Raw, created)
	if err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("Training task %s exists but can't be kept in the state: %s. "+
			"Import it with terraform import. This is a bug in the provider; please report it.", created.TaskID, err))
		return
	}
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity.Model{ID: types.StringValue(created.TaskID)})...)

	w := wait{client: client, home: home, goal: waitFor, timeout: timeout, creating: true}
	task := fermi.Task{TrainingTask: fermi.TrainingTask{TaskID: created.TaskID, Status: created.Status}}
	read, err := w.firstRead(ctx, posting, task)
	if err == nil {
		task, err = w.follow(ctx, read)
		result := plan
		resp.Diagnostics.Append(result.set(ctx, task)...)
		result.keepPlanned(plan)
		resp.Diagnostics.Append(result.writeValue(ctx, &resp.State.Raw)...)
	}
	resp.Diagnostics.Append(w.outcome(ctx, task, err)...)
}

func (r *taskResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state taskModel
	resp.Diagnostics.Append(state.readValue(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Reading training task " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	r.session.Cluster.Refreshed.Store(true)
	// A state without the task needs an identity too: Terraform before 1.12 has stored none.
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
		return // asking the API might create the task, and a refresh must not
	}
	task, err := claimed.Client.GetTask(ctx, id)
	switch {
	case fermi.IsGone(err) && !state.TaskName.IsNull():
		state.setPurged(fermi.FinalStatus(err))
	case claimed.Present(ctx, tried, err, state.CreatedAt, task.CreatedAt, resp):
		r.session.Seen.Add(task)
		before := state
		resp.Diagnostics.Append(state.set(ctx, task)...)
		if before.hasEnded() {
			state.KeepNoted(before.Model)
		}
	default:
		return
	}
	resp.Diagnostics.Append(state.writeValue(ctx, &resp.State.Raw)...)
	resp.Diagnostics.Append(claimed.Home.Keep(ctx, resp.Private)...)
}

func (r *taskResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state taskModel
	resp.Diagnostics.Append(plan.readValue(ctx, req.Plan.Raw)...)
	resp.Diagnostics.Append(state.readValue(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Updating training task " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
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

	claimed, diags := r.session.Cluster.ClaimForUpdate(ctx, req.Private, tried)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	result := plan
	if plan.IsRefilled() {
		resp.Diagnostics.Append(result.fillFromTemplate(ctx, claimed.Client, state)...)
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
	if fermi.TaskStatus(state.Status.ValueString()).Live() {
		resp.Diagnostics.Append(wanted.warnOfEnd(state, task.Status)...)
	}
	if purged {
		result.liveModel = state.liveModel
		result.setPurged(task.Status)
	} else {
		// If this update doesn't wait, the way the task ended is no failure of the update.
		before := fermi.TaskStatus(state.Status.ValueString())
		if before.Live() && !reached(before, waitFor) {
			w := wait{client: claimed.Client, home: claimed.Home, goal: waitFor, timeout: timeout}
			var err error
			task, err = w.follow(ctx, task)
			resp.Diagnostics.Append(w.outcome(ctx, task, err)...)
		}
		resp.Diagnostics.Append(result.set(ctx, task)...)
	}
	result.keepPlanned(wanted)
	resp.Diagnostics.Append(result.writeValue(ctx, &resp.State.Raw)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identity.Model{ID: types.StringValue(id)})...)
	resp.Diagnostics.Append(claimed.Home.Keep(ctx, resp.Private)...)
}

func (r *taskResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state taskModel
	resp.Diagnostics.Append(state.readValue(ctx, req.State.Raw)...)
	id := state.ID.ValueString()
	tried := "Deleting training task " + id
	if resp.Diagnostics.HasError() || !session.RequireClient(r.client, tried, &resp.Diagnostics) {
		return
	}
	timeout, diags := state.Timeouts.Delete(ctx, deleteTimeout)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
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
	// The API stops a live task within the same call.
	resp.Diagnostics.Append(claimed.Remove(tried, createdAt, clustercheck.Removal{
		Read: func() (time.Time, string, error) {
			task, err := claimed.Client.GetTask(ctx, id)
			return task.CreatedAt, task.ETag, err
		},
		Remove: func(etag string) error {
			if state.OnDestroy.ValueString() == onDestroyStop {
				return stopForGood(ctx, claimed.Client, id, etag)
			}
			return claimed.Client.DeleteTask(ctx, id, etag)
		},
	})...)
}

// stopForGood stops a task and keeps its record. A task that has ended, and one that is gone, is left as it is.
func stopForGood(ctx context.Context, client *fermi.Client, id, etag string) error {
	_, err := client.StopTask(ctx, id, etag)
	if fermi.IsConflict(err) || fermi.IsGone(err) || fermi.IsNotFound(err) {
		return nil
	}
	return err
}

func (r *taskResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	identity.Import(ctx, req, resp)
}

// createdState returns the state of a task right after its creation.
func createdState(plan tftypes.Value, created fermi.CreatedTask) (tftypes.Value, error) {
	state, err := tfvalues.NullUnknowns(plan)
	if err != nil {
		return state, err
	}
	var attributes map[string]tftypes.Value
	if err := state.As(&attributes); err != nil {
		return state, err
	}
	attributes = maps.Clone(attributes) // the map is shared with state
	attributes["id"] = tftypes.NewValue(tftypes.String, created.TaskID)
	attributes["status"] = tftypes.NewValue(tftypes.String, string(created.Status))
	return tftypes.NewValue(state.Type(), attributes), nil
}
