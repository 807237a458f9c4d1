package httpapi_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

const tasks, environments, zones = "/api/v1/training-tasks", "/api/v1/dev-environments", "/api/v1/availability-zones"

// setup is what a test may change of a server.
type setup struct {
	scenario *scenario.Scenario
	httpapi.Options
}

func auto(s *setup) { s.Mode = engine.Auto }

// api is a server under test, with a manual clock unless told otherwise. Every answer is held against the contract.
type api struct {
	t       testing.TB
	server  *httpapi.Server
	handler http.Handler
}

func newAPI(t testing.TB, changes ...func(*setup)) *api {
	t.Helper()
	s := setup{scenario: scenario.Default(), Options: httpapi.Options{Options: engine.Options{Seed: 1, Mode: engine.Manual}}}
	for _, change := range changes {
		change(&s)
	}
	var err error
	if s.Config, err = s.scenario.World(); err != nil {
		t.Fatal(err)
	}
	if s.Scenario.Text, err = s.scenario.Text(); err != nil {
		t.Fatal(err)
	}
	if s.Scenario.Name == "" {
		s.Scenario.Name = "test"
	}
	s.Parse = parseScenario
	server, err := httpapi.New(s.Options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &api{t, server, contracttest.Answers(t, server)}
}

func parseScenario(text string) (engine.Scenario, *world.Config, error) {
	s, err := scenario.Parse([]byte(text))
	if err != nil {
		return engine.Scenario{}, nil, err
	}
	config, err := s.World()
	if err != nil {
		return engine.Scenario{}, nil, err
	}
	text, err = s.Text()
	return engine.Scenario{Text: text}, config, err
}

type answer struct {
	Status  int         `json:"-"`
	Header  http.Header `json:"-"`
	Body    string      `json:"-"`
	Code    int
	Message string
	Data    json.RawMessage
	Page    *page
	Error   *failure
}

type page struct {
	Number, Size, Total int
	NextCursor          string
}

type failure struct {
	Reason, Field string
	Details       map[string]any
}

// reason is the reason of a failure, and empty otherwise.
func (a answer) reason() string {
	if a.Error == nil {
		return ""
	}
	return a.Error.Reason
}

// request makes a request; headers are written "Name: value". A body is JSON unless a header says otherwise.
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	return r
}

func (a *api) call(method, target, body string, headers ...string) answer {
	return a.do(request(method, target, body, headers...))
}

func (a *api) do(r *http.Request) answer {
	a.t.Helper()
	return a.through(a.handler, r)
}

// answered is do for a request whose body can't be read by anyone but the server.
func (a *api) answered(r *http.Request) answer {
	a.t.Helper()
	return a.through(a.server, r)
}

func (a *api) through(h http.Handler, r *http.Request) answer {
	a.t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	got := answer{Status: w.Code, Header: w.Header(), Body: w.Body.String()}
	if w.Header().Get("X-Request-Id") == "" {
		a.t.Errorf("%s %s: the answer has no X-Request-Id", r.Method, r.URL)
	}
	if strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			a.t.Errorf("%s %s: %v\n%s", r.Method, r.URL, err, got.Body)
		}
		if got.Code != got.Status {
			a.t.Errorf("%s %s: code %d in an answer with status %d", r.Method, r.URL, got.Code, got.Status)
		}
	}
	return got
}

// ok is call for what must succeed.
func (a *api) ok(method, target, body string, headers ...string) answer {
	a.t.Helper()
	got := a.call(method, target, body, headers...)
	if got.Status != http.StatusOK {
		a.t.Fatalf("%s %s: status %d\n%s\n%s", method, target, got.Status, got.Body, body)
	}
	return got
}

// data reads the data of an answer.
func data[T any](t testing.TB, a answer) (v T) {
	t.Helper()
	if err := json.Unmarshal(a.Data, &v); err != nil {
		t.Errorf("%v in %s", err, a.Body)
	}
	return v
}

// task is a task as the tests read it.
type task struct {
	TaskID, TaskName, Description, LaunchMode, EnvironmentID, EnvironmentName string
	Status, Phase, StatusReason, StatusMessage                                string
	DatasetID, DatasetVersionID, ModelID                                      string
	Labels                                                                    map[string]string
	ResourceConfig                                                            map[string]any
	QueuePosition, Revision                                                   int
	CreatedAt                                                                 time.Time
	EstimatedStartTime, StartedAt, FinishedAt                                 *time.Time
	Progress                                                                  float64
	Nodes                                                                     []string
	Cost                                                                      struct{ Amount, Currency string }
}

func (a *api) task(id string) task {
	a.t.Helper()
	return data[task](a.t, a.ok("GET", tasks+"/"+id, ""))
}

// create makes a task and returns its id.
func (a *api) create(body string) string {
	a.t.Helper()
	return data[task](a.t, a.ok("POST", tasks, body)).TaskID
}

// existing is a request for a task in an environment.
func existing(environment string) string {
	return fmt.Sprintf(`{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"existing","environmentId":%q}`, environment)
}

// dynamic is a request for a task on GPUs of its own, with a modest share of their node.
func dynamic(zone, gpuType string, gpus int) string {
	return dynamicWith(zone, gpuType, gpus, "pytorch/pytorch:2.1.0-cuda12.1")
}

func dynamicWith(zone, gpuType string, gpus int, image string) string {
	return fmt.Sprintf(`{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic",
		"resourceConfig":{"availabilityZone":%q,"gpuType":%q,"gpuCount":%d,"cpuCores":%d,"memory":%d,"image":%q}}`,
		zone, gpuType, gpus, gpus*4, gpus*32, image)
}

func (a *api) advance(by string) {
	a.t.Helper()
	a.ok("POST", "/sim/v1/clock/advance", fmt.Sprintf(`{"by":%q}`, by))
}

func (a *api) advanceUntilIdle() {
	a.t.Helper()
	a.ok("POST", "/sim/v1/clock/advance", `{"until":"idle"}`)
}

func (a *api) stopEnvironments(ids ...string) {
	a.t.Helper()
	for _, id := range ids {
		a.ok("POST", "/sim/v1/dev-environments/"+id+"/stop", "")
	}
}

// free is how many GPUs of a type a zone has free.
func (a *api) free(zone, gpuType string) int {
	a.t.Helper()
	z := data[struct{ GPUInventory map[string]int }](a.t, a.ok("GET", zones+"/"+zone, ""))
	return z.GPUInventory[gpuType]
}

func since(t *time.Time) time.Duration {
	if t == nil {
		return -1
	}
	return t.Sub(engine.VirtualStart)
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
