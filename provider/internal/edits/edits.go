package edits

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// An Attribute attribute is one that people change in place, as the plan wants it, as the plan found it, and as it is now.
type Attribute struct {
	Name                 string
	planned, before, now attr.Value
	// reached tells that it is now as planned, or the same to the API.
	done bool
}

// New returns the edited attribute of a name.
func New(name string, planned, before, now attr.Value, reached bool) Attribute {
	return Attribute{Name: name, planned: planned, before: before, now: now, done: reached}
}

// MustSend tells whether the update has to send the attribute: the plan changes it, and it isn't so already.
func (e Attribute) MustSend() bool { return !e.planned.Equal(e.before) && !e.done }

// isConflict tells whether somebody has changed the attribute since the plan, to something else than is planned.
func (e Attribute) isConflict() bool { return !e.now.Equal(e.before) && !e.done }

// Conflict is the error that somebody else has changed attributes since the plan; nil when nobody has.
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
		"%s: what the plan was made from has changed in %s. Nothing was changed now, so that no edit is lost.\n\n%s\n\nPlan again, and apply what is still wanted.",
		tried, strings.Join(names, ", "), strings.Join(changes, "\n")))}
}
