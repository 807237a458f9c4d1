package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// templatedTask is a task that takes what it leaves out from a template.
func templatedTask(template, attributes string) string {
	return "resource \"fermi_training_task\" \"test\" {\n  template_id = " + template + "\n  " + attributes + "\n}\n"
}

const fullTemplate = `{"name":"sft","config":{"taskName":"of the template","description":"d",
	"datasetId":"dataset-001","datasetVersionId":"version-001",
	"modelId":"model-001","launchMode":"dynamic","labels":{"team":"nlp"},"resourceConfig":` + resources + `}}`

func hasResources(zone string, count int64, image string) statecheck.StateCheck {
	return known("resource_config", knownvalue.ObjectExact(map[string]knownvalue.Check{
		"availability_zone": knownvalue.StringExact(zone), "gpu_type": knownvalue.StringExact("A100"), "gpu_count": knownvalue.Int64Exact(count),
		"cpu_cores": knownvalue.Int64Exact(16), "memory": knownvalue.Int64Exact(128), "image": knownvalue.StringExact(image),
	}))
}

func TestAccTaskFromTemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/task-templates", fullTemplate, nil)
	const image = "pytorch/pytorch:2.1.0-cuda12.1"
	id := func(want string) statecheck.StateCheck { return known("id", knownvalue.StringExact(want)) }
	bare := c.config(templatedTask(`"template-001"`, ""))
	overridden := templatedTask(`"template-001"`, `
  task_name   = "mine"
  description = ""
  labels      = {}
  resource_config = { availability_zone = "az-sz-c", gpu_count = 1 }`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config: bare,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue(taskAddress, tfjsonpath.New("task_name")),
					plancheck.ExpectUnknownValue(taskAddress, tfjsonpath.New("resource_config")),
					plancheck.ExpectKnownValue(taskAddress, tfjsonpath.New("template_id"), knownvalue.StringExact("template-001")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					id("task-001"), known("template_id", knownvalue.StringExact("template-001")),
					known("task_name", knownvalue.StringExact("of the template")),
					known("description", knownvalue.StringExact("d")), known("dataset_id", knownvalue.StringExact("dataset-001")),
					known("model_id", knownvalue.StringExact("model-001")), known("launch_mode", knownvalue.StringExact("dynamic")),
					known("labels", knownvalue.MapExact(map[string]knownvalue.Check{"team": knownvalue.StringExact("nlp")})),
					hasResources("az-bj-a", 2, image), known("status", knownvalue.StringExact("running")),
				},
			},
			{Config: bare, ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				// A later change of the template leaves the task alone.
				PreConfig: func() {
					c.call("PATCH", "/api/v1/task-templates/template-001",
						`{"config":{"taskName":"other","datasetId":"dataset-002","datasetVersionId":"version-001"}}`, nil)
				},
				Config: bare, ConfigPlanChecks: emptyPlan,
			},
			{
				Config:           c.config(templatedTask(`"template-001"`, `task_name = "renamed"`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{id("task-001"), known("task_name", knownvalue.StringExact("renamed")),
					hasResources("az-bj-a", 2, image)},
			},
			// An override that is taken out again stays, and so does everything when the template is no longer named.
			{Config: bare, ConfigPlanChecks: emptyPlan},
			{
				Config: c.config(task("renamed", `description = "d"
  model_id    = "model-001"
  launch_mode = "dynamic"
  labels      = { team = "nlp" }
  resource_config = {
    availability_zone = "az-bj-a", gpu_type = "A100", gpu_count = 2, cpu_cores = 16, memory = 128, image = "`+image+`"
  }`)), ConfigPlanChecks: emptyPlan,
			},
			{
				PreConfig: func() {
					c.call("POST", "/api/v1/task-templates", strings.Replace(fullTemplate, "sft", "again", 1), nil)
				},
				Config:           c.config(strings.Replace(overridden, "template-001", "template-002", 1)),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					id("task-002"), known("task_name", knownvalue.StringExact("mine")), known("description", knownvalue.StringExact("")),
					known("labels", knownvalue.MapSizeExact(0)), hasResources("az-sz-c", 1, image),
				},
			},
			{
				// A change in place leaves what the template filled in, value by value.
				Config:           c.config(strings.NewReplacer("template-001", "template-002", `"mine"`, `"yours"`).Replace(overridden)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{id("task-002"), known("task_name", knownvalue.StringExact("yours")),
					hasResources("az-sz-c", 1, image)},
			},
			{
				Config:            c.config(strings.NewReplacer("template-001", "template-002", "gpu_count = 1", "gpu_count = 3").Replace(overridden)),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{id("task-003"), hasResources("az-sz-c", 3, image)},
			},
			{
				// The template is gone; its task is not.
				PreConfig: func() { c.call("DELETE", "/api/v1/task-templates/template-002", "", nil) },
				Config: c.config(strings.NewReplacer("template-001", "template-002", "gpu_count = 1", "gpu_count = 3", "mine",
					"still").Replace(overridden)),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{id("task-003")},
			},
			{
				Config:      c.config(strings.NewReplacer("template-001", "template-002", "gpu_count = 1", "gpu_count = 4").Replace(overridden)),
				ExpectError: regexp.MustCompile(`(?s)No such task template.*template_id.*"template-002"`),
			},
		},
	})
}

// A template and its task are made in one apply, when the plan doesn't know the template yet.
func TestAccTemplateAndTaskTogether(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := c.config(taskTemplate(`name = "n"
  config = {
    dataset_id = "dataset-001", dataset_version_id = "version-001", launch_mode = "existing", environment_id = "env-002"
  }`) + templatedTask("fermi_task_template.test.id", `task_name = "t"`))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					known("template_id", knownvalue.StringExact("template-001")), known("environment_id", knownvalue.StringExact("env-002")),
					known("resource_config", knownvalue.Null()), known("model_id", knownvalue.Null()), known("description", knownvalue.StringExact("")),
					known("labels", knownvalue.MapSizeExact(0)), known("status", knownvalue.StringExact("running")),
				},
			},
			{Config: config, ConfigPlanChecks: emptyPlan},
			{
				// The template's environment is for the other mode.
				Config: strings.Replace(config, `task_name = "t"`, "task_name = \"t\"\nlaunch_mode = \"dynamic\"\n"+gpus("az-bj-a", "T4", 1), 1),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(taskAddress, plancheck.ResourceActionReplace),
				}},
				ConfigStateChecks: []statecheck.StateCheck{known("environment_id", knownvalue.Null()),
					known("launch_mode", knownvalue.StringExact("dynamic"))},
			},
		},
	})
}

func TestAccWithoutTemplateEverythingIsNeeded(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	var steps []resource.TestStep
	for _, test := range []struct{ config, want string }{
		{`resource "fermi_training_task" "test" {}`, `(?s)Enter a task name.*Choose a dataset.*Set\s+dataset_version_id`},
		{task("n", "launch_mode = \"dynamic\"\n resource_config = { gpu_type = \"A100\" }"),
			`(?s)Choose an availability zone.*a number of GPUs.*a number of CPU cores.*an amount of memory.*an image`},
		{templatedTask(`" "`, ""), `Choose a task template`},
		{templatedTask(`"template-404"`, ""), `No such task template`},
	} {
		steps = append(steps, resource.TestStep{Config: c.config(test.config), ExpectError: regexp.MustCompile(test.want)})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories, Steps: steps})
}
