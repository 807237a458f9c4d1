package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// What is written in a configuration and isn't what an attribute takes is explained as such, wherever it stands.
func TestAccMessagesOfWrongValues(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	long := strings.Repeat("训", 300)
	estimate := func(resources string) string {
		return "data \"fermi_training_estimate\" \"test\" {\n dataset_id = \"dataset-001\"\n dataset_version_id = \"version-001\"\n" +
			resources + "}\n"
	}
	half := strings.Replace(gpus("az-bj-a", "A100", 7), "gpu_count         = 7", "gpu_count = 3/2", 1)
	wants := map[string][]string{
		task("n", half+`launch_mode = "dynamic"`): {"resource_config.gpu_count is 1.5. It has to be a " +
			"whole number"},
		taskTemplate("name = \"n\"\nconfig = { resource_config = { memory = 1.5 } }"): {"config.resource_config.memory is 1.5. It has to be " +
			"a whole number"},
		estimate(half): {"resource_config.gpu_count is 1.5. It has to be a whole number"},
		`data "fermi_availability_zones" "test" { min_free = 0.5 }`: {"min_free is 0.5. It has to be a whole number"},
		task("n", `max_hourly_cost = 147.20000000001`):              {"it has 11 digits after the point, at most 6 are allowed"},
		task(long, ""): {"task_name has 300 characters; at most 256 are allowed"},
		taskTemplate(fmt.Sprintf("name = %q\nconfig = { task_name = %q }", long, long)): {"name has 300 characters",
			"config.task_name has 300 characters"},
		taskTemplate("name = \"n\"\nconfig = { description = \"a\\u0007\" }"): {"config.description has the character U+0007"},
		"data \"fermi_training_tasks\" \"test\" { name = \"a\\u202e\" }":      {"name has the character U+202E at place 2"},
		task("n", `timeouts = { create = "30" }`):                             {`timeouts.create is "30": it has no unit`},
	}
	var resources strings.Builder
	for resource := range wants {
		resources.WriteString(strings.Replace(resource, `"test"`, fmt.Sprintf("\"r%d\"", resources.Len()), 1) + "\n")
	}
	output := oneLine(newCommand(t, requiredProvider+c.config(resources.String())).run(1, "validate", "-no-color"))
	for _, parts := range wants {
		for _, want := range parts {
			if !strings.Contains(output, want) {
				t.Errorf("want %q in\n%s", want, output)
			}
		}
	}
	if strings.Contains(output, "in the provider") {
		t.Errorf("a wrong value is called a mistake of the provider:\n%s", output)
	}
	// Days are durations.
	newCommand(t, c.in("request_timeout = \"1d\"\n max_retries = 1", task("n", `timeouts = { create = "1d12h" }`))).run(0, "plan", "-no-color")
	if output := newCommand(t, c.in("max_retries = 1.5", task("n", ""))).run(1, "plan", "-no-color"); !strings.Contains(oneLine(output),
		"max_retries is 1.5. It has to be a whole number") {
		t.Error(output)
	}
}
