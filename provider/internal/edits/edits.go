// Package edits changes objects in place, if nobody else has changed the same attributes since the plan.
package edits

import (
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
)

// An Attribute is one that users change in place, by a Patch.
type Attribute[Patch any] struct {
	Name string
	// The attribute as planned, as it was when planned, and as it is now.
	Planned, Before, Now attr.Value
	// Done is set if the attribute now has the planned value, or one that is the same to the API.
	Done bool
	// Put writes the planned value into a patch.
	Put func(*Patch) diag.Diagnostics
}

// isSent reports whether the update has to send the attribute: the plan changes it, and it isn't done yet.
func (a Attribute[Patch]) isSent() bool { return !a.Planned.Equal(a.Before) && !a.Done }

// isConflict reports whether somebody has changed the attribute since the plan, to another value than the planned one.
func (a Attribute[Patch]) isConflict() bool { return !a.Now.Equal(a.Before) && !a.Done }

// An Edit is a change of one object of the API.
type Edit[Object, Patch any] struct {
	Tried     string             // begins error messages, as in "Updating training task task-001"
	Claimed   clustercheck.Claim // the object's cluster
	CreatedAt types.String       // when the object was created, as the state has it
	// Read reads the object, and returns when it was created and its entity tag too.
	Read func() (object Object, created time.Time, etag string, err error)
	// Accept reports whether the edit has succeeded although the object can't be read. It may be nil.
	Accept func(err error) bool
	// Compare compares the attributes with the object as it is now.
	Compare func(Object) ([]Attribute[Patch], diag.Diagnostics)
	// Update sends a patch of the object that has the entity tag.
	Update func(etag string, patch Patch) (Object, error)
}

// Apply sends what the plan changes, and returns the object after it. It changes nothing if others have changed the object since
// the plan.
func (e Edit[Object, Patch]) Apply() (Object, diag.Diagnostics) {
	for attempt := 1; ; attempt++ {
		object, created, etag, err := e.Read()
		switch {
		case err != nil && e.Accept != nil && e.Accept(err):
			return object, nil
		case err != nil:
			return object, diag.Diagnostics{apierror.Diagnostic(e.Tried, err)}
		case clustercheck.IsOther(e.CreatedAt, created):
			return object, diag.Diagnostics{e.Claimed.OtherThanPlanned(e.Tried, e.CreatedAt, created)}
		}
		attributes, diags := e.Compare(object)
		patch, needed, more := patchOf(attributes)
		diags.Append(more...)
		if diags.HasError() || !needed {
			return object, diags
		}
		if diags.Append(conflict(e.Tried, attributes)...); diags.HasError() {
			return object, diags
		}
		object, err = e.Update(etag, patch)
		switch {
		case fermi.IsStale(err) && attempt < clustercheck.MaxRevisions:
			// Somebody has changed the object since it was read, or its status has changed. Read it again, to see whether that is in
			// conflict.
		case err != nil:
			return object, append(diags, apierror.Diagnostic(e.Tried, err))
		default:
			return object, diags
		}
	}
}

// patchOf returns what an update has to send; needed is false if that is nothing.
func patchOf[Patch any](attributes []Attribute[Patch]) (patch Patch, needed bool, diags diag.Diagnostics) {
	for _, a := range attributes {
		if a.isSent() {
			needed = true
			diags.Append(a.Put(&patch)...)
		}
	}
	return patch, needed, diags
}

// conflict returns the error that others have changed attributes since the plan, or nil if nobody has.
func conflict[Patch any](tried string, attributes []Attribute[Patch]) diag.Diagnostics {
	var names, changes []string
	for _, a := range attributes {
		if a.isConflict() {
			names = append(names, a.Name)
			changes = append(changes, fmt.Sprintf("- %s was %s, is now %s, planned %s", a.Name, a.Before, a.Now, a.Planned))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Somebody else has changed it since the plan", fmt.Sprintf(
		"%s: what the plan was made from has changed in %s. Nothing was changed now, so that no edit is lost.\n\n%s\n\nPlan again, and apply "+
			"what is still wanted.",
		tried, strings.Join(names, ", "), strings.Join(changes, "\n")))}
}
