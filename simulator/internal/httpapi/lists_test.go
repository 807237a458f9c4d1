package httpapi_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// ids lists what a list answers, by the field that names its items.
func (a *api) ids(target, field string) string {
	a.t.Helper()
	var out []string
	for _, item := range data[[]map[string]any](a.t, a.ok("GET", target, "")) {
		out = append(out, fmt.Sprint(item[field]))
	}
	return strings.Join(out, " ")
}

func TestEnvironmentList(t *testing.T) {
	a := newAPI(t)
	a.create(existing("env-002"))
	a.create(existing("env-002"))
	a.create(existing("env-003"))
	a.stopEnvironments("env-003")
	a.advance("1m") // two tasks train on the one GPU of env-002
	for query, want := range map[string]string{
		"":                                   "env-001 env-002 env-003",
		"status=running":                     "env-001 env-002",
		"status=stopped":                     "env-003",
		"type=notebook":                      "env-001 env-002",
		"type=custom":                        "env-003",
		"gpuType=A100":                       "env-001 env-003",
		"gpuType=a100":                       "",
		"availabilityZone=az-sh-b":           "env-002",
		"tag=PyTorch":                        "env-001 env-003",
		"tag=PyTorch&tag=LLM":                "env-003",
		"tag=PyTorch&tag=TensorFlow":         "",
		"tag=CUDA+12.1":                      "env-001",
		"health=healthy":                     "env-001",
		"health=degraded":                    "env-002",
		"health=unhealthy":                   "env-003",
		"name=work":                          "env-002",
		"name=dev-env&tag=CUDA+12.1":         "env-001",
		"name=absent":                        "",
		"minGpuCount=2":                      "env-001 env-003",
		"minGpuCount=5":                      "",
		"order=desc":                         "env-003 env-002 env-001",
		"sort=name":                          "env-003 env-001 env-002",
		"sort=name&order=desc":               "env-002 env-001 env-003",
		"sort=gpuCount":                      "env-002 env-001 env-003",
		"sort=cpuCores&order=desc":           "env-003 env-001 env-002",
		"sort=memory":                        "env-002 env-001 env-003",
		"sort=uptime":                        "env-003 env-002 env-001", // a stopped one has none
		"sort=activeTasks&order=desc":        "env-002 env-001 env-003",
		"sort=utilization&order=desc":        "env-002 env-001 env-003",
		"status=running&type=notebook&tag=x": "",
		"gpuType=A100&sort=memory&order=desc&pageSize=1": "env-003",
	} {
		if got := a.ids(environments+"?"+query, "id"); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

func TestEnvironmentHealth(t *testing.T) {
	a := newAPI(t)
	type environment struct {
		Status, Uptime, Health string
		HealthReasons          []string
		ActiveTasks            int
		Utilization            map[string]float64
	}
	read := func(id string) environment { return data[environment](t, a.ok("GET", environments+"/"+id, "")) }
	idle, busy := map[string]float64{"gpu": 0, "cpu": 0.02, "memory": 0.1}, map[string]float64{"gpu": 0.92, "cpu": 0.35, "memory": 0.6}
	equal(t, "idle", read("env-002"), environment{"running", "2d8h", "healthy", nil, 0, idle})
	a.create(existing("env-002"))
	equal(t, "a task mounts its data", read("env-002"), environment{"running", "2d8h", "healthy", nil, 1,
		map[string]float64{"gpu": 0, "cpu": 0.2019, "memory": 0.2652}})
	a.advance("4s")
	equal(t, "it starts its container", read("env-002").Utilization, map[string]float64{"gpu": 0, "cpu": 0.35, "memory": 0.4})
	a.advance("1m")
	equal(t, "it trains", read("env-002"), environment{"running", "2d8h", "healthy", nil, 1, busy})
	a.create(existing("env-002"))
	equal(t, "another one starts beside it", read("env-002"), environment{"running", "2d8h", "healthy", nil, 2,
		map[string]float64{"gpu": 0.92, "cpu": 0.4706, "memory": 0.6734}})
	a.advance("1h")
	equal(t, "two tasks train", read("env-002"), environment{"running", "2d9h", "degraded", []string{"OVERSUBSCRIBED"}, 2,
		map[string]float64{"gpu": 0.9936, "cpu": 0.5689, "memory": 0.8222}})
	for range 2 {
		a.create(existing("env-003"))
	}
	a.advance("1m")
	equal(t, "two tasks on four GPUs", read("env-003").Health, "healthy")
	for range 2 {
		a.create(existing("env-003"))
	}
	a.advance("1m")
	equal(t, "four of them", read("env-003"), environment{"running", "12d13h", "degraded", []string{"MEMORY_PRESSURE"}, 4,
		map[string]float64{"gpu": 1, "cpu": 0.8103, "memory": 0.9649}})
	a.stopEnvironments("env-002")
	equal(t, "stopped", read("env-002"), environment{"stopped", "", "unhealthy", []string{"ENVIRONMENT_STOPPED"}, 0,
		map[string]float64{"gpu": 0, "cpu": 0, "memory": 0}})
	a.advance("1h")
	a.ok("POST", "/sim/v1/dev-environments/env-002/start", "")
	a.advance("59m")
	equal(t, "started again", read("env-002"), environment{"running", "0h", "healthy", nil, 0, idle})
	a.ok("POST", "/sim/v1/dev-environments/env-002/start", "")
	a.advance("1m")
	equal(t, "a start of a running one is none", read("env-002").Uptime, "1h")
}

func TestZoneList(t *testing.T) {
	a := newAPI(t)
	a.create(dynamic("az-sz-c", "A100", 40))
	for i := range 2 {
		a.ok("POST", fmt.Sprintf("/sim/v1/nodes/az-sz-c-v100-%02d/drain", i+1), "")
	}
	for query, want := range map[string]string{
		"":                                       "az-bj-a az-bj-b az-sh-a az-sh-b az-sz-a az-sz-c",
		"region=" + url.QueryEscape("上海"):        "az-sh-a az-sh-b",
		"region=Shanghai":                        "",
		"available=true":                         "az-bj-a az-bj-b az-sh-a az-sh-b az-sz-a az-sz-c",
		"available=false":                        "",
		"gpuType=RTX3090":                        "az-bj-b az-sh-b az-sz-a",
		"gpuType=H100":                           "",
		"gpuType=A100":                           "az-bj-a az-bj-b az-sh-a az-sz-a az-sz-c",
		"gpuType=A100&minFree=17":                "az-bj-a az-sh-a",
		"minFree=65":                             "az-bj-a az-sh-a",
		"minFree=17&gpuType=V100":                "az-bj-a az-bj-b az-sh-a az-sh-b",
		"pageSize=2&page=2":                      "az-sh-a az-sh-b",
		"order=desc&pageSize=1":                  "az-sz-c",
		"sort=region&pageSize=3":                 "az-sh-a az-sh-b az-bj-a",
		"sort=name&order=desc&pageSize=1":        "az-sz-c",
		"sort=free":                              "az-sz-c az-sz-a az-bj-b az-sh-b az-sh-a az-bj-a",
		"sort=free&gpuType=A100":                 "az-sz-c az-bj-b az-sz-a az-sh-a az-bj-a",
		"sort=utilization&order=desc&pageSize=2": "az-sz-c az-bj-a",
	} {
		if got := a.ids(zones+"?"+query, "id"); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	type zone struct {
		ID, Name, Region          string
		Available                 bool
		GPUInventory, GPUCapacity map[string]int
		QueueLength               int
		Utilization               float64
	}
	full := zone{"az-sz-c", "深圳可用区C", "深圳", true, map[string]int{"A100": 0, "V100": 16}, map[string]int{"A100": 40, "V100": 32}, 0, 0.5556}
	equal(t, "az-sz-c", data[zone](t, a.ok("GET", zones+"/az-sz-c", "")), full)
	a.create(dynamic("az-sz-c", "A100", 1))
	full.QueueLength = 1
	equal(t, "the longest queue first", a.ids(zones+"?sort=queueLength&order=desc&pageSize=1", "id"), "az-sz-c")
	equal(t, "az-sz-c with a queue", data[zone](t, a.ok("GET", zones+"/az-sz-c", "")), full)
}

// A zone without a node that is up takes no work.
func TestUnavailableZone(t *testing.T) {
	a := newAPI(t)
	for _, pool := range []struct {
		kind  string
		nodes int
	}{{"a100", 2}, {"t4", 16}, {"rtx3090", 4}} {
		for i := range pool.nodes {
			a.ok("POST", fmt.Sprintf("/sim/v1/nodes/az-sz-a-%s-%02d/drain", pool.kind, i+1), "")
		}
	}
	equal(t, "unavailable zones", a.ids(zones+"?available=false", "id"), "az-sz-a")
	equal(t, "a task there", a.task(a.create(dynamic("az-sz-a", "A100", 1))).Status, "queued")
	a.ok("POST", "/sim/v1/nodes/az-sz-a-a100-02/restore", "")
	equal(t, "unavailable zones with one node back", a.ids(zones+"?available=false", "id"), "")
	equal(t, "the task", a.task("task-001").Status, "allocating")
}

func TestTaskList(t *testing.T) {
	a := newAPI(t)
	named := func(name, labels, environment string) string {
		return a.create(fmt.Sprintf(`{"taskName":%q,"datasetId":"dataset-001","datasetVersionId":"version-001",
			"labels":%s,"environmentId":%q}`, name, labels, environment))
	}
	named("llama-b", `{"team":"nlp","run":"1"}`, "env-001")
	named("bert", `{"team":"nlp"}`, "env-002")
	named("llama-a", `{"team":"cv","note":"a=b"}`, "env-003")
	a.create(dynamic("az-sz-a", "A100", 16)) // named t
	a.create(dynamic("az-sz-a", "A100", 16))
	a.ok("POST", tasks+"/task-002/stop", "")
	a.advance("9s")
	a.stopEnvironments("env-003")
	// 1 starting or running, 2 stopped, 3 failed, 4 allocating, 5 queued
	a.advance("2s")
	for query, want := range map[string]string{
		"":                             "001 002 003 004 005",
		"status=running":               "001",
		"status=queued&status=stopped": "002 005",
		"status=succeeded":             "",
		"launchMode=existing":          "001 002 003",
		"launchMode=dynamic":           "004 005",
		"name=llama":                   "001 003",
		"name=LLAMA":                   "",
		"name=":                        "001 002 003 004 005",
		"label=team":                   "001 002 003",
		"label=team%3Dnlp":             "001 002",
		"label=team=nlp&label=run=1":   "001",
		"label=team=nl":                "",
		"label=note=a=b":               "003",
		"label=run=":                   "",
		"order=desc":                   "005 004 003 002 001",
		"sort=createdAt":               "001 002 003 004 005",
		"sort=createdAt&order=desc":    "005 004 003 002 001",
		"sort=taskName":                "002 003 001 004 005",
		"sort=taskName&order=desc":     "004 005 001 003 002",
		"sort=status":                  "005 004 001 003 002",
		"sort=status&order=desc":       "002 003 001 004 005",
		"sort=status&pageSize=2&page=2&launchMode=existing": "002",
	} {
		got := strings.ReplaceAll(a.ids(tasks+"?"+query, "taskId"), "task-", "")
		if got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	equal(t, "an item is the task itself", data[[]task](t, a.ok("GET", tasks+"?status=queued", ""))[0], a.task("task-005"))
}

func TestPages(t *testing.T) {
	a := newAPI(t)
	equal(t, "an empty list", a.ok("GET", tasks, "").Body,
		`{"code":200,"message":"成功","data":[],"page":{"number":1,"size":50,"total":0}}`+"\n")
	for range 5 {
		a.create(existing("env-001"))
	}
	for _, c := range []struct {
		query string
		page  page
		ids   string
	}{
		{"pageSize=2", page{1, 2, 5, ""}, "task-001 task-002"},
		{"pageSize=2&page=2", page{2, 2, 5, ""}, "task-003 task-004"},
		{"pageSize=2&page=3", page{3, 2, 5, ""}, "task-005"},
		{"pageSize=2&page=4", page{4, 2, 5, ""}, ""},
		{"page=2", page{2, 50, 5, ""}, ""},
		{"pageSize=500", page{1, 500, 5, ""}, "task-001 task-002 task-003 task-004 task-005"},
		{"pageSize=500&page=2000000000", page{2000000000, 500, 5, ""}, ""},
		{"name=nothing&page=3", page{3, 50, 0, ""}, ""},
	} {
		got := a.ok("GET", tasks+"?"+c.query, "")
		got.Page.NextCursor = "" // which has a test of its own
		equal(t, c.query, *got.Page, c.page)
		equal(t, c.query, a.ids(tasks+"?"+c.query, "taskId"), c.ids)
		if strings.Contains(got.Body, `"data":null`) {
			t.Errorf("%s: a page past the end is null, want an empty list", c.query)
		}
	}
	a.fault(`{"status":503,"path":"/sim/v1/clock"}`)
	for _, target := range []string{
		environments, zones, tasks + "/task-001/events", "/sim/v1/requests", "/sim/v1/faults",
		"/api/v1/gpu-types", "/api/v1/images", "/api/v1/datasets", "/api/v1/models",
	} {
		got := a.ok("GET", target+"?pageSize=2&page=400", "")
		equal(t, target+" past the end", string(got.Data), "[]")
		if got.Page.Total == 0 {
			t.Errorf("%s past the end has the total 0", target)
		}
		equal(t, target+" first page", len(data[[]any](t, a.ok("GET", target+"?pageSize=1", ""))), 1)
	}
}

func TestEventList(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	events := tasks + "/" + a.create(dynamic("az-bj-a", "A100", 4)) + "/events"
	a.advance("10m")
	for query, want := range map[string]string{
		"":                      "1 2 3 4 5 6 7",
		"type=phase":            "3 4 5 6",
		"type=status":           "7",
		"type=restarted":        "",
		"order=desc&pageSize=2": "7 6",
		"type=phase&order=desc&page=2&pageSize=3": "3",
	} {
		if got := a.ids(events+"?"+query, "sequence"); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
}

// A call that takes no query parameter says so.
func TestCallsWithoutParameters(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	made := tasks + "/" + a.create(existing("env-001"))
	for _, c := range []struct{ method, target, body string }{
		{"GET", made, ""}, {"PATCH", made, `{}`}, {"POST", made + "/stop", ""}, {"DELETE", made, ""},
		{"POST", tasks, existing("env-001")}, {"GET", environments + "/env-001", ""}, {"GET", zones + "/az-bj-a", ""},
		{"GET", "/api/v1/models/model-001", ""}, {"GET", "/sim/v1/clock", ""}, {"POST", "/sim/v1/reset", ""},
		{"DELETE", "/sim/v1/faults", ""},
	} {
		got := a.call(c.method, c.target+"?dryRun=1", c.body)
		equal(t, c.method+" "+c.target, []any{got.Status, got.reason(), got.Error}, []any{400, "UNKNOWN_PARAMETER", &failure{
			Reason: "UNKNOWN_PARAMETER", Field: "dryRun", Details: map[string]any{"parameter": "dryRun", "known": []any{}},
		}})
		a.inEnglish(&got, c.method, c.target+"?dryRun=1", c.body)
	}
	equal(t, "the one task", a.task("task-001").Status, "starting")
	a.ok("GET", "/healthz?verbose", "") // probes add what they like
}
