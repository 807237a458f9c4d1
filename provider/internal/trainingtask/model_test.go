package trainingtask

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/taskconfig"
)

// A message in another language is no change; a message of another reason is one.
func TestStatusMessageStaysWithItsReason(t *testing.T) {
	var m taskModel
	for _, step := range []struct{ reason, message, want string }{
		{"", "", ""},
		{"NODE_FAILED", "a node of the task failed", "a node of the task failed"},
		{"NODE_FAILED", "节点故障", "a node of the task failed"},
		{"STOPPED_BY_USER", "已由用户停止", "已由用户停止"},
		{"STOPPED_BY_USER", "stopped on request", "已由用户停止"},
		{"", "", ""},
	} {
		task := fermi.Task{TrainingTask: fermi.TrainingTask{
			TaskID: "task-001", Status: fermi.TaskStatusFailed, StatusReason: fermi.StatusReason(step.reason), StatusMessage: step.message,
		}}
		if diags := m.set(t.Context(), task); diags.HasError() {
			t.Fatal(diags)
		}
		if got := m.StatusMessage.ValueString(); got != step.want || m.StatusReason.ValueString() != step.reason {
			t.Errorf("%+v: %s is %q", step, m.StatusReason, got)
		}
	}
}

// A task with triggers can be run again by changing one.
func TestWarningOfAFailedTaskNamesItsTriggers(t *testing.T) {
	failed := taskModel{
		ID: types.StringValue("task-001"), Model: taskconfig.Model{TaskName: types.StringValue("n")},
		liveModel: liveModel{Status: types.StringValue("failed"), FinishedAt: types.StringValue("2024-12-08T10:00:00Z")},
		Triggers:  types.MapValueMust(types.StringType, map[string]attr.Value{"a": types.StringValue("1")}),
	}
	if got := failed.warnOfFailure()[0].Detail(); !strings.Contains(got, `("n") failed at 2024-12-08T10:00:00Z.`) ||
		!strings.Contains(got, "and change a trigger that it has, set") {
		t.Error(got)
	}
}
