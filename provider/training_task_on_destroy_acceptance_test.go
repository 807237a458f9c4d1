package provider

import (
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// With on_destroy = "stop" a task that is destroyed or replaced ends, and its record stays; a task that has ended stays as it is.
func TestAccTrainingTaskOnDestroy(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := func(attributes string) string {
		return requiredProvider + c.config(task("n", "wait_for = \"none\"\n"+attributes))
	}
	const stop = "on_destroy = \"stop\"\n"
	terraform := newCommand(t, config(stop+"triggers = { run = 1 }"))
	apply := func(configuration string) string {
		t.Helper()
		terraform.write(terraform.dir+"/main.tf", configuration)
		return terraform.run(0, "apply", "-auto-approve", "-no-color")
	}
	status := func(id string) (status, reason string) {
		t.Helper()
		var task struct{ Status, StatusReason string }
		c.call("GET", "/api/v1/training-tasks/"+id, "", &task)
		return task.Status, task.StatusReason
	}
	want := func(id, wantStatus, wantReason string) {
		t.Helper()
		if got, reason := status(id); got != wantStatus || reason != wantReason {
			t.Errorf("%s is %s %s, want %s %s", id, got, reason, wantStatus, wantReason)
		}
	}
	terraform.run(0, "apply", "-auto-approve", "-no-color")

	wantAll(t, apply(config(stop+"triggers = { run = 2 }")), "The apply stops it and keeps its record and log.")
	want("task-001", "stopped", "STOPPED_BY_USER")
	want("task-002", "starting", "")

	c.call("POST", "/sim/v1/dev-environments/env-001/stop", "", nil)
	c.call("POST", "/sim/v1/dev-environments/env-001/start", "", nil)
	terraform.run(0, "destroy", "-auto-approve", "-no-color")
	want("task-002", "failed", "ENVIRONMENT_STOPPED")

	// A change of on_destroy alone sends nothing to the API. The next destruction goes by it.
	apply(config(""))
	requests := c.requests("PATCH", "/api/v1/training-tasks/task-003")
	apply(config(stop))
	if more := c.requests("PATCH", "/api/v1/training-tasks/task-003") - requests; more != 0 {
		t.Errorf("the change made %d requests", more)
	}
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	wantAll(t, terraform.run(0, "destroy", "-auto-approve", "-no-color"), "The apply stops it and keeps its record and log.")
	want("task-003", "stopped", "STOPPED_BY_USER")
	wantAll(t, func() string {
		terraform.write(terraform.dir+"/main.tf", config(`on_destroy = "keep"`))
		return terraform.run(1, "plan", "-no-color")
	}(), "on_destroy")
}
