package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// asError is the same diagnostic as an error.
func asError(d diag.Diagnostic) diag.Diagnostic {
	if at, ok := d.(diag.DiagnosticWithPath); ok {
		return diag.NewAttributeErrorDiagnostic(at.Path(), d.Summary(), d.Detail())
	}
	return diag.NewErrorDiagnostic(d.Summary(), d.Detail())
}

// An edited attribute is one that people change in place, as the plan wants it, as the plan found it, and as it is now.
type edited struct {
	name                 string
	planned, before, now attr.Value
	// reached tells that it is now as planned, or the same to the API.
	reached bool
}

// isSent tells whether the update has to send the attribute: the plan changes it, and it isn't so already.
func (e edited) isSent() bool { return !e.planned.Equal(e.before) && !e.reached }

// isConflict tells whether somebody has changed the attribute since the plan, to something else than is planned.
func (e edited) isConflict() bool { return !e.now.Equal(e.before) && !e.reached }

// conflict is the error that somebody else has changed attributes since the plan; nil when nobody has.
func conflict(tried string, attributes []edited) diag.Diagnostics {
	var names, changes []string
	for _, e := range attributes {
		if e.isConflict() {
			names = append(names, e.name)
			changes = append(changes, fmt.Sprintf("- %s was %s, is now %s, planned %s", e.name, e.before, e.now, e.planned))
		}
	}
	if len(names) == 0 {
		return nil
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Somebody else has changed it since the plan", fmt.Sprintf(
		"%s: what the plan was made from has changed in %s. Nothing was changed now, so that no edit is lost.\n\n%s\n\nPlan again, and apply what is still wanted.",
		tried, strings.Join(names, ", "), strings.Join(changes, "\n")))}
}
