package cluster

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

var typicalForTest = []Typical{
	{Request{GPUs: 1, Milli: 1000, CPUMilli: 8000}, 0.5},
	{Request{GPUs: 1, Milli: 460, CPUMilli: 6000}, 0.3},
	{Request{GPUs: 2, Milli: 1000, CPUMilli: 1000, GPUTypes: []string{"A100"}}, 0.07},
	{Request{GPUs: 4, Milli: 1000, CPUMilli: 20000, GPUTypes: []string{"T4", "V100"}}, 0.1},
	{Request{CPUMilli: 4000}, 0.03},
}

func drawNodes(t *rapid.T) []Node {
	n := rapid.IntRange(1, 14).Draw(t, "nodes")
	names := rapid.Permutation(slices.Collect(func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	})).Draw(t, "names")
	nodes := make([]Node, n)
	for i := range nodes {
		nodes[i] = Node{
			Name:      fmt.Sprintf("node-%d", names[i]),
			Zone:      rapid.SampledFrom([]string{"a", "b"}).Draw(t, "zone"),
			GPUType:   rapid.SampledFrom([]string{"A100", "V100", "T4"}).Draw(t, "type"),
			GPUs:      rapid.SampledFrom([]int{0, 1, 2, 4, 8, 8, 16}).Draw(t, "gpus"),
			CPUMilli:  rapid.SampledFrom([]int64{5, 16000, 64000, 128000}).Draw(t, "cpu"),
			MemoryMiB: rapid.SampledFrom([]int64{3, 32768, 786432}).Draw(t, "memory"),
		}
	}
	return nodes
}

var requestGen = rapid.Custom(func(t *rapid.T) Request {
	r := Request{
		Zone:      rapid.SampledFrom([]string{"", "a", "b"}).Draw(t, "zone"),
		GPUTypes:  rapid.SampledFrom([][]string{nil, nil, {"A100"}, {"T4", "V100"}, {"V100", "A100", "H100"}}).Draw(t, "types"),
		GPUs:      rapid.SampledFrom([]int{0, 1, 1, 1, 2, 3, 4, 8, 12, 20, 33}).Draw(t, "gpus"),
		Milli:     rapid.SampledFrom([]int{1000, 1000, 460, 200, 1}).Draw(t, "milli"),
		CPUMilli:  rapid.SampledFrom([]int64{0, 1, 7, 4000, 9999, 33333}).Draw(t, "cpu"),
		MemoryMiB: rapid.SampledFrom([]int64{0, 1, 5, 1024, 40001}).Draw(t, "memory"),
	}
	if r.GPUs == 0 {
		r.Milli = 0
	}
	return r
})

// machine drives a cluster and the reference implementation side by side.
type machine struct {
	cluster   *Cluster
	reference *reference
	policy    Policy
	held      []Allocation
	requests  []Request
}

func newMachine(t *rapid.T, policy string) *machine {
	nodes := drawNodes(t)
	c, err := New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	draw := func() func(int) int { return rand.New(rand.NewPCG(1, 2)).IntN }
	p, err := PolicyByName(policy, Options{Draw: draw(), Typical: typicalForTest})
	if err != nil {
		t.Fatal(err)
	}
	return &machine{
		cluster: c, policy: p, reference: newReference(nodes, policy, draw(), typicalForTest),
		// Few distinct requests, so that most of them find an existing index.
		requests: rapid.SliceOfN(requestGen, 1, 6).Draw(t, "requests"),
	}
}

func (m *machine) place(t *rapid.T) {
	r := rapid.SampledFrom(m.requests).Draw(t, "request")
	before := m.cluster.Clone()
	got, ok := m.cluster.Place(r, m.policy)
	want, wantOK := m.reference.place(r)
	if ok != wantOK || !reflect.DeepEqual(got, want) {
		t.Fatalf("Place(%+v) = %+v, %v, want %+v, %v", r, got, ok, want, wantOK)
	}
	if ever, want := m.cluster.CanEverFit(r), m.reference.canEverFit(r); ever != want || ok && !ever {
		t.Fatalf("CanEverFit(%+v) = %v, want %v; placed now: %v", r, ever, want, ok)
	}
	room := slices.ContainsFunc(before.Verdicts(r), func(v Verdict) bool { return v.Reason == "room" })
	if room != (ok && len(got.Parts) == 1) {
		t.Fatalf("Place(%+v) = %v, but the verdicts are %v", r, ok, before.Verdicts(r))
	}
	if !ok {
		m.sameState(t, before, "a failed Place")
		return
	}
	var gpus int
	var cpu, mem int64
	for _, p := range got.Parts {
		for g := p.GPUs; g != 0; g &= g - 1 {
			gpus++
		}
		cpu, mem = cpu+p.CPUMilli, mem+p.MemoryMiB
	}
	if gpus != r.GPUs || cpu != r.CPUMilli || mem != r.MemoryMiB {
		t.Fatalf("Place(%+v) holds %d GPUs, %d CPU, %d memory", r, gpus, cpu, mem)
	}
	undone := m.cluster.Clone()
	undone.Release(got)
	if !reflect.DeepEqual(undone.nodes, before.nodes) || !reflect.DeepEqual(undone.counts, before.counts) {
		t.Fatalf("Release(%+v) doesn't give back what Place took", got)
	}
	if err := undone.Hold(got); err != nil {
		t.Fatalf("Hold(%+v): %v", got, err)
	}
	m.sameState(t, undone, "Release and Hold")
	if err := undone.Hold(got); err == nil && (cpu > 0 && gpus > 0 && r.Milli > 500) {
		t.Fatalf("Hold(%+v) twice", got)
	}
	m.held = append(m.held, got)
}

func (m *machine) sameState(t *rapid.T, o *Cluster, what string) {
	if !reflect.DeepEqual(m.cluster.nodes, o.nodes) || !reflect.DeepEqual(m.cluster.counts, o.counts) {
		t.Fatalf("%s changed the state", what)
	}
}

func (m *machine) release(t *rapid.T) {
	if len(m.held) == 0 {
		t.Skip("nothing held")
	}
	i := rapid.IntRange(0, len(m.held)-1).Draw(t, "allocation")
	m.cluster.Release(m.held[i])
	m.reference.apply(m.held[i], -1)
	m.held = slices.Delete(m.held, i, i+1)
}

func (m *machine) setState(t *rapid.T) {
	i := rapid.IntRange(0, m.cluster.Len()-1).Draw(t, "node")
	s := rapid.SampledFrom([]State{Up, Up, Draining, Failed}).Draw(t, "state")
	m.cluster.SetState(i, s)
	m.reference.nodes[i].state = s
}

func (m *machine) check(t *rapid.T) {
	held := make([][MaxGPUs]int32, m.cluster.Len())
	for _, a := range m.held {
		for _, p := range a.Parts {
			for g := range MaxGPUs {
				if p.GPUs>>g&1 == 1 {
					held[p.Node][g] += p.Milli
				}
			}
		}
	}
	counts := map[[2]string]Count{}
	for i := range m.cluster.Len() {
		n, state := m.cluster.Node(i), m.cluster.State(i)
		k := counts[[2]string{n.Zone, n.GPUType}]
		for g, free := range m.cluster.GPUFree(i) {
			if free < 0 || free+held[i][g] != 1000 {
				t.Fatalf("%s: %d milli of GPU %d free, %d held", n.Name, free, g, held[i][g])
			}
			k.Capacity++
			switch {
			case state == Failed:
				k.Lost++
			case held[i][g] > 0:
				k.Held++
			case state == Draining:
				k.Draining++
			default:
				k.Free++
			}
		}
		counts[[2]string{n.Zone, n.GPUType}] = k
	}
	var sum Count
	for _, zone := range []string{"a", "b"} {
		for _, typ := range []string{"A100", "V100", "T4"} {
			k := m.cluster.Count(zone, typ)
			if k != counts[[2]string{zone, typ}] {
				t.Fatalf("Count(%s, %s) = %+v, want %+v", zone, typ, k, counts[[2]string{zone, typ}])
			}
			sum.add(k, 1)
		}
	}
	if all := m.cluster.Count("", ""); all != sum {
		t.Fatalf("Count of all = %+v, the zones and types have %+v", all, sum)
	}
	if sum.Free+sum.Held+sum.Draining+sum.Lost != sum.Capacity {
		t.Fatalf("Count %+v doesn't sum to its capacity", sum)
	}
	nodes := 0
	for _, v := range m.cluster.Verdicts(Request{GPUs: 3, Milli: 500}) {
		nodes += v.Nodes
	}
	if nodes != m.cluster.Len() {
		t.Fatalf("verdicts of %d of %d nodes", nodes, m.cluster.Len())
	}
}

// Whatever happened before, a placement equals the one that a scan of all nodes finds, a clone behaves as the original
// would, and every GPU is accounted for.
func TestPlaceEqualsScan(t *testing.T) {
	for _, policy := range Policies() {
		t.Run(policy, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				m := newMachine(t, policy)
				t.Repeat(map[string]func(*rapid.T){
					"place": m.place,
					"place more": func(t *rapid.T) {
						for range 5 {
							m.place(t)
						}
					},
					"release":   m.release,
					"set state": m.setState,
					"continue in a clone": func(t *rapid.T) {
						original := m.cluster
						m.cluster = original.Clone()
						if rapid.Bool().Draw(t, "disturb the original") {
							for i := range original.Len() {
								original.SetState(i, Failed)
							}
						}
					},
					"": m.check,
				})
			})
		})
	}
}

// More shapes than indices are kept.
func TestManyShapes(t *testing.T) {
	nodes := make([]Node, 20)
	for i := range nodes {
		nodes[i] = Node{Name: fmt.Sprintf("node-%02d", i), GPUType: "A100", GPUs: 8, CPUMilli: 64000, MemoryMiB: 65536}
	}
	c, err := New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	ref := newReference(nodes, "best-fit", nil, nil)
	r := rand.New(rand.NewPCG(1, 2))
	var held []Allocation
	for range 5000 {
		q := Request{GPUs: 1 + r.IntN(4), Milli: 1000, CPUMilli: 1000 * int64(r.IntN(16)), MemoryMiB: int64(r.IntN(32))}
		got, ok := c.Place(q, bestFit{})
		want, _ := ref.place(q)
		if !reflect.DeepEqual(got, want) {
			t.Fatalf("Place(%+v) = %+v, want %+v", q, got, want)
		}
		if ok {
			held = append(held, got)
		}
		if len(held) > 30 {
			i := r.IntN(len(held))
			c.Release(held[i])
			ref.apply(held[i], -1)
			held = slices.Delete(held, i, i+1)
		}
	}
	if len(c.byShape) > maxIndices {
		t.Errorf("%d indices, at most %d allowed", len(c.byShape), maxIndices)
	}
}
