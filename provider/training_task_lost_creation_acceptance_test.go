package provider

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
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

func TestLostCreationIsNotFoundAtAnyPrice(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	client, err := fermi.New(fermi.Options{Endpoint: c.url, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	request := fermi.TaskRequest{TaskName: "n", DatasetID: "dataset-001", DatasetVersionID: "version-001"}

	lost := lostCreation{request, time.Now().Add(-25 * time.Hour)}
	id, diags := lost.find(t.Context(), client)
	if id != "" || diags.HasError() || len(diags) != 1 || !strings.Contains(diags[0].Detail(), lost.at.Format(time.RFC3339)) {
		t.Errorf("a creation whose key is forgotten: %q, %v", id, diags)
	}

	lost.at = time.Now()
	lost.request.DatasetID = "dataset-404"
	if id, diags := lost.find(t.Context(), client); id != "" || len(diags) > 0 {
		t.Errorf("a creation that the API refuses: %q, %v", id, diags)
	}

	c.call("POST", "/sim/v1/faults", `{"status":403}`, nil)
	if id, diags := lost.find(t.Context(), client); id != "" || !diags.HasError() {
		t.Errorf("a creation that the API tells nothing of: %q, %v", id, diags)
	}
	c.call("DELETE", "/sim/v1/faults", "", nil)
	if err := c.wantTasks()(nil); err != nil {
		t.Error(err)
	}
}
