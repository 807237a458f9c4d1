package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Terraform and OpenTofu both know identities since their 1.12.
var knowsIdentities = []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

// An identity names a task as the id does, in both modes.
func TestAccIdentity(t *testing.T) {
	for name, attributes := range map[string]string{
		"existing": `launch_mode = "existing"`,
		"dynamic":  `launch_mode = "dynamic"` + "\n" + gpus("az-bj-a", "A100", 4),
		"switched": gpus("az-bj-a", "A100", 4),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, simulator.Options{})
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: providerFactories,
				TerraformVersionChecks:   knowsIdentities,
				Steps: []resource.TestStep{
					{
						Config: c.config(task("n", attributes)),
						ConfigStateChecks: []statecheck.StateCheck{
							statecheck.ExpectIdentityValueMatchesState(taskAddress, tfjsonpath.New("id")),
						},
					},
					{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
					{ResourceName: taskAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
					{ResourceName: taskAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
				},
			})
		})
	}
}

// An import finds a configuration that asks for the same task, and leaves it alone, triggers or not.
func TestAccImportBlock(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/training-tasks", `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001"}`, nil)
	imported := "import {\n  to = fermi_training_task.test\n  id = \"task-001\"\n}\n"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				// The imported task isn't running yet, so the first apply waits for that.
				Config:           c.config(imported + task("n", `triggers = { run = "1" }`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-001")), known("status", knownvalue.StringExact("running")),
				},
			},
			{
				Config:           c.config(task("n", `triggers = { run = "2" }`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
			},
		},
	})
}

func TestAccImportOfNoID(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	imports := func(address, what string) string {
		return c.config("import {\n  to = " + address + "\n  " + what + "\n}\n")
	}
	notAnID := regexp.MustCompile(`(?s)Not an id.*neither\s+blank\s+nor`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		TerraformVersionChecks:   knowsIdentities,
		Steps: []resource.TestStep{
			{Config: imports(taskAddress, `id = " "`) + task("n", ""), ExpectError: notAnID},
			{Config: imports(taskAddress, `id = "tasks/task-001"`) + task("n", ""), ExpectError: notAnID},
			{Config: imports(taskAddress, `identity = { id = "" }`) + task("n", ""), ExpectError: notAnID},
			{Config: imports(templateAddress, `identity = { id = "" }`) + taskTemplate("name = \"t\"\nconfig = {}"), ExpectError: notAnID},
			{Config: imports(taskAddress, `id = "task-404"`) + task("n", ""), ExpectError: regexp.MustCompile(`Cannot import non-existent`)},
		},
	})
}

// What is empty is the same however it is written: an import of a running task plans nothing, and neither does a change of
// the spelling.
func TestAccImportOfEmptyValues(t *testing.T) {
	for name, attributes := range map[string]string{
		"absent":  "",
		"empty":   "labels = {}\n  description = \"\"",
		"no more": "labels = null\n  description = null",
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, simulator.Options{})
			c.call("POST", "/api/v1/training-tasks", `{"taskName":"n","datasetId":"dataset-001","datasetVersionId":"version-001"}`, nil)
			c.call("POST", "/sim/v1/clock/advance", `{"by":"1m"}`, nil)
			imported := "import {\n  to = fermi_training_task.test\n  id = \"task-001\"\n}\n"
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: providerFactories,
				Steps: []resource.TestStep{
					{
						Config:           c.config(imported + task("n", attributes)),
						ConfigPlanChecks: planned(plancheck.ResourceActionNoop),
						Check:            c.wantTasks("task-001"),
					},
					{Config: c.config(task("n", "labels = {}")), ConfigPlanChecks: emptyPlan},
					{Config: c.config(task("n", `description = ""`)), ConfigPlanChecks: emptyPlan},
					{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
				},
			})
			if n := c.requests("PATCH", "/api/v1/training-tasks/*"); n > 0 {
				t.Errorf("the import changed the task %d times", n)
			}
		})
	}
}

// A change of the mode is a new task, a new name is not.
func TestAccModeSwitch(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	existing := `launch_mode = "existing"`
	dynamic := `launch_mode = "dynamic"` + "\n" + gpus("az-bj-a", "A100", 4)
	steps := []resource.TestStep{}
	for _, step := range []struct {
		name, attributes string
		action           plancheck.ResourceActionType
		id, mode         string
		environment      knownvalue.Check
	}{
		{"n", dynamic, plancheck.ResourceActionCreate, "task-001", "dynamic", knownvalue.Null()},
		{"renamed", dynamic, plancheck.ResourceActionUpdate, "task-001", "dynamic", knownvalue.Null()},
		{"renamed", existing, plancheck.ResourceActionReplace, "task-002", "existing", knownvalue.StringExact("env-001")},
		{"renamed", dynamic, plancheck.ResourceActionReplace, "task-003", "dynamic", knownvalue.Null()},
	} {
		steps = append(steps, resource.TestStep{
			Config:           c.config(task(step.name, step.attributes)),
			ConfigPlanChecks: planned(step.action),
			ConfigStateChecks: []statecheck.StateCheck{
				known("id", knownvalue.StringExact(step.id)), known("launch_mode", knownvalue.StringExact(step.mode)),
				known("environment_id", step.environment), known("task_name", knownvalue.StringExact(step.name)),
			},
			Check: c.wantTasks(step.id),
		})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories, CheckDestroy: c.wantTasks(), Steps: steps})
}
