package provider

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// arguments checks a list of texts.
func arguments(texts ...string) knownvalue.Check {
	checks := []knownvalue.Check{}
	for _, text := range texts {
		checks = append(checks, knownvalue.StringExact(text))
	}
	return knownvalue.ListExact(checks)
}

// A task has the command that it was created with: another one is a new task, and none is the same as an empty one.
func TestAccArguments(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	is := func(id string, command, args knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{known("id", knownvalue.StringExact(id)), known("command", command), known("args", args)}
	}
	const first = `command = ["sh", "-c"]
  args = ["echo \"$HOME\"\n", "", "训练"]`
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config:            c.config(task("t", first)),
				ConfigStateChecks: is("task-001", arguments("sh", "-c"), arguments("echo \"$HOME\"\n", "", "训练")),
			},
			{Config: c.config(task("t", first)), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{Config: c.config(task("other", first)), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate)},
			{
				Config:            c.config(task("other", `command = ["sh", "-c"]`)),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-002", arguments("sh", "-c"), arguments()),
			},
			{Config: c.config(task("other", "command = [\"sh\", \"-c\"]\n  args = []")), ConfigPlanChecks: emptyPlan},
			{
				Config:            c.config(task("other", "command = [\"-c\", \"sh\"]\n  args = null")),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-003", arguments("-c", "sh"), arguments()),
			},
			{
				Config:            c.config(task("other", "command = []")),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-004", arguments(), arguments()),
			},
			{Config: c.config(task("other", "")), ConfigPlanChecks: emptyPlan},
			{Config: c.config(task("other", "args = []")), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
		},
	})
}

func TestAccArgumentsFromATemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	template := func(args string) string {
		return taskTemplate(`name = "n"
  config = {
    dataset_id = "dataset-001", dataset_version_id = "version-001", launch_mode = "existing", environment_id = "env-002"
    command    = ["python", "train.py"]
    ` + args + `
  }`)
	}
	with := func(args, overrides string) string {
		return c.config(template(args) + templatedTask("fermi_task_template.test.id", "task_name = \"t\"\n  "+overrides))
	}
	is := func(id string, command, args knownvalue.Check) []statecheck.StateCheck {
		return []statecheck.StateCheck{known("id", knownvalue.StringExact(id)), known("command", command), known("args", args)}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTemplates(0),
		Steps: []resource.TestStep{
			{
				Config:            with(`args = ["--epochs", "3"]`, ""),
				ConfigStateChecks: is("task-001", arguments("python", "train.py"), arguments("--epochs", "3")),
			},
			{Config: with(`args = ["--epochs", "3"]`, ""), ConfigPlanChecks: emptyPlan},
			{ResourceName: "fermi_task_template.test", ImportState: true, ImportStateVerify: true},
			{
				Config:            with(`args = ["--epochs", "3"]`, `args = ["--epochs", "9"]`),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-002", arguments("python", "train.py"), arguments("--epochs", "9")),
			},
			{
				Config:            with(`args = ["--epochs", "3"]`, "command = []\n  args = []"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: is("task-003", arguments(), arguments()),
			},
			{Config: with(`args = ["--epochs", "3"]`, "command = []\n  args = []"), ConfigPlanChecks: emptyPlan},
			{
				// A change of the template leaves its task alone.
				Config: with("args = []", "command = []\n  args = []"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("fermi_task_template.test", plancheck.ResourceActionUpdate),
					plancheck.ExpectResourceAction(taskAddress, plancheck.ResourceActionNoop),
				}},
			},
			{Config: with("args = []", "command = []\n  args = []"), ConfigPlanChecks: emptyPlan},
		},
	})
}

// Another template replaces the task only where it fills in another command.
func TestAccArgumentsFromAnotherTemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	for _, body := range []string{
		`{"name":"a","config":{"datasetId":"dataset-001","datasetVersionId":"version-001","command":["python"],"args":["-v"]}}`,
		`{"name":"b","config":{"datasetId":"dataset-001","datasetVersionId":"version-001","command":["python"]}}`,
		`{"name":"c","config":{"datasetId":"dataset-001","datasetVersionId":"version-001","command":["bash"]}}`,
	} {
		c.call("POST", "/api/v1/task-templates", body, nil)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: c.config(templatedTask(`"template-001"`, `task_name = "t"`))},
			{
				Config:           c.config(templatedTask(`"template-002"`, `task_name = "t"`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-001")), known("command", arguments("python")), known("args", arguments("-v")),
				},
			},
			{
				Config:           c.config(templatedTask(`"template-003"`, `task_name = "t"`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-002")), known("command", arguments("bash")), known("args", arguments()),
				},
			},
		},
	})
}

func TestAccRefusedArguments(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	var steps []resource.TestStep
	for attributes, want := range map[string]string{
		`command = ["a", null]`:                               `(?s)Arguments aren't valid.*command\[1\]\s+is null`,
		`args = [for i in range(1001) : "x"]`:                 `(?s)Arguments aren't valid.*args has 1001 elements; at most 1000`,
		`args = ["x", "` + strings.Repeat("y", 32<<10) + `"]`: `(?s)Arguments aren't valid.*args has 32769 bytes in all; at most\s+32768`,
		"command = [\"a\", \"b\\u0000c\"]":                    `(?s)Character isn't allowed.*command\[1\]\s+has the character\s+U\+0000`,
		"command = [\"a\", \"b\"]\n  args = \"x\"":            `(?s)Incorrect attribute value type.*list of string`,
	} {
		steps = append(steps, resource.TestStep{Config: c.config(task("t", attributes)), ExpectError: regexp.MustCompile(want), PlanOnly: true})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories, Steps: steps})
}

// A state that a version without commands, limits and priorities wrote has none. That is no difference, even without a refresh or if
// the task's record is gone by then.
func TestStateWithoutArguments(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none"}), nil)
	if len(created.Diagnostics) > 0 {
		t.Fatal(show(created.Diagnostics))
	}
	older := map[string]any{}
	for name, value := range tf.attributes(created.NewState) {
		if value.Type().Is(tftypes.String) && !value.IsNull() && name != "environment_id" && name != "priority" {
			older[name] = text(t, value)
		}
	}
	older["resource_config"] = map[string]any{
		"availability_zone": "az-bj-b", "gpu_type": "A100", "gpu_count": 16, "cpu_cores": 64, "memory": 256,
		"image": "pytorch/pytorch:2.1.0-cuda12.1",
	}
	older["labels"] = map[string]any{}
	written, err := json.Marshal(older)
	if err != nil {
		t.Fatal(err)
	}
	upgraded, err := tf.server.UpgradeResourceState(t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: "fermi_training_task", RawState: &tfprotov6.RawState{JSON: written},
	})
	if err != nil || len(upgraded.Diagnostics) > 0 {
		t.Fatal(err, show(upgraded.Diagnostics))
	}
	list := func(texts ...string) tftypes.Value {
		kind := tftypes.List{ElementType: tftypes.String}
		elements := []tftypes.Value{}
		for _, text := range texts {
			elements = append(elements, tftypes.NewValue(tftypes.String, text))
		}
		return tftypes.NewValue(kind, elements)
	}
	for _, test := range []struct {
		more    values
		changed bool
		replace bool
	}{
		{values{}, false, false},
		{values{"task_name": "other"}, true, false},
		{values{"command": list()}, true, false},
		{values{"args": list("x")}, true, true},
		{values{"max_duration": "1h", "max_restarts": 1, "priority": "high"}, true, false},
		{values{"priority": "normal", "preemptible": false}, true, false},
		{values{"preemptible": true}, true, true},
	} {
		test.more["wait_for"] = "none"
		plan := tf.plan(dynamicTask(t, tf, test.more), upgraded.UpgradedState)
		if hasError(plan.Diagnostics) {
			t.Fatal(show(plan.Diagnostics))
		}
		before, planned := tf.attributes(upgraded.UpgradedState), tf.attributes(plan.PlannedState)
		changed := false
		for name := range planned {
			changed = changed || !planned[name].Equal(before[name])
		}
		if replace := len(plan.RequiresReplace) > 0; changed != test.changed || replace != test.replace {
			t.Errorf("%v: changed: %t, replaced: %t\nbefore  %v\nplanned %v", test.more, changed, replace, before, planned)
		}
	}
	applied := tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none", "command": list()}), upgraded.UpgradedState)
	if len(applied.Diagnostics) > 0 {
		t.Error(show(applied.Diagnostics))
	}
	// What the state lacks isn't sent.
	c.call("PATCH", "/api/v1/training-tasks/task-001", `{"priority":"high"}`, nil)
	applied = tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none", "task_name": "other"}), upgraded.UpgradedState)
	var now fermi.TrainingTask
	c.call("GET", "/api/v1/training-tasks/task-001", "", &now)
	if len(applied.Diagnostics) > 0 || now.TaskName != "other" || now.Priority != fermi.PriorityHigh {
		t.Errorf("%+v\n%s", now, show(applied.Diagnostics))
	}
}
