package console_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

var browser browsertest.Browser

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

const (
	tasks = "/api/v1/training-tasks"
	// created is the message in the source document.
	created = "训练任务创建成功"
)

// site is a simulated cluster, with a clock that stands still by default, and a tab that shows its pages. The traffic
// between pages and API is checked against the contract.
type site struct {
	*browsertest.Tab
	t      testing.TB
	sim    *simulator.Simulator
	server *httptest.Server
	token  string
}

func open(t *testing.T, changes ...func(*simulator.Options)) *site {
	t.Helper()
	t.Parallel()
	options := simulator.Options{Clock: simulator.Manual}
	for _, change := range changes {
		change(&options)
	}
	sim, err := simulator.New(options)
	if err != nil {
		t.Fatal(err)
	}
	checked := contracttest.Handler(t, sim)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The check needs the end of a response, and a stream has none.
		if r.URL.Path != "/api/v1/events" && (strings.HasPrefix(r.URL.Path, "/api/") || strings.HasPrefix(r.URL.Path, "/sim/")) {
			checked.ServeHTTP(w, r)
			return
		}
		sim.ServeHTTP(w, r)
	}))
	// Closing the server waits for streams, which the simulator ends.
	t.Cleanup(server.Close)
	t.Cleanup(sim.Drain)
	return &site{browser.Open(t, server.URL), t, sim, server, options.Token}
}

// named selects a bundled scenario.
func named(name string) func(*simulator.Options) {
	return func(o *simulator.Options) { o.Scenario = name }
}

// call calls the simulator and returns the data of the response.
func call[T any](s *site, method, path, body string) T {
	s.t.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer "+s.token)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	recorder := httptest.NewRecorder()
	s.sim.ServeHTTP(recorder, request)
	answer, err := io.ReadAll(recorder.Body)
	if err != nil || recorder.Code != http.StatusOK {
		s.t.Fatalf("%s %s: %d %s %v", method, path, recorder.Code, answer, err)
	}
	var envelope struct{ Data T }
	if err := json.Unmarshal(answer, &envelope); err != nil {
		s.t.Fatalf("%s %s: %v in %s", method, path, err, answer)
	}
	return envelope.Data
}

// task has the fields of a task that the tests read.
type task struct {
	TaskID, TaskName, LaunchMode, EnvironmentID, Status, Description string
	ResourceConfig                                                   *struct {
		AvailabilityZone, GPUType, Image string
		GPUCount, CPUCores, Memory       int
	}
}

func (s *site) tasks() []task {
	s.t.Helper()
	return call[[]task](s, "GET", tasks, "")
}

// wantNothingSubmitted fails the test if the page tried to create a task.
func (s *site) wantNothingSubmitted() {
	s.t.Helper()
	if posts := call[[]any](s, "GET", "/sim/v1/requests?method=POST&path="+tasks, ""); len(posts) > 0 {
		s.t.Errorf("the page submitted %v", posts)
	}
}

// stop stops environments.
func (s *site) stop(ids ...string) {
	s.t.Helper()
	for _, id := range ids {
		call[any](s, "POST", "/sim/v1/dev-environments/"+id+"/stop", "")
	}
}

// create creates a dynamic task and returns its id.
func (s *site) create(name, zone, gpuType string, gpus int) string {
	s.t.Helper()
	body, err := json.Marshal(map[string]any{
		"taskName": name, "datasetId": "dataset-001", "datasetVersionId": "version-001", "launchMode": "dynamic",
		"resourceConfig": map[string]any{
			"availabilityZone": zone, "gpuType": gpuType, "gpuCount": gpus, "cpuCores": gpus, "memory": gpus,
			"image": "pytorch/pytorch:2.1.0-cuda12.1",
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return call[task](s, "POST", tasks, string(body)).TaskID
}

// advance moves the clock.
func (s *site) advance(d time.Duration) {
	s.t.Helper()
	if err := s.sim.Clock().Advance(d); err != nil {
		s.t.Fatal(err)
	}
}

func equal(t testing.TB, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
