package cluster

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// A node is in the reach of a request if the request could be placed there with nothing else running. Whatever the state
// of the nodes, no part of a placed request is outside its reach.
func TestReachIsWhereRequestsGo(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := make([]Node, rapid.IntRange(1, 70).Draw(t, "nodes"))
		for i := range nodes {
			nodes[i] = Node{
				Name: fmt.Sprint("node-", i), Zone: rapid.SampledFrom([]string{"y", "z"}).Draw(t, "zone"),
				GPUType: rapid.SampledFrom([]string{"A100", "T4"}).Draw(t, "type"), GPUs: rapid.SampledFrom([]int{0, 2, 4}).Draw(t, "gpus"),
				CPUMilli: rapid.SampledFrom([]int64{0, 8000}).Draw(t, "cpu"),
			}
		}
		c, err := New(nodes)
		if err != nil {
			t.Fatal(err)
		}
		r := Request{
			Zone: rapid.SampledFrom([]string{"", "z"}).Draw(t, "zone"), GPUs: rapid.SampledFrom([]int{0, 1, 2, 4, 6, 9}).Draw(t, "gpus"),
			CPUMilli: rapid.SampledFrom([]int64{0, 5, 8000}).Draw(t, "cpu"),
			GPUTypes: rapid.SampledFrom([][]string{nil, {"A100"}, {"T4", "A100"}, {"H100"}}).Draw(t, "types"),
		}
		if r.GPUs > 0 {
			r.Milli = WholeGPU
		} else {
			r.GPUTypes = nil
		}
		reach := c.Reach(r)
		if c.CanEverFit(r) != (len(reach) > 0) {
			t.Fatalf("it can ever fit: %v, and reaches %b", c.CanEverFit(r), reach)
		}
		for i, n := range nodes {
			alone, err := New([]Node{n})
			if err != nil {
				t.Fatal(err)
			}
			if alone.CanEverFit(r) && !reach.Has(i) {
				t.Fatalf("node %d could hold it, the reach is %b", i, reach)
			}
		}
		for range 4 {
			for i := range nodes {
				c.SetState(i, State(rapid.IntRange(0, 3).Draw(t, "state")%3))
			}
			p, err := PolicyByName("first-fit", Options{})
			if err != nil {
				t.Fatal(err)
			}
			if a, ok := c.Place(r, p); ok {
				for _, part := range a.Parts {
					if !reach.Has(part.Node) {
						t.Fatalf("%+v is not within %b", a, reach)
					}
				}
				c.Release(a)
			}
		}
	})
}

func TestReachIsASet(t *testing.T) {
	a, b := Reach(nil).With(3).With(130), Reach(nil).With(3).With(64)
	all := Reach(nil).Add(b).Add(a)
	if !a.Has(130) || a.Has(64) || a.Has(1000) || !all.Has(64) || all.Len() != 3 || Reach(nil).Len() != 0 {
		t.Errorf("%b has node 130, and %b has 64 and two more", a, all)
	}
	if !a.Meets(b) || a.Covers(b) || !all.Covers(a) || !all.Covers(b) || b.Covers(all) || a.Meets(Reach(nil).With(2)) ||
		!a.Covers(nil) || a.Meets(nil) {
		t.Errorf("%b and %b are %b", a, b, all)
	}
}
