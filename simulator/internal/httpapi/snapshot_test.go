package httpapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/store"
)

const snapshots, yamlBody = "/sim/v1/snapshot", "Content-Type: application/yaml"

// shown is what an API shows of its world.
func shown(a *api) string {
	a.t.Helper()
	var all strings.Builder
	for _, path := range []string{tasks, tasks + "/task-001/events", environments, zones, "/sim/v1/state", "/api/v1/gpu-types", snapshots} {
		all.WriteString(a.ok("GET", path, "").Body)
	}
	return all.String()
}

func TestSnapshotsAreRestored(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	key := "Idempotency-Key: " + uuid.NewString()
	a.ok("POST", tasks, dynamic("az-sz-c", "A100", 12), key)
	a.create(existing("env-001"))
	a.ok("POST", "/sim/v1/clock/advance", `{"by":"10m"}`)
	taken := a.ok("GET", snapshots, "")
	before := shown(a)
	a.create(dynamic("az-sz-c", "A100", 8))
	a.ok("DELETE", tasks+"/task-001", "")
	a.ok("POST", "/sim/v1/clock/advance", `{"by":"5h"}`)

	// Back here, and onward elsewhere: the whole answer or its data.
	other := newAPI(t, auto, func(s *setup) { s.Seed = 99; s.scenario.Zones = s.scenario.Zones[:6] })
	for i, target := range []*api{a, other} {
		body := taken.Body
		if i == 1 {
			body = string(taken.Data)
		}
		target.ok("PUT", snapshots, body)
		if after := shown(target); after != before {
			t.Errorf("target %d shows something else: %s", i, cmp.Diff(before, after))
		}
		again := target.ok("POST", tasks, dynamic("az-sz-c", "A100", 12), key)
		if again.Header.Get("Idempotency-Replayed") != "true" {
			t.Errorf("target %d forgot an idempotency key", i)
		}
	}
	if mode := data[struct{ Mode string }](t, other.ok("GET", "/sim/v1/clock", "")).Mode; mode != "auto" {
		t.Errorf("the clock became %s", mode)
	}
	// A reset begins the restored world anew, with its seed. It is another cluster in each place.
	other.ok("POST", "/sim/v1/reset", "")
	a.ok("POST", "/sim/v1/reset", "")
	for _, target := range []*api{a, other} {
		target.create(dynamic("az-bj-a", "T4", 1))
		target.ok("POST", "/sim/v1/clock/advance", `{"by":"1h"}`)
	}
	anonymous := func(a *api) string { return strings.ReplaceAll(shown(a), a.clusterID(), "ID") }
	if diff := cmp.Diff(anonymous(a), anonymous(other)); diff != "" {
		t.Errorf("after a reset: %s", diff)
	}
}

// slowReader is a client that begins to take in its answer, and goes on when the test lets it.
type slowReader struct {
	*httptest.ResponseRecorder
	began *atomic.Int32
	goOn  chan struct{}
}

func (w slowReader) WriteHeader(status int) {
	w.began.Add(1)
	<-w.goOn
	w.ResponseRecorder.WriteHeader(status)
}

// However many take snapshots or bring some, two at a time have theirs in memory. In the bubble, everything that can go
// on has gone on when Wait returns.
func TestSnapshotsTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAPI(t)
		taken := a.ok("GET", snapshots, "").Body
		var began atomic.Int32
		goOn := make(chan struct{})
		ask := func(ctx context.Context, method, body string, want int) {
			w := slowReader{httptest.NewRecorder(), &began, goOn}
			a.server.ServeHTTP(w, request(method, snapshots, body).WithContext(ctx))
			equal(t, method, w.Code, want)
		}
		ctx, leave := context.WithCancel(t.Context())
		for range 2 {
			go ask(t.Context(), "GET", "", 200)
		}
		synctest.Wait()
		for range 2 {
			go ask(t.Context(), "PUT", taken, 200)
		}
		go ask(ctx, "GET", "", 503)
		synctest.Wait()
		equal(t, "answered at a time", int(began.Load()), 2)
		leave() // while it waits: it is answered, and takes nobody's place
		synctest.Wait()
		equal(t, "answered when one has left", int(began.Load()), 3)
		close(goOn)
		synctest.Wait()
		equal(t, "answered in the end", int(began.Load()), 5)
	})
}

func TestSnapshotsThatAreRefused(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(dynamic("az-bj-a", "A100", 4))
	taken := a.ok("GET", snapshots, "")
	before := shown(a)
	change := func(old, replacement string) string {
		if !strings.Contains(string(taken.Data), old) {
			t.Fatalf("the snapshot has no %s", old)
		}
		return strings.Replace(string(taken.Data), old, replacement, 1)
	}
	for _, test := range []struct {
		name, body string
		status     int
		reason     string
		says       string
	}{
		{"no JSON", "{", 400, "INVALID_JSON", ""},
		{"empty", "", 400, "INVALID_JSON", ""},
		{"another thing", `{"format":"one"}`, 400, "INVALID_TYPE", ""},
		{"nothing", `{}`, 422, "SNAPSHOT_INVALID", "format number"},
		{"an unknown field", change(`{"format":1,`, `{"format":1,"colour":"red",`), 400, "UNKNOWN_FIELD", "colour"},
		{"a newer format", change(`{"format":1,`, `{"format":2,"more":1,`), 422, "SNAPSHOT_INVALID", "newer version"},
		{"more records than bytes", change(`"state":{`, `"state":{"purged":{"1":0`+strings.Repeat(`,"1":0`, 30_000)+"},"), 422,
			"SNAPSHOT_INVALID", "so many"},
		{"a field twice", change(`{"format":1,`, `{"format":1,"format":1,`), 400, "DUPLICATE_FIELD", "format"},
		{"a list of records", change(`"state":{`, `"state":{"purged":[],`), 400, "INVALID_TYPE", "state.purged"},
		{"a newer state", change(`{"version":1,`, `{"version":2,`), 422, "SNAPSHOT_INVALID", "newer version"},
		{"an unknown kind", change(`"state":{`, `"state":{"planet":{"1":{}},`), 422, "SNAPSHOT_INVALID", "planet"},
		{"a broken scenario", change(`currency: CNY`, `currency: `), 422, "SNAPSHOT_INVALID", "scenario"},
		{"more GPUs than there are", change(`"gpus":15`, `"gpus":65535`), 422, "SNAPSHOT_INVALID", "task 1"},
		{"cut", taken.Body[:len(taken.Body)/2], 400, "INVALID_JSON", ""},
	} {
		got := a.answered(request("PUT", snapshots, test.body, "Content-Type: application/json"))
		if got.Status != test.status || got.reason() != test.reason || !strings.Contains(got.Body, test.says) {
			t.Errorf("%s: status %d, %s; want %d, %s and %q", test.name, got.Status, got.Body, test.status, test.reason, test.says)
		}
		if after := shown(a); after != before {
			t.Fatalf("%s: it changed something: %s", test.name, cmp.Diff(before, after))
		}
	}
	if got := a.answered(request("PUT", snapshots, "x", "Content-Type: text/plain")); got.Status != 415 {
		t.Errorf("plain text: status %d", got.Status)
	}
	large := `{"format":1,"scenario":{"name":"` + strings.Repeat("x", 2<<20) + `","text":""},"start":"2024-01-01T00:00:00Z","state":{}}`
	if got := a.answered(request("PUT", snapshots, large)); got.Status != 422 {
		t.Errorf("2 MiB: status %d, and only over 256 MiB is too large", got.Status)
	}
}

func TestAnotherScenario(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(existing("env-001"))
	a.ok("POST", "/sim/v1/faults", `{"method":"GET","path":"/sim/v1/clock","status":500}`)
	before := shown(a)
	for _, test := range []struct {
		body, header string
		status       int
		problem      httpapiMistake
	}{
		{"extends: default\nzones: 1", yamlBody, 422, httpapiMistake{2, 8, "zones"}},
		{`{"extends":"default","queue":"lifo"}`, "Content-Type: application/json", 422, httpapiMistake{1, 30, "queue"}},
		{"", yamlBody, 422, httpapiMistake{1, 1, ""}},
		{"extends: busy", "Content-Type: text/plain", 415, httpapiMistake{}},
		{strings.Repeat("#", 1<<20+1), yamlBody, 413, httpapiMistake{}},
	} {
		got := a.answered(request("PUT", "/sim/v1/scenario", test.body, test.header))
		var details struct{ Problems []httpapiMistake }
		if got.Error != nil {
			text, _ := json.Marshal(got.Error.Details)
			_ = json.Unmarshal(text, &details)
		}
		wrong := got.Status != test.status
		if test.status == 422 {
			wrong = wrong || got.reason() != "SCENARIO_INVALID" || len(details.Problems) == 0 || details.Problems[0] != test.problem
		}
		if wrong {
			t.Errorf("%.40q: status %d, %s; want %d and %+v", test.body, got.Status, got.Body, test.status, test.problem)
		}
	}
	if after := shown(a); after != before {
		t.Fatalf("a refused scenario changed something: %s", cmp.Diff(before, after))
	}
	a.ok("PUT", "/sim/v1/scenario", `{"extends":"default","currency":"EUR","environments":[],"retention":"1h"}`)
	if list := data[[]any](t, a.ok("GET", environments, "")); len(list) != 0 {
		t.Errorf("environments: %v", list)
	}
	if list := a.ok("GET", "/sim/v1/faults", ""); list.Page.Total != 0 {
		t.Error("a fault outlived its world")
	}
	a.create(dynamic("az-bj-a", "T4", 1))
	one := a.ok("GET", tasks+"/task-001", "")
	if got := data[task](t, one); got.Cost.Currency != "EUR" || got.LaunchMode != "dynamic" {
		t.Errorf("the first task of the new world: %s", one.Body)
	}
	if !strings.Contains(a.ok("GET", "/api/v1/gpu-types", "").Body, "EUR") {
		t.Error("the catalog has the old currency")
	}
	if metrics := a.ok("GET", "/metrics", "").Body; !strings.Contains(metrics, `fermi_simulator_tasks{status="allocating"} 1`) {
		t.Error("the metrics are those of another world")
	}
	a.ok("PUT", "/sim/v1/scenario", "extends: large", yamlBody)
	state := data[struct{ Nodes []any }](t, a.ok("GET", "/sim/v1/state", ""))
	if len(state.Nodes) != 1200 {
		t.Errorf("%d nodes", len(state.Nodes))
	}
}

type httpapiMistake struct {
	Line, Column int
	Path         string
}

// A scenario in which too much happens before its start is refused, and does not keep the server busy.
func TestAScenarioThatNeverWarmsUp(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(existing("env-001"))
	got := a.call("PUT", "/sim/v1/scenario", "extends: default\nwarm_up: 8760h\nfailures: {node_mtbf: 1ms, node_mttr: 1ms}\n", yamlBody)
	equal(t, "the answer", []any{got.Status, got.reason(), got.Error.Details["first"]},
		[]any{422, "SCENARIO_INVALID", "1:1: warm_up: more than 400000 events happen in these 8760h0m0s, " +
			"which is too much for a cluster like this; make it shorter"})
	equal(t, "the tasks", a.ok("GET", tasks, "").Page.Total, 1)
}

func TestStateShowsWhoHoldsWhat(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(dynamic("az-sz-c", "A100", 12))
	a.create(dynamic("az-sz-c", "A100", 40))
	a.ok("POST", "/sim/v1/nodes/az-sz-c-a100-05/fail", "")
	got := data[struct {
		Now   time.Time
		Nodes []struct {
			ID, AvailabilityZone, State string
			GPUs                        []string
		}
		Queues []struct {
			AvailabilityZone string
			Tasks            []string
			Background       int
		}
	}](t, a.ok("GET", "/sim/v1/state", ""))
	held := map[string]int{}
	for _, n := range got.Nodes {
		for _, holder := range n.GPUs {
			held[holder]++
		}
		if want := map[bool]string{true: "failed", false: "up"}[n.ID == "az-sz-c-a100-05"]; n.State != want {
			t.Errorf("%s is %s", n.ID, n.State)
		}
	}
	free := 0
	for _, z := range data[[]struct{ GPUCapacity map[string]int }](t, a.ok("GET", zones, "")) {
		for _, n := range z.GPUCapacity {
			free += n
		}
	}
	if want := map[string]int{"task-001": 12, "": free - 12}; !maps.Equal(held, want) {
		t.Errorf("held: %v, want %v", held, want)
	}
	last := got.Queues[len(got.Queues)-1]
	if last.AvailabilityZone != "az-sz-c" || !slices.Equal(last.Tasks, []string{"task-002"}) || last.Background != 0 {
		t.Errorf("the queue is %+v", last)
	}
}

// fullDisk fails while it is full.
type fullDisk struct {
	mu   sync.Mutex
	full bool

	records map[string]store.Record
}

func (d *fullDisk) fill(full bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.full = full
}

func (d *fullDisk) Commit(clears bool, records []store.Record) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errors.New("no space left on device")
	}
	if clears || d.records == nil {
		d.records = map[string]store.Record{}
	}
	for _, r := range records {
		if id := r.Kind + "/" + r.ID; r.Data == nil {
			delete(d.records, id)
		} else {
			d.records[id] = r
		}
	}
	return nil
}

func (d *fullDisk) Load() ([]store.Record, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Collect(maps.Values(d.records)), nil
}

func (d *fullDisk) Probe() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.full {
		return errors.New("no space left on device")
	}
	return nil
}

// A snapshot that no run can have made is refused with record, field and rule, and nothing is changed by it.
func TestImpossibleSnapshots(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.create(dynamic("az-sz-c", "A100", 12))
	a.ok("POST", "/sim/v1/clock/advance", `{"by":"1h"}`)
	taken := string(a.ok("GET", snapshots, "").Data)
	before := shown(a)
	for _, test := range []struct{ from, to, record, field string }{
		{`"kind":"training ends","of":1`, `"kind":"training crashes","of":1`, "event ", "at"},
		{`"status":"running","created"`, `"status":"queued","created"`, "task 1", "holds"},
		{`"wasStarted":true,`, ``, "task 1", "wasStarted"},
		{`"history":[`, `"history":[{"at":1,"type":"created","task":"task-001"},`, "task 1", "history[0]"},
		{`"gpus":12`, `"gpus":16`, "task 1", "holds"},
	} {
		body := strings.Replace(taken, test.from, test.to, 1)
		got := a.call("PUT", snapshots, body, "Accept-Language: en")
		var said struct {
			Error struct {
				Details struct{ Record, Field, Rule string }
			}
		}
		if err := json.Unmarshal([]byte(got.Body), &said); err != nil {
			t.Fatal(err)
		}
		d := said.Error.Details
		if got.Status != http.StatusUnprocessableEntity || got.reason() != "SNAPSHOT_INVALID" || !strings.HasPrefix(d.Record, test.record) ||
			d.Field != test.field || d.Rule == "" || body == taken {
			t.Errorf("%s for %s: %d %s; want record %q and field %q", test.to, test.from, got.Status, got.Body, test.record, test.field)
		}
		if after := shown(a); after != before {
			t.Errorf("a refused snapshot changed what is shown: %s", cmp.Diff(before, after))
		}
	}
}

// What can't be saved is undone, and nothing is tried until there is room; what is on disk can be read all the while.
func TestAFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &fullDisk{}
		a := newAPI(t, func(s *setup) { s.Store = d })
		defer a.server.Close()
		id := a.create(existing("env-001"))
		d.fill(true)
		key := "Idempotency-Key: " + uuid.NewString()
		refused := func(got answer) {
			t.Helper()
			if got.Status != http.StatusServiceUnavailable || got.reason() != "STATE_NOT_SAVED" || got.Header.Get("Retry-After") != "1" ||
				!strings.Contains(got.Body, "no space left on device") || got.Header.Get("ETag") != "" || got.Header.Get("Location") != "" {
				t.Errorf("status %d, %v, %s", got.Status, got.Header, got.Body)
			}
		}
		clock := `{"mode":"realtime"}`
		for range 3 {
			refused(a.call("POST", tasks, existing("env-001"), key))
			refused(a.call("PATCH", tasks+"/"+id, `{"description":"d"}`))
			refused(a.call("DELETE", tasks+"/"+id, ""))
			refused(a.call("POST", "/sim/v1/reset", "", "Accept-Language: en"))
			refused(a.call("POST", "/sim/v1/clock/advance", `{"by":"1h"}`))
			refused(a.call("PUT", "/sim/v1/clock", clock))
			refused(a.call("PUT", snapshots, a.ok("GET", snapshots, "").Body))
		}
		for _, path := range []string{
			tasks, tasks + "/" + id, zones, environments, "/sim/v1/state", "/sim/v1/clock", snapshots, "/metrics", "/openapi.yaml", "/healthz",
		} {
			if got := a.call("GET", path, ""); got.Status != http.StatusOK {
				t.Errorf("GET %s on a full disk: %d %s", path, got.Status, got.Body)
			}
		}
		if list := data[[]json.RawMessage](t, a.ok("GET", tasks, "")); len(list) != 1 {
			t.Errorf("%d tasks are shown, and 1 is on disk", len(list))
		}
		if got := a.call("GET", "/readyz", ""); got.Status != http.StatusServiceUnavailable || got.Body != "the state could not be saved\n" {
			t.Errorf("/readyz: %d %s", got.Status, got.Body)
		}
		d.fill(false)
		<-time.After(time.Second)
		synctest.Wait()
		if got := a.call("GET", "/readyz", ""); got.Status != http.StatusOK {
			t.Errorf("/readyz with room again: %d", got.Status)
		}
		if list := data[[]json.RawMessage](t, a.ok("GET", tasks, "")); len(list) != 1 {
			t.Errorf("%d tasks are there, and all but 1 were refused", len(list))
		}
		if got := a.ok("POST", tasks, existing("env-001"), key); got.Header.Get("Idempotency-Replayed") != "" {
			t.Error("the key of a creation that was refused is known")
		}
	})
}

// FuzzSnapshot cuts a piece out of a snapshot and puts another in its place: it is refused, or makes a world that works.
func FuzzSnapshot(f *testing.F) {
	small := func(s *setup) {
		s.scenario.NodePools = []scenario.NodePool{{Zone: "az-bj-a", GPUType: "T4", Count: 2}}
		s.scenario.Environments = s.scenario.Environments[:1]
	}
	a := newAPI(f, small)
	a.create(dynamic("az-bj-a", "T4", 6))
	a.create(existing("env-001"))
	a.ok("POST", "/sim/v1/clock/advance", `{"by":"1h"}`)
	a.create(dynamic("az-bj-a", "T4", 8))
	snapshot := string(a.ok("GET", snapshots, "").Data)
	for _, piece := range []string{`"format":1`, `"state":{`, `"version":1`, `"now":`, `"status":`, `"holds":[`, `"length":`,
		`"at":`, `"kind":`, `currency: `} {
		f.Add(uint16(strings.Index(snapshot, piece)), uint16(len(piece)), piece)
	}
	f.Add(uint16(0), uint16(len(snapshot)), "{}")
	f.Fuzz(func(t *testing.T, at, length uint16, piece string) {
		start := min(int(at), len(snapshot))
		body := snapshot[:start] + piece + snapshot[min(start+int(length), len(snapshot)):]
		a := newAPI(t, small)
		got := a.answered(request("PUT", snapshots, body))
		if got.Status >= 500 {
			t.Fatalf("status %d: %s", got.Status, got.Body)
		}
		for _, path := range []string{tasks, environments, zones, "/sim/v1/state", snapshots, "/metrics"} {
			a.ok("GET", path, "")
		}
		a.ok("POST", "/sim/v1/clock/advance", `{"by":"3h"}`)
		if got := a.call("POST", tasks, dynamic("az-bj-a", "T4", 1)); got.Status >= 500 {
			t.Fatalf("status %d: %s", got.Status, got.Body)
		}
	})
}
