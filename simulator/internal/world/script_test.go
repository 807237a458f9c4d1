package world_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/scripttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata", func(t *testing.T) func(*scripttest.Command) string {
		return (&day{t: t}).answer
	})
}

// day is a world that a script drives.
type day struct {
	t     *testing.T
	world *world.World
}

func newWorld(t testing.TB, name string, seed uint64) *world.World {
	t.Helper()
	s, err := scenario.Named(name)
	if text, missing := os.ReadFile(filepath.Join("testdata", name+".yaml")); missing == nil {
		s, err = scenario.Parse(text)
	}
	if err != nil {
		t.Fatal(err)
	}
	config, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(config, seed)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// answer carries out one command of a script and returns what happened as text.
func (d *day) answer(c *scripttest.Command) string {
	if c.Name == "world" {
		d.world = newWorld(d.t, c.Word(0), uint64(c.Int("seed", 1)))
		return d.zones(c)
	}
	switch c.Name {
	case "create":
		return d.step(world.CreateTask{Spec: spec(c), Key: c.Options["key"], Digest: [32]byte{byte(c.Int("body", 0))}})
	case "update":
		u := world.UpdateTask{Task: c.Word(0), Revision: c.Int("revision", 0)}
		if name, ok := c.Options["name"]; ok {
			u.TaskName = &name
		}
		u.MaxDuration, u.MaxRestarts, u.Priority = limits(c)
		return d.step(u)
	case "stop":
		return d.step(world.StopTask{Task: c.Word(0)})
	case "delete":
		return d.step(world.DeleteTask{Task: c.Word(0)})
	case "stop-environment":
		return d.step(world.StopEnvironment{Environment: c.Word(0)})
	case "start-environment":
		return d.step(world.StartEnvironment{Environment: c.Word(0)})
	case "node":
		state := map[string]cluster.State{"fail": cluster.Failed, "drain": cluster.Draining, "restore": cluster.Up}
		return d.step(world.SetNode{Node: c.Word(0), State: state[c.Word(1)]})
	case "advance":
		return d.events(d.advance(c))
	case "digest":
		events := d.advance(c)
		// The field that only preemptions fill is left out, so that other worlds keep their digest.
		log := strings.ReplaceAll(fmt.Sprintf("%+v", events), " Tasks:[]", "")
		return fmt.Sprintf("%d events told, %d processed, sha256 %x\n", len(events), d.world.Processed(), sha256.Sum256([]byte(log)))
	case "task":
		return d.task(c.Word(0))
	case "log":
		lines, err := d.world.Log(c.Word(0), c.Int("tail", 10))
		if err != nil {
			return err.Error() + "\n"
		}
		return strings.Join(lines, "\n") + "\n"
	case "zones":
		return d.zones(c)
	case "environments":
		var b strings.Builder
		for _, e := range d.world.Environments() {
			fmt.Fprintf(&b, "%s running=%t uptime=%s %s%v tasks=%d\n",
				e.ID, e.Running, world.FormatUptime(e.Uptime), e.Health, e.Reasons, e.ActiveTasks)
		}
		return b.String()
	}
	c.Fail("unknown command")
	return ""
}

func (d *day) advance(c *scripttest.Command) []world.Event {
	by, err := time.ParseDuration(c.Word(0))
	if err != nil {
		c.Fail("%v", err)
	}
	return d.world.AdvanceTo(d.world.Now().Add(by))
}

// limits returns what a command says of a task's limits and priority.
func limits(c *scripttest.Command) (duration, restarts *int, priority *world.Priority) {
	number := func(name string) *int {
		if _, ok := c.Options[name]; !ok {
			return nil
		}
		n := c.Int(name, 0)
		return &n
	}
	if p, ok := c.Options["priority"]; ok {
		priority = (*world.Priority)(&p)
	}
	return number("max-duration"), number("max-restarts"), priority
}

func spec(c *scripttest.Command) world.Spec {
	s := world.Spec{
		TaskName: c.Word(0), DatasetID: "dataset-001", DatasetVersionID: "version-001", ModelID: c.Options["model"],
		LaunchMode: world.LaunchMode(c.Options["mode"]),
	}
	s.MaxDuration, s.MaxRestarts, s.Priority = limits(c)
	s.Preemptible = c.Options["preemptible"] == "true"
	if dataset, ok := c.Options["dataset"]; ok {
		s.DatasetID = dataset
	}
	if environment, ok := c.Options["environment"]; ok {
		s.EnvironmentID = &environment
	}
	if gpus := c.Int("gpus", 0); gpus > 0 {
		s.Resources = &world.Resources{
			Zone: c.Options["zone"], GPUType: c.Options["gpu"], GPUs: gpus,
			CPUCores: c.Int("cores", gpus*8), MemoryGB: c.Int("memory", gpus*64), Image: "pytorch/pytorch:2.1.0-cuda12.1",
		}
		if image, ok := c.Options["image"]; ok {
			s.Resources.Image = image
		}
	}
	return s
}

func (d *day) step(c world.Command) string {
	r, err := d.world.Step(c)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	if r.Created.Replayed {
		return "again: " + r.Created.Task + "\n"
	}
	return d.events(r.Events)
}

func clock(t des.Time) string { return t.Duration().Round(100 * time.Millisecond).String() }

func (d *day) events(events []world.Event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "%s %s%s%s %s", clock(e.At), e.Task, e.Environment, e.Node, e.Type)
		for _, word := range []string{string(e.Status), string(e.Phase), string(e.Reason)} {
			if word != "" {
				fmt.Fprintf(&b, " %s", word)
			}
		}
		if len(e.Nodes) > 0 {
			fmt.Fprintf(&b, " on %s", strings.Join(e.Nodes, " "))
		}
		if len(e.Tasks) > 0 {
			fmt.Fprintf(&b, " with %s", strings.Join(e.Tasks, " "))
		}
		for _, v := range e.Verdicts {
			fmt.Fprintf(&b, " [%s]", v)
		}
		b.WriteByte('\n')
	}
	if len(events) == 0 {
		return "nothing\n"
	}
	return b.String()
}

func (d *day) task(id string) string {
	v, err := d.world.Task(id)
	if err != nil {
		return "refused: " + err.Error() + "\n"
	}
	views := []world.TaskView{v}
	d.world.Expect(views)
	v = views[0]
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", v.ID, v.Mode, v.Status)
	if v.Phase != "" {
		fmt.Fprintf(&b, " %s", v.Phase)
	}
	if v.Reason != "" {
		fmt.Fprintf(&b, " %s", v.Reason)
	}
	if v.QueuePosition > 0 {
		fmt.Fprintf(&b, " position=%d", v.QueuePosition)
	}
	if v.EstimatedStart != nil {
		fmt.Fprintf(&b, " expected=%s", clock(*v.EstimatedStart))
	}
	if v.Restarts+v.Preemptions > 0 {
		fmt.Fprintf(&b, " restarts=%d preemptions=%d", v.Restarts, v.Preemptions)
	}
	fmt.Fprintf(&b, " progress=%.4f cost=%s revision=%d\n", v.Progress, v.Cost.StringFixed(2), v.Revision)
	return b.String()
}

// zones writes the zones, or one of them.
func (d *day) zones(c *scripttest.Command) string {
	var b strings.Builder
	for _, z := range d.world.Zones() {
		if only := c.Options["zone"]; only != "" && only != z.ID {
			continue
		}
		fmt.Fprintf(&b, "%s queue=%d", z.ID, z.QueueLength)
		for _, name := range []string{"A100", "V100", "T4", "RTX3090"} {
			if n, ok := z.GPUs[name]; ok {
				fmt.Fprintf(&b, " %s=%d/%d", name, n.Free, n.Capacity)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
