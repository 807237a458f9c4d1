package scenario_test

import (
	"errors"
	"os"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// Whatever a file contains, each problem has a position and a message, and a file without problems makes a world.
func FuzzParse(f *testing.F) {
	for _, name := range scenario.Names() {
		data, err := os.ReadFile(name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, text := range []string{
		"", "---\n---\n", "extends: default\n", "extends: flaky\nseed: 1\n", "extends: nowhere\n", "a: &a [*a]\n", "{", "- x\n",
		"? [a]\n: b\n", "\x00", "\xff",
		"extends: default\nzones: []\n", "extends: default\nretention: 1h\nwarm_up: 10m\n", "extends: default\nbackground: null\n",
		"extends: default\nzones: [{id: a, name: b, region: c}]\nnode_pools: [{zone: a, gpu_type: A100, count: 3, gpus: 8}]\nenvironments: []\n",
		"extends: default\nfailures: {node_mtbf: 5h, node_mttr: 1h, drain_every: 1h, drain_for: 1m}\n",
		"extends: default\ntimings: {pull_rate: {constant: 0}, mount_rate: {uniform: [1, 2]}}\n", "!!binary aGVsbG8=",
		"a: !!timestamp 2001-01-01\n", "1e999: .nan\n",
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Parse(data)
		if err != nil {
			var problems scenario.Problems
			if !errors.As(err, &problems) || len(problems) == 0 {
				t.Fatalf("not a list of problems: %v", err)
			}
			for _, p := range problems {
				if p.Line < 1 || p.Column < 1 || p.Message == "" {
					t.Errorf("a problem without a place or a text: %+v", p)
				}
			}
			return
		}
		c, err := s.World()
		if err != nil {
			t.Fatal(err)
		}
		c.WarmUp = 0
		if _, err := world.New(c, 1); err != nil {
			t.Fatal(err)
		}
	})
}
