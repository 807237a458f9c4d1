package des

import "math/rand/v2"

// Stream returns the random stream of one purpose and one id (of a task, of a node) in a world with this seed. The same
// arguments give the same draws, and different ones independent draws, so what is drawn for one task never shifts what
// is drawn for another.
func Stream(seed uint64, purpose, id string) *rand.Rand {
	var source rand.PCG
	Seed(&source, seed, purpose, id)
	return rand.New(&source)
}

// Source returns the generator behind Stream, for a caller that must save and restore its state
// (PCG.MarshalBinary).
func Source(seed uint64, purpose, id string) *rand.PCG {
	var source rand.PCG
	Seed(&source, seed, purpose, id)
	return &source
}

// Seed makes a generator the one that Source returns, for a caller that needs many, one after the other.
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

// fnv is the 64-bit FNV-1a hash (Fowler, Noll, Vo).
func fnv(s string) uint64 {
	h := uint64(0xcbf29ce484222325)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 0x100000001b3
	}
	return h
}
