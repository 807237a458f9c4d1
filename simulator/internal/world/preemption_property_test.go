package world_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

var levels = map[world.Priority]int{world.Low: -1, world.Normal: 0, world.High: 1}

// preemptions follows the events of a world and checks those of preemptions.
type preemptions struct {
	world   *world.World
	waiting map[string]world.TaskView // by id
	count   int
}

// carryOut carries out a command, or lets time pass until the next event if it is nil, and checks what happens.
func (p *preemptions) carryOut(t *rapid.T, c world.Command, until des.Time) {
	var events []world.Event
	if c == nil {
		events = p.world.AdvanceTo(until)
	} else if r, err := p.world.Step(c); err == nil {
		events = r.Events
	}
	check(t, p.world)
	p.follow(t, events)
}

// follow checks what happened at one instant, in which no task's priority changed after it had mattered.
func (p *preemptions) follow(t *rapid.T, events []world.Event) {
	gaveWay := map[string][]string{} // by the id of who takes the place
	for _, e := range events {
		switch {
		case e.Mode != world.Dynamic:
		case e.Type == world.TaskRestarted && e.Reason == world.Preempted:
			p.count++
			by := ""
			if len(e.Tasks) > 0 {
				by = e.Tasks[0]
			}
			p.checkVictim(t, e, by)
			gaveWay[by] = append(gaveWay[by], e.Task)
			p.waiting[e.Task] = p.task(t, e.Task)
		case e.Type == world.TaskCreated, e.Type == world.TaskRestarted && e.Status == world.Queued:
			p.waiting[e.Task] = p.task(t, e.Task)
		case e.Type == world.TaskUpdated && p.waiting[e.Task].ID != "":
			p.waiting[e.Task] = p.task(t, e.Task)
		case e.Type == world.TaskPlaced:
			if !slices.Equal(e.Tasks, gaveWay[e.Task]) {
				t.Fatalf("%s says that it takes the place of %v, and %v gave way to it", e.Task, e.Tasks, gaveWay[e.Task])
			}
			if len(e.Tasks) > 0 {
				p.checkFirst(t, e)
			}
			delete(gaveWay, e.Task)
			delete(p.waiting, e.Task)
		case e.Status.Finished() || e.Type == world.TaskDeleted:
			delete(p.waiting, e.Task)
		}
	}
	delete(gaveWay, "") // no events tell of others' jobs
	for by, tasks := range gaveWay {
		t.Fatalf("%v gave way to %s, which did not start at that instant", tasks, by)
	}
}

// task returns a task as it is after the events.
func (p *preemptions) task(t *rapid.T, id string) world.TaskView {
	v, err := p.world.Task(id)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// checkVictim checks that a task may give way to whom it names.
func (p *preemptions) checkVictim(t *rapid.T, e world.Event, by string) {
	victim, above := p.task(t, e.Task), world.High // others' jobs that may preempt have that one
	if by != "" {
		taker := p.task(t, by)
		above = taker.PriorityOrNormal()
		if taker.Resources.Zone != e.Zone || taker.Resources.GPUType != victim.Resources.GPUType {
			t.Fatalf("%s gave way to %s, which asks for other GPUs", e.Task, by)
		}
	}
	if !victim.Preemptible || len(e.Tasks) > 1 || levels[victim.PriorityOrNormal()] >= levels[above] {
		t.Fatalf("%s (%s, preemptible: %v) gave way to %v (%s)", e.Task, victim.PriorityOrNormal(), victim.Preemptible, e.Tasks, above)
	}
}

// checkFirst checks that no task of a higher priority waits for the same GPUs when a task takes the place of others. Otherwise its start
// could move.
func (p *preemptions) checkFirst(t *rapid.T, e world.Event) {
	taker := p.task(t, e.Task)
	for id, other := range p.waiting {
		if id == e.Task || other.Resources.Zone != e.Zone || other.Resources.GPUType != taker.Resources.GPUType {
			continue
		}
		if levels[other.PriorityOrNormal()] > levels[taker.PriorityOrNormal()] {
			t.Fatalf("%s (%s) takes the place of %v while %s (%s) waits", e.Task, taker.PriorityOrNormal(), e.Tasks, id, other.PriorityOrNormal())
		}
	}
}

// drawCrowd is like drawStep, but most commands create tasks that are in each other's way.
func drawCrowd(t *rapid.T) (world.Command, time.Duration) {
	if rapid.IntRange(0, 3).Draw(t, "anything") == 0 {
		return drawStep(t)
	}
	c := world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
		Resources: &world.Resources{
			Zone: "az-sz-c", GPUType: "A100", GPUs: rapid.SampledFrom([]int{2, 4, 6, 8, 12, 16}).Draw(t, "gpus"),
			CPUCores: 1, MemoryGB: 1, Image: "i",
		},
	}}
	c.MaxDuration, c.MaxRestarts, _, _ = drawLimits(t)
	priority := rapid.SampledFrom([]world.Priority{world.Low, world.Normal, world.High}).Draw(t, "whose priority")
	c.Priority, c.Preemptible = &priority, rapid.IntRange(0, 2).Draw(t, "gives way") > 0
	return c, 0
}

// Only preemptible tasks of a lower priority give way. Each names the task that takes its place, which starts at the same instant and
// names it, and which no task of a higher priority waits before.
func TestPreemptions(t *testing.T) {
	seen := 0
	rapid.Check(t, func(t *rapid.T) {
		p := &preemptions{world: drawWorld(t), waiting: map[string]world.TaskView{}}
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			command, by := drawCrowd(t)
			if command != nil {
				p.carryOut(t, command, 0)
				continue
			}
			for end := p.world.Now().Add(by); p.world.Now() < end; {
				next, ok := p.world.Next()
				if !ok {
					next = end
				}
				p.carryOut(t, nil, min(next, end))
			}
		}
		seen += p.count
	})
	if seen == 0 {
		t.Error("nothing was preempted")
	}
}

// Without other users, and with nodes that are repaired, every task ends, however often it has to give way.
func TestEveryTaskEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := drawScenario(t)
		s.Background, s.Retention = nil, 0
		w := makeWorld(t, s)
		for range rapid.IntRange(1, 30).Draw(t, "steps") {
			command, by := drawCrowd(t)
			if _, isNode := command.(world.SetNode); !isNode {
				step(t, w, command, by)
			}
		}
		for end := w.Now().Add(365 * 24 * time.Hour); w.Now() < end && !w.Idle(); {
			next, _ := w.Next() // it is not idle
			w.AdvanceTo(next)
		}
		for _, task := range w.Tasks() {
			if v := task.View(); !v.Status.Finished() {
				t.Fatalf("%s is %s for ever, after %d preemptions", v.ID, v.Status, v.Preemptions)
			}
		}
	})
}
