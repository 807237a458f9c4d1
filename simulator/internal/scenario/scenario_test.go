package scenario_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

func TestBundledScenarios(t *testing.T) {
	for _, name := range scenario.Names() {
		s, err := scenario.Named(name)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c, err := s.World()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		c.WarmUp = 0 // only the start matters here
		if _, err := world.New(c, 1); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := scenario.Named("nowhere"); err == nil {
		t.Error("a scenario that is not bundled was found")
	}
}

// The values are those of the source document and, where it is silent, of the design.
func TestTheDefaultWorld(t *testing.T) {
	c, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	zones := []string{}
	for _, z := range w.Zones() {
		line := z.ID + " " + z.Name + " " + z.Region
		for _, name := range []string{"A100", "V100", "T4", "RTX3090"} {
			line += fmt.Sprintf(" %d", z.GPUs[name].Capacity)
		}
		zones = append(zones, line)
	}
	if diff := cmp.Diff([]string{
		"az-bj-a 北京可用区A 北京 32 64 128 0",
		"az-bj-b 北京可用区B 北京 16 32 64 48",
		"az-sh-a 上海可用区A 上海 24 48 96 0",
		"az-sh-b 上海可用区B 上海 0 32 64 64",
		"az-sz-a 深圳可用区A 深圳 16 0 64 32",
		"az-sz-c 深圳可用区C 深圳 40 32 0 0",
	}, zones); diff != "" {
		t.Errorf("zones (-want +got):\n%s", diff)
	}
	types := []string{}
	for _, g := range c.GPUTypes {
		i := slices.IndexFunc(c.Nodes, func(n cluster.Node) bool { return n.GPUType == g.Name })
		n := c.Nodes[i]
		types = append(types, fmt.Sprintf("%s %dGB %s recommended=%t %s; a node: %d, %d, %d",
			g.Name, g.MemoryGB, g.Class, g.Recommended, g.Price.StringFixed(2), n.GPUs, n.CPUMilli/1000, n.MemoryMiB/1024))
	}
	if diff := cmp.Diff([]string{
		"A100 80GB 高性能 recommended=true 36.80; a node: 8, 128, 1024",
		"V100 32GB 标准性能 recommended=false 22.00; a node: 8, 96, 768",
		"T4 16GB 入门级 recommended=false 3.80; a node: 4, 96, 512",
		"RTX3090 24GB 性价比 recommended=false 2.45; a node: 8, 64, 512",
	}, types); diff != "" {
		t.Errorf("GPU types (-want +got):\n%s", diff)
	}
	environments := []string{}
	for _, e := range w.Environments() {
		environments = append(environments, fmt.Sprintf("%s %s %s running=%t %d×%s %s %s",
			e.ID, e.Name, e.Type, e.Running, e.GPUs, e.GPUType, e.Zone, world.FormatUptime(e.Uptime)))
	}
	if diff := cmp.Diff([]string{
		"env-001 pytorch-dev-env notebook running=true 2×A100 az-bj-a 5d3h",
		"env-002 tensorflow-workspace notebook running=true 1×V100 az-sh-b 2d8h",
		"env-003 llm-training-env custom running=true 4×A100 az-sz-c 12d12h",
	}, environments); diff != "" {
		t.Errorf("environments (-want +got):\n%s", diff)
	}
	for range w.Tasks() {
		t.Error("the world starts with a task")
	}
}

func TestExtends(t *testing.T) {
	s, err := scenario.Parse([]byte("extends: default\nretention: 1h\nenvironments: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	base, err := scenario.Default().World()
	if err != nil {
		t.Fatal(err)
	}
	if time.Duration(c.Retention).Hours() != 1 || len(c.Environments) != 0 || len(c.Nodes) != len(base.Nodes) {
		t.Errorf("retention %s, %d environments, %d nodes; want 1h, none, and the default's %d",
			c.Retention, len(c.Environments), len(c.Nodes), len(base.Nodes))
	}
	if got := len(scenario.Default().Environments); got != 3 {
		t.Errorf("the default has %d environments after it was extended, want 3", got)
	}
}

// Each error is made in a copy of the default scenario. The problem must be at the line of the first text.
func TestProblemsAreNamedWithTheirPlace(t *testing.T) {
	valid, err := os.ReadFile("default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ old, changed, want string }{
		{"currency: CNY", "currency: ''", "currency"},
		{"currency: CNY", "currency: CNY\ncolour: red", "colour"},
		{"{id: dataset-002, name", "{id: dataset-001, name", "dataset-001"},
		{"{id: model-002, name", "{id: '', name", "id"},
		{"{id: model-002, name", `{id: "model-\t2", name`, "models[1].id: the character U+0009"},
		{"name: 北京可用区B", `name: "\u202eB"`, "zones[1].name: the character U+202E"},
		{"name: 北京可用区B", "name: !!binary /w==", "UTF-8"},
		{"region: 北京}", `region: "\x1b[31m"}`, "U+001B"},
		{"zone: az-bj-b, gpu_type: A100, count: 2", "zone: az-x, gpu_type: A100, count: 2", `no zone "az-x"`},
		{"zone: az-bj-b, gpu_type: A100, count: 2", "zone: az-bj-b, gpu_type: H100, count: 2", `no GPU type "H100"`},
		{"gpu_type: A100, count: 4", "gpu_type: A100, count: -1", "count"},
		{"gpu_type: V100, count: 8", "gpu_type: V100, count: 100000", "nodes"},
		{"gpu_type: A100, count: 4", "gpu_type: A100, count: many", "count"},
		{`price: "36.80"`, "price: 36.80", "price"},
		{`price: "36.80"`, `price: "-1"`, "price"},
		{"tflops: 312", "tflops: 0", "tflops"},
		{"tflops: 312", "tflops: .nan", ""},
		{"gpus: 8, cpu_cores: 128", "gpus: 17, cpu_cores: 128", "gpus"},
		{"type: custom", "type: cloud", "type"},
		{"uptime: 123h", "uptime: long", "uptime"},
		{"uptime: 123h", "uptime: -1h", "uptime"},
		{"find_nodes: {uniform: {min: 5, max: 10}}", "find_nodes: {uniform: {min: 10, max: 5}}", "uniform"},
		{"find_nodes: {uniform: {min: 5, max: 10}}", "find_nodes: {normal: {mean: 5, sd: 1}}", "normal"},
		{"find_nodes: {uniform: {min: 5, max: 10}}", "find_nodes: {uniform: {min: 5}}", "max"},
		{"find_nodes: {uniform: {min: 5, max: 10}}", "find_nodes: {uniform: {min: .nan, max: 10}}", ""},
		{"find_nodes: {uniform: {min: 5, max: 10}}", "find_nodes: {uniform: {min: 5, max: .inf}}", ""},
		{"pull_rate: {uniform: {min: 17, max: 42}}", "pull_rate: {constant: 0}", "rate"},
		{"utilization: 0.4", "utilization: 1.4", "utilization"},
		{"minimum: 1h", "minimum: soon", "minimum"},
		{"busy: {gpu: 0.92", "busy: {gpu: 1.92", "gpu"},
	} {
		t.Run(c.changed, func(t *testing.T) {
			before, _, found := strings.Cut(string(valid), c.old)
			if !found {
				t.Fatalf("default.yaml has no %q", c.old)
			}
			_, err := scenario.Parse([]byte(strings.Replace(string(valid), c.old, c.changed, 1)))
			var problems scenario.Problems
			if !errors.As(err, &problems) {
				t.Fatalf("error %v, want a problem", err)
			}
			first, last := 1+strings.Count(before, "\n"), 1+strings.Count(before+c.changed, "\n")
			at := func(p scenario.Problem) bool { return p.Line >= first && p.Line <= last }
			if len(problems) != 1 || !at(problems[0]) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %q, want one problem with %q near line %d", err, c.want, first)
			}
		})
	}
	for text, want := range map[string]string{
		"":                  "1:1: the file is empty",
		"currency: [CNY":    "1:11",
		"a: 1\n---\nb: 2\n": "one YAML document",
		"- 1":               "1:1",
		"just words":        "1:1",
		"extends: nowhere":  "1:10: extends",
		"currency: *a":      "1:1",
		"? [a]\n: b":        "2:1",
		"currency: A\ncurrency: B\nextends: default":                         "2:1: ",
		"extends: default\nbogus: 1\n  # and\nother: 2":                      "2:1: bogus: unknown field\n4:1: other: unknown field",
		"extends: default\ntraining: {utilization: 0.5, speed: 2}":           "2:30: training.speed: unknown field",
		"extends: default\nwarm_up: 9000h":                                   "2:10: warm_up: 9000h0m0s is longer than 8760h0m0s",
		"extends: default\nzones:\n  - a\n b: [":                             "4:2: ",
		"extends: default\nnode_pools:\n- {zone: a, gpu_type: T4, count: 1}": "3:10: node_pools[0].zone: there is no zone \"a\"",
	} {
		if _, err := scenario.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
}

// Errors that only the world can find have a position too.
func TestMistakesThatTheWorldFinds(t *testing.T) {
	const jobs = "interarrival: {exponential: 400}, length: {constant: 60}, cpu_cores_per_gpu: 1, memory_gb_per_gpu: 1"
	tooBig := "extends: default\nbackground:\n" +
		"  - {zone: az-bj-a, gpu_type: T4, " + jobs + ", sizes: [{gpus: 1, weight: 1}]}\n" +
		"  - {zone: az-bj-a, gpu_type: T4, " + jobs + ", sizes: [{gpus: 1000, weight: 1}]}\n"
	types, pools := "gpu_types:\n", "node_pools:\n"
	for i := range 65 {
		types += fmt.Sprintf("  - {name: g%d, memory_gb: 1, price: '1', tflops: 1, node: {gpus: 1, cpu_cores: 1, memory_gb: 1}}\n", i)
		pools += fmt.Sprintf("  - {zone: az-bj-a, gpu_type: g%d, count: 1}\n", i)
	}
	for text, want := range map[string]string{
		tooBig: "4:5: background[1]: background load 2: 1000 [T4] GPUs never fit into zone az-bj-a",
		"extends: default\n" + pools + "environments: []\n" + types: "3:3: node_pools: node ",
	} {
		if _, err := scenario.Parse([]byte(text)); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.100q…: error %v, want %q", text, err, want)
		}
	}
}

// Whatever a file contains, parsing it gives a scenario or problems, and a scenario that was parsed makes a world.
func TestNoiseInAScenario(t *testing.T) {
	valid, err := os.ReadFile("default.yaml")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 1))
	pieces := []string{
		"{", "}", "[", "]", ":", ",", "-", "\n", "\t", "&a", "*a", "!!int", "null", "~", "-1", "1e99", ".inf", "0", "\xff", "'", "#",
	}
	worlds := 0
	for range 300 {
		text := slices.Clone(valid)
		for range 1 + r.IntN(3) {
			i := r.IntN(len(text))
			switch r.IntN(3) {
			case 0:
				text[i] = byte(r.Uint32())
			case 1:
				text = slices.Delete(text, i, min(i+1+r.IntN(20), len(text)))
			default:
				text = slices.Insert(text, i, []byte(pieces[r.IntN(len(pieces))])...)
			}
		}
		s, err := scenario.Parse(text)
		var problems scenario.Problems
		switch {
		case errors.As(err, &problems):
			for _, p := range problems {
				if p.Line < 1 || p.Line > 1+strings.Count(string(text), "\n") || p.Message == "" {
					t.Errorf("a problem in a file of %d lines: %q", strings.Count(string(text), "\n"), p)
				}
			}
		case err != nil:
			t.Errorf("an error that is no problem: %v", err)
		default:
			worlds++
			c, err := s.World()
			if err == nil {
				_, err = world.New(c, 1)
			}
			if err != nil {
				t.Errorf("a file that was read makes no world: %v", err)
			}
		}
	}
	if worlds < 10 || worlds > 290 {
		t.Errorf("%d of 300 files made a world: the noise is too loud or too soft to show anything", worlds)
	}
}

// A mean that rounds to zero must not stop virtual time.
func TestTinyTimesBetweenFailures(t *testing.T) {
	s, err := scenario.Parse([]byte("extends: default\nfailures: {node_mtbf: 0.0001ms, node_mttr: 0.0001ms}"))
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.World()
	if err != nil {
		t.Fatal(err)
	}
	w, err := world.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	w.AdvanceTo(10 * 1_000_000)
	if w.Processed() == 0 {
		t.Error("no node failed")
	}
}
