package trainingtask

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// warnOfEnd warns that a plan changes what an ended task can't change any more. Such a value is only noted in the state: a refusal
// would hold up the rest of the plan, and the next run gets it. before is the task as the plan knew it.
func (m *taskModel) warnOfEnd(before taskModel, status fermi.TaskStatus) diag.Diagnostics {
	names := m.EditsUntilEnd(before.Model)
	if status.Live() || len(names) == 0 {
		return nil
	}
	how := "has ended"
	if status != "" {
		how = "is " + fermi.Printable(status)
	}
	run := "apply with -replace and the resource's address"
	if len(m.Triggers.Elements()) > 0 {
		run = "change a trigger that it has, or " + run
	}
	return diag.Diagnostics{diag.NewWarningDiagnostic("A training task has ended, what is changed counts for its next run",
		fmt.Sprintf("Training task %s (%q) %s, and a task's %s change only until its end. The task stays as it is, and the state only notes "+
			"the change. For a new run with it, %s.", fermi.Printable(m.ID.ValueString()), m.TaskName.ValueString(), how,
			strings.Join(names, ", "), run))}
}
