package scenario_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Checking a scenario with a sample of its nodes gives the same result as with all of them.
func TestAFewNodesTellWhatFits(t *testing.T) {
	const rounds = 200
	r := rand.New(rand.NewPCG(1, 1))
	fits := 0
	for range rounds {
		var text strings.Builder
		text.WriteString(`extends: default
environments: []
zones: [{id: z0, name: a, region: b}, {id: z1, name: a, region: b}]
gpu_types:
- {name: T0, price: "1", tflops: 1, node: {gpus: 4, cpu_cores: 12, memory_gb: 64}}
- {name: T1, price: "1", tflops: 1, node: {gpus: 1, cpu_cores: 2, memory_gb: 64}}
node_pools:
`)
		for range 3 + r.IntN(6) {
			fmt.Fprintf(&text, "- {zone: z%d, gpu_type: T%d, count: %d}\n", r.IntN(2), r.IntN(2), r.IntN(6))
		}
		without, err := scenario.Parse([]byte(text.String()))
		if err != nil {
			t.Fatal(err)
		}
		config, err := without.World()
		if err != nil {
			t.Fatal(err)
		}
		text.WriteString("background:\n")
		for range 1 + r.IntN(2) {
			minute := distribution.Distribution{Kind: "constant", A: 60}
			b := world.Background{
				Zone: fmt.Sprintf("z%d", r.IntN(2)), GPUType: fmt.Sprintf("T%d", r.IntN(2)), Interarrival: minute, Length: minute,
				Sizes: []world.Size{{GPUs: 1 + r.IntN(20), Weight: 1}}, CPUCores: r.IntN(4),
			}
			config.Background = append(config.Background, b)
			fmt.Fprintf(&text, "- {zone: %s, gpu_type: %s, interarrival: {constant: 60}, length: {constant: 60}, "+
				"sizes: [{gpus: %d, weight: 1}], cpu_cores_per_gpu: %d}\n",
				b.Zone, b.GPUType, b.Sizes[0].GPUs, b.CPUCores)
		}
		_, err = scenario.Parse([]byte(text.String()))
		_, want := world.New(config, 1)
		if (err == nil) != (want == nil) || err != nil && !strings.Contains(err.Error(), want.Error()) {
			t.Fatalf("a few nodes say %v, and all say %v\n%s", err, want, &text)
		}
		if err == nil {
			fits++
		}
	}
	if fits < rounds/10 || fits > rounds*9/10 {
		t.Errorf("%d of %d fit, want some of each", fits, rounds)
	}
}
