package simulator_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// A training task starts in a running environment and trains ten virtual seconds later, which take no time at all.
func Example() {
	sim, err := simulator.New(simulator.Options{Clock: simulator.Manual})
	if err != nil {
		panic(err)
	}
	server := httptest.NewServer(sim)
	defer server.Close()
	call := func(method, path, body string) {
		request, _ := http.NewRequest(method, server.URL+path, strings.NewReader(body))
		request.Header.Set("Content-Type", "application/json")
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			panic(err)
		}
		defer func() { _ = answer.Body.Close() }()
		text, _ := io.ReadAll(answer.Body)
		fmt.Print(string(text))
	}
	call("POST", "/api/v1/training-tasks", `{"taskName":"llama2-sft-training-v1","datasetId":"dataset-001",
		"datasetVersionId":"version-001","launchMode":"existing","environmentId":"env-001"}`)
	if err := sim.Clock().Advance(10 * time.Second); err != nil {
		panic(err)
	}
	call("GET", "/api/v1/training-tasks?status=running&pageSize=1&name=v2", "")
	fmt.Println(sim.Clock().Now().Format(time.TimeOnly))
	// Output:
	// {"code":200,"message":"训练任务创建成功","data":{"taskId":"task-001","status":"starting","environmentId":"env-001"}}
	// {"code":200,"message":"成功","data":[],"page":{"number":1,"size":1,"total":0}}
	// 10:00:10
}
