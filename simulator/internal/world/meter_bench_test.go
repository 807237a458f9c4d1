package world_test

import (
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// BenchmarkMeter runs 10,000 jobs of a background load through a world, with and without a meter.
func BenchmarkMeter(b *testing.B) {
	config := loaded(b, 125)
	for _, metered := range []bool{false, true} {
		b.Run(map[bool]string{false: "alone", true: "metered"}[metered], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w, err := world.New(config, 1)
				if err != nil {
					b.Fatal(err)
				}
				if metered {
					w.Meter(recorderOf(w))
				}
				for w.Processed() < 20_000 {
					w.AdvanceTo(w.Now().Add(time.Hour))
				}
			}
		})
	}
}
