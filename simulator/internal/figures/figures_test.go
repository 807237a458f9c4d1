package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/replay"
)

const readme = "../../../README.md"

func readmeTable(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	table, err := block(string(text))
	if err != nil {
		t.Fatal(err)
	}
	return table
}

// The table in the README is the output of the command.
func TestReadme(t *testing.T) {
	trace := os.Getenv("FERMI_TRACE_DIR")
	if trace == "" {
		t.Skip(errNoData)
	}
	simulator := filepath.Join(t.TempDir(), "fermi-simulator")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", simulator, "../../cmd/fermi-simulator").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	rows, _, err := measure(t.Context(), simulator, trace)
	if err != nil {
		t.Fatal(err)
	}
	got, want := strings.Split(readmeTable(t), "\n"), strings.Split(markdown(rows), "\n")
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("line %d of the README's table is not what make figures gives, which updates it:\n%q, want\n%q", i+1, at(got, i), at(want, i))
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

// The published values in the README equal those in the code. This needs no data.
func TestReadmeHasWhatIsPublished(t *testing.T) {
	table := readmeTable(t)
	for _, log := range replay.PublishedLogs() {
		for i, p := range log.Slowdowns {
			line := "| " + log.Name + ", " + replay.PublishedVariants()[i].Name + ": mean bounded slowdown | " + digits(p.Printed) + " |"
			if !strings.Contains(table, line) {
				t.Errorf("the README's table lacks %q: run make figures", line)
			}
		}
	}
}

func TestWithoutData(t *testing.T) {
	t.Setenv("FERMI_TRACE_DIR", "")
	if err := run(t.Context(), "fermi-simulator", readme); err == nil || !strings.Contains(err.Error(), "FERMI_TRACE_DIR is not set") {
		t.Errorf("%v", err)
	}
}

// Differences are shown however small, and counted.
func TestDifferencesShow(t *testing.T) {
	published := make([]float64, fullDemand+1)
	var runs []replay.Result
	var all []replay.PublishedRun
	for _, policy := range replay.PublishedPolicies() {
		r := replay.Result{Policy: policy, Seed: 42}
		for arrived := range published {
			r.Curve = append(r.Curve, replay.Point{Arrived: arrived})
		}
		runs = append(runs, r)
		all = append(all, replay.PublishedRun{Policy: policy, Seed: 42, Allocated: published})
	}
	runs[5].Curve[7].Allocated = 0.5 // fgd
	rows, err := experimentRows(all, runs)
	if err != nil {
		t.Fatal(err)
	}
	want := row{"each figure of these 5 policies: every seed and per cent of demand", "505 figures", "504 within 0.01 %", "at most 0.500 %"}
	if !slices.Contains(rows, want) {
		t.Errorf("%q, want among them %q", rows, want)
	}
	if _, err := experimentRows(all, runs[1:]); err == nil {
		t.Error("no error for a run that is missing")
	}
	one := 1
	figures := logFigures{log: replay.PublishedLog{Name: "log", Jobs: 1000,
		Slowdowns: []replay.PublishedSlowdown{{Printed: 2, Misprint: 0.5}}}}
	for range replay.PublishedVariants() {
		figures.results = append(figures.results, replay.LogResult{Jobs: 1000, WaitsDiffer: &one, BoundedSlowdown: 1.5})
	}
	rows, err = logRows([]logFigures{figures})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []row{
		{"log, EASY: the wait of each job", "1,000 waits", "999 the same", "1 waits"},
		{"log, EASY: mean bounded slowdown", "2", "1.5", "0.5, a misprint"},
		{"log, clairvoyant EASY: mean bounded slowdown", none, "1.5", none},
	} {
		if !slices.Contains(rows, want) {
			t.Errorf("%q, want among them %q", rows, want)
		}
	}
}
