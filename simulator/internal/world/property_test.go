package world_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/distribution"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/queue"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// drawWorld draws a world of two zones in which room is scarce and much fails.
func drawWorld(t *rapid.T) *world.World { return makeWorld(t, drawScenario(t)) }

// drawScenario draws what such a world is made of.
func drawScenario(t *rapid.T) *scenario.Scenario {
	s := scenario.Default()
	s.NodePools = []scenario.NodePool{
		{Zone: "az-bj-a", GPUType: "A100", Count: 3}, {Zone: "az-bj-a", GPUType: "T4", Count: 1},
		{Zone: "az-sz-c", GPUType: "A100", Count: 2},
	}
	s.Policy = rapid.SampledFrom(cluster.Policies()).Draw(t, "placement")
	s.Discipline = rapid.SampledFrom(queue.Disciplines()).Draw(t, "queue").Name()
	s.Failures = world.Failures{
		OnNodeFailure: rapid.SampledFrom([]string{"fail", "restart"}).Draw(t, "on node failure"),
		PullError:     0.2, PullAttempts: 2, MaxRestarts: 1,
		CrashMTBF: des.Duration(3 * time.Hour), Checkpoint: des.Duration(time.Hour / 2),
	}
	s.Retention = rapid.SampledFrom([]des.Duration{0, des.Duration(2 * time.Hour)}).Draw(t, "retention")
	if rapid.Bool().Draw(t, "nodes fail") {
		s.Failures.NodeMTBF, s.Failures.NodeMTTR = des.Duration(20*time.Hour), des.Duration(time.Hour)
		s.Failures.DrainEvery, s.Failures.DrainFor = des.Duration(30*time.Hour), des.Duration(time.Hour)
	}
	if rapid.Bool().Draw(t, "background") {
		s.Background = []world.Background{{
			Zone: "az-bj-a", GPUType: "A100", CPUCores: 4, MemoryGB: 16,
			Interarrival: distribution.Distribution{Kind: "exponential", A: 3000},
			Length:       distribution.Distribution{Kind: "log-normal", A: 8, B: 1},
			Sizes:        []world.Size{{GPUs: 1, Weight: 3}, {GPUs: 8, Weight: 1}, {GPUs: 12, Weight: 1}},
		}}
		s.Background[0].Priority = rapid.SampledFrom([]world.Priority{"", world.High}).Draw(t, "priority of other users")
		s.WarmUp = des.Duration(5 * time.Hour)
	}
	return s
}

// makeWorld makes a world with a seed that is drawn.
func makeWorld(t *rapid.T, s *scenario.Scenario) *world.World {
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, rapid.Uint64().Draw(t, "seed"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func drawCommand(t *rapid.T) world.Command {
	task := fmt.Sprintf("task-%03d", rapid.IntRange(0, 30).Draw(t, "task"))
	environment := rapid.SampledFrom([]string{"env-001", "env-002", "env-003", "nothing", ""}).Draw(t, "environment")
	switch rapid.IntRange(0, 13).Draw(t, "command") {
	case 0, 1, 2, 3:
		return drawCreate(t, environment)
	case 4:
		return world.StopTask{Task: task}
	case 5:
		return world.DeleteTask{Task: task}
	case 6:
		name := rapid.SampledFrom([]string{"renamed", "", "named"}).Draw(t, "name")
		u := world.UpdateTask{Task: task, TaskName: &name, Revision: rapid.IntRange(0, 4).Draw(t, "revision")}
		if rapid.Bool().Draw(t, "limits change") {
			u.TaskName = nil
			u.MaxDuration, u.MaxRestarts, u.Priority, _ = drawLimits(t)
		}
		return u
	case 7:
		return world.StopEnvironment{Environment: environment}
	case 8:
		return world.StartEnvironment{Environment: environment}
	case 9:
		drafts := make([]world.Draft, rapid.IntRange(0, 4).Draw(t, "batch"))
		for i := range drafts {
			drafts[i] = drawDraft(t, environment)
		}
		return world.CreateDrafts{Drafts: drafts, Key: drawKey(t), Digest: drawDigest(t)}
	case 10:
		return world.CreateDraft{Draft: drawDraft(t, environment), Key: drawKey(t), Digest: drawDigest(t)}
	case 11:
		return world.CreateTemplate{
			Name: rapid.SampledFrom([]string{"a", "b", "c", "d", ""}).Draw(t, "name"), Digest: drawDigest(t),
			Key:         rapid.SampledFrom([]string{"", "k1", "k3", "k4"}).Draw(t, "key"), // some that no task has
			Description: "d", Favorite: rapid.Bool().Draw(t, "favorite"), Config: drawConfig(t, environment),
		}
	case 12:
		config := drawConfig(t, environment)
		return world.UpdateTemplate{Template: drawTemplate(t), Config: &config, Revision: rapid.IntRange(0, 2).Draw(t, "revision")}
	case 13:
		return world.DeleteTemplate{Template: drawTemplate(t)}
	}
	return world.SetNode{
		Node:  rapid.SampledFrom([]string{"az-bj-a-a100-01", "az-bj-a-a100-02", "az-bj-a-t4-01", "az-sz-c-a100-01", "?"}).Draw(t, "node"),
		State: rapid.SampledFrom([]cluster.State{cluster.Up, cluster.Draining, cluster.Failed}).Draw(t, "state"),
	}
}

func drawCreate(t *rapid.T, environment string) world.CreateTask {
	c := world.CreateTask{Spec: world.Spec{
		TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001",
		LaunchMode: rapid.SampledFrom([]world.LaunchMode{"", world.Existing, world.Dynamic, world.Dynamic}).Draw(t, "mode"),
		ModelID:    rapid.SampledFrom([]string{"", "model-001", "model-002"}).Draw(t, "model"),
	}}
	c.Key, c.Digest = drawKey(t), drawDigest(t)
	if rapid.IntRange(0, 3).Draw(t, "names environment") == 0 {
		c.EnvironmentID = &environment
	}
	gpus := rapid.SampledFrom([]int{0, 1, 1, 2, 4, 8, 12, 16, 24, 25}).Draw(t, "gpus")
	c.Resources = &world.Resources{
		Zone:    rapid.SampledFrom([]string{"az-bj-a", "az-bj-a", "az-sz-c", "nowhere"}).Draw(t, "zone"),
		GPUType: rapid.SampledFrom([]string{"A100", "A100", "T4"}).Draw(t, "gpu"),
		GPUs:    gpus, CPUCores: max(1, gpus) * rapid.IntRange(0, 20).Draw(t, "cores"), MemoryGB: max(1, gpus), Image: "i",
	}
	c.MaxDuration, c.MaxRestarts, c.Priority, c.Preemptible = drawLimits(t)
	return c
}

// drawLimits draws a task's limits and priority. Most tasks have none, and a few have invalid ones.
func drawLimits(t *rapid.T) (duration, restarts *int, priority *world.Priority, preemptible bool) {
	number := func(name string, values ...int) *int {
		if v := rapid.SampledFrom(values).Draw(t, name); v >= 0 {
			return &v
		}
		return nil
	}
	duration, restarts = number("max duration", -2, -2, 3600, 20_000, 100_000), number("max restarts", -2, -2, 0, 1, 3)
	if p := rapid.SampledFrom([]world.Priority{"-", "-", world.Low, world.Normal, world.High}).Draw(t, "priority"); p != "-" {
		priority = &p
	}
	short, negative, unknown := world.MinDuration-1, -1, world.Priority("urgent")
	switch rapid.IntRange(0, 20).Draw(t, "invalid limit") {
	case 0:
		duration = &short
	case 1:
		restarts = &negative
	case 2:
		priority = &unknown
	}
	return duration, restarts, priority, rapid.Bool().Draw(t, "preemptible")
}

func drawKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "k1", "k2"}).Draw(t, "key")
}

func drawDigest(t *rapid.T) [32]byte { return [32]byte{rapid.Byte().Draw(t, "digest") & 1} }

func drawTemplate(t *rapid.T) string {
	return rapid.SampledFrom([]string{"template-001", "template-002", "template-003", "template-004"}).Draw(t, "template")
}

// drawConfig draws the configuration of a template.
func drawConfig(t *rapid.T, environment string) world.Draft {
	d := drawDraft(t, environment)
	d.TemplateID = nil
	return d
}

func drawDraft(t *rapid.T, environment string) world.Draft {
	text := func(name string, values ...string) *string {
		if v := rapid.SampledFrom(values).Draw(t, name); v != "-" {
			return &v
		}
		return nil
	}
	number := func(name string, values ...int) *int {
		if v := rapid.SampledFrom(values).Draw(t, name); v >= 0 {
			return &v
		}
		return nil
	}
	d := world.Draft{
		TemplateID: text("template", "-", "-", "template-001", "template-002"), Description: text("description", "-", "d"),
		ModelID: text("model", "-", "model-001"), TaskName: text("task name", "t", "t", "-", ""),
		DatasetID: text("dataset", "dataset-001", "dataset-001", "-"), DatasetVersionID: text("version", "version-001", "version-001", "-"),
		EnvironmentID: text("names environment", "-", "-", environment),
	}
	if mode := world.LaunchMode(*text("mode", "", string(world.Existing), string(world.Dynamic))); mode != "" {
		d.LaunchMode = &mode
	}
	var preemptible bool
	if d.MaxDuration, d.MaxRestarts, d.Priority, preemptible = drawLimits(t); preemptible {
		d.Preemptible = &preemptible
	}
	if rapid.Bool().Draw(t, "labels and arguments") {
		d.Labels, d.Command, d.Args = map[string]string{"a": "b"}, &[]string{"sh", ""}, &[]string{}
		d.Variables = &map[string]string{"A": "b"}
	}
	if rapid.Bool().Draw(t, "resources") {
		d.Resources = &world.ResourceDraft{
			Zone: text("zone", "az-bj-a", "az-sz-c", "-"), GPUType: text("gpu", "A100", "T4", "-"), Image: text("image", "i", "-"),
			GPUs: number("gpus", 1, 2, 8, 12, 25, -1), CPUCores: number("cores", 1, 8, -1), MemoryGB: number("memory", 1, -1),
		}
	}
	return d
}

// step carries out a command, or lets time pass if it is nil, and returns what happened as text. It checks the invariants
// after each event and command.
func step(t *rapid.T, w *world.World, c world.Command, by time.Duration) string {
	if c == nil {
		var text strings.Builder
		for end := w.Now().Add(by); w.Now() < end; {
			next, ok := w.Next()
			if !ok {
				next = end
			}
			fmt.Fprint(&text, w.AdvanceTo(min(next, end)))
			check(t, w)
		}
		return text.String()
	}
	r, err := w.Step(c)
	check(t, w)
	if err != nil && len(r.Events) > 0 {
		t.Fatalf("%#v was refused (%v) and yet did %v", c, err, r.Events)
	}
	template, _ := json.Marshal(r.Template) // as text: its pointers differ in another world
	return fmt.Sprint(r.Created, r.Batch, string(template), r.Events, err)
}

// drawStep draws a command, or nil and a time to pass.
func drawStep(t *rapid.T) (world.Command, time.Duration) {
	if rapid.IntRange(0, 2).Draw(t, "what") == 0 {
		return nil, time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "by"))
	}
	return drawCommand(t), 0
}

// check checks the invariants, and that the GPUs of each zone sum up.
func check(t *rapid.T, w *world.World) {
	if err := w.CheckInvariants(); err != nil {
		t.Fatalf("an invariant does not hold: %v", err)
	}
	for _, z := range w.Zones() {
		for name, n := range z.GPUs {
			if n.Free+n.Held+n.Draining+n.Lost != n.Capacity {
				t.Fatalf("%s %s: %+v do not sum up", z.ID, name, n)
			}
		}
	}
}

// After any commands in any order, the invariants hold and all GPUs are accounted for; a refused command has done nothing,
// and a clone continues identically.
func TestAnyCommands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		clone := w.Clone()
		for i := range rapid.IntRange(1, 30).Draw(t, "steps") {
			command, by := drawStep(t)
			if i%5 == 0 {
				clone = w.Clone()
			}
			did := step(t, w, command, by)
			if cloned := step(t, clone, command, by); cloned != did {
				t.Fatalf("the clone did something else: %s", cmp.Diff(did, cloned))
			}
			check(t, w)
			checkViews(t, w, clone)
			checkViews(t, w, w.Clone()) // a clone has no expectations kept
		}
	})
}

// checkViews checks that two worlds look the same. Reading must change neither.
func checkViews(t *rapid.T, a, b *world.World) {
	var shown []string
	for _, w := range []*world.World{a, b} {
		var views []world.TaskView
		for _, task := range w.Tasks() {
			v := task.View()
			if v.Progress < 0 || v.Progress > 1 || v.Cost.IsNegative() {
				t.Fatalf("%s: progress %v, cost %v", v.ID, v.Progress, v.Cost)
			}
			views = append(views, v)
		}
		w.Expect(views)
		var text strings.Builder
		for _, v := range views {
			fmt.Fprint(&text, v.ID, v.Status, v.Phase, v.Progress, v.Cost, v.Revision, v.QueuePosition, v.Nodes)
			if v.EstimatedStart != nil {
				fmt.Fprint(&text, *v.EstimatedStart)
			}
		}
		shown = append(shown, text.String())
	}
	if shown[0] != shown[1] {
		t.Fatalf("a clone shows something else: %s", cmp.Diff(shown[0], shown[1]))
	}
}

// Equal tasks start in the order in which they came, under every discipline and policy.
func TestEqualTasksStartInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := world.CreateTask{Spec: world.Spec{
			TaskName: "t", DatasetID: "dataset-001", DatasetVersionID: "version-001", LaunchMode: world.Dynamic,
			Resources: &world.Resources{
				Zone: "az-sz-c", GPUType: "A100", GPUs: rapid.SampledFrom([]int{3, 8, 12}).Draw(t, "gpus"), CPUCores: 8, MemoryGB: 8, Image: "i",
			},
		}}
		for range rapid.IntRange(2, 12).Draw(t, "tasks") {
			if _, err := w.Step(c); err != nil {
				t.Fatal(err)
			}
		}
		last := ""
		for range 200 {
			for _, e := range w.AdvanceTo(w.Now().Add(time.Hour)) {
				if e.Type == world.NodeChanged {
					return // a task that comes back keeps its place, so it may start later than younger ones
				}
				if e.Type != world.TaskPlaced {
					continue
				}
				if e.Task < last {
					t.Fatalf("%s started after %s", e.Task, last)
				}
				last = e.Task
			}
		}
	})
}

// Stopping or deleting everything gives every GPU back.
func TestEverythingIsGivenBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := scenario.Default()
		config, err := s.World()
		if err != nil {
			t.Fatal(err)
		}
		w, err := world.New(config, 1)
		if err != nil {
			t.Fatal(err)
		}
		before := w.Zones()
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			command, by := drawStep(t)
			if _, isNode := command.(world.SetNode); !isNode {
				step(t, w, command, by)
			}
		}
		for _, task := range w.Clone().Tasks() {
			v := task.View()
			if !v.Status.Finished() {
				command := rapid.SampledFrom([]world.Command{world.StopTask{Task: v.ID}, world.DeleteTask{Task: v.ID}}).Draw(t, "end")
				if _, err := w.Step(command); err != nil {
					t.Fatal(err)
				}
			}
		}
		if after := w.Zones(); !reflect.DeepEqual(before, after) {
			t.Fatalf("not everything came back: %s", cmp.Diff(before, after))
		}
		if !w.Idle() {
			t.Fatal("something is still to happen")
		}
	})
}
