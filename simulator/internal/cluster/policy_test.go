package cluster

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// The expected scores are worked out by hand, on nodes of 8 GPUs and 128 cores, the largest being twice as large.
func TestScores(t *testing.T) {
	whole := func(gpus, cores int) Request {
		return Request{GPUs: gpus, Milli: 1000, CPUMilli: int64(cores) * 1000}
	}
	share := func(milli int) Request { return Request{GPUs: 1, Milli: milli} }
	typical := Options{Typical: []Typical{{whole(1, 0), 0.5}, {whole(8, 0), 0.5}}}
	for _, test := range []struct {
		policy string
		held   []Request
		ask    Request
		want   int8
	}{
		{"best-fit", nil, whole(4, 32), 100 - 37 - 25 - 1}, // 128−32 cores are left: 37.5, and half of the GPUs
		{"best-fit", nil, whole(8, 128), 100},
		{"best-fit", []Request{whole(4, 64)}, whole(4, 32), 100 - 13}, // 12.5 for 32 cores
		{"dot-product", nil, whole(4, 64), 50},                        // d = ½ + ½
		{"dot-product", []Request{whole(4, 64)}, whole(4, 64), 75},
		{"dot-product", nil, Request{CPUMilli: 32000}, 87},
		{"gpu-packing", nil, whole(1, 0), 33 - 8},
		{"gpu-packing", []Request{whole(1, 0)}, whole(3, 0), 50 - 3},
		{"gpu-packing", []Request{share(460)}, share(500), 100 - 54/10},
		{"gpu-packing", []Request{share(460)}, share(600), 50 - 1},
		{"gpu-packing", []Request{whole(1, 0)}, Request{CPUMilli: 1}, 0},
		{"gpu-clustering", nil, whole(1, 0), 25},
		{"gpu-clustering", []Request{whole(1, 0), whole(1, 0)}, whole(1, 0), 75 + 25*2/8},
		{"gpu-clustering", []Request{whole(1, 0), whole(2, 0)}, whole(1, 0), 50 + 25*3/8},
		{"gpu-clustering", []Request{whole(2, 0)}, whole(1, 0), 25 * 2 / 8},
		{"gpu-clustering", []Request{share(300)}, share(500), 75}, // 25·300/8000 is 0
		{"gpu-clustering", []Request{share(300)}, whole(1, 0), 0},
		// 8 free GPUs: F = 0. 7: half of the typical requests lose 7, F = 3.5, σ(−3.5) = 0.0293.
		{"fgd", nil, whole(1, 0), 2},
		// 7 free GPUs: F = 3.5; 6: F = 3, σ(0.5) = 0.6225.
		{"fgd", []Request{whole(1, 0)}, whole(1, 0), 62},
		// The share's GPU has 700 left: F = (700 + 7700)/2 = 4.2; when it is full, F = 3.5, σ(0.7) = 0.6682.
		{"fgd", []Request{share(300)}, share(700), 66},
	} {
		c, err := New([]Node{{Name: "node", GPUs: 8, CPUMilli: 128000}})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range test.held {
			if _, ok := c.Place(r, firstFit{}); !ok {
				t.Fatalf("no room for %+v", r)
			}
		}
		p, err := PolicyByName(test.policy, typical)
		if err != nil {
			t.Fatal(err)
		}
		s, _ := c.shape(&test.ask)
		if got := p.bind(c.inventory).score(0, &c.nodes[0], &s); got != test.want {
			t.Errorf("%s scores %d for %+v beside %+v, want %d", test.policy, got, test.ask, test.held, test.want)
		}
	}
}

func TestPolicyByName(t *testing.T) {
	for _, name := range Policies() {
		p, err := PolicyByName(name, Options{Draw: func(int) int { return 0 }})
		if err != nil || p.Name() != name {
			t.Errorf("PolicyByName(%q) = %v, %v", name, p, err)
		}
	}
	if _, err := PolicyByName("worst-fit", Options{}); err == nil {
		t.Error("no error for an unknown policy")
	}
	if _, err := PolicyByName("random", Options{}); err == nil {
		t.Error("no error for random without a stream")
	}
}

func TestNewNamesTheMistake(t *testing.T) {
	for want, nodes := range map[string][]Node{
		`node "": it has no name`:              {{}},
		`node "a": there are two of this name`: {{Name: "a"}, {Name: "a"}},
		`node "a": 17 GPUs, must be 0–16`:      {{Name: "a", GPUs: 17}},
		`node "a": -1 GPUs, must be 0–16`:      {{Name: "a", GPUs: -1}},
		`node "a": negative CPU: -1 milli`:     {{Name: "a", CPUMilli: -1}},
		`node "a": negative memory: -1 MiB`:    {{Name: "a", MemoryMiB: -1}},
	} {
		if _, err := New(nodes); err == nil || err.Error() != want {
			t.Errorf("New(%+v): %v, want %s", nodes, err, want)
		}
	}
}

func TestTypicalRequests(t *testing.T) {
	var list []Request
	for gpus, times := range []int{3, 1, 10, 6} {
		for i := range times {
			list = append(list, Request{GPUs: gpus, Milli: 1000, MemoryMiB: int64(i)})
		}
	}
	got := TypicalRequests(list, 80) // 10 + 6 of 20
	if len(got) != 2 || got[0].GPUs != 2 || math.Abs(got[0].Frequency-0.625) > 1e-15 ||
		got[1].GPUs != 3 || math.Abs(got[1].Frequency-0.375) > 1e-15 {
		t.Errorf("TypicalRequests = %+v", got)
	}
	if got := TypicalRequests(list, 81); len(got) != 3 || got[2].GPUs != 0 {
		t.Errorf("TypicalRequests = %+v", got)
	}
	// Ties, and all requests.
	list = []Request{{GPUs: 1, Milli: 500, CPUMilli: 8}, {GPUs: 1, Milli: 1000, CPUMilli: 8}, {GPUs: 1, Milli: 1000, CPUMilli: 9},
		{GPUs: 2, Milli: 1000, CPUMilli: 8}, {GPUs: 2, Milli: 1000, CPUMilli: 8, GPUTypes: []string{"T4"}}}
	var order []int
	for _, typical := range TypicalRequests(list, 100) {
		order = append(order, slices.IndexFunc(list, func(r Request) bool { return reflect.DeepEqual(r, typical.Request) }))
		if typical.Frequency != 0.2 {
			t.Errorf("%+v has the frequency %v, want 0.2", typical.Request, typical.Frequency)
		}
	}
	if want := []int{2, 4, 3, 1, 0}; !slices.Equal(order, want) {
		t.Errorf("the order is %v, want %v", order, want)
	}
}
