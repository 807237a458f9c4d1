package httpapi_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/scenario"
)

// Requests that can't be understood, or ask for what there is not.
func TestRefusedRequests(t *testing.T) {
	a := newAPI(t)
	live := tasks + "/" + a.create(existing("env-001"))
	stopped := tasks + "/" + a.create(existing("env-001"))
	a.ok("POST", stopped+"/stop", "")
	const text = "Content-Type: text/plain"
	for _, c := range []struct {
		name, method, target, body string
		headers                    []string
		status                     int
		reason, field              string
	}{
		{"not JSON", "POST", tasks, `{"taskName":`, nil, 400, "INVALID_JSON", ""},
		{"no object", "POST", tasks, `[]`, nil, 400, "INVALID_JSON", ""},
		{"null", "POST", tasks, `null`, nil, 400, "INVALID_JSON", ""},
		{"two objects", "POST", tasks, `{} {}`, nil, 400, "INVALID_JSON", ""},
		{"too deep", "POST", tasks, `{"labels":` + strings.Repeat("[", 100_000), nil, 400, "INVALID_JSON", ""},
		{"two byte order marks", "POST", tasks, "\ufeff\ufeff{}", nil, 400, "INVALID_JSON", ""},
		{"half a character", "POST", tasks, `{"taskName":"\ud83d"}`, nil, 400, "INVALID_JSON", ""},
		{"half a character in a key", "POST", tasks, `{"labels":{"\\\udc00":"b"}}`, nil, 400, "INVALID_JSON", ""},
		{"halves in the wrong order", "PUT", "/sim/v1/snapshot", `{"format":1,"cluster":"\ude00\uD83D"}`, nil, 400, "INVALID_JSON", ""},
		{"an unknown coding", "POST", tasks, `{}`, []string{"Content-Encoding: br"}, 415, "UNSUPPORTED_CONTENT_ENCODING", ""},
		{"two codings", "PUT", "/sim/v1/scenario", `{}`, []string{"Content-Encoding: gzip, gzip"}, 415, "UNSUPPORTED_CONTENT_ENCODING", ""},
		{"no gzip", "POST", tasks, `{}`, []string{"Content-Encoding: gzip"}, 400, "INVALID_BODY", ""},
		{"unknown field", "POST", tasks, `{"taskname2":"t"}`, nil, 400, "UNKNOWN_FIELD", "taskname2"},
		{"unknown field inside", "POST", tasks, `{"resourceConfig":{"gpus":1}}`, nil, 400, "UNKNOWN_FIELD", "gpus"},
		{"a field in capitals", "POST", tasks, `{"TASKNAME":"t"}`, nil, 400, "UNKNOWN_FIELD", "TASKNAME"},
		{"one in capitals inside", "POST", tasks, `{"resourceConfig":{"GPUCount":1}}`, nil, 400, "UNKNOWN_FIELD", "resourceConfig.GPUCount"},
		{"a field twice", "POST", tasks, `{"taskName":"t","taskName":"u"}`, nil, 400, "DUPLICATE_FIELD", "taskName"},
		{"a label twice", "PATCH", live, `{"labels":{"a":"1","a":"2"}}`, nil, 400, "DUPLICATE_FIELD", "labels.a"},
		{"a number for a text", "POST", tasks, `{"taskName":7}`, nil, 400, "INVALID_TYPE", "taskName"},
		{"a text for a number", "POST", tasks, `{"resourceConfig":{"gpuCount":"4"}}`, nil, 400, "INVALID_TYPE", "resourceConfig.gpuCount"},
		{"a fraction", "POST", tasks, `{"resourceConfig":{"gpuCount":1.5}}`, nil, 400, "INVALID_TYPE", "resourceConfig.gpuCount"},
		{"beyond 64 bits", "POST", tasks, `{"resourceConfig":{"gpuCount":1e400}}`, nil, 400, "INVALID_TYPE", "resourceConfig.gpuCount"},
		{"a list for an object", "POST", tasks, `{"resourceConfig":[]}`, nil, 400, "INVALID_TYPE", "resourceConfig"},
		{"no body", "POST", tasks, ``, []string{"Content-Type: application/json"}, 400, "INVALID_JSON", ""},
		{"a label that is null", "POST", tasks, `{"labels":{"a":null}}`, nil, 400, "INVALID_TYPE", "labels.a"},
		{"not UTF-8", "PATCH", live, "{\"description\":\"\xff\"}", nil, 400, "INVALID_JSON", ""},
		{"key is blank", "POST", tasks, existing("env-001"), []string{"Idempotency-Key: "}, 400, "INVALID_HEADER", ""},
		{"key is no UUID", "POST", tasks, `{}`, []string{"Idempotency-Key: once"}, 400, "INVALID_HEADER", ""},
		{"If-Match is no tag", "PATCH", live, `{}`, []string{"If-Match: 1"}, 400, "INVALID_HEADER", ""},
		{"If-Match is two tags", "PATCH", live, `{}`, []string{`If-Match: "1", "2"`}, 400, "INVALID_HEADER", ""},
		{"Prefer without a number", "GET", live, "", []string{"Prefer: wait=soon"}, 400, "INVALID_HEADER", ""},
		{"Prefer below 0", "GET", live, "", []string{"Prefer: wait=-1"}, 400, "INVALID_HEADER", ""},
		{"malformed query", "GET", tasks + "?status=%zz", "", nil, 400, "INVALID_PARAMETER", ""},
		{"unknown parameter", "GET", tasks + "?state=queued", "", nil, 400, "UNKNOWN_PARAMETER", "state"},
		{"unknown parameter of zones", "GET", zones + "?Region=x", "", nil, 400, "UNKNOWN_PARAMETER", "Region"},
		{"unknown parameter of events", "GET", live + "/events?tail=3", "", nil, 400, "UNKNOWN_PARAMETER", "tail"},
		{"no such status", "GET", tasks + "?status=running&status=lost", "", nil, 400, "INVALID_PARAMETER", "status"},
		{"no such mode", "GET", tasks + "?launchMode=fast", "", nil, 400, "INVALID_PARAMETER", "launchMode"},
		{"label without a key", "GET", tasks + "?label==x", "", nil, 400, "INVALID_PARAMETER", "label"},
		{"page 0", "GET", tasks + "?page=0", "", nil, 400, "INVALID_PARAMETER", "page"},
		{"page beyond all", "GET", tasks + "?page=99999999999999", "", nil, 400, "INVALID_PARAMETER", "page"},
		{"page size 501", "GET", environments + "?pageSize=501", "", nil, 400, "INVALID_PARAMETER", "pageSize"},
		{"page twice", "GET", zones + "?page=1&page=2", "", nil, 400, "INVALID_PARAMETER", "page"},
		{"no such order", "GET", environments + "?order=up", "", nil, 400, "INVALID_PARAMETER", "order"},
		{"no such sort", "GET", environments + "?sort=price", "", nil, 400, "INVALID_PARAMETER", "sort"},
		{"neither true nor false", "GET", zones + "?available=yes", "", nil, 400, "INVALID_PARAMETER", "available"},
		{"a minimum below 0", "GET", zones + "?minFree=-1", "", nil, 400, "INVALID_PARAMETER", "minFree"},
		{"a pattern with a hole", "GET", "/sim/v1/requests?path=/[", "", nil, 400, "INVALID_PARAMETER", "path"},
		{"a pattern of no path", "GET", "/sim/v1/requests?path=api", "", nil, 400, "INVALID_PARAMETER", "path"},
		{"tail 0", "GET", live + "/logs?tail=0", "", nil, 400, "INVALID_PARAMETER", "tail"},

		{"no such path", "GET", "/api/v2/training-tasks", "", nil, 404, "PATH_NOT_FOUND", ""},
		{"a path with a slash at its end", "GET", tasks + "/", "", nil, 404, "PATH_NOT_FOUND", ""},
		{"no such task", "GET", tasks + "/task-099", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"no task's id", "GET", tasks + "/task-1", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"patch of no task", "PATCH", tasks + "/task-099", "{}", nil, 404, "TASK_NOT_FOUND", ""},
		{"stop of no task", "POST", tasks + "/task-099/stop", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"delete of no task", "DELETE", tasks + "/task-099", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"events of no task", "GET", tasks + "/task-099/events", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"logs of no task", "GET", tasks + "/task-099/logs", "", nil, 404, "TASK_NOT_FOUND", ""},
		{"no such environment", "GET", environments + "/env-9", "", nil, 404, "ENVIRONMENT_NOT_FOUND", ""},
		{"stop of no environment", "POST", "/sim/v1/dev-environments/env-9/stop", "", nil, 404, "ENVIRONMENT_NOT_FOUND", ""},
		{"start of no environment", "POST", "/sim/v1/dev-environments/env-9/start", "", nil, 404, "ENVIRONMENT_NOT_FOUND", ""},
		{"no such zone", "GET", zones + "/az-x", "", nil, 404, "AVAILABILITY_ZONE_NOT_FOUND", ""},
		{"no such node", "POST", "/sim/v1/nodes/n/fail", "", nil, 404, "NODE_NOT_FOUND", ""},
		{"no such fault", "DELETE", "/sim/v1/faults/fault-001", "", nil, 404, "FAULT_NOT_FOUND", ""},

		{"stop of a stopped task", "POST", stopped + "/stop", "", nil, 409, "TASK_FINISHED", ""},
		{"an older revision", "PATCH", stopped, `{"description":"d"}`, []string{`If-Match: "1"`}, 412, "REVISION_MISMATCH", ""},
		{"stop of another revision", "POST", live + "/stop", "", []string{`If-Match: "2"`}, 412, "REVISION_MISMATCH", ""},
		{"delete of another revision", "DELETE", live, "", []string{`If-Match: "2"`}, 412, "REVISION_MISMATCH", ""},
		{"delete of no tag", "DELETE", live, "", []string{"If-Match: 1"}, 400, "INVALID_HEADER", ""},
		{"stop of no tag", "POST", live + "/stop", "", []string{"If-Match: 1"}, 400, "INVALID_HEADER", ""},
		{"a tag of something else", "PATCH", live, `{}`, []string{`If-Match: "abc"`}, 412, "REVISION_MISMATCH", ""},
		{"over 1 MiB", "POST", tasks, `{"description":"` + strings.Repeat("x", 1<<20) + `"}`, nil, 413, "BODY_TOO_LARGE", ""},
		{"text", "POST", tasks, `{}`, []string{text}, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"text patch", "PATCH", live, `{}`, []string{text}, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"no media type", "PUT", "/sim/v1/clock", `{}`, []string{"Content-Type: "}, 415, "UNSUPPORTED_MEDIA_TYPE", ""},
		{"blank name in a patch", "PATCH", live, `{"taskName":" "}`, nil, 422, "TASK_NAME_REQUIRED", "taskName"},
		{"label without a key in a patch", "PATCH", live, `{"labels":{"":"x"}}`, nil, 422, "LABELS_INVALID", "labels"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a.t = t
			before := a.task(live[len(tasks)+1:])
			got := a.call(c.method, c.target, c.body, c.headers...)
			if got.Error == nil {
				t.Fatalf("status %d, want %d\n%s", got.Status, c.status, got.Body)
			}
			equal(t, "answer", []any{got.Status, got.Error.Reason, got.Error.Field}, []any{c.status, c.reason, c.field})
			checkChinese(t, &got)
			a.inEnglish(&got, c.method, c.target, c.body, c.headers...)
			equal(t, "a refused request changes nothing", a.task(before.TaskID), before)
		})
	}
}

var englishProse = regexp.MustCompile(`[A-Za-z]+ [a-z]+ [a-z]+`)

// checkChinese wants no English in a Chinese message but what the parser of JSON says.
func checkChinese(t testing.TB, got *answer) {
	t.Helper()
	if got.reason() != "INVALID_JSON" && englishProse.MatchString(got.Message) {
		t.Errorf("the Chinese message is %q", got.Message)
	}
}

// The clock's own refusals.
func TestRefusedClocks(t *testing.T) {
	a := newAPI(t)
	for _, c := range []struct {
		method, target, body string
		status               int
		reason, field        string
	}{
		{"PUT", "/sim/v1/clock", `{}`, 400, "INVALID_VALUE", ""},
		{"PUT", "/sim/v1/clock", `{"mode":"sundial"}`, 400, "INVALID_VALUE", "mode"},
		{"PUT", "/sim/v1/clock", `{"mode":""}`, 400, "INVALID_VALUE", "mode"},
		{"PUT", "/sim/v1/clock", `{"speed":0}`, 400, "INVALID_VALUE", "speed"},
		{"PUT", "/sim/v1/clock", `{"speed":-1}`, 400, "INVALID_VALUE", "speed"},
		{"PUT", "/sim/v1/clock", `{"speed":1e300}`, 400, "INVALID_VALUE", "speed"},
		{"PUT", "/sim/v1/clock", `{"speed":"fast"}`, 400, "INVALID_TYPE", "speed"},
		{"POST", "/sim/v1/clock/advance", `{}`, 400, "INVALID_VALUE", ""},
		{"POST", "/sim/v1/clock/advance", `{"by":"1s","until":"idle"}`, 400, "INVALID_VALUE", ""},
		{"POST", "/sim/v1/clock/advance", `{"by":"soon"}`, 400, "INVALID_VALUE", "by"},
		{"POST", "/sim/v1/clock/advance", `{"to":"tomorrow"}`, 400, "INVALID_VALUE", "to"},
		{"POST", "/sim/v1/clock/advance", `{"until":"tomorrow"}`, 400, "INVALID_VALUE", "until"},
		{"POST", "/sim/v1/clock/advance", `{"by":"-1s"}`, 422, "CLOCK_CANNOT_GO_BACK", ""},
		{"POST", "/sim/v1/clock/advance", `{"to":"2020-01-01T00:00:00Z"}`, 422, "CLOCK_CANNOT_GO_BACK", ""},
		{"POST", "/sim/v1/clock/advance", `{"to":"9999-01-01T00:00:00Z"}`, 422, "CLOCK_CANNOT_GO_BACK", ""},
	} {
		got := a.call(c.method, c.target, c.body)
		if got.Error == nil {
			t.Errorf("%s: status %d, want %d", c.body, got.Status, c.status)
			continue
		}
		equal(t, c.body, []any{got.Status, got.Error.Reason, got.Error.Field}, []any{c.status, c.reason, c.field})
		checkChinese(t, &got)
		a.inEnglish(&got, c.method, c.target, c.body)
	}
	equal(t, "the clock", a.ok("GET", "/sim/v1/clock", "").Body,
		`{"code":200,"message":"成功","data":{"now":"2024-12-08T10:00:00Z","mode":"manual","speed":1,`+
			`"moving":"realtime","idle":true,"events":0}}`+"\n")
}

// An advance is over when its world is.
func TestAdvanceOfAWorldThatIsReset(t *testing.T) {
	t.Parallel()
	flaky, err := scenario.Named("flaky")
	if err != nil {
		t.Fatal(err)
	}
	a := newAPI(t, func(s *setup) { s.scenario = flaky })
	before := a.ok("GET", "/sim/v1/clock", "").Body
	done := make(chan answer, 1)
	go func() { done <- a.call("POST", "/sim/v1/clock/advance", `{"to":"2224-01-01T00:00:00Z"}`) }()
	for a.ok("GET", "/sim/v1/clock", "").Body == before && len(done) == 0 {
		runtime.Gosched()
	}
	a.ok("POST", "/sim/v1/reset", "")
	if got := <-done; got.Status != http.StatusConflict || got.reason() != "ADVANCE_ENDED" {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
	equal(t, "the clock after the reset", a.ok("GET", "/sim/v1/clock", "").Body, before)
}

// However much happens in a world, an advance lets others in, and ends with its client.
func TestAdvanceOfABusyWorld(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.ok("PUT", "/sim/v1/scenario", "extends: default\nfailures: {node_mtbf: 1ms, node_mttr: 1ms}\n", yamlBody)
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan answer, 1)
	go func() { done <- a.do(request("POST", "/sim/v1/clock/advance", `{"by":"24h"}`).WithContext(ctx)) }()
	events := func() int { return data[struct{ Events int }](t, a.ok("GET", "/sim/v1/clock", "")).Events }
	for range 3 {
		for before := events(); events() == before && len(done) == 0; {
			runtime.Gosched()
		}
	}
	leave()
	got := <-done
	equal(t, "the advance", []any{got.Status, got.reason()}, []any{503, "CANCELLED"})
	a.ok("POST", "/sim/v1/clock/advance", `{"by":"1s"}`)
}

// A body that ends before its time changes nothing.
func TestABodyThatBreaksOff(t *testing.T) {
	a := newAPI(t)
	r := request("POST", tasks, existing("env-001"))
	r.Body = io.NopCloser(io.MultiReader(strings.NewReader(existing("env-001")), iotest.ErrReader(io.ErrUnexpectedEOF)))
	if got := a.answered(r); got.Status != http.StatusBadRequest || got.reason() != "INVALID_BODY" {
		t.Errorf("status %d: %s", got.Status, got.Body)
	}
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 0)
}

// Each case is a valid dynamic request with some fields replaced; the first mistake in the documented order wins.
func TestRefusedCreations(t *testing.T) {
	a := newAPI(t)
	a.stopEnvironments("env-002")
	base := map[string]string{
		"taskName": `"t"`, "datasetId": `"dataset-001"`, "datasetVersionId": `"version-001"`, "modelId": `"model-001"`,
		"launchMode": `"dynamic"`, "environmentId": `null`, "labels": `{}`,
		"availabilityZone": `"az-bj-a"`, "gpuType": `"A100"`, "gpuCount": `4`, "cpuCores": `32`, "memory": `256`, "image": `"i"`,
	}
	body := func(changes map[string]string) string {
		var outer, inner []string
		for name, value := range base {
			if changed, ok := changes[name]; ok {
				value = changed
			}
			switch {
			case value == "":
			case strings.Contains("availabilityZone gpuType gpuCount cpuCores memory image", name):
				inner = append(inner, `"`+name+`":`+value)
			default:
				outer = append(outer, `"`+name+`":`+value)
			}
		}
		return `{` + strings.Join(outer, ",") + `,"resourceConfig":{` + strings.Join(inner, ",") + `}}`
	}
	if got := a.call("POST", tasks, body(nil)); got.Status != http.StatusOK {
		t.Fatalf("the request without a change is refused: %s", got.Body)
	}
	long := strings.Repeat("x", 257)
	type m = map[string]string
	for _, c := range []struct {
		name, message, reason, field string
		changes                      m
	}{
		{"everything wrong", "请输入任务名称", "TASK_NAME_REQUIRED", "taskName", m{
			"taskName": `" \t\n　"`, "datasetId": `""`, "datasetVersionId": `""`, "availabilityZone": `""`, "modelId": `"x"`, "gpuCount": `0`}},
		{"everything absent", "请输入任务名称", "TASK_NAME_REQUIRED", "taskName", m{
			"taskName": ``, "datasetId": ``, "datasetVersionId": ``, "launchMode": ``, "availabilityZone": ``, "gpuCount": ``}},
		{"name and mode", "请输入任务名称", "TASK_NAME_REQUIRED", "taskName", m{"taskName": `""`, "launchMode": `"fast"`}},
		{"all but the name", "请选择数据集", "DATASET_REQUIRED", "datasetId", m{
			"datasetId": `" "`, "datasetVersionId": `""`, "availabilityZone": `""`, "gpuCount": `0`}},
		{"the version and the zone", "请选择数据集", "DATASET_REQUIRED", "datasetVersionId", m{"datasetVersionId": `" "`, "availabilityZone": ``}},
		{"the dataset and the environment", "请选择数据集", "DATASET_REQUIRED", "datasetId", m{
			"datasetId": ``, "launchMode": `"existing"`, "environmentId": `""`}},
		{"the environment and an unknown dataset", "请选择开发环境", "ENVIRONMENT_REQUIRED", "environmentId", m{
			"launchMode": `"existing"`, "environmentId": `""`, "datasetId": `"x"`}},
		{"the zone and an unknown dataset", "请选择可用区", "AVAILABILITY_ZONE_REQUIRED", "resourceConfig.availabilityZone", m{
			"availabilityZone": `" "`, "datasetId": `"x"`, "gpuType": `"x"`}},
		{"mode", "启动模式无效：fast", "LAUNCH_MODE_INVALID", "launchMode", m{"launchMode": `"fast"`}},
		{"a blank mode", "启动模式无效：", "LAUNCH_MODE_INVALID", "launchMode", m{"launchMode": `""`}},
		{"dataset", "数据集不存在：x", "DATASET_NOT_FOUND", "datasetId", m{"datasetId": `"x"`}},
		{"version", "数据集版本不存在：x", "DATASET_VERSION_NOT_FOUND", "datasetVersionId", m{"datasetVersionId": `"x"`}},
		{"model", "模型不存在：x", "MODEL_NOT_FOUND", "modelId", m{"modelId": `"x"`}},
		{"environment", "开发环境不存在：x", "ENVIRONMENT_NOT_FOUND", "environmentId", m{"launchMode": `"existing"`, "environmentId": `"x"`}},
		{"zone", "可用区不存在：x", "AVAILABILITY_ZONE_NOT_FOUND", "resourceConfig.availabilityZone", m{"availabilityZone": `"x"`}},
		{"no GPU type", "请选择 GPU 类型", "GPU_TYPE_REQUIRED", "resourceConfig.gpuType", m{"gpuType": ``}},
		{"GPU type", "GPU 类型不存在：H100", "GPU_TYPE_NOT_FOUND", "resourceConfig.gpuType", m{"gpuType": `"H100"`}},
		{"no image", "请选择镜像", "IMAGE_REQUIRED", "resourceConfig.image", m{"image": `""`}},
		{"no GPU", "数值 0 低于最小值 1", "BELOW_MINIMUM", "resourceConfig.gpuCount", m{"gpuCount": `0`, "cpuCores": `0`}},
		{"absent GPUs", "数值 0 低于最小值 1", "BELOW_MINIMUM", "resourceConfig.gpuCount", m{"gpuCount": ``}},
		{"cores below 0", "数值 -9223372036854775808 低于最小值 1", "BELOW_MINIMUM", "resourceConfig.cpuCores", m{"cpuCores": `-9223372036854775808`}},
		{"no memory", "数值 0 低于最小值 1", "BELOW_MINIMUM", "resourceConfig.memory", m{"memory": `0`}},
		{"labels", "标签无效", "LABELS_INVALID", "labels", m{"labels": `{"a":"` + long + `"}`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := a.call("POST", tasks, body(c.changes))
			if got.Error == nil {
				t.Fatalf("status %d\n%s", got.Status, got.Body)
			}
			equal(t, "answer", []any{got.Status, got.Message, got.Error.Reason, got.Error.Field},
				[]any{422, c.message, c.reason, c.field})
			a.inEnglish(&got, "POST", tasks, body(c.changes))
		})
	}

	for _, c := range []struct {
		field   string
		changes m
	}{
		{"gpuCount", m{"gpuCount": `33`}},
		{"gpuCount", m{"gpuCount": `9223372036854775807`, "cpuCores": `9223372036854775807`, "memory": `9223372036854775807`}},
		{"cpuCores", m{"cpuCores": `513`}},
		{"memory", m{"memory": `4097`}},
		{"gpuCount", m{"gpuType": `"RTX3090"`, "gpuCount": `1`}}, // the zone has none
		{"cpuCores", m{"gpuCount": `1`, "cpuCores": `129`}},      // fits the zone and no node
	} {
		got := a.call("POST", tasks, body(c.changes))
		if got.Status != 422 || got.reason() != "CAPACITY_EXCEEDED" || got.Error.Field != "resourceConfig."+c.field {
			t.Errorf("%v: %d %+v, want CAPACITY_EXCEEDED of %s", c.changes, got.Status, got.Error, c.field)
		}
		a.inEnglish(&got, "POST", tasks, body(c.changes))
	}
	got := a.call("POST", tasks, body(m{"gpuCount": `33`}))
	want := map[string]any{
		"availabilityZone": "az-bj-a", "gpuType": "A100", "nodes": []any{"8 GPUs, 128 cores, 1024 GB"},
		"asked":    map[string]any{"gpuCount": 33.0, "cpuCores": 32.0, "memory": 256.0},
		"capacity": map[string]any{"gpuCount": 32.0, "cpuCores": 512.0, "memory": 4096.0},
	}
	equal(t, "details", got.Error.Details, want)
	equal(t, "message", got.Message, "超出可用区 az-bj-a 的 A100 总容量：请求 33 个 GPU、32 核、256 GB，"+
		"总量 32 个 GPU、512 核、4096 GB，节点 8 个 GPU、128 核、1024 GB")

	if got := a.call("POST", tasks, body(m{"launchMode": `"existing"`, "environmentId": `"env-002"`})); got.Status != 409 ||
		got.Error.Field != "environmentId" {
		t.Errorf("a stopped environment: %d %+v, want 409", got.Status, got.Error)
	}
	if total := a.ok("GET", tasks, "").Page.Total; total != 1 {
		t.Errorf("the refused creations left %d tasks, want the first one alone", total)
	}
}

func TestPurgedTask(t *testing.T) {
	a := newAPI(t)
	made := tasks + "/" + a.create(existing("env-001"))
	a.advanceUntilIdle()
	a.advance("719h59m")
	a.ok("GET", made, "")
	a.advance("1m")
	for _, c := range []struct{ method, target, body string }{
		{"GET", made, ""}, {"PATCH", made, "{}"}, {"POST", made + "/stop", ""}, {"DELETE", made, ""}, {"GET", made + "/events", ""},
	} {
		got := a.call(c.method, c.target, c.body)
		equal(t, c.method, []any{got.Status, got.reason(), got.Error.Details},
			[]any{410, "TASK_PURGED", map[string]any{"taskId": "task-001", "status": "succeeded"}})
		a.inEnglish(&got, c.method, c.target, c.body)
	}
	equal(t, "tasks in the list", a.ok("GET", tasks, "").Page.Total, 0)
}

func TestToken(t *testing.T) {
	a := newAPI(t, func(s *setup) { s.Token = "s3cret" })
	for _, target := range []string{tasks, environments, "/sim/v1/clock", "/metrics", "/openapi.yaml", "/nothing"} {
		for _, header := range []string{"X: none", "Authorization: s3cret", "Authorization: Bearer s3cre",
			"Authorization: Bearer s3cret5", "Authorization: Bearer S3CRET", "Authorization: Basic s3cret", "Authorization: Bearer"} {
			got := a.call("GET", target, "", header)
			if got.Status != 401 || got.reason() != "UNAUTHORIZED" || got.Header.Get("WWW-Authenticate") == "" {
				t.Errorf("%s with %q: %d %s, want 401 and a challenge", target, header, got.Status, got.Body)
			}
			a.inEnglish(&got, "GET", target, "", header)
		}
	}
	for _, header := range []string{"Authorization: Bearer s3cret", "Authorization: bearer s3cret"} {
		a.ok("GET", tasks, "", header)
	}
	a.ok("GET", "/healthz", "")
	a.ok("GET", "/readyz", "")
}

func TestReadOnlyToken(t *testing.T) {
	a := newAPI(t, func(s *setup) { s.Token, s.ReadOnlyToken = "s3cret", "r3ader" })
	const reader, writer = "Authorization: Bearer r3ader", "Authorization: Bearer s3cret"
	a.ok("POST", tasks, existing("env-001"), writer)
	for _, target := range []string{tasks, tasks + "/task-001", environments, "/sim/v1/clock", "/metrics"} {
		a.ok("GET", target, "", reader)
	}
	for method, target := range map[string]string{
		"POST": tasks, "PATCH": tasks + "/task-001", "DELETE": tasks + "/task-001", "PUT": "/sim/v1/clock",
	} {
		got := a.call(method, target, "{}", reader)
		if got.Status != 403 || got.reason() != "READ_ONLY_TOKEN" {
			t.Errorf("%s %s: %d %s, want 403", method, target, got.Status, got.Body)
		}
		a.inEnglish(&got, method, target, "{}", reader)
	}
	a.ok("DELETE", tasks+"/task-001", "", writer)
	if got := a.call("GET", tasks, "", "Authorization: Bearer other"); got.Status != 401 {
		t.Errorf("another token: %d", got.Status)
	}
}

func TestMethodNotAllowed(t *testing.T) {
	a := newAPI(t)
	for target, allow := range map[string]string{
		tasks:                             "GET, HEAD, POST",
		tasks + "/task-001":               "DELETE, GET, HEAD, PATCH",
		tasks + "/task-001/stop":          "POST",
		zones:                             "GET, HEAD",
		"/sim/v1/clock":                   "GET, HEAD, PUT",
		"/sim/v1/nodes/az-bj-a-a100/fail": "POST",
		"/healthz":                        "GET, HEAD",
	} {
		for _, method := range []string{"OPTIONS", "TRACE", "BREW"} {
			got := a.call(method, target, "")
			if got.Status != 405 || got.reason() != "METHOD_NOT_ALLOWED" || got.Header.Get("Allow") != allow {
				t.Errorf("%s %s: %d, %s, Allow %q, want 405 and %q", method, target, got.Status, got.reason(), got.Header.Get("Allow"), allow)
			}
			a.inEnglish(&got, method, target, "")
		}
	}
}

func TestLanguages(t *testing.T) {
	a := newAPI(t)
	for header, want := range map[string][2]string{
		"":                        {"zh-CN", "请输入任务名称"},
		"zh":                      {"zh-CN", "请输入任务名称"},
		"zh-CN,zh;q=0.9,en;q=0.8": {"zh-CN", "请输入任务名称"},
		"en":                      {"en", "enter a task name"},
		"en-GB, zh;q=0.5":         {"en", "enter a task name"},
		"fr":                      {"zh-CN", "请输入任务名称"},
		"fr, en;q=0.1":            {"en", "enter a task name"},
		"*":                       {"zh-CN", "请输入任务名称"},
		";;q=,\xff":               {"zh-CN", "请输入任务名称"},
	} {
		got := a.call("POST", tasks, `{}`, "Accept-Language: "+header)
		if diff := cmp.Diff(want, [2]string{got.Header.Get("Content-Language"), got.Message}); diff != "" {
			t.Errorf("%q (-want +got):\n%s", header, diff)
		}
	}
	english := a.ok("POST", tasks, existing("env-001"), "Accept-Language: en")
	equal(t, "a creation in English", english.Message, "training task created")
}

func TestRequestID(t *testing.T) {
	a := newAPI(t)
	seen := map[string]bool{}
	for given, kept := range map[string]bool{
		"": false, "req-1_A": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false, "two words": false, "<b>": false,
	} {
		id := a.ok("GET", zones, "", "X-Request-Id: "+given).Header.Get("X-Request-Id")
		if (id == given) != kept || seen[id] {
			t.Errorf("X-Request-Id %q is answered with %q", given, id)
		}
		seen[id] = true
	}
}

func TestReadiness(t *testing.T) {
	a := newAPI(t)
	for _, target := range []string{"/healthz", "/readyz"} {
		for _, method := range []string{"GET", "HEAD"} {
			equal(t, method+" "+target, a.call(method, target, "").Status, 200)
		}
	}
	a.server.Close()
	equal(t, "readyz after Close", a.call("GET", "/readyz", "").Status, 503)
	equal(t, "healthz after Close", a.call("GET", "/healthz", "").Status, 200)
	equal(t, "a list after Close", a.call("GET", tasks, "").Status, 200)
}

func TestTheContractIsServed(t *testing.T) {
	got := newAPI(t).ok("GET", "/openapi.yaml", "")
	if !strings.HasPrefix(got.Body, "openapi: 3.0.3\n") || got.Header.Get("Content-Type") != "application/yaml" {
		t.Errorf("%s: %.40q", got.Header.Get("Content-Type"), got.Body)
	}
}
