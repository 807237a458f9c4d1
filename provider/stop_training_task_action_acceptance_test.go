package provider

import (
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const stopAction = `
action "fermi_stop_training_task" "stop" {
  config {
    id = fermi_training_task.test.id
  }
}
`

// squeeze undoes the line breaks that the command puts into messages.
func squeeze(output string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(output, "│", " ")), " ")
}

func wantAll(t *testing.T, output string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(squeeze(output), part) {
			t.Errorf("want %q in:\n%s", part, output)
		}
	}
}

func TestAccStopTrainingTask(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, requiredProvider+c.config(task("n", gpus("az-bj-a", "A100", 8)+`launch_mode = "dynamic"`)+stopAction))
	terraform.needsTerraform("actions", 1, 14)
	invoke := func(code int) string {
		t.Helper()
		return terraform.run(code, "apply", "-auto-approve", "-no-color", "-invoke=action.fermi_stop_training_task.stop")
	}
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	var zone struct {
		GPUInventory map[string]int `json:"gpuInventory"`
	}
	c.call("GET", "/api/v1/availability-zones/az-bj-a", "", &zone)
	if zone.GPUInventory["A100"] != 24 {
		t.Fatalf("%d A100 are free while the task runs, want 24", zone.GPUInventory["A100"])
	}

	wantAll(t, invoke(0), "Training task task-001 (n) is running; stopping it", "Training task task-001 is stopped, its GPUs are "+
		"free; it cost ", " CNY")
	c.call("GET", "/api/v1/availability-zones/az-bj-a", "", &zone)
	if zone.GPUInventory["A100"] != 32 {
		t.Errorf("%d A100 are free after the stop, want 32", zone.GPUInventory["A100"])
	}
	// The stop is no difference, and a second one does nothing.
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	wantAll(t, invoke(0), "Training task task-001 had ended already, it is stopped; there is nothing to stop")
	if got := c.requests("POST", "/api/v1/training-tasks/task-001/stop"); got != 1 {
		t.Errorf("the API was told %d times to stop, want once", got)
	}

	if err := c.sim.Clock().Advance(2000 * time.Hour); err != nil {
		t.Fatal(err)
	}
	wantAll(t, invoke(0), "Training task task-001 ended long ago (stopped) and its record was purged; there is nothing to stop")
}

// The end comes between the look at the task and the stop.
func TestAccStopTrainingTaskRace(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	terraform := newCommand(t, requiredProvider+c.config(task("n", `wait_for = "none"`)+stopAction))
	terraform.needsTerraform("actions", 1, 14)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	c.call("POST", "/sim/v1/faults", `{"status":409,"method":"POST","path":"/api/v1/training-tasks/*/stop","count":1}`, nil)
	invocation := terraform.start("apply", "-auto-approve", "-no-color", "-invoke=action.fermi_stop_training_task.stop")
	c.awaitWait(invocation)
	c.call("POST", "/sim/v1/dev-environments/env-001/stop", "", nil)
	terraform.wait(invocation, 0)
	wantAll(t, invocation.output.String(), "Training task task-001 is failed", "Training task task-001 had ended already, it is failed")
}

func TestAccStopUnknownTrainingTask(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, requiredProvider+c.config(strings.Replace(stopAction, "fermi_training_task.test.id", `"task-404"`, 1)))
	terraform.needsTerraform("actions", 1, 14)
	output := terraform.run(1, "apply", "-auto-approve", "-no-color", "-invoke=action.fermi_stop_training_task.stop")
	wantAll(t, output, "Stopping training task task-404: GET", "HTTP 404 Not Found", "Not found")
}
