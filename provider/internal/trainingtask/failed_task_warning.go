package trainingtask

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// warnOfFailure warns of a failed task in the state that the plan doesn't replace, with the reason and the ways to run it again.
// Terraform shows warnings of one title once and counts the others, so the title names no task.
func (m *taskModel) warnOfFailure() diag.Diagnostics {
	if fermi.TaskStatus(m.Status.ValueString()) != fermi.TaskStatusFailed {
		return nil
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Training task %s (%q) ", fermi.Printable(m.ID.ValueString()), m.TaskName.ValueString())
	if finished := m.FinishedAt.ValueString(); finished != "" {
		fmt.Fprintf(&b, "failed at %s", fermi.Printable(finished))
	} else {
		b.WriteString("has failed")
	}
	if reason := m.StatusReason.ValueString(); reason != "" {
		fmt.Fprintf(&b, ", reason %s", fermi.Printable(reason))
	}
	if message := m.StatusMessage.ValueString(); message != "" {
		fmt.Fprintf(&b, ": %s", fermi.Printable(message))
	}
	b.WriteString(". This plan leaves it as it is. To run it again, correct the cause, and ")
	if len(m.Triggers.Elements()) > 0 {
		b.WriteString("change a trigger that it has, ")
	}
	b.WriteString("set replace_on_failure = true, or plan with -replace and the resource's address. To drop it, remove the resource.")
	return diag.Diagnostics{diag.NewWarningDiagnostic("A training task in the state has failed", b.String())}
}
