package queue

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"pgregory.net/rapid"
)

// reference is a queue that remembers nothing between two looks at the cluster, but what it must:
// what it has refused since room was given back.
type reference struct {
	discipline Discipline
	backfills  Backfill
	waiting    []Job
	running    []running
	refused    map[string]des.Time // by request
	examined   int
}

func (p *reference) before(a, b Job) int {
	if a.Priority != b.Priority {
		return cmp.Compare(b.Priority, a.Priority)
	}
	if p.discipline == SJF && a.Limit != b.Limit {
		return cmp.Compare(a.Limit, b.Limit)
	}
	return cmp.Compare(a.Arrival, b.Arrival)
}

func (p *reference) push(j Job) {
	p.waiting = append(p.waiting, j)
	slices.SortFunc(p.waiting, p.before)
	i := slices.IndexFunc(p.waiting, func(w Job) bool { return w.ID == j.ID })
	if p.discipline != EASY && i < p.examined {
		i = 0
	}
	p.examined = min(p.examined, i)
}

func (p *reference) remove(id int32) {
	i := slices.IndexFunc(p.waiting, func(w Job) bool { return w.ID == id })
	key := fmt.Sprint(p.waiting[i].Request)
	p.waiting = slices.Delete(p.waiting, i, i+1)
	p.examined = 0
	if !slices.ContainsFunc(p.waiting, func(w Job) bool { return fmt.Sprint(w.Request) == key }) {
		delete(p.refused, key)
	}
}

// startInOrder examines each job, and all that wait before it.
func (p *reference) startInOrder(c *cluster.Cluster, policy cluster.Policy, started func(Job, cluster.Allocation)) {
	for i := p.examined; i < len(p.waiting); {
		j := p.waiting[i]
		if !slices.ContainsFunc(p.waiting[:i], func(w Job) bool { return c.Reach(w.Request).Meets(c.Reach(j.Request)) }) {
			if a, ok := c.Place(j.Request, policy); ok {
				p.waiting = slices.Delete(p.waiting, i, i+1)
				p.running = append(p.running, running{j.ID, 0, a})
				started(j, a)
				continue
			}
		}
		i++
	}
	p.examined = len(p.waiting)
}

func (p *reference) start(c *cluster.Cluster, policy cluster.Policy, now des.Time, started func(Job, cluster.Allocation)) {
	if p.discipline != EASY {
		p.startInOrder(c, policy, started)
		return
	}
	run := func(i int, a cluster.Allocation) {
		j := p.waiting[i]
		p.waiting = slices.Delete(p.waiting, i, i+1)
		p.running = append(p.running, running{j.ID, now + j.Limit, a})
		started(j, a)
	}
	if p.examined == 0 {
		p.refused = map[string]des.Time{}
	}
	fresh := slices.Clone(p.waiting[p.examined:])
	others := slices.Clone(fresh)
	if p.backfills == ByLimit {
		slices.SortStableFunc(others, func(a, b Job) int {
			return cmp.Or(cmp.Compare(b.Priority, a.Priority), cmp.Compare(a.Limit, b.Limit))
		})
	}
	p.examined = len(p.waiting)
	at := func(j Job) int { return slices.IndexFunc(p.waiting, func(w Job) bool { return w.ID == j.ID }) }
	tried := map[int32]bool{}
again:
	for _, j := range fresh {
		if i := at(j); i >= 0 && p.isHead(c, i) && !tried[j.ID] {
			tried[j.ID] = true
			if a, ok := c.Place(j.Request, policy); ok {
				run(i, a)
				goto again
			}
		}
	}
	failed := map[string]bool{}
	for _, j := range others {
		i, key := at(j), fmt.Sprint(j.Request)
		if i >= 0 && p.isHead(c, i) {
			failed[key] = true
		}
		if limit, ok := p.refused[key]; i < 0 || failed[key] || ok && j.Limit >= limit {
			continue
		}
		a, ok := c.Place(j.Request, policy)
		if !ok {
			failed[key] = true
			continue
		}
		c.Release(a)
		var firsts cluster.Reach
		for i, w := range p.waiting {
			if !p.isHead(c, i) {
				continue
			}
			firsts = firsts.Add(c.Reach(w.Request))
			if !p.keepsReservation(c, now, now+j.Limit, a, w.Request) {
				p.refused[key] = j.Limit
				ok = false
			}
		}
		if !ok {
			continue
		}
		if err := c.Hold(a); err != nil {
			panic(err)
		}
		run(i, a)
		if !firsts.Covers(c.Reach(j.Request)) {
			goto again // another job may be a first one now
		}
	}
	p.examined = len(p.waiting)
}

// isHead reports whether no job before the i-th could use a node that it could use.
func (p *reference) isHead(c *cluster.Cluster, i int) bool {
	reach := c.Reach(p.waiting[i].Request)
	return !slices.ContainsFunc(p.waiting[:i], func(w Job) bool { return c.Reach(w.Request).Meets(reach) })
}

// keepsReservation lets all that runs end at its limit, one after the other, until a first job has its room.
func (p *reference) keepsReservation(c *cluster.Cluster, now, ends des.Time, a cluster.Allocation, head cluster.Request) bool {
	all := slices.Clone(p.running)
	slices.SortStableFunc(all, func(x, y running) int { return cmp.Compare(x.ends, y.ends) })
	_, one := c.Fit(head)
	later := c.Clone()
	at := never
	for i := 0; i < len(all) && at == never; i++ {
		later.Release(all[i].allocation)
		if i+1 < len(all) && (all[i+1].ends == all[i].ends || one && all[i+1].ends <= now) {
			continue
		}
		if _, ok := later.Place(head, shadowPolicy); ok {
			at = max(all[i].ends, now)
		}
	}
	if at == never || ends <= at {
		return true
	}
	if !one {
		return later.Hold(a) == nil // beside the gang where first-fit has put it
	}
	later = c.Clone()
	for _, r := range all {
		if r.ends <= at {
			later.Release(r.allocation)
		}
	}
	if err := later.Hold(a); err != nil {
		return false
	}
	_, ok := later.Place(head, shadowPolicy)
	return ok
}

func (p *reference) ended(id int32) {
	p.running = slices.DeleteFunc(p.running, func(r running) bool { return r.id == id })
	p.examined = 0
}

// side is one of two lines that get the same orders, with a cluster of its own.
type side struct {
	cluster *cluster.Cluster
	policy  cluster.Policy
	holds   map[int32]cluster.Allocation
	log     []string
}

func (s *side) started(j Job, a cluster.Allocation) {
	s.holds[j.ID] = a
	s.log = append(s.log, fmt.Sprint(j.ID, a))
}

func newSide(t *rapid.T, nodes []cluster.Node, policy string, seed uint64) *side {
	c, err := cluster.New(nodes)
	if err != nil {
		t.Fatal(err)
	}
	p, err := cluster.PolicyByName(policy, cluster.Options{Draw: rand.New(rand.NewPCG(seed, 0)).IntN})
	if err != nil {
		t.Fatal(err)
	}
	return &side{cluster: c, policy: p, holds: map[int32]cluster.Allocation{}}
}

// What the queue remembers changes no start: it starts the same jobs on the same GPUs as one that looks at everything
// each time, gangs among them, with nodes that come and go and jobs that end early, late, or give up waiting.
func TestStartsWhatTheReferenceStarts(t *testing.T) {
	checkAll(t, func(t *rapid.T, d Discipline) {
		nodes := make([]cluster.Node, rapid.IntRange(1, 7).Draw(t, "nodes"))
		names := rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6}).Draw(t, "names")
		for i := range nodes {
			nodes[i] = cluster.Node{
				Name: fmt.Sprint("node-", names[i]), GPUType: rapid.SampledFrom([]string{"A100", "A100", "T4"}).Draw(t, "type"),
				GPUs: rapid.SampledFrom([]int{2, 4, 4}).Draw(t, "gpus"), CPUMilli: rapid.SampledFrom([]int64{3, 4000, 8000}).Draw(t, "cpu"),
			}
		}
		policy := rapid.SampledFrom([]string{"best-fit", "first-fit", "random"}).Draw(t, "policy")
		mine, theirs := newSide(t, nodes, policy, 1), newSide(t, nodes, policy, 1)
		p := &reference{discipline: d, backfills: ByArrival}
		if d == EASY {
			p.backfills = rapid.SampledFrom([]Backfill{ByArrival, ByLimit}).Draw(t, "backfill")
			var err error
			if d, err = EASYWith(p.backfills); err != nil {
				t.Fatal(err)
			}
		}
		q := New(d, mine.cluster, "")
		var now des.Time
		jobs := map[int32]Job{}
		arrivals := int64(0)
		push := func(j Job) {
			jobs[j.ID] = j
			q.Push(j)
			p.push(j)
		}
		end := func(id int32) {
			mine.cluster.Release(mine.holds[id])
			q.Ended(id, mine.holds[id])
			theirs.cluster.Release(theirs.holds[id])
			p.ended(id)
			delete(mine.holds, id)
			delete(theirs.holds, id)
		}
		one := func(of []int32) int32 { return rapid.SampledFrom(of).Draw(t, "job") }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now += des.Time(rapid.IntRange(0, 3).Draw(t, "pause"))
			var waiting, holding []int32
			for j := range q.Waiting() {
				waiting = append(waiting, j.ID)
			}
			for _, j := range p.running {
				holding = append(holding, j.id)
			}
			switch order := rapid.IntRange(0, 15).Draw(t, "order"); {
			case order < 8:
				r := cluster.Request{
					GPUs:     rapid.SampledFrom([]int{0, 1, 1, 2, 3, 4, 6, 8}).Draw(t, "gpus"),
					Milli:    rapid.SampledFrom([]int{1000, 1000, 1000, 400}).Draw(t, "milli"),
					CPUMilli: rapid.SampledFrom([]int64{0, 0, 5, 3000}).Draw(t, "cpu"),
					GPUTypes: rapid.SampledFrom([][]string{nil, nil, {"A100"}, {"T4"}, {"T4", "A100"}}).Draw(t, "types"),
				}
				if r.GPUs == 0 {
					r.Milli, r.GPUTypes = 0, nil
				}
				if mine.cluster.CanEverFit(r) {
					arrivals++
					push(Job{
						ID: int32(arrivals), Arrival: arrivals, Request: r, Limit: des.Time(rapid.IntRange(1, 12).Draw(t, "limit")),
						Priority: rapid.SampledFrom([]int{0, 0, 0, 1, -1}).Draw(t, "priority"),
					})
				}
			case order < 11 && len(holding) > 0:
				end(one(holding))
			case order == 12 && len(waiting) > 0:
				id := one(waiting)
				if !q.Remove(id) {
					t.Fatalf("job %d waits and can't be removed", id)
				}
				p.remove(id)
			case order == 11 && len(waiting) > 0: // its priority changes
				id := one(waiting)
				q.Remove(id)
				p.remove(id)
				j := jobs[id]
				j.Priority = rapid.IntRange(-1, 1).Draw(t, "priority")
				push(j)
			case order == 13 && len(holding) > 0: // it returns to its old place
				id := one(holding)
				end(id)
				push(jobs[id])
			case order == 14:
				node, state := rapid.IntRange(0, len(nodes)-1).Draw(t, "node"), cluster.State(rapid.IntRange(0, 2).Draw(t, "state"))
				mine.cluster.SetState(node, state)
				theirs.cluster.SetState(node, state)
				q.Changed()
				p.examined = 0
			case order == 15:
				// A clone knows nothing of what its original remembers, or all of it: it makes no difference.
				q = q.Clone()
				mine.cluster = mine.cluster.Clone()
			}
			q.Start(mine.cluster, mine.policy, now, mine.started)
			p.start(theirs.cluster, theirs.policy, now, theirs.started)
			if !slices.Equal(mine.log, theirs.log) {
				t.Fatalf("at %d it starts\n%v, the reference\n%v", now, mine.log, theirs.log)
			}
			if q.Len() != len(p.waiting) {
				t.Fatalf("%d wait, in the reference %d", q.Len(), len(p.waiting))
			}
		}
	})
}
