package cluster

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// BenchmarkPlace keeps a cluster of 1,250 equal nodes of 8 GPUs about 90 % full: it releases an allocation for each that
// it places.
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
			c.SetState(7, Draining) // changes between two attempts
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

// BenchmarkFill places 10,866 requests, shares and whole GPUs, on 1,213 nodes of three kinds until half of the requests
// find no room, as a replay does. The scan rates every node for every request.
func BenchmarkFill(b *testing.B) {
	var nodes []Node
	for i := range 1213 {
		n := Node{Name: fmt.Sprintf("node-%04d", i), GPUType: "T4", GPUs: 2, CPUMilli: 64_000, MemoryMiB: 1 << 18}
		if i%3 > 0 {
			n.GPUType, n.GPUs, n.CPUMilli = "A100", 8, 128_000
		}
		nodes = append(nodes, n)
	}
	r := rand.New(rand.NewPCG(1, 2))
	var requests []Request
	for range 10_866 {
		q := Request{GPUs: 1, Milli: 50 + 50*r.IntN(19), CPUMilli: 1000 * int64(1+r.IntN(8)), MemoryMiB: 1 << 12}
		if r.IntN(2) == 0 {
			q.GPUs, q.Milli = 1<<r.IntN(4), WholeGPU
		}
		requests = append(requests, q)
	}
	typical := TypicalRequests(requests, 95)
	for _, name := range []string{"best-fit", "fgd"} {
		p, err := PolicyByName(name, Options{Typical: typical})
		if err != nil {
			b.Fatal(err)
		}
		for how, place := range map[string]func(*Cluster, Request) bool{
			"index": func(c *Cluster, q Request) bool { _, ok := c.Place(q, p); return ok },
			"scan": func() func(*Cluster, Request) bool {
				var s scorer
				return func(c *Cluster, q Request) bool {
					if s == nil {
						s = p.bind(c.inventory)
					}
					return scan(c, q, s)
				}
			}(),
		} {
			b.Run(name+"/"+how, func(b *testing.B) {
				for b.Loop() {
					c, err := New(nodes)
					if err != nil {
						b.Fatal(err)
					}
					placed := 0
					for _, q := range requests {
						if place(c, q) {
							placed++
						}
					}
					b.ReportMetric(float64(placed), "placed")
				}
			})
		}
	}
}

// scan places a request that fits on one node without an index.
func scan(c *Cluster, r Request, p scorer) bool {
	s, ok := c.shape(&r)
	if !ok {
		return false
	}
	best, found := int8(unfit), int32(-1)
	for _, i := range c.scopes[s.scope].order {
		if n := &c.nodes[i]; n.fits(&s) {
			if score := p.score(i, n, &s); score > best {
				best, found = score, i
			}
		}
	}
	if found < 0 {
		return false
	}
	n := &c.nodes[found]
	part := Part{Node: int(found), Milli: s.milli, CPUMilli: s.cpu, MemoryMiB: s.mem}
	if g := p.gpu(n, &s); g >= 0 {
		part.GPUs = 1 << g
	} else {
		part.GPUs = n.tightest(&s)
	}
	c.apply(&part, +1)
	return true
}
