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
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// limited checks a task's id, limits and priority, and whether it is preemptible. An empty duration and -1 stand for none.
func limited(id, duration string, restarts int64, priority string, preemptible bool) []statecheck.StateCheck {
	checks := []statecheck.StateCheck{
		known("id", knownvalue.StringExact(id)), known("priority", knownvalue.StringExact(priority)),
		known("preemptible", knownvalue.Bool(preemptible)), known("max_duration", knownvalue.Null()), known("max_restarts", knownvalue.Null()),
		known("restarts", knownvalue.Int64Exact(0)), known("preemptions", knownvalue.Int64Exact(0)),
	}
	if duration != "" {
		checks[3] = known("max_duration", knownvalue.StringExact(duration))
	}
	if restarts >= 0 {
		checks[4] = known("max_restarts", knownvalue.Int64Exact(restarts))
	}
	return checks
}

// wantLimits checks what the cluster knows of a task: seconds and restarts are -1 for none.
func (c *cluster) wantLimits(id string, seconds, restarts int64, priority fermi.Priority) func(*terraform.State) error {
	return func(*terraform.State) error {
		var task fermi.TrainingTask
		c.call("GET", "/api/v1/training-tasks/"+id, "", &task)
		orNone := func(n *int64) int64 {
			if n == nil {
				return -1
			}
			return *n
		}
		if orNone(task.MaxDuration) != seconds || orNone(task.MaxRestarts) != restarts || task.Priority != priority {
			return fmt.Errorf("%s has at most %d seconds and %d restarts, and the priority %s", id, orNone(task.MaxDuration),
				orNone(task.MaxRestarts), task.Priority)
		}
		return nil
	}
}

// Limits and the priority change in place while the task lives. Another value of preemptible replaces the task.
func TestAccLimits(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := func(attributes string) string {
		return c.config(task("t", gpus("az-bj-a", "T4", 1)+"launch_mode = \"dynamic\"\n  wait_for = \"none\"\n  "+attributes))
	}
	const (
		whole = "max_duration = \"12h\"\n  max_restarts = 3\n  priority = \"low\"\n  preemptible = true"
		other = "max_duration = \"720m\"\n  max_restarts = 3\n  priority = \"low\"\n  preemptible = true"
	)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config: config(whole), ConfigStateChecks: limited("task-001", "12h", 3, "low", true),
				Check: c.wantLimits("task-001", 43200, 3, "low"),
			},
			{Config: config(whole), ConfigPlanChecks: emptyPlan},
			{Config: config(other), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				Config:            config("max_duration = \"1.5d\"\n  max_restarts = 3\n  priority = \"low\"\n  preemptible = true"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "1.5d", 3, "low", true), Check: c.wantLimits("task-001", 129600, 3, "low"),
			},
			{
				Config:            config("max_duration = \"1.5d\"\n  max_restarts = 0\n  priority = \"low\"\n  preemptible = true"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "1.5d", 0, "low", true), Check: c.wantLimits("task-001", 129600, 0, "low"),
			},
			{
				Config:            config("max_duration = \"1.5d\"\n  max_restarts = 0\n  priority = \"high\"\n  preemptible = true"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "1.5d", 0, "high", true), Check: c.wantLimits("task-001", 129600, 0, "high"),
			},
			{
				// Somebody else's change is undone.
				PreConfig: func() {
					c.call("PATCH", "/api/v1/training-tasks/task-001", `{"maxDuration":0,"maxRestarts":7,"priority":"low"}`, nil)
				},
				Config:            config("max_duration = \"1.5d\"\n  max_restarts = 0\n  priority = \"high\"\n  preemptible = true"),
				ConfigPlanChecks:  planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "1.5d", 0, "high", true), Check: c.wantLimits("task-001", 129600, 0, "high"),
			},
			{
				Config: config("preemptible = true"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "", -1, "normal", true), Check: c.wantLimits("task-001", -1, -1, "normal"),
			},
			{Config: config("preemptible = true"), ConfigPlanChecks: emptyPlan},
			{Config: config("preemptible = true\n  priority = \"normal\""), ConfigPlanChecks: emptyPlan},
			{ResourceName: taskAddress, ImportState: true, ImportStateVerify: true, ImportStateVerifyIgnore: importIgnored},
			{
				Config: config(""), ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: limited("task-002", "", -1, "normal", false),
			},
			{Config: config("preemptible = false"), ConfigPlanChecks: emptyPlan},
		},
	})
}

// A template's limits are a task's that has none of its own; they stay when an override is taken out, as all that a template fills in.
func TestAccLimitsFromATemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	with := func(duration, overrides string) string {
		return c.config(taskTemplate(`name = "n"
  config = {
    dataset_id = "dataset-001", dataset_version_id = "version-001", launch_mode = "dynamic"
    `+gpus("az-bj-a", "T4", 1)+`
    max_duration = "`+duration+`", max_restarts = 2, priority = "low", preemptible = true
  }`) + templatedTask("fermi_task_template.test.id", "task_name = \"t\"\n  wait_for = \"none\"\n  "+overrides))
	}
	const overrides = "max_duration = \"6h\"\n  priority = \"high\""
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTemplates(1), // the other one
		Steps: []resource.TestStep{
			{Config: with("12h", ""), ConfigStateChecks: limited("task-001", "12h", 2, "low", true)},
			{Config: with("720m", ""), ConfigPlanChecks: emptyPlan},
			{
				Config: with("12h", overrides), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "6h", 2, "high", true), Check: c.wantLimits("task-001", 21600, 2, "high"),
			},
			{Config: with("12h", ""), ConfigPlanChecks: emptyPlan},
			{
				Config: with("12h", "preemptible = false"), ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: limited("task-002", "12h", 2, "low", false),
			},
			{ResourceName: "fermi_task_template.test", ImportState: true, ImportStateVerify: true},
			{Config: with("13h", "preemptible = false"), ConfigPlanChecks: planned(plancheck.ResourceActionNoop)},
			{
				PreConfig: func() {
					c.call("POST", "/api/v1/task-templates", `{"name":"other","config":{"datasetId":"dataset-001",
						"datasetVersionId":"version-001","maxDuration":3600,"priority":"high","preemptible":false}}`, nil)
				},
				// What the other template doesn't have stays.
				Config: c.config(templatedTask(`"template-002"`, "task_name = \"t\"\n  wait_for = \"none\"\n  "+
					"max_restarts = 2")), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-002", "1h", 2, "high", false), Check: c.wantLimits("task-002", 3600, 2, "high"),
			},
		},
	})
}

func TestAccRefusedLimits(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	steps := []resource.TestStep{{
		Config:      c.inChinese(task("t", `max_duration = "59s"`)),
		ExpectError: regexp.MustCompile(`(?s)时长无效.*max_duration\s为\s"59s"。应为\s1m\s至\s3650d`), PlanOnly: true,
	}, {
		Config:      c.config(taskTemplate("name = \"n\"\n  config = { max_duration = \"1\" }")),
		ExpectError: regexp.MustCompile(`(?s)config.max_duration\s+is\s+"1":\s+it\s+has\s+no\s+unit`), PlanOnly: true,
	}}
	for attribute, want := range map[string]string{
		`max_duration = "59s"`:   `is\s+"59s":\s+it\s+is\s+too\s+short;\s+the\s+shortest\s+is\s+1m`,
		`max_duration = "3651d"`: `is\s+"3651d":\s+it\s+is\s+too\s+long;\s+the\s+longest\s+is\s+3650\s+days`,
		`max_duration = "90.5s"`: `it\s+isn't\s+a\s+whole\s+number\s+of\s+seconds`,
		`max_duration = "12"`:    `it\s+has\s+no\s+unit`,
		`max_duration = ""`:      `it\s+is\s+blank`,
		`max_duration = "long"`:  `it\s+can't\s+be\s+read`,
		`max_restarts = -1`:      `max_restarts\s+value\s+must\s+be\s+between\s+0\s+and\s+100`,
		`max_restarts = 101`:     `max_restarts\s+value\s+must\s+be\s+between\s+0\s+and\s+100`,
		`max_restarts = 1.5`:     `max_restarts\s+is\s+1.5.\s+It\s+has\s+to\s+be\s+a\s+whole\s+number`,
		`priority = "urgent"`:    `priority\s+value\s+must\s+be\s+one\s+of:\s+\["low"\s+"normal"\s+"high"\]`,
		`preemptible = "maybe"`:  `attribute\s+"preemptible":\s+a\s+bool\s+is\s+required`,
	} {
		steps = append(steps, resource.TestStep{
			Config: c.config(task("t", attribute)), ExpectError: regexp.MustCompile("(?s)" + want), PlanOnly: true,
		})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: providerFactories, Steps: steps})
}

// An estimate is of a task with these limits: one that may have to give way costs less.
func TestAccEstimateWithLimits(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := func(attributes string) string {
		return c.config(estimated("launch_mode = \"dynamic\"\n  " + gpus("az-bj-b", "A100", 16) + attributes))
	}
	costs := func(amount string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectKnownValue("data.fermi_training_estimate.test", tfjsonpath.New("hourly_price"),
			knownvalue.ObjectPartial(map[string]knownvalue.Check{"amount": knownvalue.StringExact(amount)}))}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config("max_duration = \"1s\""), ExpectError: regexp.MustCompile(`it\s+is\s+too\s+short`), PlanOnly: true},
			{
				Config:            config("max_duration = \"12h\"\n  max_restarts = 0\n  priority = \"high\"\n  preemptible = true"),
				ConfigStateChecks: costs("235.52"),
			},
			{Config: config("max_duration = \"12h\""), ConfigStateChecks: costs("588.80")},
		},
	})
}

// A task that its limit has ended while its creation waited is an error that says what to do, and is replaced.
func TestAccMaxDurationReachedDuringTheWait(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := func(duration string) string {
		return c.config(task("t", gpus("az-bj-a", "T4", 1)+"launch_mode = \"dynamic\"\n  max_duration = \""+duration+"\""))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config: config("1m"),
				ExpectError: regexp.MustCompile(`(?s)Training task task-001 was stopped.*MAX_DURATION_REACHED.*Raise\s+max_duration,\s+or\s+leave\s+` +
					`it\s+out\s+for\s+no\s+limit.\s+The\s+next\s+apply\s+replaces\s+the\s+task`),
			},
			{
				Config: config("2d"), ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: limited("task-002", "2d", -1, "normal", false),
			},
		},
	})
}

// A task that gives way during the wait goes on later, and so does the wait.
func TestAccPreemptionDuringTheWait(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newCommand(t, requiredProvider+c.config(task("t", gpus("az-bj-b", "A100", 16)+
		"launch_mode = \"dynamic\"\n  preemptible = true\n  wait_for = \"succeeded\"")))
	creation := tf.start(append([]string{"apply"}, auto...)...)
	c.awaitWait(creation)
	c.advance("10m")
	c.call("POST", "/api/v1/training-tasks", urgent, nil)
	c.wantPreempted("task-001")
	c.awaitWait(creation)
	c.call("POST", "/api/v1/training-tasks/task-002/stop", "", nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	tf.wait(creation, 0)
	wantAll(t, strings.Join(strings.Fields(tf.run(0, "show", "-no-color")), " "), `status = "succeeded"`, "preemptions = 1")
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// A change of limits after the task's end is noted for the next run, and starts none.
func TestAccLimitsOfAnEndedTask(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := func(attributes string) string {
		return c.config(task("t", gpus("az-bj-a", "T4", 1)+"launch_mode = \"dynamic\"\n  wait_for = \"none\"\n  "+attributes))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config("triggers = { run = 1 }\n  max_duration = \"1m\"")},
			{
				PreConfig: func() { c.advance("1h") },
				Config:    config("triggers = { run = 1 }\n  max_duration = \"60s\""), ConfigPlanChecks: emptyPlan,
			},
			{
				Config:           config("triggers = { run = 1 }\n  max_duration = \"2h\"\n  priority = \"high\"\n  max_restarts = 1"),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: append(limited("task-001", "2h", 1, "high", false), known("status", knownvalue.StringExact("stopped")),
					known("status_reason", knownvalue.StringExact("MAX_DURATION_REACHED"))),
				Check: c.wantLimits("task-001", 60, -1, "normal"),
			},
			{
				Config:           config("triggers = { run = 1 }\n  max_duration = \"2h\"\n  priority = \"high\"\n  max_restarts = 1"),
				ConfigPlanChecks: emptyPlan,
			},
			{
				Config: config("triggers = { run = 1 }\n  priority = \"high\""), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: limited("task-001", "", -1, "high", false),
			},
			{Config: config("triggers = { run = 1 }\n  priority = \"high\""), ConfigPlanChecks: emptyPlan},
			{
				Config: config("triggers = { run = 2 }\n  priority = \"high\""), ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: limited("task-002", "", -1, "high", false), Check: c.wantLimits("task-002", -1, -1, "high"),
			},
		},
	})
}
