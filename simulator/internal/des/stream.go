package des

import "math/rand/v2"

// Stream returns the random stream for a purpose and an id, such as that of a task or node, in a world with the given
// seed. The same arguments give the same draws; different arguments give independent draws. So the draws for one task
// never affect those for another.
func Stream(seed uint64, purpose, id string) *rand.Rand {
	var source rand.PCG
	Seed(&source, seed, purpose, id)
	return rand.New(&source)
}

// Source returns the generator behind Stream, for callers that save and restore its state with PCG.MarshalBinary.
func Source(seed uint64, purpose, id string) *rand.PCG {
	var source rand.PCG
	Seed(&source, seed, purpose, id)
	return &source
}

// Seed sets source to the state of the generator that Source returns. It allows reusing one generator for many streams.
func Seed(source *rand.PCG, seed uint64, purpose, id string) {
	h := mix(seed)
	h = mix(h ^ fnv(purpose))
	h = mix(h ^ fnv(id))
	source.Seed(h, mix(h+golden))
}

const golden = 0x9e3779b97f4a7c15

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014).
func mix(x uint64) uint64 {
	x += golden
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// fnv returns the 64-bit FNV-1a hash of s.
func fnv(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}
