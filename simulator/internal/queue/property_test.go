package queue

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"pgregory.net/rapid"
)

// simulation is a small cluster with a queue, and the events to come.
type simulation struct {
	cluster  *cluster.Cluster
	policy   cluster.Policy
	queue    *Queue
	calendar des.Calendar[event]
	now      des.Time
	jobs     []job
	running  []running
	started  []start
}

type job struct {
	Job
	length des.Time // at most the limit
}

type event struct {
	ends bool
	job  int
}

type running struct {
	id         int32
	ends       des.Time // at the latest
	allocation cluster.Allocation
}

type start struct {
	id   int32
	at   des.Time
	node int
}

func drawSimulation(t *rapid.T, d Discipline) *simulation {
	nodes := make([]cluster.Node, rapid.IntRange(1, 4).Draw(t, "nodes"))
	for i := range nodes {
		nodes[i] = cluster.Node{
			Name: fmt.Sprint("node-", i), GPUType: rapid.SampledFrom([]string{"A100", "A100", "T4"}).Draw(t, "type"),
			GPUs: rapid.SampledFrom([]int{2, 4, 8}).Draw(t, "gpus"), CPUMilli: 8000,
		}
	}
	c, err := cluster.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	l := &simulation{cluster: c}
	if l.policy, err = cluster.PolicyByName("best-fit", cluster.Options{}); err != nil {
		t.Fatal(err)
	}
	l.queue = New(d, c, "")
	at := des.Time(0)
	for range rapid.IntRange(1, 40).Draw(t, "jobs") {
		r := cluster.Request{
			GPUs:     rapid.SampledFrom([]int{1, 1, 1, 2, 3, 4, 8, 10}).Draw(t, "gpus"),
			Milli:    rapid.SampledFrom([]int{1000, 1000, 1000, 400}).Draw(t, "milli"),
			CPUMilli: rapid.SampledFrom([]int64{0, 0, 3000}).Draw(t, "cpu"),
			GPUTypes: rapid.SampledFrom([][]string{nil, {"T4"}, {"A100"}}).Draw(t, "types"),
		}
		at += des.Time(rapid.IntRange(0, 3).Draw(t, "pause"))
		limit := des.Time(rapid.IntRange(1, 12).Draw(t, "limit"))
		length := max(1, limit-des.Time(rapid.SampledFrom([]int{0, 0, 1, 5}).Draw(t, "shorter")))
		if !c.CanEverFit(r) {
			continue
		}
		n := len(l.jobs)
		l.jobs = append(l.jobs, job{Job{ID: int32(n), Arrival: int64(n), Request: r, Limit: limit}, length})
		l.calendar.Schedule(at, event{job: n})
	}
	return l
}

// step runs the next event; false when there is none.
func (l *simulation) step() bool {
	at, e, ok := l.calendar.Pop()
	if !ok {
		return false
	}
	l.now = at
	if e.ends {
		i := slices.IndexFunc(l.running, func(r running) bool { return r.id == int32(e.job) })
		r := l.running[i]
		l.running = slices.Delete(l.running, i, i+1)
		l.cluster.Release(r.allocation)
		l.queue.Ended(r.id, r.allocation)
	} else {
		l.queue.Push(l.jobs[e.job].Job)
	}
	l.queue.Start(l.cluster, l.policy, at, func(j Job, a cluster.Allocation) {
		l.running = append(l.running, running{j.ID, at + j.Limit, a})
		l.started = append(l.started, start{j.ID, at, a.Parts[0].Node})
		l.calendar.Schedule(at+l.jobs[j.ID].length, event{true, int(j.ID)})
	})
	return true
}

// checkAhead fails if a job waits although there is room for it and no rival before it, or the queue names another rival.
func (l *simulation) checkAhead(t *rapid.T, d Discipline, waiting []int32) {
	for k, id := range waiting {
		j := l.jobs[id].Job
		var rivals []int32
		for i, before := range waiting[:k] {
			if l.cluster.Reach(l.jobs[before].Request).Meets(l.cluster.Reach(j.Request)) && (d != EASY || l.isHead(waiting, i)) {
				rivals = append(rivals, before)
			}
		}
		first, n := l.queue.Ahead(l.cluster, j)
		if n != len(rivals) || n > 0 && first.ID != rivals[0] {
			t.Fatalf("job %d waits for %d and %d in all, want %v", id, first.ID, n, rivals)
		}
		if n > 0 {
			continue
		}
		if a, ok := l.cluster.Clone().Place(j.Request, l.policy); ok {
			t.Fatalf("job %d waits for nobody at %d, with room on %+v", id, l.now, a)
		}
	}
}

// isHead reports whether no rival waits before the i-th of the waiting.
func (l *simulation) isHead(waiting []int32, i int) bool {
	reach := l.cluster.Reach(l.jobs[waiting[i]].Request)
	return !slices.ContainsFunc(waiting[:i], func(id int32) bool { return l.cluster.Reach(l.jobs[id].Request).Meets(reach) })
}

func (l *simulation) clone() *simulation {
	c := *l
	c.cluster, c.queue, c.calendar = l.cluster.Clone(), l.queue.Clone(), l.calendar.Clone()
	c.running, c.started = slices.Clone(l.running), slices.Clone(l.started)
	return &c
}

// promise returns when the first job has room if all that runs now ends at its limit: found by trying.
func (l *simulation) promise(r cluster.Request) des.Time {
	c := l.cluster.Clone()
	all := slices.Clone(l.running)
	slices.SortStableFunc(all, func(a, b running) int { return cmp.Compare(a.ends, b.ends) })
	for _, a := range all {
		c.Release(a.allocation)
		if _, ok := c.Place(r, l.policy); ok {
			return a.ends
		}
	}
	return never
}

func checkAll(t *testing.T, check func(*rapid.T, Discipline)) {
	for _, d := range Disciplines() {
		t.Run(d.Name(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) { check(t, d) })
		})
	}
}

func TestEveryJobStartsInItsTurn(t *testing.T) {
	checkAll(t, func(t *rapid.T, d Discipline) {
		l := drawSimulation(t, d)
		promised := map[int32]des.Time{}
		for n := 0; l.step(); n = len(l.started) {
			var waiting []int32
			for j := range l.queue.Waiting() {
				waiting = append(waiting, j.ID)
			}
			for _, s := range l.started[n:] {
				j := l.jobs[s.id]
				if at, ok := promised[s.id]; ok && s.at > at {
					t.Fatalf("job %d starts at %d, promised for %d", s.id, s.at, at)
				}
				for _, id := range waiting {
					w := l.jobs[id]
					overtakes := w.Arrival < j.Arrival
					if d == SJF {
						overtakes = w.Limit < j.Limit || w.Limit == j.Limit && w.Arrival < j.Arrival
					}
					equals := fmt.Sprint(w.Request) == fmt.Sprint(j.Request) && w.Limit == j.Limit
					rivals := l.cluster.Reach(w.Request).Meets(l.cluster.Reach(j.Request))
					if overtakes && (d != EASY && rivals || equals) {
						t.Fatalf("job %+v starts at %d before %+v", j, s.at, w)
					}
				}
			}
			if len(waiting) == 0 {
				continue
			}
			l.checkAhead(t, d, waiting)
			for i, id := range waiting {
				if _, ok := promised[id]; d == EASY && !ok && l.isHead(waiting, i) {
					promised[id] = l.promise(l.jobs[id].Request)
				}
			}
		}
		if l.queue.Len() > 0 || len(l.started) != len(l.jobs) {
			t.Fatalf("%d of %d jobs started, %d wait for ever", len(l.started), len(l.jobs), l.queue.Len())
		}
	})
}

func TestCloneContinuesIdentically(t *testing.T) {
	checkAll(t, func(t *rapid.T, d Discipline) {
		l := drawSimulation(t, d)
		for range rapid.IntRange(0, 60).Draw(t, "steps") {
			l.step()
		}
		c := l.clone()
		for l.step() {
		}
		for c.step() {
		}
		if !slices.Equal(l.started, c.started) {
			t.Fatalf("the original started %v, the clone %v", l.started, c.started)
		}
	})
}

// emptyQueue returns a cluster, best-fit, and an empty queue for the cluster.
func emptyQueue(t interface{ Fatal(...any) }, d Discipline, nodes ...cluster.Node) (*cluster.Cluster, cluster.Policy, *Queue) {
	c, err := cluster.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cluster.PolicyByName("best-fit", cluster.Options{})
	if err != nil {
		t.Fatal(err)
	}
	q := New(d, c, "")
	return c, p, q
}

// A short job overtakes the head where a longer one may not.
func TestBackfill(t *testing.T) {
	for d, want := range map[Discipline]string{FIFO: "[0]", EASY: "[0 3]", SJF: "[3 0]"} {
		c, p, q := emptyQueue(t, d, cluster.Node{Name: "node", GPUs: 4})
		l := c.Clone()
		for i, j := range []struct{ gpus, limit int }{{3, 10}, {4, 20}, {1, 11}, {1, 9}} {
			q.Push(Job{ID: int32(i), Arrival: int64(i), Limit: des.Time(j.limit), Request: cluster.Request{GPUs: j.gpus, Milli: 1000}})
		}
		var got []int32
		q.Start(l, p, 0, func(j Job, _ cluster.Allocation) { got = append(got, j.ID) })
		if fmt.Sprint(got) != want {
			t.Errorf("%s starts %v, want %s", d, got, want)
		}
	}
}

// A share that was placed keeps its GPUs, though tighter ones may be there when the first job's turn comes.
func TestBackfillLeavesTheGPUsThatArePromised(t *testing.T) {
	c, p, q := emptyQueue(t, EASY, cluster.Node{Name: "node", GPUs: 8})
	var got []int32
	for i, j := range []struct{ gpus, milli, limit int }{
		{2, 400, 9},  // leaves 600 on GPUs 0 and 1
		{8, 400, 5},  // leaves 200 there and 600 on the others
		{3, 1000, 1}, // is promised 3 of GPUs 2–7 at 5
		{4, 400, 9},  // would take GPUs 2–5 beyond that
		{3, 400, 9},  // GPUs 2–4: three are left
	} {
		q.Push(Job{ID: int32(i), Arrival: int64(i), Limit: des.Time(j.limit), Request: cluster.Request{GPUs: j.gpus, Milli: j.milli}})
		q.Start(c, p, 0, func(j Job, _ cluster.Allocation) { got = append(got, j.ID) })
	}
	if want := []int32{0, 1, 4}; !slices.Equal(got, want) {
		t.Errorf("started %v, want %v", got, want)
	}
}

// The fourth job fills node b, where the policy would then put the fifth without harm; the third came first and is equal.
func TestBackfillKeepsEqualsInOrder(t *testing.T) {
	c, p, q := emptyQueue(t, EASY, cluster.Node{Name: "a", GPUType: "A100", GPUs: 4}, cluster.Node{Name: "b", GPUType: "T4", GPUs: 3})
	var got []int32
	for i, j := range []struct {
		gpus, limit int
		types       []string
	}{
		{1, 5, []string{"A100"}},
		{4, 9, nil}, // is promised all of node a at 5
		{1, 9, nil}, // would go to node a
		{1, 9, []string{"T4"}},
		{1, 9, nil},
	} {
		request := cluster.Request{GPUs: j.gpus, Milli: 1000, GPUTypes: j.types}
		q.Push(Job{ID: int32(i), Arrival: int64(i), Limit: des.Time(j.limit), Request: request})
		q.Start(c, p, 0, func(j Job, _ cluster.Allocation) { got = append(got, j.ID) })
	}
	if want := []int32{0, 3}; !slices.Equal(got, want) {
		t.Errorf("started %v, want %v", got, want)
	}
}

// Jobs wait for those that they share a node with, and for no others.
func TestJobsOnOtherNodesPass(t *testing.T) {
	for _, d := range Disciplines() {
		c, p, q := emptyQueue(t, d,
			cluster.Node{Name: "a", GPUType: "A100", GPUs: 4}, cluster.Node{Name: "v", GPUType: "V100", GPUs: 4, CPUMilli: 1000})
		l := c.Clone()
		var got []int32
		for i, j := range []struct {
			gpus  int
			types []string
			cpu   int64
		}{
			{3, []string{"A100"}, 0},
			{2, []string{"A100"}, 0}, // waits
			{1, []string{"V100"}, 0}, // another type
			{1, []string{"A100"}, 0}, // waits for 1
			{0, nil, 1000},           // only node v has a CPU
			{1, nil, 0},              // either node: waits for 1
			{1, []string{"V100"}, 0}, // waits for 5
		} {
			q.Push(Job{
				ID: int32(i), Arrival: int64(i), Limit: 9,
				Request: cluster.Request{GPUs: j.gpus, Milli: min(1, j.gpus) * 1000, GPUTypes: j.types, CPUMilli: j.cpu},
			})
			q.Start(l, p, 0, func(j Job, _ cluster.Allocation) { got = append(got, j.ID) })
		}
		want := []int32{0, 2, 4}
		if d == EASY {
			want = []int32{0, 2, 3, 4, 5, 6} // beside the reservation
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s starts %v, want %v", d, got, want)
		}
	}
}

// Each kind of node has a first job with a reservation, wherever it stands in the queue. A job that can use both kinds makes
// those behind it wait for it alone.
func TestEveryKindOfNodeHasAReservation(t *testing.T) {
	a100, v100 := []string{"A100"}, []string{"V100"}
	type ask struct {
		gpus, limit int
		types       []string
	}
	for name, of := range map[string]struct {
		asks []ask
		want []int32
	}{
		"a gang of another kind": {[]ask{
			{8, 100, a100},
			{3, 100, v100},
			{8, 10, a100},  // is promised both nodes at 100
			{8, 10, v100},  // is promised these two at 100
			{1, 200, v100}, // would move that
			{1, 100, v100},
		}, []int32{0, 1, 5}},
		"one that could use both": {[]ask{
			{8, 100, a100},
			{8, 10, a100},
			{7, 100, v100},
			{4, 200, nil},  // may use either kind, and has no reservation
			{8, 10, v100},  // neither has this: it waits behind 3
			{1, 200, v100}, // so nothing is moved
		}, []int32{0, 2, 5}},
		"one behind a job that leaves": {[]ask{
			{7, 100, a100},
			{5, 100, v100},
			{8, 10, a100},
			{3, 200, nil},  // fills node v1, which leaves
			{5, 10, v100},  // first of its kind, promised both nodes at 100
			{1, 300, v100}, // would move that
		}, []int32{0, 1, 3}},
	} {
		c, p, q := emptyQueue(t, EASY,
			cluster.Node{Name: "a1", GPUType: "A100", GPUs: 4}, cluster.Node{Name: "a2", GPUType: "A100", GPUs: 4},
			cluster.Node{Name: "v1", GPUType: "V100", GPUs: 4}, cluster.Node{Name: "v2", GPUType: "V100", GPUs: 4})
		var got []int32
		for i, j := range of.asks {
			q.Push(Job{
				ID: int32(i), Arrival: int64(i), Limit: des.Time(j.limit),
				Request: cluster.Request{GPUs: j.gpus, Milli: cluster.WholeGPU, GPUTypes: j.types},
			})
			q.Start(c, p, 0, func(j Job, _ cluster.Allocation) { got = append(got, j.ID) })
		}
		if !slices.Equal(got, of.want) {
			t.Errorf("%s: started %v, want %v", name, got, of.want)
		}
	}
}
