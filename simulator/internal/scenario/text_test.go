package scenario_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

// least is a scenario with one of everything and no optional fields.
const least = `
currency: X
zones: [{id: z, name: Z, region: R}]
gpu_types: [{name: G, price: "1.00", tflops: 1, node: {gpus: 1, cpu_cores: 1, memory_gb: 1}}]
node_pools: [{zone: z, gpu_type: G, count: 1}]
environments: [{id: e, name: E, type: custom, image: i, zone: z, gpu_type: G, gpus: 1}]
images: [{name: i}]
datasets: [{id: d, versions: [v], tokens: 1}]
models: [{id: m, parameters: 1}]
timings:
  find_nodes: &second {constant: 1}
  allocate_gpus: *second
  pull_rate: *second
  pull_cached: *second
  mount_base: *second
  mount_rate: *second
  start_container: *second
  existing_mount: *second
  existing_start: *second
training: {utilization: 1, scaling_efficiency: 1, default_parameters: 1, variation: *second}
environment_load: {busy: {gpu: 1, cpu: 1, memory: 1}, idle: {gpu: 0, cpu: 0, memory: 0}}
placement: best-fit
queue: fifo
failures: {}
background: [{zone: z, gpu_type: G, interarrival: *second, length: *second, sizes: [{gpus: 1, weight: 1}]}]
`

func TestTextIsTheScenario(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, name := range scenario.Names() {
		texts[name] = "extends: " + name
	}
	texts["own"] = "extends: default\ngpu_types: [{name: B200, memory_gb: 192, class: X, price: \"12.345\", tflops: 2250.5, " +
		"node: {gpus: 8, cpu_cores: 64, memory_gb: 512}}]\n" +
		"node_pools: [{zone: az-bj-a, gpu_type: B200, count: 2}]\nenvironments: []\nwarm_up: 1h30m\nretention: 90s\n"
	texts["least"] = least
	for name, text := range texts {
		s, err := scenario.Parse([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		whole, err := s.Text()
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(whole, "extends") {
			t.Errorf("%s: the text extends another one", name)
		}
		again, err := scenario.Parse([]byte(whole))
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, whole)
		}
		first, err := s.World()
		if err != nil {
			t.Fatal(err)
		}
		second, err := again.World()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(first, second, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s comes back different: %s", name, diff)
		}
		if twice, _ := again.Text(); twice != whole {
			t.Errorf("%s: the text of the text is another one: %s", name, cmp.Diff(whole, twice))
		}
	}
}
