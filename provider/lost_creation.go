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

// A lostCreation is an object that the API may have made and whose id nobody knows, since no answer came. The same request under
// the same key gives the id. All of it is kept in the state's attributes: Terraform shows a deletion that is half of a
// replacement no private state.
type lostCreation struct {
	kind, name string
	key        string
	at         time.Time
	// meanwhile is what the object does until it is found.
	meanwhile string
	// again sends the same request under the same key.
	again func(context.Context, *fermi.Client) (id string, err error)
}

func lostTask(request fermi.TaskRequest, at time.Time) *lostCreation {
	return &lostCreation{"training task", request.TaskName, request.IdempotencyKey, at, "Until then the task may run, and cost.",
		func(ctx context.Context, client *fermi.Client) (string, error) {
			created, err := client.CreateTask(ctx, request)
			return created.TaskID, err
		}}
}

func lostTemplate(request fermi.TaskTemplateRequest, at time.Time) *lostCreation {
	return &lostCreation{"task template", request.Name, request.IdempotencyKey, at, "Until then its name may be taken.",
		func(ctx context.Context, client *fermi.Client) (string, error) {
			created, err := client.CreateTaskTemplate(ctx, request)
			return created.ID, err
		}}
}

// keep puts the creation into the state. The error of the same answer makes Terraform taint it there, so that the next apply
// deletes it before it creates anew.
func (l *lostCreation) keep(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var err error
	if resp.State.Raw, err = nullUnknowns(req.Plan.Raw); err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("The answer to the creation of %s %q was lost, and its place in the state can't be kept: %s. "+
			"Look for one of that name, and import or delete it. This is a bug in the provider; please report it.", l.kind, l.name, err))
		return
	}
	id := types.StringValue(lostPrefix + l.key)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("created_at"), l.at.UTC().Format(time.RFC3339))...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.AddWarning(fmt.Sprintf("A %s may exist whose id isn't known", l.kind), fmt.Sprintf("The answer to the creation of %q was lost. Its place in the state is kept as %s: "+
		"within the next %.0f hours, an apply or destroy learns from the API what that creation made, and deletes it. %s",
		l.name, id.ValueString(), keyLife.Hours(), l.meanwhile))
}

// lostMark reads what keep wrote; ok is false when the state has an object of known id.
func lostMark(id, createdAt types.String) (key string, at time.Time, ok bool) {
	key, marked := strings.CutPrefix(id.ValueString(), lostPrefix)
	at, err := time.Parse(time.RFC3339, createdAt.ValueString())
	return key, at, marked && uuid.Validate(key) == nil && err == nil
}

// lost is the creation that a state stands for; false when it has a task of known id.
func (m *trainingTaskModel) lost(ctx context.Context) (*lostCreation, bool) {
	key, at, ok := lostMark(m.ID, m.CreatedAt)
	if !ok {
		return nil, false
	}
	request, diags := m.request(ctx)
	request.IdempotencyKey = key
	return lostTask(request, at), !diags.HasError()
}

// lost is the creation that a state stands for; false when it has a template of known id.
func (m *taskTemplateModel) lost(ctx context.Context) (*lostCreation, bool) {
	key, at, ok := lostMark(m.ID, m.CreatedAt)
	if !ok {
		return nil, false
	}
	request, diags := m.request(ctx)
	request.IdempotencyKey = key
	return lostTemplate(request, at), !diags.HasError()
}

// find learns what a lost creation made; empty when there is nothing to delete.
func (l *lostCreation) find(ctx context.Context, client *fermi.Client) (id string, diags diag.Diagnostics) {
	if time.Since(l.at) > keyLife {
		// Asked now, the API would make another one and tell its id.
		diags.AddWarning(fmt.Sprintf("A %s may be left behind", l.kind), fmt.Sprintf("The answer to the creation of %q was lost at %s, and after %.0f hours the API no longer tells what it made. "+
			"Look for a %s of that name and time, and delete or import it.", l.name, l.at.Format(time.RFC3339), keyLife.Hours(), l.kind))
		return "", diags
	}
	id, err := l.again(ctx, client)
	if err != nil && !fermi.IsRefused(err) {
		diags.Append(apiError(fmt.Sprintf("Asking what the lost creation of %s %q made", l.kind, l.name), err))
	}
	return id, diags
}
