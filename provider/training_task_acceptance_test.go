package provider

import (
	"fmt"
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

const taskAddress = "fermi_training_task.test"

// task is the configuration of one task; attributes come after the dataset.
func task(name, attributes string) string {
	return fmt.Sprintf(`
resource "fermi_training_task" "test" {
  task_name          = %q
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  %s
}
`, name, attributes)
}

// gpus is a resource_config for GPUs of a type in a zone.
func gpus(zone, gpuType string, count int) string {
	return fmt.Sprintf(`resource_config = {
    availability_zone = %q
    gpu_type          = %q
    gpu_count         = %d
    cpu_cores         = %d
    memory            = %d
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }
  `, zone, gpuType, count, 8*count, 64*count)
}

func known(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(taskAddress, tfjsonpath.New(attribute), value)
}

func planned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(taskAddress, action)}}
}

var emptyPlan = resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}

// importIgnored are attributes that only the configuration knows.
var importIgnored = []string{"wait_for", "timeouts", "triggers", "replace_on_failure", "cost"}

// TC01 of the source: an environment runs, the task starts in it.
func TestAccExistingEnvironment(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	attributes := `
  launch_mode    = "existing"
  environment_id = "env-001"
`
	id := known("id", knownvalue.StringExact("task-001"))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config: c.config(task("test-task-001", attributes)),
				ConfigStateChecks: []statecheck.StateCheck{
					id,
					known("status", knownvalue.StringExact("running")),
					known("launch_mode", knownvalue.StringExact("existing")),
					known("environment_id", knownvalue.StringExact("env-001")),
					known("resource_config", knownvalue.Null()),
					known("model_id", knownvalue.Null()),
					known("created_at", knownvalue.StringExact("2024-12-08T10:00:00Z")),
					known("started_at", knownvalue.StringRegexp(regexp.MustCompile(`^2024-12-08T10:00:(09|1[01])Z$`))),
					known("cost", knownvalue.ObjectPartial(map[string]knownvalue.Check{"currency": knownvalue.StringExact("CNY")})),
				},
			},
			{Config: c.config(task("test-task-001", attributes)), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				Config: c.config(task("renamed", attributes+`
  description = "now with a description"
  labels      = { team = "nlp" }
`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					id,
					known("task_name", knownvalue.StringExact("renamed")),
					known("description", knownvalue.StringExact("now with a description")),
					known("labels", knownvalue.MapExact(map[string]knownvalue.Check{"team": knownvalue.StringExact("nlp")})),
				},
			},
			{
				// What is taken out of the configuration goes from the task too.
				Config:           c.config(task("renamed", attributes)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					id, known("description", knownvalue.StringExact("")), known("labels", knownvalue.MapSizeExact(0)),
				},
			},
			{
				Config:           c.config(task("renamed", strings.Replace(attributes, "env-001", "env-003", 1))),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-002")), known("environment_id", knownvalue.StringExact("env-003")),
				},
			},
		},
	})
}

// TC02 of the source: 4 A100 in 北京可用区A.
func TestAccDynamicResources(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	attributes := `
  model_id    = "model-001"
  launch_mode = "dynamic"
  labels      = {}
`
	config := func(count int, more string) string {
		return c.config(task("test-task-002", attributes+gpus("az-bj-a", "A100", count)+more))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config: config(4, ""),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue(taskAddress, tfjsonpath.New("status")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					known("status", knownvalue.StringExact("running")),
					known("environment_id", knownvalue.Null()),
					known("labels", knownvalue.MapSizeExact(0)),
					known("phase", knownvalue.Null()),
					known("nodes", knownvalue.ListSizeExact(1)),
					known("resource_config", knownvalue.ObjectPartial(map[string]knownvalue.Check{"gpu_count": knownvalue.Int64Exact(4)})),
				},
			},
			{Config: config(4, ""), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				// No triggers, said in other words, ask for no new run.
				Config:            config(4, "triggers = {}"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-001"))},
			},
			{
				Config:           config(12, `triggers = { run = "1" }`),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-002")), known("nodes", knownvalue.ListSizeExact(2)),
				},
			},
			{
				Config:            config(12, `triggers = { run = "2" }`),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-003"))},
			},
			{
				// What only Terraform knows changes without a new task.
				Config: config(12, `triggers = { run = "2" }
  wait_for           = "succeeded"
  replace_on_failure = true
  timeouts           = { create = "1h", delete = "1m" }`),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-003")), known("status", knownvalue.StringExact("succeeded")),
				},
			},
			{
				Config: config(12, `triggers = { run = "2" }
  wait_for = "none"`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(taskAddress, plancheck.ResourceActionUpdate),
					// An ended task changes no more.
					plancheck.ExpectKnownValue(taskAddress, tfjsonpath.New("status"), knownvalue.StringExact("succeeded")),
				}},
			},
		},
	})
}

// TC03 of the source, smart switching: without a running environment the mode becomes dynamic by itself.
func TestAccSmartSwitching(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := c.config(task("test-task-003", gpus("az-sz-a", "RTX3090", 2)))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					known("launch_mode", knownvalue.StringExact("existing")),
					known("environment_id", knownvalue.StringExact("env-001")),
					// It stays as configured although the task doesn't use it.
					known("resource_config", knownvalue.ObjectPartial(map[string]knownvalue.Check{"gpu_type": knownvalue.StringExact("RTX3090")})),
				},
			},
			{
				PreConfig: func() {
					for _, id := range []string{"env-001", "env-002", "env-003"} {
						c.call("POST", "/sim/v1/dev-environments/"+id+"/stop", "", nil)
					}
				},
				// The failed task stays; a choice that was made at creation is not made again.
				Config: config, ConfigPlanChecks: emptyPlan,
			},
			{
				Config: c.config(task("test-task-003", gpus("az-sz-a", "RTX3090", 2)+"replace_on_failure = true")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(taskAddress, plancheck.ResourceActionReplace),
					plancheck.ExpectUnknownValue(taskAddress, tfjsonpath.New("launch_mode")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					known("launch_mode", knownvalue.StringExact("dynamic")), known("environment_id", knownvalue.Null()),
					known("status", knownvalue.StringExact("running")),
				},
			},
			{
				Config:      c.config(task("no-resources", `launch_mode = "existing"`)),
				ExpectError: regexp.MustCompile(`(?s)NO_RUNNING_ENVIRONMENT.*no\s+development\s+environment\s+is\s+running`),
			},
		},
	})
}

// TC04 and TC05 of the source, and the other rules: nothing wrong gets as far as the API. Who chose Chinese reads the source's
// messages.
func TestAccValidation(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	dynamic := `launch_mode = "dynamic"` + "\n  "
	tests := []struct{ config, want string }{
		{task("  ", `launch_mode = "existing"`), "请输入任务名称"},
		{strings.Replace(task("n", ""), `"dataset-001"`, `""`, 1), "请选择数据集"},
		{strings.Replace(task("n", ""), `"version-001"`, `" "`, 1), "请选择数据集"},
		{task("n", `environment_id = ""`), "请选择开发环境"},
		{task("n", dynamic+gpus("", "A100", 1)), "请选择可用区"},
		{task("n", dynamic), "请选择可用区"},
		{task("n", dynamic+gpus("az-bj-a", "A100", 0)), `resource_config.gpu_count value must be at least 1`},
		{task("n", dynamic+`environment_id = "env-001"`+"\n"+gpus("az-bj-a", "A100", 1)), "动态创建资源时不能设置 environment_id"},
		{task("n", `launch_mode = "existing"`+"\n"+gpus("az-bj-a", "A100", 1)), "使用现有开发环境时不能设置 resource_config"},
		{task("n", `launch_mode = "magic"`), `value must be one of`},
		{task("n", `wait_for = "godot"`), `value must be one of`},
		{task("n", `max_hourly_cost = "36,80"`), `"36,80": it has a comma`},
		{task("n", `max_hourly_cost = -1`), `"-1": it is below zero`},
		{task("n", dynamic+gpus("az-bj-b", "A100", 99)), `可用区 az-bj-b 共有 16 个 A100 GPU，任务需要 99 个`},
		{task("n", `timeouts = { create = "soon" }`), `"soon": it can't be read. It should be a duration above zero`},
		{task("n", `timeouts = { update = "-5m" }`), `"-5m": it is not above zero`},
		{`data "fermi_dev_environments" "x" { order = "asc" }`, `sort`},
	}
	var steps []resource.TestStep
	for _, test := range tests {
		steps = append(steps, resource.TestStep{
			Config: c.inChinese(test.config), PlanOnly: true, ExpectError: regexp.MustCompile(strings.ReplaceAll(test.want, " ", `\s+`)),
		})
	}
	steps = append(steps, resource.TestStep{
		// Only the API knows what cores a zone has.
		Config:      c.config(task("n", strings.Replace(gpus("az-bj-b", "A100", 1), "cpu_cores         = 8", "cpu_cores = 9999", 1)+dynamic)),
		ExpectError: regexp.MustCompile(`(?s)More than the zone will.*CAPACITY_EXCEEDED`),
	})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps:                    steps,
	})
	if n := c.requests("POST", "/api/v1/training-tasks"); n > 1 {
		t.Errorf("%d of the wrong configurations were sent to the API, want the last alone", n)
	}
}
