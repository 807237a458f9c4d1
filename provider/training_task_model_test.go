package provider

import (
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
)

// The message of a reason is in the language of whoever refreshes, which is no difference; that of another reason is one.
func TestStatusMessageStaysWithItsReason(t *testing.T) {
	var m trainingTaskModel
	for _, step := range []struct{ reason, message, want string }{
		{"", "", ""},
		{"NODE_FAILED", "a node of the task failed", "a node of the task failed"},
		{"NODE_FAILED", "节点故障", "a node of the task failed"},
		{"STOPPED_BY_USER", "已由用户停止", "已由用户停止"},
		{"STOPPED_BY_USER", "stopped on request", "已由用户停止"},
		{"", "", ""},
	} {
		task := fermi.Task{TaskID: "task-001", Status: fermi.Failed, StatusReason: step.reason, StatusMessage: step.message}
		if diags := m.set(t.Context(), task); diags.HasError() {
			t.Fatal(diags)
		}
		if got := m.StatusMessage.ValueString(); got != step.want || m.StatusReason.ValueString() != step.reason {
			t.Errorf("%+v: %s is %q", step, m.StatusReason, got)
		}
	}
}
