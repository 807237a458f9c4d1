package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// holdPreemptibly creates a preemptible task that holds GPUs of type A100 in a zone.
func (c *cluster) holdPreemptibly(zone string, count int, priority string) {
	c.t.Helper()
	c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(`{"taskName":"holder","datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"dynamic","priority":%q,"preemptible":true,
		"resourceConfig":{"availabilityZone":%q,"gpuType":"A100","gpuCount":%d,"cpuCores":%d,"memory":%d,"image":"i"}}`,
		priority, zone, count, count, count), nil)
}

// urgent creates a template whose tasks have a high priority.
func (c *cluster) urgent() {
	c.t.Helper()
	c.call("POST", "/api/v1/task-templates", `{"name":"urgent","config":{"priority":"high"}}`, nil)
}

func TestPlanSaysWhomATaskPreempts(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.urgent()
	c.holdPreemptibly("az-bj-b", 8, "low")
	c.holdPreemptibly("az-bj-b", 8, "normal")
	tf := connect(t, c)
	urgent := dynamicTask(t, tf, values{"template_id": "template-001"})
	wantOne(t, tf.plan(urgent, nil).Diagnostics, isWarning, "The task would take the place of 2 tasks: 1 low, 1 normal",
		`The training task "n" wants 16 GPUs of type A100 in zone az-bj-b. When this was planned, 0 were free, and it would have started at `+
			"once in the place of running tasks that are preemptible and of a lower priority: task-001, task-002. They wait again, and go on "+
			"from their last checkpoints.")
	fewer := dynamicTask(t, tf, values{"template_id": "template-001", "resource_config": resourcesWith(t, tf, values{"gpu_count": 4})})
	wantOne(t, connect(t, c).plan(fewer, nil).Diagnostics, isWarning, "The task would take the place of 1 task: 1 low", "task-001. They")
	// Without a priority nobody gives way.
	wantOne(t, connect(t, c).plan(dynamicTask(t, tf, nil), nil).Diagnostics, isWarning, "Zone az-bj-b has no room for 16 GPUs of type A100")
}

func TestAccEstimateOfAPreemption(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.urgent()
	c.call("POST", "/api/v1/task-templates", `{"name":"cheap","config":{"preemptible":true}}`, nil)
	c.holdPreemptibly("az-bj-b", 8, "low")
	c.holdPreemptibly("az-bj-b", 8, "normal")
	found := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.fermi_training_estimate.test", tfjsonpath.New(attribute), want)
	}
	none := knownvalue.ObjectExact(map[string]knownvalue.Check{"low": knownvalue.Int64Exact(0), "normal": knownvalue.Int64Exact(0)})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{
				Config: c.config(estimated("template_id = \"template-001\"\nlaunch_mode = \"dynamic\"\n"+gpus("az-bj-b", "A100", 16)) + `
output "risk" {
  value = [for s in data.fermi_training_estimate.test.suggestions : s.preemption_risk if s.kind == "preemptible"]
}`),
				ConfigStateChecks: []statecheck.StateCheck{
					found("preempts", knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("task-001"), knownvalue.StringExact("task-002")})),
					found("preempts_by_priority", knownvalue.ObjectExact(map[string]knownvalue.Check{
						"low": knownvalue.Int64Exact(1), "normal": knownvalue.Int64Exact(1),
					})),
					found("preemption_risk", knownvalue.Null()), found("preemption_loss", knownvalue.Null()),
					statecheck.ExpectKnownOutputValue("risk", knownvalue.ListExact([]knownvalue.Check{knownvalue.Float64Exact(0)})),
				},
			},
			{
				Config: c.config(estimated("template_id = \"template-002\"\nlaunch_mode = \"dynamic\"\n" + gpus("az-bj-a", "A100", 4))),
				ConfigStateChecks: []statecheck.StateCheck{
					found("preempts", knownvalue.ListSizeExact(0)), found("preempts_by_priority", none),
					found("preemption_risk", knownvalue.Float64Exact(0)), found("preemption_loss", knownvalue.Null()),
				},
			},
		},
	})
}
