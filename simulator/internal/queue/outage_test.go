package queue

import (
	"fmt"
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"pgregory.net/rapid"
)

// outageRun lets small jobs come while nodes that a gang needs are out, and returns when the gang starts.
type outageRun struct {
	cluster   *cluster.Cluster
	policy    cluster.Policy
	queue     *Queue
	ends      des.Calendar[int32]
	holds     map[int32]cluster.Allocation
	overtook  []Job
	gangSince des.Time
	gangStart des.Time
}

const gangID = 1000

func newOutageRun(t interface{ Fatal(...any) }, nodes int) *outageRun {
	var list []cluster.Node
	for i := range nodes {
		list = append(list, cluster.Node{Name: fmt.Sprint("node-", i), GPUs: 8})
	}
	c, p, q := emptyQueue(t, EASY, list...)
	return &outageRun{cluster: c, policy: p, queue: q, holds: map[int32]cluster.Allocation{}, gangSince: never, gangStart: never}
}

func (r *outageRun) push(id int32, gpus int, limit des.Time) {
	r.queue.Push(Job{ID: id, Arrival: int64(id), Limit: limit, Request: cluster.Request{GPUs: gpus, Milli: cluster.WholeGPU}})
}

// advance runs what ends until a time, and starts what can start then.
func (r *outageRun) advance(to des.Time) {
	for {
		at, ok := r.ends.Next()
		if !ok || at > to {
			break
		}
		_, id, _ := r.ends.Pop()
		r.cluster.Release(r.holds[id])
		r.queue.Ended(id, r.holds[id])
		delete(r.holds, id)
		r.start(at)
	}
	r.start(to)
}

func (r *outageRun) start(now des.Time) {
	r.queue.Start(r.cluster, r.policy, now, func(j Job, a cluster.Allocation) {
		r.holds[j.ID] = a
		r.ends.Schedule(now+j.Limit, j.ID)
		switch {
		case j.ID == gangID:
			r.gangStart = now
		case r.gangSince <= now && r.gangStart == never:
			r.overtook = append(r.overtook, j)
		}
	})
}

func (r *outageRun) out(node int, at, lasts des.Time) {
	r.cluster.SetState(node, cluster.Failed)
	r.queue.Out(node, at, lasts)
}

func (r *outageRun) in(node int) {
	r.cluster.SetState(node, cluster.Up)
	r.queue.In(node)
}

// Whatever comes while a node is out, a gang that needs it starts as soon after its return as what ran before it came allows, or
// after an eighth of the outage; where the return is foreseen, after that time again.
func TestAGangStartsSoonAfterANodeReturns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		nodes := rapid.IntRange(2, 5).Draw(t, "nodes")
		r := newOutageRun(t, nodes)
		var now, before des.Time // all that starts before the gang comes ends by then
		lasts := des.Time(rapid.SampledFrom([]int{0, 0, 5, 40}).Draw(t, "lasts"))
		gpus := 8*nodes - rapid.SampledFrom([]int{0, 0, 1, 3}).Draw(t, "fewer")
		job := int32(0)
		smalls := func(n int, after int32) {
			for range n {
				job++
				limit := des.Time(rapid.SampledFrom([]int{1, 5, 20, 100}).Draw(t, "limit"))
				r.push(after+job, rapid.SampledFrom([]int{1, 1, 2, 8}).Draw(t, "gpus"), limit)
				now += des.Time(rapid.IntRange(0, 4).Draw(t, "pause"))
				r.advance(now)
			}
		}
		smalls(rapid.IntRange(0, 6).Draw(t, "earlier"), 0)
		for r.queue.Len() > 0 { // all that came before the gang is to run
			at, _ := r.ends.Next()
			now = max(now, at)
			r.advance(now)
		}
		for id := range r.holds {
			for j := range r.ends.All() {
				if j.Event == id {
					before = max(before, j.At)
				}
			}
		}
		out := rapid.IntRange(0, nodes-1).Draw(t, "node")
		since := now
		for id, a := range r.holds {
			if slices.ContainsFunc(a.Parts, func(p cluster.Part) bool { return p.Node == out }) {
				r.cluster.Release(a)
				r.queue.Ended(id, a)
				delete(r.holds, id)
			}
		}
		ends := r.ends
		r.ends = des.Calendar[int32]{}
		for e := range ends.All() {
			if _, ok := r.holds[e.Event]; ok {
				r.ends.Schedule(e.At, e.Event)
			}
		}
		r.out(out, since, lasts)
		r.push(gangID, gpus, 10)
		r.gangSince = now
		r.advance(now)
		smalls(rapid.IntRange(1, 30).Draw(t, "later"), gangID)
		now += des.Time(rapid.IntRange(0, 200).Draw(t, "outage"))
		r.advance(now)
		returned := now
		r.in(out)
		r.advance(now)
		bound := max(before, returned+max(lasts, (returned-since)/patience))
		r.advance(bound)
		if r.gangStart > bound {
			t.Fatalf("out from %d to %d; the gang starts at %d, want %d at the latest; overtaken by %v",
				since, returned, r.gangStart, bound, r.overtook)
		}
	})
}

// A node that never returns does not keep the others idle for ever: what is short beside the outage passes.
func TestShortJobsPassInALongOutage(t *testing.T) {
	r := newOutageRun(t, 4)
	r.out(3, 0, 0)
	r.push(gangID, 32, 10)
	r.gangSince = 0
	r.advance(0)
	r.push(gangID+1, 1, 10)
	r.push(gangID+2, 1, 1000)
	r.advance(79)
	if len(r.overtook) != 0 {
		t.Errorf("after 79: %v", r.overtook)
	}
	r.push(gangID+3, 1, 10)
	r.advance(80)
	r.push(gangID+4, 1, 11)
	r.advance(81)
	if len(r.overtook) != 2 || r.overtook[0].Limit != 10 || r.overtook[1].Limit != 10 {
		t.Errorf("after 80: %v, want both jobs of 10", r.overtook)
	}
	r.in(3)
	r.advance(90)
	if r.gangStart != 90 {
		t.Errorf("the gang starts at %d, want 90", r.gangStart)
	}
}

// Where the first job has room by a certain time without the nodes that are out, it has no later.
func TestAnOutageTakesNoPromiseAway(t *testing.T) {
	r := newOutageRun(t, 2)
	r.push(1, 8, 20)
	r.advance(0)
	r.out(1, 0, 0)
	r.push(gangID, 8, 10)
	r.gangSince = 0
	r.push(gangID+2, 1, 5)
	r.advance(1)
	for i := range int32(20) {
		r.push(gangID+10+i, 1, 30)
		r.advance(des.Time(2 + i))
	}
	if r.gangStart != 20 {
		t.Errorf("the job starts at %d, want 20", r.gangStart)
	}
}

// Asking whether a job would move a reservation changes nothing, whatever another reservation says of the job.
func TestAskingForHarmHoldsNothing(t *testing.T) {
	c, p, q := emptyQueue(t, EASY, cluster.Node{Name: "a", GPUs: 4}, cluster.Node{Name: "b", GPUs: 4})
	for i, r := range []cluster.Request{{GPUs: 4, Milli: cluster.WholeGPU}, {GPUs: 3, Milli: cluster.WholeGPU}, {GPUs: 6, Milli: 400}} {
		q.Push(Job{ID: int32(i), Arrival: int64(i), Limit: 10, Request: r})
	}
	q.Start(c, p, 0, func(Job, cluster.Allocation) {})
	a, ok := c.Place(cluster.Request{GPUs: 1, Milli: cluster.WholeGPU}, p)
	if q.Len() != 1 || !ok {
		t.Fatalf("%d wait, want the gang alone, and room for one more job: %t", q.Len(), ok)
	}
	c.Release(a)
	for range 2 {
		if !q.keepsReservations(&round{cluster: c}, &entry{Job: Job{Limit: 100}}, a) {
			t.Fatal("a job beside the gang moves its reservation")
		}
	}
}
