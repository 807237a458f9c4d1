package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkPlace holds a cluster of 1,250 equal nodes of 8 GPUs at about 90 %: an allocation ends for each that is placed.
func BenchmarkPlace(b *testing.B) {
	nodes := make([]Node, 1250)
	for i := range nodes {
		nodes[i] = Node{Name: fmt.Sprintf("node-%04d", i), Zone: "a", GPUType: "A100", GPUs: 8, CPUMilli: 128000, MemoryMiB: 1 << 20}
	}
	request := func(r *rand.Rand) Request {
		gpus := []int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 8, 8, 8}[r.IntN(20)]
		return Request{Zone: "a", GPUs: gpus, Milli: WholeGPU, CPUMilli: int64(gpus) * 16000, MemoryMiB: int64(gpus) << 17}
	}
	for _, policy := range Policies() {
		b.Run(policy, func(b *testing.B) {
			r := rand.New(rand.NewPCG(1, 2))
			c, err := New(nodes)
			if err != nil {
				b.Fatal(err)
			}
			p, err := PolicyByName(policy, Options{Draw: r.IntN})
			if err != nil {
				b.Fatal(err)
			}
			var held []Allocation
			for c.Count("", "").Free > 1000 {
				if a, ok := c.Place(request(r), p); ok {
					held = append(held, a)
				}
			}
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				if a, ok := c.Place(request(r), p); ok {
					i := r.IntN(len(held))
					c.Release(held[i])
					held[i] = a
				}
			}
		})
	}
	b.Run("no-room", func(b *testing.B) {
		c, err := New(nodes)
		if err != nil {
			b.Fatal(err)
		}
		for range nodes {
			c.Place(Request{GPUs: 1, Milli: WholeGPU}, firstFit{})
		}
		for i := range nodes {
			c.SetState(i, Draining)
		}
		for b.Loop() {
			c.SetState(7, Draining) // what happens between two attempts
			if _, ok := c.Place(Request{Zone: "a", GPUs: 8, Milli: WholeGPU}, bestFit{}); ok {
				b.Fatal("there is no room")
			}
		}
	})
	b.Run("clone", func(b *testing.B) {
		c, err := New(nodes)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			c.Clone()
		}
	})
}
