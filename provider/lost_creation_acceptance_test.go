package provider

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// It is without a count: the HTTP client itself repeats a request with an idempotency key when a kept connection is cut.
const cutCreation = `{"cut":"after","method":"POST","path":"/api/v1/training-tasks"}`

// retryNothing is the configuration of one task for a provider that gives up at once.
func (c *cluster) retryNothing() string {
	return strings.Replace(c.config(task("n", "")), "{\n", "{\n  max_retries = 0\n", 1)
}

// Whether the API made the task or not, the next apply leaves one, and a destruction none.
func TestAccLostCreationIsFoundAgain(t *testing.T) {
	for name, fault := range map[string]string{
		"made":     cutCreation,
		"not made": strings.Replace(cutCreation, "after", "before", 1),
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, simulator.Options{})
			lose := resource.TestStep{
				PreConfig:   func() { c.call("POST", "/sim/v1/faults", fault, nil) },
				Config:      c.retryNothing(),
				ExpectError: regexp.MustCompile(`(?s)Fermi API out of reach.*Creating training task "n"`),
			}
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: providerFactories,
				Steps: []resource.TestStep{
					lose,
					{
						// A refresh makes nothing.
						PreConfig: func() {
							c.call("DELETE", "/sim/v1/faults", "", nil)
							c.call("DELETE", "/sim/v1/requests", "", nil)
						},
						RefreshState: true, ExpectNonEmptyPlan: true,
						Check: func(*terraform.State) error {
							if n := c.requests("POST", "/api/v1/training-tasks"); n != 0 {
								t.Errorf("the refresh made %d creations", n)
							}
							return nil
						},
					},
					{
						Config:            c.retryNothing(),
						ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
						ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-002"))},
						Check:             c.wantTasks("task-002"),
					},
					{Config: c.retryNothing(), ConfigPlanChecks: emptyPlan},
					{Config: c.retryNothing(), Destroy: true},
					lose,
					{PreConfig: func() { c.call("DELETE", "/sim/v1/faults", "", nil) }, Config: c.retryNothing(), Destroy: true, Check: c.wantTasks()},
				},
			})
		})
	}
}

// A template's name is taken by the very template whose creation was lost, so that nothing but finding it helps.
func TestAccLostCreationOfATemplateIsFoundAgain(t *testing.T) {
	for name, test := range map[string]struct {
		cut  string
		made int
	}{"made": {"after", 1}, "not made": {"before", 0}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			config := func(labels string) string {
				return requiredProvider + strings.Replace(c.config(taskTemplate(`name = "sft"
  description = "d"
  config = { task_name = "t", dataset_id = "dataset-001", labels = { `+labels+` } }`)), "{\n", "{\n  max_retries = 0\n", 1)
			}
			count := func(want int) {
				t.Helper()
				if got := c.templates(); got != want {
					t.Fatalf("the cluster has %d templates, want %d", got, want)
				}
			}
			tf := newCommand(t, config(`team = "nlp"`))
			lose := func() {
				t.Helper()
				c.call("POST", "/sim/v1/faults", `{"cut":"`+test.cut+`","method":"POST","path":"/api/v1/task-templates"}`, nil)
				wantAll(t, tf.run(1, "apply", "-auto-approve", "-no-color"), "Fermi API out of reach", `Creating task template "sft"`,
					"A task template may exist whose id isn't known", "Until then its name may be taken.")
				c.call("DELETE", "/sim/v1/faults", "", nil)
				count(test.made)
			}
			lose()
			tf.run(0, "apply", "-refresh-only", "-auto-approve", "-no-color")
			count(test.made) // a refresh makes nothing
			tf.write(filepath.Join(tf.dir, "main.tf"), config(`team = "cv"`))
			tf.run(0, "apply", "-auto-approve", "-no-color")
			count(1)
			tf.run(0, "plan", "-detailed-exitcode", "-no-color")
			tf.run(0, "destroy", "-auto-approve", "-no-color")
			count(0)

			lose()
			tf.run(0, "untaint", templateAddress)
			tf.run(0, "apply", "-auto-approve", "-no-color")
			count(1)
			tf.run(0, "plan", "-detailed-exitcode", "-no-color")
			tf.run(0, "destroy", "-auto-approve", "-no-color")

			lose()
			tf.run(0, "destroy", "-auto-approve", "-no-color")
			count(0)
		})
	}
}

func TestAccUntaintedLostCreationIsReplaced(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	tf := newCommand(t, requiredProvider+c.retryNothing())
	c.call("POST", "/sim/v1/faults", cutCreation, nil)
	output := tf.run(1, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(output, "A training task may exist whose id isn't known") {
		t.Errorf("the user isn't told:\n%s", output)
	}
	c.call("DELETE", "/sim/v1/faults", "", nil)
	tf.run(0, "untaint", taskAddress)
	tf.run(0, "apply", "-auto-approve", "-no-color")
	if err := c.wantTasks("task-002")(nil); err != nil {
		t.Error(err)
	}
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}
