package scenario

import (
	"fmt"
	"reflect"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/world"
)

const maxNodes = 100_000

// problems lists what is wrong between the parts of the file.
func (s *Scenario) problems() []string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	unique := func(what string, ids []string) {
		seen := map[string]bool{}
		for _, id := range ids {
			if id == "" {
				say("%s without a name", what)
			} else if seen[id] {
				say("two %ss are named %q", what, id)
			}
			seen[id] = true
		}
	}
	unique("zone", collect(s.Zones, func(z Zone) string { return z.ID }))
	unique("GPU type", collect(s.GPUTypes, func(g GPUType) string { return g.Name }))
	unique("environment", collect(s.Environments, func(e Environment) string { return e.ID }))
	unique("image", collect(s.Images, func(i Image) string { return i.Name }))
	unique("dataset", collect(s.Datasets, func(d Dataset) string { return d.ID }))
	unique("model", collect(s.Models, func(m Model) string { return m.ID }))
	if s.Currency == "" {
		say("currency is missing")
	}
	for _, g := range s.GPUTypes {
		if g.Price.IsNegative() || g.TFLOPS <= 0 {
			say("GPU type %q: want price ≥ 0 and tflops > 0", g.Name)
		}
		if g.Node.GPUs < 1 || g.Node.CPUCores < 1 || g.Node.MemoryGB < 1 {
			say("GPU type %q: its node needs at least 1 GPU, 1 core and 1 GB", g.Name)
		}
	}
	nodes := 0
	for i, p := range s.NodePools {
		if !s.hasZone(p.Zone) {
			say("node pool %d: there is no zone %q", i+1, p.Zone)
		}
		if s.gpuType(p.GPUType) == nil {
			say("node pool %d: there is no GPU type %q", i+1, p.GPUType)
		}
		if p.Count < 0 || p.Count > maxNodes-nodes {
			say("node pool %d: count %d is outside 0 to %d nodes in all", i+1, p.Count, maxNodes)
			continue
		}
		nodes += p.Count
	}
	for _, e := range s.Environments {
		if !s.hasZone(e.Zone) || s.gpuType(e.GPUType) == nil {
			say("environment %q: zone %q or GPU type %q is unknown", e.ID, e.Zone, e.GPUType)
		}
		if e.Type != "notebook" && e.Type != "custom" {
			say("environment %q: type %q is neither notebook nor custom", e.ID, e.Type)
		}
		if e.GPUs < 1 || e.CPUCores < 0 || e.MemoryGB < 0 {
			say("environment %q: want at least 1 GPU and no negative cores or memory", e.ID)
		}
	}
	for _, d := range s.Datasets {
		if d.SizeMB < 0 || d.Tokens < 0 {
			say("dataset %q: want size_mb and tokens ≥ 0", d.ID)
		}
	}
	for _, i := range s.Images {
		if i.SizeMB < 0 {
			say("image %q: want size_mb ≥ 0", i.Name)
		}
	}
	if t := s.Training; t.Utilization <= 0 || t.Utilization > 1 || t.ScalingEfficiency <= 0 || t.ScalingEfficiency > 1 {
		say("training: want utilization and scaling_efficiency above 0 and at most 1")
	}
	return append(out, s.timingProblems()...)
}

// timingProblems names every distribution that the file leaves out: a phase without one would take no time unnoticed.
func (s *Scenario) timingProblems() []string {
	var out []string
	v := reflect.ValueOf(s.Timings)
	for i := range v.NumField() {
		d, ok := v.Field(i).Interface().(Distribution)
		if !ok {
			continue
		}
		name := v.Type().Field(i).Tag.Get("yaml")
		if d.Kind == "" {
			out = append(out, fmt.Sprintf("timings: %s is missing", name))
		} else if (name == "pull_rate" || name == "mount_rate") && world.Distribution(d).Mean() <= 0 {
			out = append(out, fmt.Sprintf("timings: %s must be above 0", name))
		}
	}
	if s.Training.Variation.Kind == "" {
		out = append(out, "training: variation is missing")
	}
	return out
}

func collect[T any](list []T, name func(T) string) []string {
	names := make([]string, len(list))
	for i, v := range list {
		names[i] = name(v)
	}
	return names
}
