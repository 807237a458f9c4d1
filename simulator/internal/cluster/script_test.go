package cluster

import (
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/scripttest"
)

func TestScripts(t *testing.T) {
	scripttest.Run(t, "testdata", func(*testing.T) func(*scripttest.Command) string {
		return (&script{policy: bestFit{}, held: map[string]Allocation{}}).run
	})
}

type script struct {
	nodes   []Node
	cluster *Cluster
	policy  Policy
	held    map[string]Allocation
}

// run executes one command: nodes, policy, place, release, state, show, count or verdicts.
func (s *script) run(c *scripttest.Command) string {
	request := Request{
		Zone: c.Options["zone"], GPUs: c.Int("gpus", 0), Milli: c.Int("milli", 1000),
		CPUMilli: int64(c.Int("cores", 0)) * 1000, MemoryMiB: int64(c.Int("memory", 0)),
	}
	if request.GPUs == 0 {
		request.Milli = 0
	}
	if c.Options["types"] != "" {
		request.GPUTypes = strings.Split(c.Options["types"], "|")
	}
	switch c.Name {
	case "nodes":
		for i := range c.Int("count", 1) {
			s.nodes = append(s.nodes, Node{
				fmt.Sprintf("%s-%d", c.Word(0), i), c.Options["zone"], c.Options["type"], c.Int("gpus", 8),
				int64(c.Int("cores", 128)) * 1000, int64(c.Int("memory", 1024)),
			})
		}
		made, err := New(s.nodes)
		if err != nil {
			return err.Error() + "\n"
		}
		s.cluster = made
		return fmt.Sprintf("%d nodes\n", made.Len())
	case "policy":
		p, err := PolicyByName(c.Word(0), Options{})
		if err != nil {
			return err.Error() + "\n"
		}
		s.policy = p
		return "ok\n"
	case "place":
		a, ok := s.cluster.Place(request, s.policy)
		switch {
		case ok:
			s.held[c.Word(0)] = a
			return s.describe(a)
		case s.cluster.CanEverFit(request):
			return "waits\n"
		}
		return "never fits\n"
	case "release":
		for _, name := range c.Words {
			s.cluster.Release(s.held[name])
		}
		return "ok\n"
	case "state":
		i, ok := s.cluster.Index(c.Word(0))
		if !ok {
			return "no such node\n"
		}
		s.cluster.SetState(i, map[string]State{"up": Up, "draining": Draining, "failed": Failed}[c.Word(1)])
		return s.cluster.State(i).String() + "\n"
	case "show":
		var b strings.Builder
		for i := range s.cluster.Len() {
			fmt.Fprintf(&b, "%s %s: GPUs %v, %d cores, %d MiB free\n", s.cluster.Node(i).Name, s.cluster.State(i),
				s.cluster.GPUFree(i), s.cluster.CPUFree(i)/1000, s.cluster.MemoryFree(i))
		}
		return b.String()
	case "count":
		k := s.cluster.Count(c.Options["zone"], c.Options["type"])
		return fmt.Sprintf("%d GPUs: %d free, %d held, %d draining, %d lost\n", k.Capacity, k.Free, k.Held, k.Draining, k.Lost)
	case "verdicts":
		var b strings.Builder
		for _, v := range s.cluster.Verdicts(request) {
			fmt.Fprintln(&b, v)
		}
		return b.String()
	}
	c.Fail("unknown command")
	return ""
}

func (s *script) describe(a Allocation) string {
	var b strings.Builder
	for _, p := range a.Parts {
		fmt.Fprintf(&b, "%s:", s.cluster.Node(p.Node).Name)
		if p.GPUs > 0 {
			fmt.Fprint(&b, " GPU")
			for m := p.GPUs; m != 0; m &= m - 1 {
				fmt.Fprintf(&b, " %d", bits.TrailingZeros16(m))
			}
			if p.Milli < WholeGPU {
				fmt.Fprintf(&b, " (%d milli)", p.Milli)
			}
		}
		fmt.Fprintf(&b, ", %d CPU-milli, %d MiB\n", p.CPUMilli, p.MemoryMiB)
	}
	return b.String()
}
