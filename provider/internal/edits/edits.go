// Package edits compares what a plan changes in place with what others have changed meanwhile.
package edits

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// An Attribute is one that users change in place: as planned, as it was when planned, and as it is now.
type Attribute struct {
	Name                 string
	planned, before, now attr.Value
	// done is set if the attribute now has the planned value, or one that is the same to the API.
	done bool
}

// New returns an attribute. done says whether it has the planned value already.
func New(name string, planned, before, now attr.Value, done bool) Attribute {
	return Attribute{Name: name, planned: planned, before: before, now: now, done: done}
}

// MustSend reports whether the update has to send the attribute: the plan changes it, and it isn't done yet.
func (e Attribute) MustSend() bool { return !e.planned.Equal(e.before) && !e.done }

// isConflict reports whether somebody has changed the attribute since the plan, to another value than the planned one.
func (e Attribute) isConflict() bool { return !e.now.Equal(e.before) && !e.done }

// Conflict returns the error that others have changed attributes since the plan, or nil if nobody has.
func Conflict(tried string, attributes []Attribute) diag.Diagnostics {
	var names, changes []string
	for _, e := range attributes {
		if e.isConflict() {
			names = append(names, e.Name)
			changes = append(changes, fmt.Sprintf("- %s was %s, is now %s, planned %s", e.Name, e.before, e.now, e.planned))
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
