package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const missingImage = "registry.example.com/missing:1"

func TestAccQueuedTaskStartsWhenThereIsRoom(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	// All 16 A100 of the zone are held before the second task asks for them.
	c.call("POST", "/api/v1/training-tasks", `{"taskName":"first","datasetId":"dataset-001","datasetVersionId":"version-001",
		"modelId":"model-003","launchMode":"dynamic","resourceConfig":{"availabilityZone":"az-bj-b","gpuType":"A100","gpuCount":16,
		"cpuCores":128,"memory":1024,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`, nil)
	config := c.config(task("second", gpus("az-bj-b", "A100", 16)+`launch_mode = "dynamic"`))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-002")),
					known("status", knownvalue.StringExact("running")),
					// The first trains for an hour at least.
					known("started_at", knownvalue.StringRegexp(regexp.MustCompile(`^2024-12-08T1[1-9]:`))),
				},
			},
			{Config: config, ConfigPlanChecks: emptyPlan},
		},
	})
}

func TestAccFailedCreationIsExplainedAndReplaced(t *testing.T) {
	c := newCluster(t, simulator.Options{Scenario: worldWithoutImage(t)})
	good := gpus("az-bj-a", "A100", 1) + `launch_mode = "dynamic"`
	bad := regexp.MustCompile(`pytorch/[^"]*`).ReplaceAllString(good, missingImage)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{
				Config:      c.config(task("n", bad)),
				ExpectError: regexp.MustCompile(`(?s)Training task task-001 failed.*IMAGE_PULL_FAILED.*The end of its log:\n`),
			},
			{
				Config:            c.config(task("n", good)),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-002"))},
				Check:             c.wantTasks("task-002"),
			},
		},
	})
}

func TestAccLaterFailureStaysUntilAskedFor(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := func(more string) string { return c.config(task("n", `environment_id = "env-002"`+more)) }
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config("")},
			{
				PreConfig: func() {
					c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
					c.call("POST", "/sim/v1/dev-environments/env-002/start", "", nil)
				},
				Config: config(""), ConfigPlanChecks: emptyPlan,
			},
			{
				RefreshState: true,
				RefreshPlanChecks: resource.RefreshPlanChecks{PostRefresh: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
			},
			{
				Config:           config("\n  replace_on_failure = true"),
				ConfigPlanChecks: planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-002")), known("status", knownvalue.StringExact("running")),
				},
			},
			{Config: config("\n  replace_on_failure = true"), ConfigPlanChecks: emptyPlan},
		},
	})
}

func TestAccTaskDeletedBehindTerraformsBack(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := c.config(task("n", ""))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:         func() { c.call("DELETE", "/api/v1/training-tasks/task-001", "", nil) },
				Config:            config,
				ConfigPlanChecks:  planned(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-002"))},
			},
			{
				// The record may also be gone by the time of the destruction.
				PreConfig: func() { c.call("DELETE", "/api/v1/training-tasks/task-002", "", nil) },
				Config:    config, Destroy: true,
			},
		},
	})
}

// An endpoint that is wrong by a letter, or a load balancer without a backend, says 404 to everything.
func TestAccA404OfSomethingElseForgetsNothing(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	config := c.config(task("n", "") + taskTemplate("name = \"t\"\nconfig = {}"))
	wrong := strings.Replace(config, c.url, elsewhere.URL, 1)
	notHere := regexp.MustCompile(`(?s)No Fermi API at this address.*Check\s+the\s+provider's\s+endpoint`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks(),
		Steps: []resource.TestStep{
			{Config: config},
			{Config: wrong, ExpectError: notHere},
			{Config: wrong, Destroy: true, ExpectError: notHere},
			{Config: config, ConfigPlanChecks: emptyPlan, Check: c.wantTasks("task-001")},
		},
	})
}

func TestAccPurgedRecordIsNoDrift(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	const first = "triggers = { run = \"1\" }\n"
	config := c.config(task("n", first))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: func() {
					c.call("POST", "/sim/v1/clock/advance", `{"by":"2000h"}`, nil)
					if status, answer := c.send("GET", "/api/v1/training-tasks/task-001", ""); status != 410 {
						t.Errorf("the record should be purged by now, got %d %s", status, answer)
					}
				},
				Config: config, ConfigPlanChecks: emptyPlan,
			},
			{
				// The refresh of an apply tells how the task ended; an update of what the API doesn't know still works.
				Config:           c.config(task("n", first+`wait_for = "none"`)),
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-001")), known("status", knownvalue.StringExact("succeeded")),
				},
			},
			{
				Config:      c.config(task("renamed", first+`wait_for = "none"`)),
				ExpectError: regexp.MustCompile(`(?s)The task's record was purged.*request\s`),
			},
			{
				Config:            c.config(task("renamed", `triggers = { run = "2" }`)),
				ConfigPlanChecks:  planned(plancheck.ResourceActionReplace),
				ConfigStateChecks: []statecheck.StateCheck{known("id", knownvalue.StringExact("task-002"))},
			},
		},
	})
}

// There is nothing to stop and nothing to delete, with a refresh before it or without.
func TestAccPurgedTaskIsDestroyed(t *testing.T) {
	t.Parallel()
	for _, refresh := range []string{"true", "false"} {
		c := newCluster(t, simulator.Options{})
		tf := newCommand(t, requiredProvider+c.config(task("n", "")))
		tf.run(0, "apply", "-auto-approve", "-no-color")
		c.call("POST", "/sim/v1/clock/advance", `{"by":"2000h"}`, nil)
		wantAll(t, tf.run(0, "destroy", "-auto-approve", "-no-color", "-refresh="+refresh), "Destroy complete! Resources: 1 destroyed.")
		var journal []struct{ Status int }
		c.call("GET", "/sim/v1/requests?method=DELETE&path=/api/v1/training-tasks/task-001", "", &journal)
		if len(journal) != 1 || journal[0].Status != http.StatusGone {
			t.Errorf("refresh=%s: the deletion met %v, want one answer of 410", refresh, journal)
		}
		if state := strings.TrimSpace(tf.run(0, "state", "list")); state != "" {
			t.Errorf("refresh=%s: the state still has %s", refresh, state)
		}
	}
}

// Terraform asks for the plan of an unchanged task, and drops the warnings of the creation that follows; those of the apply it shows.
func TestAccReplacementOnDemandWarnsOfAQueue(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newCommand(t, requiredProvider+c.config(task("n", gpus("az-bj-b", "A100", 16)+`launch_mode = "dynamic"
  wait_for = "none"`)))
	tf.run(0, "apply", "-auto-approve", "-no-color")
	c.call("POST", "/api/v1/training-tasks/task-001/stop", "", nil)
	c.hold("az-bj-b", "A100", 16)
	output := tf.run(0, "apply", "-auto-approve", "-no-color", "-replace="+taskAddress)
	wantAll(t, output, "Zone az-bj-b has no room for 16 GPUs of type A100, the task would queue", "1 added, 0 changed, 1 destroyed")
	if n := strings.Count(output, "has no room for"); n != 1 {
		t.Errorf("the warning shows %d times:\n%s", n, output)
	}
}

func TestAccCreateTimeoutKeepsTheTask(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := c.config(task("n", gpus("az-bj-a", "T4", 1)+`launch_mode = "dynamic"
  timeouts = { create = "1s", update = "10m" }`))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config:             config,
				ExpectNonEmptyPlan: true,
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-001")), known("status", knownvalue.StringExact("allocating")),
				},
			},
			{
				PreConfig:        func() { c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil) },
				Config:           config,
				ConfigPlanChecks: planned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					known("id", knownvalue.StringExact("task-001")), known("status", knownvalue.StringExact("running")),
				},
				Check: c.wantTasks("task-001"),
			},
			{Config: config, ConfigPlanChecks: emptyPlan},
		},
	})
}

func TestAccWaitForNone(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	config := c.config(task("n", `wait_for = "none"`))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config, ConfigStateChecks: []statecheck.StateCheck{known("status", knownvalue.StringExact("starting"))}},
			{
				PreConfig: func() {
					if err := c.sim.Clock().Advance(time.Minute); err != nil {
						t.Error(err)
					}
				},
				Config: config, ConfigPlanChecks: emptyPlan,
			},
		},
	})
}

// A throttled and a flaky API, and connections cut before and after the change: one task comes out all the same.
func TestAccTroubledAPI(t *testing.T) {
	for name, faults := range map[string][]string{
		"throttled":            {`{"status":429,"retryAfter":0,"count":4}`},
		"unavailable":          {`{"status":503,"retryAfter":1,"count":2}`},
		"flaky":                {`{"status":500,"retryAfter":0,"probability":0.2}`, `{"cut":"before","probability":0.1}`},
		"cut before creation":  {`{"cut":"before","method":"POST","path":"/api/v1/training-tasks","count":1}`},
		"cut after creation":   {`{"cut":"after","method":"POST","path":"/api/v1/training-tasks","count":2}`},
		"cut after a deletion": {`{"cut":"after","method":"DELETE","count":1}`},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, simulator.Options{})
			for _, fault := range faults {
				c.call("POST", "/sim/v1/faults", fault, nil)
			}
			config := func(name string) string {
				return fmt.Sprintf("provider \"fermi\" {\n  endpoint = %q\n  token = %q\n  max_retries = 10\n}\n", c.url, token) + task(name, "")
			}
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: providerFactories,
				CheckDestroy: func(*terraform.State) error {
					var applied []struct{ Hits int }
					c.call("GET", "/sim/v1/faults", "", &applied)
					for i, fault := range applied {
						if fault.Hits == 0 {
							t.Errorf("no request met the fault %s", faults[i])
						}
					}
					c.call("DELETE", "/sim/v1/faults", "", nil)
					return c.wantTasks()(nil)
				},
				Steps: []resource.TestStep{
					{
						Config: config("n"),
						ConfigStateChecks: []statecheck.StateCheck{
							known("id", knownvalue.StringExact("task-001")), known("status", knownvalue.StringExact("running")),
						},
					},
					{Config: config("renamed"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate)},
				},
			})
		})
	}
}

func TestAccUnreachableAPI(t *testing.T) {
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{{
			// Port 1 is reserved and refuses.
			Config:      "provider \"fermi\" {\n  endpoint = \"http://127.0.0.1:1\"\n  max_retries = 0\n}\n" + task("n", ""),
			ExpectError: regexp.MustCompile(`(?s)Fermi API out of reach.*Creating training task "n".*connection\s+refused`),
		}},
	})
}
