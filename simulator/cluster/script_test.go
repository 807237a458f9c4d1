package cluster

import (
	"flag"
	"fmt"
	"math/bits"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "rewrite the outputs in testdata/*.txt")

// TestScripts runs testdata/*.txt: comments, a command, ----, and what it answers, up to an empty line.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := runScript(t, string(text))
			if *rewrite {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(text), "\n")
			for i := range max(len(gotLines), len(wantLines)) {
				g, w := "(end)", "(end)"
				if i < len(gotLines) {
					g = gotLines[i]
				}
				if i < len(wantLines) {
					w = wantLines[i]
				}
				if g != w {
					t.Fatalf("%s:%d: got  %s\nwant %s\n(go test -rewrite takes what we got)", file, i+1, g, w)
				}
			}
		})
	}
}

func runScript(t *testing.T, text string) string {
	var out strings.Builder
	s := &script{t: t, policy: bestFit{}, held: map[string]Allocation{}}
	for block := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		for line := range strings.SplitSeq(block, "\n") {
			if line == "----" {
				break
			}
			fmt.Fprintln(&out, line)
			if !strings.HasPrefix(line, "#") {
				fmt.Fprintln(&out, "----")
				out.WriteString(s.run(line))
			}
		}
		fmt.Fprintln(&out)
	}
	return strings.TrimSpace(out.String()) + "\n"
}

type script struct {
	t       *testing.T
	nodes   []Node
	cluster *Cluster
	policy  Policy
	held    map[string]Allocation
}

// run answers one command: nodes, policy, place, release, state, show, count, verdicts.
func (s *script) run(line string) string {
	words := strings.Fields(line)
	cmd, arg, options := words[0], "", map[string]string{}
	for _, w := range words[1:] {
		if key, value, ok := strings.Cut(w, "="); ok {
			options[key] = value
		} else {
			arg = strings.TrimSpace(arg + " " + w)
		}
	}
	number := func(key string, otherwise int) int {
		if options[key] == "" {
			return otherwise
		}
		n, err := strconv.Atoi(options[key])
		if err != nil {
			s.t.Fatalf("%s: %v", line, err)
		}
		return n
	}
	request := Request{
		Zone: options["zone"], GPUs: number("gpus", 0), Milli: number("milli", 1000),
		CPUMilli: int64(number("cores", 0)) * 1000, MemoryMiB: int64(number("memory", 0)),
	}
	if request.GPUs == 0 {
		request.Milli = 0
	}
	if options["types"] != "" {
		request.GPUTypes = strings.Split(options["types"], "|")
	}
	switch cmd {
	case "nodes":
		for i := range number("count", 1) {
			s.nodes = append(s.nodes, Node{
				fmt.Sprintf("%s-%d", arg, i), options["zone"], options["type"], number("gpus", 8),
				int64(number("cores", 128)) * 1000, int64(number("memory", 1024)),
			})
		}
		c, err := New(s.nodes)
		if err != nil {
			return err.Error() + "\n"
		}
		s.cluster = c
		return fmt.Sprintf("%d nodes\n", c.Len())
	case "policy":
		p, err := PolicyByName(arg, Options{})
		if err != nil {
			return err.Error() + "\n"
		}
		s.policy = p
		return "ok\n"
	case "place":
		a, ok := s.cluster.Place(request, s.policy)
		switch {
		case ok:
			s.held[arg] = a
			return s.describe(a)
		case s.cluster.CanEverFit(request):
			return "waits\n"
		}
		return "never fits\n"
	case "release":
		for name := range strings.FieldsSeq(arg) {
			s.cluster.Release(s.held[name])
		}
		return "ok\n"
	case "state":
		name, state, _ := strings.Cut(arg, " ")
		i, ok := s.cluster.Index(name)
		if !ok {
			return "no such node\n"
		}
		s.cluster.SetState(i, map[string]State{"up": Up, "draining": Draining, "failed": Failed}[state])
		return s.cluster.State(i).String() + "\n"
	case "show":
		var b strings.Builder
		for i := range s.cluster.Len() {
			fmt.Fprintf(&b, "%s %s: GPUs %v, %d cores, %d MiB free\n", s.cluster.Node(i).Name, s.cluster.State(i),
				s.cluster.GPUFree(i), s.cluster.CPUFree(i)/1000, s.cluster.MemoryFree(i))
		}
		return b.String()
	case "count":
		k := s.cluster.Count(options["zone"], options["type"])
		return fmt.Sprintf("%d GPUs: %d free, %d held, %d draining, %d lost\n", k.Capacity, k.Free, k.Held, k.Draining, k.Lost)
	case "verdicts":
		var b strings.Builder
		for _, v := range s.cluster.Verdicts(request) {
			fmt.Fprintln(&b, v)
		}
		return b.String()
	}
	s.t.Fatalf("unknown command: %s", line)
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
