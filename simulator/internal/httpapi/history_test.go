package httpapi_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

const (
	histories = "/api/v1/history"
	timelines = "/sim/v1/timeline"
)

type series struct {
	AvailabilityZone, GPUType              string
	GPUCapacity                            int
	Utilization, QueueLength, RunningTasks []float64
	Cost, HourlyCost                       []string
	TotalCost                              struct{ Amount, Currency string }
}

type historyAnswer struct {
	Window        string
	Step          int
	From, Until   string
	Times         []string
	Total         series
	Series        []series
	SeriesOmitted int
}

func (a *api) history(query string) historyAnswer {
	a.t.Helper()
	return data[historyAnswer](a.t, a.ok("GET", histories+query, ""))
}

// of returns the series of a pool.
func (h historyAnswer) of(t *testing.T, zone, gpuType string) series {
	t.Helper()
	i := slices.IndexFunc(h.Series, func(s series) bool { return s.AvailabilityZone == zone && s.GPUType == gpuType })
	if i < 0 {
		t.Fatalf("there is no series of %s in %s", gpuType, zone)
	}
	return h.Series[i]
}

// 16 of 32 A100s are held for 90 s, and a second task wants 32 from the thirtieth second on. An A100 costs 36.80 an hour.
func TestHistory(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	empty := a.history("")
	equal(t, "steps at the start", len(empty.Times), 0)
	equal(t, "now", empty.Until, "2024-12-08T10:00:00Z")
	a.create(dynamic("az-bj-a", "A100", 16))
	a.advance("30s")
	a.create(dynamic("az-bj-a", "A100", 32))
	a.advance("1m")

	h := a.history("?window=1h")
	if want := []string{"2024-12-08T10:00:00Z", "2024-12-08T10:01:00Z"}; !slices.Equal(h.Times, want) {
		t.Errorf("steps %v, want %v", h.Times, want)
	}
	equal(t, "step", h.Step, 60)
	equal(t, "end", h.Until, "2024-12-08T10:01:30Z")
	pool := h.of(t, "az-bj-a", "A100")
	for what, pair := range map[string][2]any{
		"utilisation": {pool.Utilization, []float64{0.5, 0.5}},
		"queue":       {pool.QueueLength, []float64{0.5, 1}},
		"cost":        {pool.Cost, []string{"9.81", "4.91"}}, // 588.80 an hour: 9.813 and 14.72
		"by the hour": {pool.HourlyCost, []string{"588.80", "588.80"}},
		"total cost":  {pool.TotalCost.Amount, "14.72"},
		"capacity":    {pool.GPUCapacity, 32},
		"elsewhere":   {h.of(t, "az-bj-b", "A100").Utilization, []float64{0, 0}},
	} {
		if diff := cmp.Diff(pair[1], pair[0]); diff != "" {
			t.Errorf("%s: %s", what, diff)
		}
	}
	equal(t, "cost of all pools", h.Total.TotalCost.Amount, "14.72")
	equal(t, "queue of all pools", h.Total.QueueLength[1], 1.0)
	equal(t, "all in one step of a day", a.history("?window=24h").Total.TotalCost.Amount, "14.72")

	zone := a.history("?window=1h&availabilityZone=az-bj-a")
	equal(t, "capacity of a zone", zone.Total.GPUCapacity, 32+64+128)
	equal(t, "utilisation of a zone", zone.Total.Utilization[0], 0.0714) // 16 of 224
	kind := a.history("?window=1h&gpuType=A100&availabilityZone=az-bj-a")
	equal(t, "series of one type in one zone", len(kind.Series), 1)
	equal(t, "its total", kind.Total.Utilization[0], 0.5)
	equal(t, "series of nothing", len(a.history("?availabilityZone=nowhere").Series), 0)
	for _, query := range []string{"?window=2h", "?window=", "?zone=az-bj-a", "?gpuType=A100&gpuType=T4"} {
		equal(t, query, a.call("GET", histories+query, "").Status, 400)
		if query != "?gpuType=A100&gpuType=T4" {
			equal(t, query, a.call("GET", timelines+query, "").Status, 400)
		}
	}
}

// What a history says tasks cost and how long they trained is what the tasks say, on GPUs of their own and in environments.
func TestHistoryAgreesWithTasks(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for i := range 6 {
		a.create(dynamic("az-sz-c", "A100", 4*(i+1)))
		a.create(existing("env-001"))
		a.advance("7m")
	}
	a.ok("POST", "/sim/v1/nodes/az-sz-c-a100-01/fail", "")
	a.ok("POST", tasks+"/task-002/stop", "")
	a.advance("30h")
	var cost, trained float64
	list := data[[]struct {
		Cost           struct{ Amount string }
		RunningSeconds float64
	}](t, a.ok("GET", tasks, ""))
	for _, task := range list {
		amount, err := strconv.ParseFloat(task.Cost.Amount, 64)
		if err != nil {
			t.Fatal(err)
		}
		cost += amount
		trained += task.RunningSeconds
	}
	h := a.history("?window=7d")
	total, err := strconv.ParseFloat(h.Total.TotalCost.Amount, 64)
	if err != nil || cost == 0 || total < cost-0.1 || total > cost+0.1 {
		t.Errorf("the history says %.2f, the tasks %.2f, %v", total, cost, err)
	}
	sum := 0.0
	for _, text := range h.Total.Cost {
		amount, _ := strconv.ParseFloat(text, 64)
		sum += amount
	}
	equal(t, "the costs of the steps add up", fmt.Sprintf("%.2f", sum), h.Total.TotalCost.Amount)
	seconds := 0.0
	for i, mean := range h.Total.RunningTasks {
		until := h.Until
		if i+1 < len(h.Times) {
			until = h.Times[i+1]
		}
		seconds += mean * moment(t, until).Sub(moment(t, h.Times[i])).Seconds()
	}
	// Means are rounded to hundredths.
	if most := 0.005*30*3600 + float64(len(list)); seconds < trained-most || seconds > trained+most {
		t.Errorf("the history says that tasks trained for %.0f s, the tasks %.0f s", seconds, trained)
	}
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// A year leaves as many steps as the window has, and an answer of bounded size.
func TestHistoryOfAYear(t *testing.T) {
	t.Parallel()
	busy, err := scenario.Named("busy")
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, func(s *setup) { s.scenario = busy })
	a.advance("100h")
	whole := len(a.ok("GET", snapshots, "").Body)
	a.advance("8660h")
	for window, most := range map[string]int{"1h": 61, "24h": 97, "7d": 169} {
		got := a.ok("GET", histories+"?window="+window, "")
		h := data[historyAnswer](t, got)
		if steps := len(h.Times); steps < most-1 || steps > most || len(got.Body) > 500_000 {
			t.Errorf("%s: %d steps in %d bytes", window, steps, len(got.Body))
		}
		equal(t, "end", h.Until, "2025-12-08T10:00:00Z")
		if last := h.Total.Utilization[len(h.Times)-1]; last <= 0.1 || last > 1 {
			t.Errorf("%s: the utilisation is %g in the end", window, last)
		}
	}
	if after := len(a.ok("GET", snapshots, "").Body); after > whole*3/2 {
		t.Errorf("a snapshot has %d bytes after 100 hours and %d after a year", whole, after)
	}
}

// A scenario of many pools gets as many series as an answer has at most, and all of them in the total.
func TestHistoryOfManyPools(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("extends: default\nenvironments: []\nzones:\n")
	for i := range 210 {
		fmt.Fprintf(&text, "  - {id: z%d, name: Z%d, region: r}\n", i, i)
	}
	text.WriteString("node_pools:\n")
	for i := range 210 {
		fmt.Fprintf(&text, "  - {zone: z%d, gpu_type: T4, count: 1}\n", i)
	}
	many, err := scenario.Parse([]byte(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, func(s *setup) { s.scenario = many })
	a.create(dynamic("z209", "T4", 2))
	a.advance("1h")
	h := a.history("")
	equal(t, "series", len(h.Series), 200)
	equal(t, "left out", h.SeriesOmitted, 10)
	if h.Total.Utilization[0] == 0 {
		t.Error("the total lacks what is left out")
	}
	equal(t, "one of those left out", len(a.history("?availabilityZone=z209").Series), 1)
}

// Snapshots carry the history; one from before there was any begins it where it is restored.
func TestHistoryInSnapshots(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(dynamic("az-bj-a", "A100", 16))
	a.advance("170m")
	a.create(dynamic("az-bj-a", "T4", 16))
	a.advance("30m")
	a.ok("POST", "/sim/v1/nodes/az-bj-a-a100-04/fail", "")
	recorded := func(a *api) string {
		all := a.ok("GET", timelines, "").Body
		for _, window := range []string{"1h", "24h", "7d"} {
			all += a.ok("GET", histories+"?window="+window, "").Body
		}
		return all
	}
	before, taken := recorded(a), string(a.ok("GET", snapshots, "").Data)
	a.advance("5h")
	equal(t, "more is recorded", recorded(a) != before, true)
	other := newAPI(t, auto)
	for _, target := range []*api{a, other} {
		target.ok("PUT", snapshots, taken)
		if diff := cmp.Diff(before, recorded(target)); diff != "" {
			t.Error(diff)
		}
	}
	a.advance("1h")
	other.ok("PUT", "/sim/v1/clock", `{"mode":"manual"}`)
	other.advance("1h")
	if diff := cmp.Diff(recorded(a), recorded(other)); diff != "" {
		t.Error(diff)
	}

	var old map[string]any
	if err := json.Unmarshal([]byte(taken), &old); err != nil {
		t.Fatal(err)
	}
	state := old["state"].(map[string]any)
	records := state["history"].(map[string]any)
	delete(state, "history")
	text, err := json.Marshal(old)
	if err != nil {
		t.Fatal(err)
	}
	a.ok("PUT", snapshots, string(text))
	equal(t, "steps of an old snapshot", len(a.history("").Times), 0)
	a.advance("10m")
	h := a.history("?window=1h")
	equal(t, "where its history begins", h.From, "2024-12-08T13:20:00Z")
	equal(t, "what was held then", h.of(t, "az-bj-a", "T4").Utilization[0], 0.125)

	state["history"] = records
	records["began"] = map[string]any{"version": 99}
	if text, err = json.Marshal(old); err != nil {
		t.Fatal(err)
	}
	got := a.call("PUT", snapshots, string(text))
	equal(t, "a newer history", fmt.Sprint(got.Status, got.reason()), "422SNAPSHOT_INVALID")
	if !strings.Contains(got.Body, "newer version") {
		t.Error(got.Body)
	}
	a.ok("POST", "/sim/v1/reset", "")
	equal(t, "steps after a reset", len(a.history("").Times), 0)
}

type timelineAnswer struct {
	From, Until string
	RunsOmitted int
	Runs        []run
	Nodes       []struct{ Time, ID, State string }
}

type run struct {
	TaskID, AvailabilityZone, EnvironmentID, QueuedAt, BeganAt, EndedAt, EndedAs, Reason string
	Nodes                                                                                []string
}

// The timeline has every time that a task was on nodes, the waits before, and what became of the nodes.
func TestTimeline(t *testing.T) {
	t.Parallel()
	a := newAPI(t, func(s *setup) { s.scenario.Failures.OnNodeFailure = "restart" })
	a.create(dynamic("az-bj-a", "A100", 32))
	a.advance("1m")
	a.create(dynamic("az-bj-a", "A100", 8))
	a.create(dynamic("az-bj-a", "A100", 8))
	a.create(existing("env-001"))
	a.advance("1m")
	a.ok("POST", tasks+"/task-003/stop", "")
	a.ok("POST", "/sim/v1/nodes/az-bj-a-a100-01/fail", "")
	a.advance("1m")
	a.ok("POST", "/sim/v1/nodes/az-bj-a-a100-01/restore", "")
	at := func(minutes int) string { return fmt.Sprintf("2024-12-08T10:%02d:00Z", minutes) }
	all := []string{"az-bj-a-a100-01", "az-bj-a-a100-02", "az-bj-a-a100-03", "az-bj-a-a100-04"}
	got := data[timelineAnswer](t, a.ok("GET", timelines+"?window=1h", ""))
	want := []run{
		{TaskID: "task-004", AvailabilityZone: "az-bj-a", EnvironmentID: "env-001", BeganAt: at(1), Nodes: []string{}},
		{TaskID: "task-003", AvailabilityZone: "az-bj-a", QueuedAt: at(1), EndedAt: at(2), EndedAs: "stopped",
			Reason: "STOPPED_BY_USER", Nodes: []string{}},
		{TaskID: "task-002", AvailabilityZone: "az-bj-a", QueuedAt: at(1), Nodes: []string{}},
		{TaskID: "task-001", AvailabilityZone: "az-bj-a", BeganAt: at(0), EndedAt: at(2), EndedAs: "queued", Reason: "NODE_FAILED", Nodes: all},
		{TaskID: "task-001", AvailabilityZone: "az-bj-a", QueuedAt: at(2), BeganAt: at(3), Nodes: all},
	}
	if diff := cmp.Diff(want, got.Runs); diff != "" {
		t.Error(diff)
	}
	equal(t, "changes of nodes", fmt.Sprint(got.Nodes), fmt.Sprintf("[{%s az-bj-a-a100-01 failed} {%s az-bj-a-a100-01 up}]", at(2), at(3)))
	elsewhere := data[timelineAnswer](t, a.ok("GET", timelines+"?availabilityZone=az-bj-b", ""))
	equal(t, "elsewhere", len(elsewhere.Runs)+len(elsewhere.Nodes), 0)
	a.ok("DELETE", tasks+"/task-001", "")
	a.advance("30h")
	for _, r := range data[timelineAnswer](t, a.ok("GET", timelines+"?window=1h", "")).Runs {
		if r.EndedAt != "" {
			t.Errorf("a window of an hour has what ended before: %+v", r)
		}
	}
}
