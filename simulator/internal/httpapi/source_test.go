package httpapi_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

// decoded is a JSON text as maps, lists and numbers.
func decoded(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// only leaves those fields of got that want has, so that the fields that this API adds to the source's don't count.
func only(got, want any) any {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return got
		}
		out := map[string]any{}
		for k, v := range w {
			if have, ok := g[k]; ok {
				out[k] = only(have, v)
			}
		}
		return out
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) < len(w) {
			return got
		}
		out := []any{}
		for i, v := range w {
			out = append(out, only(g[i], v))
		}
		return out
	}
	return got
}

const (
	sourceExisting = `{"taskName":"llama2-sft-training-v1","datasetId":"dataset-001","datasetVersionId":"version-001",
		"modelId":"model-001","launchMode":"existing","environmentId":"env-001","description":"…"}`
	sourceDynamic = `{"taskName":"llama2-sft-training-v1","datasetId":"dataset-001","datasetVersionId":"version-001",
		"modelId":"model-001","launchMode":"dynamic","resourceConfig":{"availabilityZone":"az-bj-a",
		"gpuType":"A100","gpuCount":4,"cpuCores":32,"memory":256,
		"image":"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"},"description":"…"}`
)

// The requests and answers are the source document's.
func TestTheSourcesCalls(t *testing.T) {
	a := newAPI(t)
	for _, c := range []struct{ method, path, body, want string }{
		{"GET", environments + "?status=running", "", `{"code":200,"data":[{"id":"env-001","name":"pytorch-dev-env",
			"type":"notebook","status":"running","image":"pytorch/pytorch:2.1.0-cuda12.1","availabilityZone":"az-bj-a",
			"gpuType":"A100","gpuCount":2,"cpuCores":16,"memory":128,"uptime":"5d3h","tags":["PyTorch","CUDA 12.1","Jupyter"]}]}`},
		{"POST", tasks, sourceExisting, `{"code":200,"message":"训练任务创建成功",
			"data":{"taskId":"task-001","status":"starting","environmentId":"env-001"}}`},
		{"GET", zones, "", `{"code":200,"data":[{"id":"az-bj-a","name":"北京可用区A","region":"北京","available":true,
			"gpuInventory":{"A100":32,"V100":64,"T4":128}}]}`},
	} {
		want := decoded(t, c.want)
		got := decoded(t, a.ok(c.method, c.path, c.body).Body)
		equal(t, c.method+" "+c.path, only(got, want), want)
		if c.method == "POST" {
			equal(t, "nothing is added to the answer to a creation", got, want)
		}
	}

	got := a.ok("POST", tasks, sourceDynamic)
	created := data[map[string]string](t, got)
	estimated, err := time.Parse(time.RFC3339, created["estimatedStartTime"])
	if after := since(&estimated); err != nil || after < 2*time.Minute || after > 5*time.Minute {
		t.Errorf("estimatedStartTime is %q, want two to five minutes from now", created["estimatedStartTime"])
	}
	delete(created, "estimatedStartTime")
	equal(t, "a dynamic creation", created, map[string]string{"taskId": "task-002", "status": "allocating"})
	equal(t, "its message", got.Message, "训练任务创建成功")
}

func TestSourceCases(t *testing.T) {
	t.Run("TC01", func(t *testing.T) {
		a := newAPI(t)
		got := a.ok("POST", tasks, `{"taskName":"test-task-001","datasetId":"dataset-001","datasetVersionId":"version-001",
			"launchMode":"existing","environmentId":"env-001"}`)
		equal(t, "message", got.Message, "训练任务创建成功")
		made := a.task(data[task](t, got).TaskID)
		equal(t, "environment", []string{made.TaskName, made.LaunchMode, made.EnvironmentName},
			[]string{"test-task-001", "existing", "pytorch-dev-env"})
	})
	t.Run("TC02", func(t *testing.T) {
		a := newAPI(t)
		got := a.ok("POST", tasks, `{"taskName":"test-task-002","datasetId":"dataset-001","datasetVersionId":"version-001",
			"launchMode":"dynamic","resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":4,
			"cpuCores":32,"memory":256,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`)
		equal(t, "message", got.Message, "训练任务创建成功")
		equal(t, "free A100 in 北京可用区A", a.free("az-bj-a", "A100"), 28)
	})
	t.Run("TC03", func(t *testing.T) {
		a := newAPI(t)
		a.stopEnvironments("env-001", "env-002", "env-003")
		running := a.ok("GET", environments+"?status=running", "")
		equal(t, "running environments", string(running.Data), "[]")
		made := a.create(`{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","resourceConfig":
			{"availabilityZone":"az-bj-a","gpuType":"T4","gpuCount":1,"cpuCores":4,"memory":16,"image":"i"}}`)
		equal(t, "the mode that was chosen", a.task(made).LaunchMode, "dynamic")
		got := a.call("POST", tasks, `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"existing"}`)
		equal(t, "existing mode", []any{got.Status, got.reason(), got.Message}, []any{422, "NO_RUNNING_ENVIRONMENT", "暂无运行中的开发环境"})
	})
	for name, c := range map[string]struct{ body, message string }{
		"TC04": {`{"taskName":" ","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"existing",` +
			`"environmentId":"env-001"}`, "请输入任务名称"},
		"TC05": {`{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"existing",` +
			`"environmentId":""}`, "请选择开发环境"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t)
			got := a.call("POST", tasks, c.body)
			equal(t, "answer", []any{got.Status, got.Message}, []any{422, c.message})
			equal(t, "tasks submitted", a.ok("GET", tasks, "").Page.Total, 0)
		})
	}
}

func TestChoosingForTheCaller(t *testing.T) {
	const resources = `"resourceConfig":{"availabilityZone":"az-bj-b","gpuType":"V100","gpuCount":1,"cpuCores":4,"memory":16,"image":"i"}`
	all := []string{"env-001", "env-002", "env-003"}
	for _, c := range []struct {
		name    string
		stopped []string
		fields  string // of the request
		status  int
		want    string // launch mode and environment, or reason
	}{
		{"nothing said", nil, `"modelId":""`, 200, "existing env-001"},
		{"nothing said, the first one stopped", all[:1], `"modelId":""`, 200, "existing env-002"},
		{"resources only, an environment runs", nil, resources, 200, "existing env-001"},
		{"resources only, none runs", all, resources, 200, "dynamic "},
		{"nothing said, none runs", all, `"modelId":""`, 422, "AVAILABILITY_ZONE_REQUIRED"},
		{"environment only", nil, `"environmentId":"env-003"`, 200, "existing env-003"},
		{"environment only, stopped", all[2:], `"environmentId":"env-003"`, 409, "ENVIRONMENT_NOT_RUNNING"},
		{"environment only, blank", nil, `"environmentId":" "`, 422, "ENVIRONMENT_REQUIRED"},
		{"null is nothing said", nil, `"environmentId":null,"launchMode":null`, 200, "existing env-001"},
		{"existing", nil, `"launchMode":"existing"`, 200, "existing env-001"},
		{"existing, the first two stopped", all[:2], `"launchMode":"existing"`, 200, "existing env-003"},
		{"existing, none runs", all, `"launchMode":"existing"`, 422, "NO_RUNNING_ENVIRONMENT"},
		{"existing, blank", nil, `"launchMode":"existing","environmentId":""`, 422, "ENVIRONMENT_REQUIRED"},
		{"existing, blank, none runs", all, `"launchMode":"existing","environmentId":""`, 422, "ENVIRONMENT_REQUIRED"},
		{"existing, stopped", all[1:2], `"launchMode":"existing","environmentId":"env-002"`, 409, "ENVIRONMENT_NOT_RUNNING"},
		{"existing, unknown", nil, `"launchMode":"existing","environmentId":"env-9"`, 422, "ENVIRONMENT_NOT_FOUND"},
		{"existing with resources", nil, `"launchMode":"existing",` + resources, 200, "existing env-001"},
		{"dynamic", nil, `"launchMode":"dynamic",` + resources, 200, "dynamic "},
		{"dynamic with an environment", nil, `"launchMode":"dynamic","environmentId":"env-001",` + resources, 422, "ENVIRONMENT_NOT_ALLOWED"},
		{"dynamic without resources", nil, `"launchMode":"dynamic"`, 422, "AVAILABILITY_ZONE_REQUIRED"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAPI(t)
			a.stopEnvironments(c.stopped...)
			got := a.call("POST", tasks, `{"taskName":"t","datasetId":"dataset-001","datasetVersionId":"version-001",`+c.fields+`}`)
			outcome := got.reason()
			if got.Status == 200 {
				made := a.task(data[task](t, got).TaskID)
				outcome = made.LaunchMode + " " + made.EnvironmentID
				kept := made.ResourceConfig["gpuType"] == "V100"
				equal(t, "given resources are kept", kept, strings.Contains(c.fields, resources))
			}
			equal(t, "outcome", []any{got.Status, outcome}, []any{c.status, c.want})
		})
	}
}
