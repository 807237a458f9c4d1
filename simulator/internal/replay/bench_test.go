package replay

import (
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
)

func BenchmarkRun(b *testing.B) {
	w := openb(b)
	for _, policy := range cluster.Policies() {
		b.Run(policy, func(b *testing.B) {
			for b.Loop() {
				if _, err := Run(w, Options{Policy: policy, Seed: 42, Target: 1.3}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
