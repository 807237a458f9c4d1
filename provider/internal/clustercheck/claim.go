package clustercheck

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/tfvalues"
)

// A Claim is an object whose cluster was checked before a call.
type Claim struct {
	Client *fermi.Client // its calls fail in any other cluster
	Home   Home          // the cluster that the endpoint serves
	// Certain is set if the object is known to be in that cluster. Otherwise only its time of creation can tell.
	Certain bool
	// Unchecked is set if the object's cluster is known, but the API doesn't say which cluster it serves.
	Unchecked bool
	// Forgotten is set if the object was in an ephemeral cluster that has ended, and the object with it.
	Forgotten bool
}

// Claim finds out whether an object in the state belongs to the cluster that the endpoint serves. tried says what is to be done
// with the object, as in "Reading training task task-001". An object of another cluster is an error, unless that cluster has
// ended: then the claim is Forgotten.
func (l *Checker) Claim(ctx context.Context, private PrivateState, tried string) (Claim, diag.Diagnostics) {
	kept, diags := ReadHome(ctx, private)
	if diags.HasError() {
		return Claim{}, diags
	}
	if kept.Planned && !kept.Read {
		diags.AddError("Object's cluster isn't known", tried+": the plan was made without a refresh, so nobody has looked in which cluster the "+
			"object is that it replaces. Nothing was changed. Plan again without -refresh=false.")
		return Claim{}, diags
	}
	return l.claimFrom(ctx, kept, tried)
}

// ClaimToRead is Claim for reading the object. After a failed deletion the private state is that of the planned creation,
// because Terraform has replaced the object's own; the object's cluster is unknown then.
func (l *Checker) ClaimToRead(ctx context.Context, private PrivateState, tried string) (Claim, diag.Diagnostics) {
	kept, diags := ReadHome(ctx, private)
	if diags.HasError() {
		return Claim{}, diags
	}
	if kept.Planned && !kept.Read {
		kept = Home{}
	}
	return l.claimFrom(ctx, kept, tried)
}

func (l *Checker) claimFrom(ctx context.Context, kept Home, tried string) (Claim, diag.Diagnostics) {
	var diags diag.Diagnostics
	present, err := l.Current(ctx)
	if err != nil {
		diags.Append(apierror.Diagnostic(tried+", asking first which cluster the API serves", err))
		return Claim{}, diags
	}
	claimed := Claim{
		Client: l.client.ForCluster(cmp.Or(present.ID, kept.ID)), Home: present,
		Certain: kept.ID != "" && kept.ID == present.ID, Unchecked: kept.ID != "" && present.ID == "",
	}
	switch {
	case claimed.Certain || kept.ID == "" || claimed.Unchecked:
	case l.isGone(ctx, kept):
		claimed.Forgotten = true
		diags.AddWarning("The simulated cluster of some objects has ended, and they with it",
			fmt.Sprintf("%s: it was in the ephemeral cluster %s, which no longer answers there. The provider's endpoint now serves cluster %s, "+
				"where nothing was touched. The object is taken as deleted.", tried, kept, present))
	default:
		diags.AddError("Object of another cluster",
			fmt.Sprintf("%s: it is in cluster %s, but the provider's endpoint serves cluster %s. Nothing was read or changed, since an object "+
				"of that id there is somebody else's.\n\nSet the provider's endpoint to the API of the object's cluster. If the object is no longer "+
				"to be managed here, run terraform state rm with the resource's address: the object stays as it is in its cluster.",
				tried, kept, present))
	}
	return claimed, diags
}

// ClaimForUpdate is Claim for changing the object in place. A Forgotten object is an error here.
func (l *Checker) ClaimForUpdate(ctx context.Context, private PrivateState, tried string) (Claim, diag.Diagnostics) {
	claimed, diags := l.Claim(ctx, private, tried)
	if claimed.Forgotten {
		for i := range diags {
			diags[i] = asError(diags[i])
		}
		diags.AddError("Object no longer exists",
			tried+": its cluster has ended. Plan again: the refresh forgets the object, and the plan creates a new one.")
	}
	return claimed, diags
}

// IsOther reports whether the object that the API has under an id is another one than the state's, because it was created at
// another time. A cluster that was restored from an older snapshot assigns ids again.
func IsOther(createdAt types.String, found time.Time) bool {
	return createdAt.ValueString() != "" && createdAt.ValueString() != tfvalues.FormatTime(found)
}

// Present reports whether a refresh has read the state's object, given the answer to the read: err, or the time at which the object was
// created. If it hasn't, Present removes the object from the state where it is certain to be gone, and adds a diagnostic where not.
func (o Claim) Present(ctx context.Context, tried string, err error, createdAt types.String, found time.Time,
	resp *resource.ReadResponse) bool {
	switch {
	case fermi.IsNotFound(err) && o.Unchecked:
		resp.Diagnostics.Append(o.NotFound(tried, err))
	case fermi.IsNotFound(err):
		resp.State.RemoveResource(ctx)
	case err != nil:
		resp.Diagnostics.Append(apierror.Diagnostic(tried, err))
	case IsOther(createdAt, found):
		resp.Diagnostics.Append(o.OtherObject(tried, createdAt, found))
		if o.Certain {
			resp.State.RemoveResource(ctx)
		}
	default:
		return true
	}
	return false
}

// OtherObject reports an object that isn't the state's. If the cluster is certain, the state's object no longer exists, which is
// a warning. Otherwise the object may be in another cluster, which is an error.
func (o Claim) OtherObject(tried string, createdAt types.String, found time.Time) diag.Diagnostic {
	times := fmt.Sprintf("%s: the object that has this id at %s was created at %s, the one in the state at %s, so they are two objects. ",
		tried, o.Client.Endpoint(), tfvalues.FormatTime(found), createdAt.ValueString())
	if o.Certain {
		return diag.NewWarningDiagnostic("The object no longer exists, and its id belongs to another one", times+
			"The cluster gave the id out again, as it does after an older snapshot was restored. The other object was not touched; "+
			"the state's is taken as deleted.")
	}
	return diag.NewErrorDiagnostic("Object of another cluster", times+"Nothing was changed.\n\n"+
		"Set the provider's endpoint to the API of the object's cluster. If the object no longer exists, or is no longer to be managed here, "+
		"run terraform state rm with the resource's address.")
}

// OtherThanPlanned is the error for an update whose object isn't the state's.
func (o Claim) OtherThanPlanned(tried string, createdAt types.String, found time.Time) diag.Diagnostic {
	if !o.Certain {
		return o.OtherObject(tried, createdAt, found)
	}
	return diag.NewErrorDiagnostic("Object no longer exists", fmt.Sprintf("%s: the cluster has given its id to another object, which was "+
		"created at %s; "+
		"the state's was created at %s. Nothing was changed. Plan again: the refresh drops the state's object, and the plan creates a new one.",
		tried, tfvalues.FormatTime(found), createdAt.ValueString()))
}

// NotFound is the error for an object that is missing at an API that doesn't say which cluster it serves. The object may exist
// in its own cluster.
func (o Claim) NotFound(tried string, err error) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Object isn't there, and may be elsewhere", fmt.Sprintf("%s: %s\n\n"+
		"The state knows the object's cluster, but the API doesn't say which one it serves, so the object may live in another one. "+
		"Check the provider's endpoint. If the object is gone, run terraform state rm with the resource's address.", tried, err))
}

// asError returns the diagnostic as an error.
func asError(d diag.Diagnostic) diag.Diagnostic {
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeErrorDiagnostic(at.Path(), d.Summary(), d.Detail())
	}
	return diag.NewErrorDiagnostic(d.Summary(), d.Detail())
}
