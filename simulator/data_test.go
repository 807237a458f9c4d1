package simulator_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// call makes a request of a simulator and returns the answer's status and body.
func call(t *testing.T, sim *simulator.Simulator, method, path, body, media string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	w := httptest.NewRecorder()
	contracttest.Answers(t, sim).ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

type cluster struct {
	ID, Name  string
	Ephemeral bool
}

// clusterOf asks a simulator which cluster it is.
func clusterOf(t *testing.T, sim *simulator.Simulator) cluster {
	t.Helper()
	var got struct{ Data cluster }
	_, body := call(t, sim, "GET", "/api/v1/cluster", "", "")
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return got.Data
}

const existingTask = `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","environmentId":"env-001"}`

func TestAWorldOutlastsItsSimulator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	open := func(o simulator.Options) *simulator.Simulator {
		t.Helper()
		o.Data = dir
		sim, err := simulator.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sim.Close() })
		return sim
	}
	first := open(simulator.Options{NewClock: simulator.Manual, Seed: new(uint64(3))})
	call(t, first, "POST", "/api/v1/training-tasks", existingTask, "application/json")
	if err := first.Clock().Advance(time.Minute); err != nil {
		t.Fatal(err)
	}
	_, want := call(t, first, "GET", "/api/v1/training-tasks/task-001", "", "")
	cluster := clusterOf(t, first)
	if cluster.Ephemeral || cluster.Name != "default" {
		t.Errorf("the cluster is %+v", cluster)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if status, body := call(t, first, "POST", "/sim/v1/reset", "", ""); status != 503 || !strings.Contains(body, "data folder is closed") {
		t.Errorf("a change after the end: %d %s", status, body)
	}

	second := open(simulator.Options{Scenario: "default", Seed: new(uint64(3)), NewClock: simulator.Auto})
	if _, got := call(t, second, "GET", "/api/v1/training-tasks/task-001", "", ""); got != want {
		t.Errorf("after a restart: %s, want %s", got, want)
	}
	if again := clusterOf(t, second); again != cluster {
		t.Errorf("after a restart the cluster is %+v, and was %+v", again, cluster)
	}
	if _, clock := call(t, second, "GET", "/sim/v1/clock", "", ""); !strings.Contains(clock, `"mode":"manual"`) {
		t.Errorf("the clock is %s", clock)
	}
	// Another scenario, and a reset of it, last as well.
	call(t, second, "PUT", "/sim/v1/scenario", "{extends: default, environments: []}", "application/yaml")
	call(t, second, "POST", "/sim/v1/reset", "", "")
	replaced := clusterOf(t, second)
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	third := open(simulator.Options{Clock: simulator.Auto})
	if again := clusterOf(t, third); again != replaced || again.ID == cluster.ID {
		t.Errorf("after another scenario and a restart the cluster is %+v, was %+v, and %+v at first", again, replaced, cluster)
	}
	if _, list := call(t, third, "GET", "/api/v1/dev-environments", "", ""); !strings.Contains(list, `"data":[]`) {
		t.Errorf("the environments of the other scenario: %s", list)
	}
	_, snapshot := call(t, third, "GET", "/sim/v1/snapshot", "", "")
	if !strings.Contains(snapshot, `"seed":3`) {
		t.Error("the seed is another one")
	}
	// So does a snapshot that was restored.
	other, err := simulator.New(simulator.Options{Clock: simulator.Manual})
	if err != nil {
		t.Fatal(err)
	}
	call(t, other, "POST", "/api/v1/training-tasks", existingTask, "application/json")
	_, snapshot = call(t, other, "GET", "/sim/v1/snapshot", "", "")
	if status, body := call(t, third, "PUT", "/sim/v1/snapshot", snapshot, "application/json"); status != 200 {
		t.Fatalf("restore: %d %s", status, body)
	}
	if err := third.Close(); err != nil {
		t.Fatal(err)
	}
	fourth := open(simulator.Options{})
	if status, body := call(t, fourth, "GET", "/api/v1/training-tasks/task-001", "", ""); status != 200 {
		t.Errorf("the snapshot's task: %d %s", status, body)
	}
	// The id moves with the world; whether it outlasts its process is for each place to say.
	if from, to := clusterOf(t, other), clusterOf(t, fourth); from.ID != to.ID || !from.Ephemeral || to.Ephemeral {
		t.Errorf("the snapshot is of cluster %+v, and restored %+v", from, to)
	}
}

// What a folder can't go on with is named, with what to do, and the folder stays as it is.
func TestFoldersThatAreRefused(t *testing.T) {
	t.Parallel()
	begin := func() string {
		dir := t.TempDir()
		sim, err := simulator.New(simulator.Options{Data: dir, Scenario: "busy", Seed: new(uint64(3))})
		if err != nil {
			t.Fatal(err)
		}
		if err := sim.Close(); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	for _, test := range []struct {
		name    string
		damage  func([]byte) []byte
		options simulator.Options
		says    []string
	}{
		{"another scenario", nil, simulator.Options{Scenario: "large", ScenarioName: "large.yaml"},
			[]string{"scenario busy, not of large.yaml", "leave the scenario out"}},
		{"a changed file", nil, simulator.Options{Scenario: "extends: busy\ncurrency: EUR\n", ScenarioName: "busy"},
			[]string{"scenario busy as it was before it was changed, not of busy"}},
		{"another seed", nil, simulator.Options{Seed: new(uint64(4))}, []string{"seed 3, not of 4", "leave the seed out"}},
		{"truncated", func(b []byte) []byte { return b[:len(b)-7] }, simulator.Options{}, []string{"truncated", "restore a copy"}},
		{"empty", func([]byte) []byte { return nil }, simulator.Options{}, []string{"truncated"}},
		{"damaged", func(b []byte) []byte { b[len(b)/2] ^= 1; return b }, simulator.Options{}, []string{"damaged", "restore a copy"}},
		{"newer", func(b []byte) []byte { return bytes.Replace(b, []byte("format 1"), []byte("format 7"), 1) }, simulator.Options{},
			[]string{"format 7", "use a newer version"}},
	} {
		dir := begin()
		path := filepath.Join(dir, "state")
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if test.damage != nil {
			before = test.damage(before)
			if err := os.WriteFile(path, before, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		test.options.Data = dir
		sim, err := simulator.New(test.options)
		if err == nil {
			_ = sim.Close()
			t.Errorf("%s: it opened", test.name)
			continue
		}
		for _, says := range append(test.says, dir, "left as it is") {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: %v, want %q", test.name, err, says)
			}
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: the file was changed", test.name)
		}
	}
	dir := begin()
	sim, err := simulator.New(simulator.Options{Data: dir})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := simulator.New(simulator.Options{Data: dir}); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("a second one: %v", err)
	}
	_ = sim.Close()
}

// The history in a data folder is the one that was answered before, and goes on.
func TestAHistoryOutlastsItsSimulator(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	recorded := func(sim *simulator.Simulator) (all string) {
		t.Helper()
		for _, path := range []string{"/api/v1/history?window=1h", "/api/v1/history", "/api/v1/history?window=7d", "/sim/v1/timeline"} {
			status, body := call(t, sim, "GET", path, "", "")
			if status != 200 {
				t.Fatalf("%s: %d %s", path, status, body)
			}
			all += body
		}
		return all
	}
	var sims [2]*simulator.Simulator // one goes on in its folder, the other in memory
	open := func(o simulator.Options) *simulator.Simulator {
		t.Helper()
		o.Scenario, o.Clock, o.Seed = "busy", simulator.Manual, new(uint64(5))
		sim, err := simulator.New(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = sim.Close() })
		return sim
	}
	sims[1] = open(simulator.Options{})
	for _, d := range []time.Duration{90 * time.Second, 10 * time.Second, 50 * time.Minute, 26 * time.Hour, 10 * 24 * time.Hour, time.Minute} {
		sims[0] = open(simulator.Options{Data: dir})
		for _, sim := range sims {
			call(t, sim, "POST", "/api/v1/training-tasks", existingTask, "application/json")
			call(t, sim, "POST", "/sim/v1/nodes/az-bj-a-a100-01/fail", "", "")
			call(t, sim, "POST", "/sim/v1/nodes/az-bj-a-a100-01/restore", "", "")
			if err := sim.Clock().Advance(d); err != nil {
				t.Fatal(err)
			}
		}
		want := recorded(sims[1])
		if got := recorded(sims[0]); got != want {
			t.Errorf("after %s in a folder: %s", d, cmp.Diff(want, got))
		}
		if err := sims[0].Close(); err != nil {
			t.Fatal(err)
		}
		sims[0] = open(simulator.Options{Data: dir})
		if got := recorded(sims[0]); got != want {
			t.Errorf("after %s and a restart: %s", d, cmp.Diff(want, got))
		}
		if err := sims[0].Close(); err != nil {
			t.Fatal(err)
		}
	}
}
