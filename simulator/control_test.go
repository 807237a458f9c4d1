package simulator_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

func newManual(t *testing.T, o simulator.Options) *simulator.Simulator {
	t.Helper()
	o.NewClock = simulator.Manual
	sim, err := simulator.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sim.Close() })
	return sim
}

// do makes a request that must succeed, and returns the answer.
func do(t *testing.T, sim *simulator.Simulator, method, path, body string) string {
	t.Helper()
	media := ""
	if body != "" {
		media = "application/json"
	}
	status, answer := call(t, sim, method, path, body, media)
	if status != 200 {
		t.Fatalf("%s %s: %d %s", method, path, status, answer)
	}
	return answer
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// says holds an error against what it has to tell.
func says(t *testing.T, err error, want ...string) {
	t.Helper()
	if err == nil {
		t.Errorf("no error, want %q", want)
		return
	}
	for _, text := range want {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%v, want %q", err, text)
		}
	}
}

func equal(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

const aNode = "az-bj-a-a100-01"

func TestNodesInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	states := func() (inGo, overHTTP simulator.NodeState) {
		var state struct {
			Data struct{ Nodes []struct{ ID, State string } }
		}
		ok(t, json.Unmarshal([]byte(do(t, sim, "GET", "/sim/v1/state", "")), &state))
		list := sim.Nodes().List()
		equal(t, "nodes", len(list), len(state.Data.Nodes))
		if list[0].Name != aNode || state.Data.Nodes[0].ID != aNode || list[0].Zone != "az-bj-a" || len(list[0].GPUs) != 8 {
			t.Fatalf("the first node is %+v in Go and %+v over HTTP", list[0], state.Data.Nodes[0])
		}
		return list[0].State, simulator.NodeState(state.Data.Nodes[0].State)
	}
	overHTTP := func(verb string) func(string) error {
		return func(name string) error {
			do(t, sim, "POST", "/sim/v1/nodes/"+name+"/"+verb, "")
			return nil
		}
	}
	for _, step := range []struct {
		set  func(name string) error
		want simulator.NodeState
	}{
		{sim.Nodes().Fail, simulator.NodeFailed}, {overHTTP("restore"), simulator.NodeUp}, {sim.Nodes().Drain, simulator.NodeDraining},
		{overHTTP("fail"), simulator.NodeFailed}, {sim.Nodes().Restore, simulator.NodeUp}, {overHTTP("drain"), simulator.NodeDraining},
	} {
		ok(t, step.set(aNode))
		inGo, overHTTP := states()
		equal(t, "states", []simulator.NodeState{inGo, overHTTP}, []simulator.NodeState{step.want, step.want})
	}
	for op, err := range map[string]error{
		"fail": sim.Nodes().Fail("none"), "drain": sim.Nodes().Drain("none"), "restore": sim.Nodes().Restore("none"),
	} {
		says(t, err, op+" node none: there is no node none; there are "+aNode, "more")
	}
}

func TestEnvironmentsInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	running := func() [2]bool {
		t.Helper()
		e := sim.Environments().List()[0]
		if e.ID != "env-001" || e.Name != "pytorch-dev-env" || e.GPUs != 2 || e.Zone != "az-bj-a" || len(e.Tags) != 3 {
			t.Fatalf("the first environment is %+v", e)
		}
		return [2]bool{e.Running, strings.Contains(do(t, sim, "GET", "/api/v1/dev-environments/env-001", ""), `"status":"running"`)}
	}
	ok(t, sim.Environments().Stop("env-001"))
	equal(t, "stopped in Go", running(), [2]bool{})
	do(t, sim, "POST", "/sim/v1/dev-environments/env-001/start", "")
	equal(t, "started over HTTP", running(), [2]bool{true, true})
	do(t, sim, "POST", "/sim/v1/dev-environments/env-001/stop", "")
	equal(t, "stopped over HTTP", running(), [2]bool{})
	ok(t, sim.Environments().Start("env-001"))
	equal(t, "started in Go", running(), [2]bool{true, true})
	says(t, sim.Environments().Stop("none"), "stop environment none: there is no development environment none; there are env-001, env-002")
	says(t, sim.Environments().Start("none"), "start environment none", "there are env-001")
}

func TestFaultsInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	faults := sim.Faults()
	const path = "/api/v1/training-tasks/*"
	all := []simulator.Fault{
		{ID: "fault-001", Method: "GET", Path: path, Status: 503, RetryAfter: new(0), Delay: 90 * time.Millisecond, Count: 3, Probability: 0.5},
		{ID: "fault-002", Cut: simulator.CutAfter, Path: path},
	}
	id, err := faults.Inject(all[0])
	ok(t, err)
	equal(t, "id", id, "fault-001")
	do(t, sim, "POST", "/sim/v1/faults", `{"cut":"after","path":"`+path+`"}`)
	equal(t, "faults in Go", faults.List(), all)
	const first = `{"id":"fault-001","method":"GET","path":"/api/v1/training-tasks/*","status":503,"retryAfter":0,"delay":"90ms","count":3,` +
		`"probability":0.5,"hits":0}`
	if list := do(t, sim, "GET", "/sim/v1/faults", ""); !strings.Contains(list, first) || !strings.Contains(list, "fault-002") {
		t.Errorf("faults over HTTP: %s", list)
	}
	do(t, sim, "DELETE", "/sim/v1/faults/fault-001", "")
	says(t, faults.Remove("fault-001"), "remove fault fault-001: there is no fault fault-001; there are fault-002")
	ok(t, faults.Remove("fault-002"))
	says(t, faults.Remove("fault-002"), "there is no fault fault-002; there are none")

	_, err = faults.Inject(simulator.Fault{Status: 418, Count: 1})
	ok(t, err)
	for _, want := range []int{418, 200} {
		if status, body := call(t, sim, "GET", "/api/v1/cluster", "", ""); status != want {
			t.Errorf("got %d %s, want %d", status, body, want)
		}
	}
	equal(t, "hits", faults.List()[0].Hits, 1)
	faults.Clear()
	if list := do(t, sim, "GET", "/sim/v1/faults", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("faults over HTTP: %s", list)
	}
}

// What POST /sim/v1/faults refuses, Inject refuses in English.
func TestFaultsThatAreRefused(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	for _, test := range []struct {
		fault       simulator.Fault
		field, says string
	}{
		{simulator.Fault{}, "", "inject a fault: invalid value: want at least one of status, delay and cut"},
		{simulator.Fault{Status: 200}, "status", "status: invalid value: want 400 to 599"},
		{simulator.Fault{Cut: "now"}, "cut", "want before or after"},
		{simulator.Fault{Delay: -time.Second}, "delay", "want a duration above 0"},
		{simulator.Fault{Status: 500, Count: -1}, "count", "want at least 1"},
		{simulator.Fault{Status: 500, Probability: 2}, "probability", "want above 0 and at most 1"},
		{simulator.Fault{Status: 500, Path: "/api/v1/training-task"}, "path", "the nearest are /api/v1/training-tasks"},
		{simulator.Fault{Status: 500, Path: "/api/v1/cluster", Method: "POST"}, "method", "there are GET"},
	} {
		id, err := sim.Faults().Inject(test.fault)
		says(t, err, test.says)
		var refused *simulator.Error
		if !errors.As(err, &refused) || refused.Field != test.field || refused.Reason != "INVALID_VALUE" || id != "" {
			t.Errorf("%+v: %q and %+v", test.fault, id, refused)
		}
	}
	equal(t, "faults", sim.Faults().List(), []simulator.Fault{})
}

func TestRequestsInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	ok(t, sim.Clock().Advance(90*time.Second))
	do(t, sim, "POST", "/api/v1/training-tasks", existingTask)
	do(t, sim, "GET", "/api/v1/training-tasks?page=1", "")
	list := sim.Requests().List()
	for i := range list {
		if list[i].ID == "" {
			t.Error("a request has no id")
		}
		list[i].ID = ""
	}
	at := time.Date(2024, 12, 8, 10, 1, 30, 0, time.UTC)
	equal(t, "requests", list, []simulator.Request{
		{Time: at, Method: "POST", Path: "/api/v1/training-tasks", Status: 200, Body: existingTask},
		{Time: at, Method: "GET", Path: "/api/v1/training-tasks", Query: "page=1", Status: 200},
	})
	sim.Requests().Clear()
	if list := do(t, sim, "GET", "/sim/v1/requests", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("requests over HTTP: %s", list)
	}
	do(t, sim, "GET", "/api/v1/cluster", "")
	do(t, sim, "DELETE", "/sim/v1/requests", "")
	equal(t, "requests", sim.Requests().List(), []simulator.Request{})
}

func TestClockInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	clock := sim.Clock()
	ok(t, clock.SetSpeed(60))
	if got := do(t, sim, "GET", "/sim/v1/clock", ""); !strings.Contains(got, `"mode":"manual","speed":60,`) {
		t.Errorf("the clock over HTTP: %s", got)
	}
	ok(t, clock.SetMode(simulator.Auto))
	if got := do(t, sim, "GET", "/sim/v1/clock", ""); !strings.Contains(got, `"mode":"auto","speed":60,`) {
		t.Errorf("the clock over HTTP: %s", got)
	}
	do(t, sim, "PUT", "/sim/v1/clock", `{"mode":"manual","speed":2.5}`)
	equal(t, "mode", clock.Mode(), simulator.Manual)
	equal(t, "speed", clock.Speed(), 2.5)
	for _, speed := range []float64{0, -1, 1e9} {
		says(t, clock.SetSpeed(speed), "outside the range above 0 and up to 1e+06")
	}
	for _, mode := range []simulator.Mode{"", "fast"} {
		says(t, clock.SetMode(mode), "there are realtime, manual and auto")
	}
	equal(t, "the speed after what was refused", clock.Speed(), 2.5)
}

func TestSnapshotsInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim, other := newManual(t, simulator.Options{Scenario: "busy"}), newManual(t, simulator.Options{})
	const task = "/api/v1/training-tasks/task-001"
	do(t, sim, "POST", "/api/v1/training-tasks", existingTask)
	ok(t, sim.Clock().Advance(time.Minute))
	want := do(t, sim, "GET", task, "")
	var taken bytes.Buffer
	ok(t, sim.Snapshot(&taken))

	do(t, other, "PUT", "/sim/v1/snapshot", taken.String())
	equal(t, "a snapshot of Go, restored over HTTP", do(t, other, "GET", task, ""), want)
	ok(t, other.Reset())
	ok(t, other.Restore(strings.NewReader(do(t, sim, "GET", "/sim/v1/snapshot", ""))))
	equal(t, "a snapshot of HTTP, restored in Go", do(t, other, "GET", task, ""), want)
	ok(t, other.Reset())
	ok(t, other.Restore(bytes.NewReader(taken.Bytes())))
	equal(t, "a snapshot of Go, restored in Go", do(t, other, "GET", task, ""), want)

	says(t, other.Restore(strings.NewReader("{}")), "restore a snapshot: the snapshot can't be restored: it has no format number")
	says(t, other.Restore(strings.NewReader("x")), "the body is not valid JSON")
	says(t, other.Restore(strings.NewReader(`{"format":1,"start":"\ud800"}`)), `\ud800 is half a character`)
	torn := errors.New("torn")
	if err := other.Restore(iotest.ErrReader(torn)); !errors.Is(err, torn) {
		t.Errorf("a reader that fails: %v", err)
	}
	broken := strings.Replace(taken.String(), `"text":"`, `"text":"zones: 7\n`, 1)
	says(t, other.Restore(strings.NewReader(broken)), "its scenario: 3:1: ")
	equal(t, "the world after what was refused", do(t, other, "GET", task, ""), want)
}

func TestScenariosInGoAndOverHTTP(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	ok(t, sim.SetScenario("busy"))
	equal(t, "the cluster's name", clusterOf(t, sim).Name, "busy")
	busy, err := simulator.ScenarioText("busy")
	ok(t, err)
	name, text := sim.Scenario()
	equal(t, "a bundled scenario", []string{name, text}, []string{"busy", busy})

	status, body := call(t, sim, "PUT", "/sim/v1/scenario", "{extends: default, currency: EUR}", "application/yaml")
	equal(t, body, status, 200)
	name, text = sim.Scenario()
	equal(t, "name", name, "custom")
	if !strings.Contains(text, "currency: EUR") || !strings.Contains(text, "env-001") {
		t.Errorf("the scenario is not complete, or another: %s", text)
	}
	ok(t, sim.SetScenario("{extends: default, environments: []}"))
	equal(t, "the cluster's name", clusterOf(t, sim).Name, "custom")
	equal(t, "environments", len(sim.Environments().List()), 0)
	id := clusterOf(t, sim).ID

	for _, unknown := range []string{"", "busier"} {
		says(t, sim.SetScenario(unknown), `scenario "`+unknown+`" is neither YAML nor the name of a bundled one: default`)
	}
	says(t, sim.SetScenario("extends: default\ncurrencies: EUR\nzone: 1\n"), "set the scenario: 2:1: ", "3:1: ")
	says(t, sim.SetScenario("# "+strings.Repeat("x", 1<<20)), "the body is over 1 MiB")
	equal(t, "the cluster after what was refused", clusterOf(t, sim).ID, id)
}

func TestResetInGo(t *testing.T) {
	t.Parallel()
	sim := newManual(t, simulator.Options{})
	before := clusterOf(t, sim)
	do(t, sim, "POST", "/api/v1/training-tasks", existingTask)
	_, err := sim.Faults().Inject(simulator.Fault{Status: 500, Method: "DELETE"})
	ok(t, err)
	ok(t, sim.Reset())
	equal(t, "requests", len(sim.Requests().List()), 0)
	equal(t, "faults", len(sim.Faults().List()), 0)
	if list := do(t, sim, "GET", "/api/v1/training-tasks", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("tasks after a reset: %s", list)
	}
	if after := clusterOf(t, sim); after.ID == before.ID || after.Name != before.Name {
		t.Errorf("after a reset the cluster is %+v, and was %+v", after, before)
	}
}

// A change made in Go is on disk when the call returns, whatever becomes of the process then.
func TestChangesInGoAreSaved(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	sim := newManual(t, simulator.Options{Data: dir})
	// copied opens a copy of the folder as it is now.
	copied := func() *simulator.Simulator {
		t.Helper()
		state, err := os.ReadFile(filepath.Join(dir, "state"))
		ok(t, err)
		to := t.TempDir()
		ok(t, os.WriteFile(filepath.Join(to, "state"), state, 0o600))
		return newManual(t, simulator.Options{Data: to})
	}
	ok(t, sim.Nodes().Fail(aNode))
	equal(t, "node", copied().Nodes().List()[0].State, simulator.NodeFailed)
	ok(t, sim.Environments().Stop("env-001"))
	equal(t, "environment", copied().Environments().List()[0].Running, false)
	ok(t, sim.Clock().SetSpeed(60))
	equal(t, "speed", copied().Clock().Speed(), 60.0)
	var taken bytes.Buffer
	ok(t, sim.Snapshot(&taken))
	ok(t, sim.Reset())
	equal(t, "node after a reset", copied().Nodes().List()[0].State, simulator.NodeUp)
	ok(t, sim.SetScenario("busy"))
	name, _ := copied().Scenario()
	equal(t, "scenario", name, "busy")
	ok(t, sim.Restore(&taken))
	equal(t, "node of a snapshot", copied().Nodes().List()[0].State, simulator.NodeFailed)

	ok(t, sim.Close())
	for _, err := range []error{sim.Nodes().Restore(aNode), sim.Environments().Start("env-001"), sim.Reset(), sim.SetScenario("default")} {
		says(t, err, "the state could not be saved", "data folder is closed")
	}
}
