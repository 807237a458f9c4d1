package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// A task has the environment variables that it was created with: others are a new task, and none is the same as an empty map.
func TestAccEnvironmentVariables(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	is := func(id string, variables map[string]string) []statecheck.StateCheck {
		checks := map[string]knownvalue.Check{}
		for name, value := range variables {
			checks[name] = knownvalue.StringExact(value)
		}
		return []statecheck.StateCheck{
			known("id", knownvalue.StringExact(id)), known("environment_variables", knownvalue.MapExact(checks)),
		}
	}
	template := `name = "n"
  config = {
    dataset_id = "dataset-001", dataset_version_id = "version-001"
    environment_variables = { A = "1", B = "2" }
  }`
	templated := func(overrides string) string {
		return c.config(taskTemplate(template) + templatedTask("fermi_task_template.test.id", "task_name = \"t\"\n  "+overrides))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config:            c.config(task("t", `environment_variables = { A = "b\n", _ = "" }`)),
				ConfigStateChecks: is("task-001", map[string]string{"A": "b\n", "_": ""}),
			},
			{Config: c.config(task("t", `environment_variables = { A = "b\n", _ = "" }`)), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				Config:            c.config(task("t", "environment_variables = {}")),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-002", nil),
			},
			{Config: c.config(task("t", "")), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				Config: templated(""), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: is("task-002", nil), // the template isn't known when this is planned
			},
			{
				Config:            templated(`environment_variables = { B = "3" }`),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-003", map[string]string{"B": "3"}),
			},
			{Config: templated(`environment_variables = { B = "3" }`), ConfigPlanChecks: emptyPlan},
			{Config: templated(""), ConfigPlanChecks: emptyPlan},
			{
				Config:            templated("triggers = { run = 1 }\n  environment_variables = {}"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-004", nil),
			},
		},
	})
}

func TestAccRefusedEnvironmentVariables(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	var steps []resource.TestStep
	for variables, want := range map[string]string{
		`{ A = null }`:       `(?s)Environment variables aren't valid.*environment_variables\["A"\]\s+is\s+null`,
		`{ "1A" = "b" }`:     `(?s)Environment variables aren't valid.*name\s+"1A"`,
		`{ A = "b\u0000c" }`: `(?s)Character isn't allowed.*environment_variables\["A"\]\s+has\s+the\s+character\s+U\+0000`,
		`{ A = "` + strings.Repeat("y", 64<<10) + `" }`: `(?s)environment_variables\s+has\s+65537\s+bytes\s+in\s+all`,
	} {
		steps = append(steps, resource.TestStep{
			Config: c.config(task("t", "environment_variables = "+variables)), ExpectError: regexp.MustCompile(want), PlanOnly: true,
		})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories, Steps: steps})
}
