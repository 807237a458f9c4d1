package scenario_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/scenario"
)

func TestTextIsTheScenario(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, name := range scenario.Names() {
		texts[name] = "extends: " + name
	}
	texts["own"] = "extends: default\ngpu_types: [{name: B200, memory_gb: 192, class: X, price: \"12.345\", tflops: 2250.5, node: {gpus: 8, cpu_cores: 64, memory_gb: 512}}]\n" +
		"node_pools: [{zone: az-bj-a, gpu_type: B200, count: 2}]\nenvironments: []\nwarm_up: 1h30m\nretention: 90s\n"
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
		if diff := cmp.Diff(first, second); diff != "" {
			t.Errorf("%s comes back different: %s", name, diff)
		}
		if twice, _ := again.Text(); twice != whole {
			t.Errorf("%s: the text of the text is another one: %s", name, cmp.Diff(whole, twice))
		}
	}
}
