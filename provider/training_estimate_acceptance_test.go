package provider

import (
	"os"
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

// estimated is a data source of an estimate.
func estimated(attributes string) string {
	return "data \"fermi_training_estimate\" \"test\" {\n  dataset_id = \"dataset-001\"\n  dataset_version_id = \"version-001\"\n  " +
		attributes + "\n}\n"
}

func TestAccTrainingEstimate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	found := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.fermi_training_estimate.test", tfjsonpath.New(attribute), want)
	}
	money := knownvalue.ObjectExact(map[string]knownvalue.Check{
		"amount": knownvalue.StringRegexp(regexp.MustCompile(`^[1-9][0-9]*\.[0-9]{2}$`)), "currency": knownvalue.StringExact("CNY"),
	})
	later := knownvalue.StringRegexp(regexp.MustCompile(`^2024-12-\d\dT[0-9:]{8}Z$`))
	when := knownvalue.ObjectExact(map[string]knownvalue.Check{"median": later, "p90": later})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTasks("task-001"),
		Steps: []resource.TestStep{
			{
				Config: c.config(estimated("model_id = \"model-001\"\nlaunch_mode = \"dynamic\"\n" + gpus("az-bj-b", "A100", 16))),
				ConfigStateChecks: []statecheck.StateCheck{
					found("launch_mode", knownvalue.StringExact("dynamic")),
					found("environment_id", knownvalue.Null()),
					found("hourly_price", knownvalue.ObjectExact(map[string]knownvalue.Check{
						"amount": knownvalue.StringExact("588.80"), "currency": knownvalue.StringExact("CNY"),
					})),
					found("cost", knownvalue.ObjectExact(map[string]knownvalue.Check{"low": money, "median": money, "high": money})),
					found("start_time", when),
					found("finish_time", when),
					found("queue_position", knownvalue.Null()),
					found("capacity", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"verdict": knownvalue.StringExact("fits"), "reason": knownvalue.Null(), "nodes": knownvalue.ListSizeExact(0),
						"wanted_gpus": knownvalue.Int64Exact(16), "free_gpus": knownvalue.Int64Exact(16), "shared_with": knownvalue.Int64Exact(0),
					})),
				},
			},
			{
				PreConfig: func() { c.hold("az-bj-b", "A100", 16) },
				Config:    c.config(estimated("model_id = \"model-001\"\nlaunch_mode = \"dynamic\"\n" + gpus("az-bj-b", "A100", 16))),
				ConfigStateChecks: []statecheck.StateCheck{
					found("queue_position", knownvalue.Int64Exact(1)),
					found("capacity", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"verdict": knownvalue.StringExact("queues"), "reason": knownvalue.StringExact("NO_ROOM"), "free_gpus": knownvalue.Int64Exact(0),
						"zones_with_room": knownvalue.ListExact([]knownvalue.Check{
							knownvalue.StringExact("az-bj-a"), knownvalue.StringExact("az-sh-a"), knownvalue.StringExact("az-sz-a"),
							knownvalue.StringExact("az-sz-c"),
						}),
					})),
					statecheck.ExpectKnownValue("data.fermi_training_estimate.test", tfjsonpath.New("suggestions").AtSliceIndex(0),
						knownvalue.ObjectPartial(
							map[string]knownvalue.Check{"kind": knownvalue.NotNull(), "message": knownvalue.NotNull(), "cost": money, "finish_time": later})),
				},
			},
			{
				Config: c.config(estimated("")),
				ConfigStateChecks: []statecheck.StateCheck{
					found("launch_mode", knownvalue.StringExact("existing")), found("environment_id", knownvalue.StringExact("env-001")),
					found("capacity", knownvalue.ObjectPartial(map[string]knownvalue.Check{"verdict": knownvalue.StringExact("alone")})),
				},
			},
			{
				Config:      c.config(strings.Replace(estimated(""), "dataset-001", "dataset-404", 1)),
				ExpectError: regexp.MustCompile(`(?s)No such dataset.*There is no "dataset-404"; there are dataset-001`),
			},
			{
				Config:      c.config(estimated("launch_mode = \"dynamic\"\n" + gpus("az-bj-b", "A100", 17))),
				ExpectError: regexp.MustCompile(`(?s)More than the zone will ever have.*CAPACITY_EXCEEDED`),
			},
		},
	})
}

// The example's checks warn of a queue and of the budget, and refuse nothing.
func TestAccEstimateInChecks(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	example, err := os.ReadFile("../examples/data-sources/fermi_training_estimate/data-source.tf")
	if err != nil {
		t.Fatal(err)
	}
	terraform := newCommand(t, string(example))
	terraform.useCluster(c)
	if output := terraform.run(0, "plan", "-no-color"); strings.Contains(output, "Check block") ||
		strings.Contains(output, "has no room for") {
		t.Errorf("a plan of what fits warns:\n%s", output)
	}
	c.hold("az-bj-a", "A100", 32)
	wantAll(t, terraform.run(0, "plan", "-no-color"), "Check block assertion failed", "A new task would queue: ", "Zones with room: az-bj-b, ",
		"Zone az-bj-a has no room for 4 GPUs of type A100, the task would queue")
	terraform = newCommand(t, strings.Replace(string(example), "<= 2000", "<= 1", 1))
	terraform.useCluster(c)
	wantAll(t, terraform.run(0, "plan", "-no-color"), "Check block assertion failed", "The run may cost ")
	if got := c.tasks(); len(got) != 1 {
		t.Errorf("tasks %q", got)
	}
}

func TestAccMaxHourlyCost(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := func(limit string) string {
		return c.config(task("n", gpus("az-bj-a", "A100", 4)+"launch_mode = \"dynamic\"\n"+limit))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: config("max_hourly_cost = 147.19"), ExpectError: regexp.MustCompile(`(?s)costs more than max_hourly_cost.*147\.20\s+CNY`)},
			{Config: config("max_hourly_cost = 147.2"), ConfigStateChecks: []statecheck.StateCheck{known("max_hourly_cost",
				knownvalue.StringExact("147.2"))}},
			// The task is there, and a limit doesn't touch it any more.
			{Config: config("max_hourly_cost = 1"), ConfigPlanChecks: planned(plancheck.ResourceActionUpdate), Check: c.wantTasks("task-001")},
			{Config: config("max_hourly_cost = 1"), ConfigPlanChecks: emptyPlan},
		},
	})
}
