package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

const (
	// lostPrefix begins what stands for an id in the state.
	lostPrefix = "creation-"
	// keyLife is how long the API remembers an idempotency key.
	keyLife = 24 * time.Hour
)

// A lostCreation is a task that the API may have made and whose id nobody knows, since no answer came. The same request under
// the same key gives the id. All of it is kept in the state's attributes: Terraform shows a deletion that is half of a
// replacement no private state.
type lostCreation struct {
	request fermi.TaskRequest
	at      time.Time
}

// keep puts the creation into the state. The error of the same answer makes Terraform taint it there, so that the next apply
// deletes it before it creates anew.
func (l *lostCreation) keep(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var err error
	if resp.State.Raw, err = nullUnknowns(req.Plan.Raw); err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("The answer to the creation of training task %q was lost, and its place in the state can't be kept: %s. "+
			"Look for a task of that name, and import or delete it. This is a bug in the provider; please report it.", l.request.TaskName, err))
		return
	}
	id := types.StringValue(lostPrefix + l.request.IdempotencyKey)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("created_at"), l.at.UTC().Format(time.RFC3339))...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, trainingTaskIdentity{id})...)
	resp.Diagnostics.AddWarning("A training task may exist whose id isn't known", fmt.Sprintf("The answer to the creation of %q was lost. Its place in the state is kept as %s: "+
		"within the next %.0f hours, an apply or destroy learns from the API what that creation made, and deletes it. Until then the task may run, and cost.",
		l.request.TaskName, id.ValueString(), keyLife.Hours()))
}

// lost is the creation that a state stands for; false when it has a task of known id.
func (m *trainingTaskModel) lost(ctx context.Context) (*lostCreation, bool) {
	key, marked := strings.CutPrefix(m.ID.ValueString(), lostPrefix)
	at, err := time.Parse(time.RFC3339, m.CreatedAt.ValueString())
	if !marked || uuid.Validate(key) != nil || err != nil {
		return nil, false
	}
	request, diags := m.request(ctx)
	request.IdempotencyKey = key
	return &lostCreation{request, at}, !diags.HasError()
}

// find learns what a lost creation made; empty when there is nothing to delete.
func (l *lostCreation) find(ctx context.Context, client *fermi.Client) (id string, diags diag.Diagnostics) {
	if time.Since(l.at) > keyLife {
		// Asked now, the API would make another task and tell its id.
		diags.AddWarning("A training task may be left behind", fmt.Sprintf("The answer to the creation of %q was lost at %s, and after %.0f hours the API no longer tells what it made. "+
			"Look for a task of that name and time, and delete or import it.", l.request.TaskName, l.at.Format(time.RFC3339), keyLife.Hours()))
		return "", diags
	}
	created, err := client.CreateTask(ctx, l.request)
	if err != nil && !fermi.IsRefused(err) {
		diags.Append(apiError(fmt.Sprintf("Asking what the lost creation of training task %q made", l.request.TaskName), err))
	}
	return created.TaskID, diags
}
