package simulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// A training task starts in a running environment, and trains some virtual seconds later, which take no time at all.
func Example() {
	sim, err := simulator.New(simulator.Options{Clock: simulator.Manual})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	tasks := server.URL + "/api/v1/training-tasks"
	show := func(answer *http.Response, err error) {
		if err != nil {
			panic(err)
		}
		defer func() { _ = answer.Body.Close() }()
		var task struct {
			Data struct{ TaskID, Status string }
		}
		if err := json.NewDecoder(answer.Body).Decode(&task); err != nil {
			panic(err)
		}
		fmt.Println(sim.Clock().Now().Format(time.TimeOnly), task.Data.TaskID, task.Data.Status)
	}
	show(http.Post(tasks, "application/json", strings.NewReader(`{"taskName":"llama2-sft","datasetId":"dataset-001",
		"datasetVersionId":"version-001","launchMode":"existing","environmentId":"env-001"}`)))
	if err := sim.Clock().Advance(10 * time.Second); err != nil {
		panic(err)
	}
	show(http.Get(tasks + "/task-001"))
	// Output:
	// 10:00:00 task-001 starting
	// 10:00:10 task-001 running
}

// The first two requests for zones are refused, so a client has to try three times.
func ExampleFaults() {
	sim, err := simulator.New(simulator.Options{})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	if _, err := sim.Faults().Inject(simulator.Fault{Path: "/api/v1/availability-zones", Status: 503, Count: 2}); err != nil {
		panic(err)
	}
	for range 3 {
		answer, err := http.Get(server.URL + "/api/v1/availability-zones")
		if err != nil {
			panic(err)
		}
		_ = answer.Body.Close()
	}
	for _, r := range sim.Requests().List() {
		fmt.Println(r.Method, r.Path, r.Status, r.FaultID)
	}
	// Output:
	// GET /api/v1/availability-zones 503 fault-001
	// GET /api/v1/availability-zones 503 fault-001
	// GET /api/v1/availability-zones 200
}
