package creation

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
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

const (
	// lostPrefix begins what stands for an id in the state.
	lostPrefix = "creation-"
	// keyLifetime is how long the API remembers an idempotency key.
	keyLifetime = 24 * time.Hour
)

// A Lost is an object that the API may have made and whose id nobody knows, since no answer came. The same request under
// the same key gives the id. All of it is kept in the state's attributes: Terraform shows a deletion that is half of a
// replacement no private state.
type Lost struct {
	Kind, Name string
	Key        string
	At         time.Time
	// meanwhile is what the object does until it is found.
	Consequence string
	// again sends the same request under the same key.
	Repeat func(context.Context, *fermi.Client) (id string, err error)
}

// Keep puts the creation into the state. The error of the same answer makes Terraform taint it there, so that the next apply
// deletes it before it creates anew.
func (l *Lost) Keep(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var err error
	if resp.State.Raw, err = tfvalues.NullUnknowns(req.Plan.Raw); err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("The answer to the creation of %s %q was lost, and its place in the state can't be kept: %s. "+
			"Look for one of that name, and import or delete it. This is a bug in the provider; please report it.", l.Kind, l.Name, err))
		return
	}
	id := types.StringValue(lostPrefix + l.Key)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("created_at"), l.At.UTC().Format(time.RFC3339))...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.AddWarning(fmt.Sprintf("A %s may exist whose id isn't known", l.Kind), fmt.Sprintf("The answer to the creation of %q was lost. Its place in the state is kept as %s: "+
		"within the next %.0f hours, an apply or destroy learns from the API what that creation made, and deletes it. %s",
		l.Name, id.ValueString(), keyLifetime.Hours(), l.Consequence))
}

// ParseMark reads what keep wrote; ok is false when the state has an object of known id.
func ParseMark(id, createdAt types.String) (key string, at time.Time, ok bool) {
	key, marked := strings.CutPrefix(id.ValueString(), lostPrefix)
	at, err := time.Parse(time.RFC3339, createdAt.ValueString())
	return key, at, marked && uuid.Validate(key) == nil && err == nil
}

// Find learns what a lost creation made; empty when there is nothing to delete.
func (l *Lost) Find(ctx context.Context, client *fermi.Client) (id string, diags diag.Diagnostics) {
	if time.Since(l.At) > keyLifetime {
		// Asked now, the API would make another one and tell its id.
		diags.AddWarning(fmt.Sprintf("A %s may be left behind", l.Kind), fmt.Sprintf("The answer to the creation of %q was lost at %s, and after %.0f hours the API no longer tells what it made. "+
			"Look for a %s of that name and time, and delete or import it.", l.Name, l.At.Format(time.RFC3339), keyLifetime.Hours(), l.Kind))
		return "", diags
	}
	id, err := l.Repeat(ctx, client)
	if err != nil && !fermi.IsRefused(err) {
		diags.Append(apierror.Diagnostic(fmt.Sprintf("Asking what the lost creation of %s %q made", l.Kind, l.Name), err))
	}
	return id, diags
}
