package des

import "testing"

func TestStreamDependsOnItsKeyAlone(t *testing.T) {
	draw := func(seed uint64, purpose, id string) [4]uint64 {
		r := Stream(seed, purpose, id)
		return [4]uint64{r.Uint64(), r.Uint64(), r.Uint64(), r.Uint64()}
	}
	seen := map[[4]uint64]string{}
	for _, seed := range []uint64{0, 1, 2, 1 << 63} {
		for _, purpose := range []string{"", "length", "lengt", "hlength"} {
			for _, id := range []string{"", "task-001", "task-002", "h"} {
				key := purpose + "/" + id
				got := draw(seed, purpose, id)
				if got != draw(seed, purpose, id) {
					t.Errorf("%d %s: two streams of one key differ", seed, key)
				}
				if other, ok := seen[got]; ok {
					t.Errorf("%d %s draws the same as %s", seed, key, other)
				}
				seen[got] = key
			}
		}
	}
}

// A scenario and a seed promise the same run. Changing the hash would change every recorded run.
func TestStreamIsStable(t *testing.T) {
	if got, want := Stream(42, "length", "task-001").Uint64(), uint64(0x94393a2c8611ccd5); got != want {
		t.Errorf("first draw = %#x, want %#x", got, want)
	}
}

func TestStreamIsUniform(t *testing.T) {
	const n = 100_000
	var first, sum float64
	for i := range n {
		r := Stream(uint64(i), "length", "task-001")
		first += r.Float64()
	}
	r := Stream(1, "length", "task-001")
	for range n {
		sum += r.Float64()
	}
	for what, mean := range map[string]float64{"first draws of neighbouring seeds": first / n, "draws of a stream": sum / n} {
		if mean < 0.495 || mean > 0.505 {
			t.Errorf("mean of %s = %v, want 0.5", what, mean)
		}
	}
}
