package provider

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// One task is shown with its history, and with as much of its log as is asked for.
func TestAccOneTrainingTask(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	look := func(how string) string { return c.config("data \"fermi_training_task\" \"test\" {\n" + how + "\n}\n") }
	found := func(name string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.fermi_training_task.test", tfjsonpath.New(name), check)
	}
	event := func(i int, name string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.fermi_training_task.test", tfjsonpath.New("events").AtSliceIndex(i).AtMapKey(name), check)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: look(`id = " "`), ExpectError: regexp.MustCompile("请选择|Choose|choose")},
			{Config: look("id = \"task-001\"\nlog_tail = 0"), ExpectError: regexp.MustCompile(`between 1 and\s+10000`)},
			{Config: look(`id = "task-404"`), ExpectError: regexp.MustCompile("404 Not Found")},
			{
				PreConfig: func() {
					c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(newTask, "one", "d", `{"team":"nlp"}`), nil)
				},
				Config: look(`id = "task-001"`),
				ConfigStateChecks: []statecheck.StateCheck{
					found("task_name", knownvalue.StringExact("one")), found("status", knownvalue.StringExact("starting")),
					found("labels", knownvalue.MapSizeExact(1)), found("log", knownvalue.Null()), found("events", knownvalue.ListSizeExact(1)),
					event(0, "type", knownvalue.StringExact("created")), event(0, "time", knownvalue.StringExact("2024-12-08T10:00:00Z")),
					event(0, "reason", knownvalue.Null()), event(0, "nodes", knownvalue.ListSizeExact(0)),
				},
			},
			{
				PreConfig: func() {
					if err := c.sim.Clock().Advance(48 * time.Hour); err != nil {
						t.Fatal(err)
					}
				},
				Config: look("id = \"task-001\"\nlog_tail = 3"),
				ConfigStateChecks: []statecheck.StateCheck{
					found("status", knownvalue.StringExact("succeeded")), found("progress", knownvalue.Float64Exact(1)),
					found("log", knownvalue.ListSizeExact(3)), event(3, "status", knownvalue.StringExact("succeeded")),
				},
			},
		},
	})
}

// Templates are found by name and mark, with what they fill in.
func TestAccTaskTemplates(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := c.config("")
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.fermi_task_templates.marked", tfjsonpath.New("templates").AtSliceIndex(0),
			knownvalue.ObjectPartial(map[string]knownvalue.Check{
				"id": knownvalue.StringExact("template-002"), "name": knownvalue.StringExact("nightly"), "favorite": knownvalue.Bool(true),
				"config": knownvalue.ObjectPartial(map[string]knownvalue.Check{
					"dataset_id": knownvalue.StringExact("dataset-001"), "task_name": knownvalue.Null(), "labels": knownvalue.Null(),
				}),
			})),
	}
	for name, test := range map[string]struct {
		filter string
		want   []string
	}{
		"all":    {"", []string{"template-001", "template-002"}},
		"marked": {"favorite = true", []string{"template-002"}},
		"others": {"favorite = false", []string{"template-001"}},
		"named":  {`name = "night"`, []string{"template-002"}},
		"none":   {`name = "weekly"`, nil},
	} {
		config += "\ndata \"fermi_task_templates\" \"" + name + "\" {\n" + test.filter + "\n}\n"
		checks = append(checks, ids("data.fermi_task_templates."+name, "templates", test.want...))
	}
	c.call("POST", "/api/v1/task-templates", `{"name":"empty"}`, nil)
	c.call("POST", "/api/v1/task-templates", `{"name":"nightly","favorite":true,"config":{"datasetId":"dataset-001"}}`, nil)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}

const waitActionConfig = `
action "fermi_wait_for_training_task" "wait" {
  config {
    id      = fermi_training_task.test.id
    %s
  }
}
`

// awaitTask invokes the action for the task n, with further attributes, and returns what Terraform prints.
func (c *command) awaitTask(in *cluster, code int, attributes string) string {
	c.t.Helper()
	c.write(c.dir+"/main.tf", requiredProvider+in.config(task("n", `wait_for = "none"`)+fmt.Sprintf(waitActionConfig, attributes)))
	return c.run(code, "apply", "-auto-approve", "-no-color", "-invoke=action.fermi_wait_for_training_task.wait")
}

func TestAccWaitForTrainingTask(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, "")
	terraform.needsTerraform("actions", 1, 14)
	terraform.write(terraform.dir+"/main.tf", requiredProvider+c.config(task("n", `wait_for = "none"`)))
	terraform.run(0, "apply", "-auto-approve", "-no-color")

	wantAll(t, terraform.awaitTask(c, 0, `until = "running"`), "Training task task-001 (n) is running: ")
	wantAll(t, terraform.awaitTask(c, 0, ""), "Training task task-001 (n) is succeeded")
	wantAll(t, terraform.awaitTask(c, 1, `created_at = "2001-01-01T00:00:00Z"`), "Task is another one")
	wantAll(t, terraform.awaitTask(c, 1, `until = "queued"`), "until")
	wantAll(t, terraform.awaitTask(c, 1, `timeout = "soon"`), "Not a duration")

	if err := c.sim.Clock().Advance(2000 * time.Hour); err != nil {
		t.Fatal(err)
	}
	terraform.awaitTask(c, 0, "") // the API still tells that it has succeeded
	terraform.awaitTask(c, 0, `until = "ended"`)
}

// A task that ends otherwise than asked for is an error, unless any end will do.
func TestAccWaitForTrainingTaskThatFails(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	terraform := newCommand(t, requiredProvider+c.config(task("n", `wait_for = "none"`)+fmt.Sprintf(waitActionConfig, "")))
	terraform.needsTerraform("actions", 1, 14)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	wantAll(t, terraform.awaitTask(c, 1, `timeout = "1s"`), "Training task task-001 is not succeeded after 1s", "it was last seen starting",
		"The task goes on in the cluster.")
	terraform.write(terraform.dir+"/main.tf", requiredProvider+c.config(task("n", `wait_for = "none"`)+fmt.Sprintf(waitActionConfig, "")))
	invocation := terraform.start("apply", "-auto-approve", "-no-color", "-invoke=action.fermi_wait_for_training_task.wait")
	c.awaitWait(invocation)
	c.call("POST", "/sim/v1/dev-environments/env-001/stop", "", nil)
	terraform.wait(invocation, 1)
	wantAll(t, invocation.output.String(), "Training task task-001 (n) is failed", "Training task task-001 failed",
		"development environment stopped")
	wantAll(t, terraform.awaitTask(c, 0, `until = "ended"`), "Training task task-001 (n) is failed")

	if err := c.sim.Clock().Advance(2000 * time.Hour); err != nil {
		t.Fatal(err)
	}
	wantAll(t, terraform.awaitTask(c, 1, ""), "Training task task-001 has ended", "it has ended (failed), and its record was purged")
}
