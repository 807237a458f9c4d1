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
	// lostPrefix begins the placeholder for an unknown id in the state.
	lostPrefix = "creation-"
	// keyLifetime is how long the API remembers an idempotency key.
	keyLifetime = 24 * time.Hour
)

// Lost is an object that the API may have created, but whose id is unknown because the answer was lost. The same request with
// the same key returns the id. Everything needed for it is kept in attributes, because Terraform doesn't show private state to a
// deletion that is part of a replacement.
type Lost struct {
	Kind, Name string
	Key        string
	At         time.Time
	// Consequence says what the object may do until it is found.
	Consequence string
	// Repeat sends the same request with the same key.
	Repeat func(context.Context, *fermi.Client) (id string, err error)
}

// Keep writes the creation into the state. Because the response also has an error, Terraform taints the object, and the next
// apply deletes it before creating another one.
func (l *Lost) Keep(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var err error
	if resp.State.Raw, err = tfvalues.NullUnknowns(req.Plan.Raw); err != nil {
		resp.Diagnostics.AddError("State can't be kept", fmt.Sprintf("The answer to the creation of %s %q was lost, and its place in the "+
			"state can't be kept: %s. "+
			"Look for one of that name, and import or delete it. This is a bug in the provider; please report it.", l.Kind, l.Name, err))
		return
	}
	id := types.StringValue(lostPrefix + l.Key)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("created_at"), l.At.UTC().Format(time.RFC3339))...)
	resp.Diagnostics.Append(resp.Identity.SetAttribute(ctx, path.Root("id"), id)...)
	resp.Diagnostics.AddWarning(fmt.Sprintf("A %s may exist whose id isn't known", l.Kind),
		fmt.Sprintf("The answer to the creation of %q was lost. Its place in the state is kept as %s: "+
			"within the next %.0f hours, an apply or destroy learns from the API what that creation made, and deletes it. %s",
			l.Name, id.ValueString(), keyLifetime.Hours(), l.Consequence))
}

// ParseMark parses what Keep wrote. ok is false if the state has an object with a known id.
func ParseMark(id, createdAt types.String) (key string, at time.Time, ok bool) {
	key, marked := strings.CutPrefix(id.ValueString(), lostPrefix)
	at, err := time.Parse(time.RFC3339, createdAt.ValueString())
	return key, at, marked && uuid.Validate(key) == nil && err == nil
}

// Find returns the id of what a lost creation made, or "" if there is nothing to delete.
func (l *Lost) Find(ctx context.Context, client *fermi.Client) (id string, diags diag.Diagnostics) {
	if time.Since(l.At) > keyLifetime {
		// The key is forgotten by now: the same request would create another object.
		diags.AddWarning(fmt.Sprintf("A %s may be left behind", l.Kind), fmt.Sprintf("The answer to the creation of %q was lost at %s, and "+
			"after %.0f hours the API no longer tells what it made. "+
			"Look for a %s of that name and time, and delete or import it.", l.Name, l.At.Format(time.RFC3339), keyLifetime.Hours(), l.Kind))
		return "", diags
	}
	id, err := l.Repeat(ctx, client)
	if err != nil && !fermi.IsRefused(err) {
		diags.Append(apierror.Diagnostic(fmt.Sprintf("Asking what the lost creation of %s %q made", l.Kind, l.Name), err))
	}
	return id, diags
}
