package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// The tests here hold what the guides say of Terraform and the provider together.

// operating: a saved plan on a lost state creates its tasks a second time.
func TestAccSavedPlanOnALostState(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, requiredProvider+c.config(task("n", "")))
	terraform.run(0, "plan", "-out=saved.plan", "-no-color")
	terraform.run(0, "apply", "-no-color", "saved.plan")
	wantAll(t, terraform.run(1, "apply", "-no-color", "saved.plan"), "Saved plan is stale")
	if err := os.Remove(filepath.Join(terraform.dir, "terraform.tfstate")); err != nil {
		t.Fatal(err)
	}
	terraform.run(0, "apply", "-no-color", "saved.plan")
	if err := c.wantTasks("task-001", "task-002")(nil); err != nil {
		t.Error(err)
	}
}

// live-data: a refresh finds differences while the task is live, a plan doesn't, and both are still once it has ended.
func TestAccRefreshOnlyWhileATaskRuns(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	const submitted = "launch_mode = \"dynamic\"\n  wait_for = \"none\""
	terraform := newCommand(t, requiredProvider+c.config(task("n", gpus("az-bj-a", "V100", 8)+submitted)))
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	c.call("POST", "/sim/v1/clock/advance", `{"by":"30m"}`, nil)
	output := terraform.run(2, "plan", "-refresh-only", "-detailed-exitcode", "-no-color")
	for _, attribute := range []string{"cost", "status", "started_at"} {
		if !regexp.MustCompile(`(?m)^ +[~+] ` + attribute + ` `).MatchString(output) {
			t.Errorf("the refresh doesn't show %s:\n%s", attribute, output)
		}
	}
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	c.call("POST", "/sim/v1/clock/advance", `{"until":"idle"}`, nil)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	// Terraform 1.11 has a detailed exit code of 2 for a state with numbers in it, also where it finds nothing.
	wantAll(t, terraform.run(0, "plan", "-refresh-only", "-no-color"), "found no differences")
}

// operating: creations that wait take Terraform's places, and those beyond aren't submitted; without a wait all are.
func TestAccManyTasksAndFewPlaces(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	const three = "count = 3\n  launch_mode = \"dynamic\"\n  #wait\n  "
	config := requiredProvider + c.config(task("n-${count.index}", three+gpus("az-bj-a", "V100", 8)))
	terraform := newCommand(t, config)
	apply := terraform.start("apply", "-auto-approve", "-no-color", "-parallelism=1")
	c.awaitWait(apply)
	if got := c.tasks(); len(got) != 1 {
		t.Errorf("one place submitted the tasks %q", got)
	}
	if err := apply.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = apply.Wait()
	terraform.write(filepath.Join(terraform.dir, "main.tf"), strings.Replace(config, "#wait", `wait_for = "none"`, 1))
	terraform.run(0, "apply", "-auto-approve", "-no-color", "-parallelism=1")
	if got := c.tasks(); len(got) != 3 {
		t.Errorf("without waits the tasks are %q", got)
	}
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// operating: with create_before_destroy and no wait, the new task queues until the old one is gone, in the same apply.
func TestAccCreateBeforeDestroyInAFullZone(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := requiredProvider + c.config(task("n", gpus("az-bj-b", "A100", 16)+
		"launch_mode = \"dynamic\"\n  wait_for = \"none\"\n  triggers = { run = \"1\" }\n  lifecycle {\n    create_before_destroy = true\n  }"))
	terraform := newCommand(t, config)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	terraform.write(filepath.Join(terraform.dir, "main.tf"), strings.Replace(config, `run = "1"`, `run = "2"`, 1))
	wantAll(t, terraform.run(0, "apply", "-auto-approve", "-no-color"), "1 added, 0 changed, 1 destroyed")
	if err := c.wantTasks("task-002")(nil); err != nil {
		t.Error(err)
	}
	c.call("POST", "/sim/v1/clock/advance", `{"by":"10m"}`, nil)
	var task struct{ Status string }
	c.call("GET", "/api/v1/training-tasks/task-002", "", &task)
	if task.Status != "running" {
		t.Errorf("the new task is %s", task.Status)
	}
}

// live-data: what is ignored stays when a trigger replaces the task, and is chosen anew once it isn't ignored.
func TestAccIgnoredChoiceOutlivesAReplacement(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	const ignored = "lifecycle {\n    ignore_changes = [resource_config.availability_zone]\n  }"
	config := requiredProvider + c.config(`
data "fermi_availability_zones" "room" {
  gpu_type = "V100"
  min_free = 8
}
`+task("n", strings.Replace(gpus("az-bj-a", "V100", 8), `"az-bj-a"`, `try(data.fermi_availability_zones.room.zones[0].id, "az-sh-b")`, 1)+
		"launch_mode = \"dynamic\"\n  triggers = { run = \"1\" }\n  "+ignored)+`
output "zone" {
  value = fermi_training_task.test.resource_config.availability_zone
}
`)
	terraform := newCommand(t, config)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	c.hold("az-bj-a", "V100", 56)
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	config = strings.Replace(config, `run = "1"`, `run = "2"`, 1)
	for _, step := range []struct{ config, zone string }{
		{config, "az-bj-a"},
		{strings.Replace(config, ignored, "", 1), "az-bj-b"},
	} {
		terraform.write(filepath.Join(terraform.dir, "main.tf"), step.config)
		wantAll(t, terraform.run(0, "apply", "-auto-approve", "-no-color"), `zone = "`+step.zone+`"`)
		c.fill()
	}
}

// importing: an import block that stays stops the plans after a destruction.
func TestAccImportBlockAfterADestruction(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/training-tasks", `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001"}`, nil)
	config := requiredProvider + c.config(task("n", ""))
	terraform := newCommand(t, config+"import {\n  to = fermi_training_task.test\n  id = \"task-001\"\n}\n")
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	terraform.run(0, "destroy", "-auto-approve", "-no-color")
	wantAll(t, terraform.run(1, "plan", "-no-color"), "Cannot import non-existent remote object")
	terraform.write(filepath.Join(terraform.dir, "main.tf"), config)
	wantAll(t, terraform.run(0, "plan", "-no-color"), "1 to add, 0 to change, 0 to destroy")
}

// live-data: an estimate that fails is an error outside of a check and a warning inside, where no plan is empty.
func TestAccEstimateInACheck(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	estimate := estimated(`launch_mode = "existing"`)
	outside := newCommand(t, requiredProvider+c.config(estimate))
	inside := newCommand(t, requiredProvider+c.config("check \"estimate\" {\n"+estimate+
		"assert {\n  condition = data.fermi_training_estimate.test.capacity.verdict == \"fits\"\n  error_message = \"It doesn't fit.\"\n}\n}\n"))
	outside.run(0, "apply", "-auto-approve", "-no-color")
	inside.run(0, "apply", "-auto-approve", "-no-color")
	inside.run(2, "plan", "-detailed-exitcode", "-no-color")
	c.stopEnvironments()
	outside.run(1, "plan", "-no-color")
	outside.run(1, "destroy", "-auto-approve", "-no-color")
	wantAll(t, inside.run(2, "plan", "-detailed-exitcode", "-no-color"), "Warning:")
	inside.run(0, "destroy", "-auto-approve", "-no-color")
}
