package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

const templates = "/api/v1/task-templates"

type template struct {
	ID, Name, Description, CreatedAt, UpdatedAt string
	Favorite                                    bool
	Config                                      map[string]any
	Revision                                    int
}

func (a *api) template(body string) template {
	a.t.Helper()
	return data[template](a.t, a.ok("POST", templates, body))
}

const fullConfig = `{"taskName":"sft","description":"of the template","datasetId":"dataset-001","datasetVersionId":"version-001",
	"modelId":"model-001","launchMode":"dynamic","labels":{"team":"nlp"},"resourceConfig":{"availabilityZone":"az-bj-a",
	"gpuType":"A100","gpuCount":4,"cpuCores":32,"memory":256,"image":"i"}}`

func TestTemplateLife(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	created := a.ok("POST", templates, `{"name":"sft","description":"d","favorite":true,"config":{"datasetId":"dataset-001",
		"resourceConfig":{"gpuType":"A100","gpuCount":8}}}`)
	equal(t, "headers", []string{created.Header.Get("Location"), created.Header.Get("ETag"), created.Message},
		[]string{templates + "/template-001", `W/"1"`, "任务模板创建成功"})
	want := template{
		ID: "template-001", Name: "sft", Description: "d", Favorite: true, Revision: 1,
		CreatedAt: "2024-12-08T10:00:00Z", UpdatedAt: "2024-12-08T10:00:00Z",
		Config: map[string]any{"datasetId": "dataset-001", "resourceConfig": map[string]any{"gpuType": "A100", "gpuCount": 8.0}},
	}
	equal(t, "created", data[template](t, created), want)
	const path = templates + "/template-001"
	equal(t, "read", data[template](t, a.ok("GET", path, "")), want)
	equal(t, "not changed", a.call("GET", path, "", `If-None-Match: "1"`).Status, 304)

	a.advance("1m")
	equal(t, "a patch with nothing new", data[template](t, a.ok("PATCH", path, `{"favorite":true,"name":"sft"}`)), want)
	patched := a.ok("PATCH", path, `{"favorite":false,"description":"","config":{"labels":{"a":"b"}}}`, `If-Match: "1"`)
	want.Favorite, want.Description, want.Revision, want.UpdatedAt = false, "", 2, "2024-12-08T10:01:00Z"
	want.Config = map[string]any{"labels": map[string]any{"a": "b"}}
	equal(t, "patched", data[template](t, patched), want)
	equal(t, "its tag", patched.Header.Get("ETag"), `W/"2"`)
	stale := a.call("PATCH", path, `{"name":"x"}`, `If-Match: "1"`)
	equal(t, "an older revision", []any{stale.Status, stale.reason(), stale.Error.Details},
		[]any{412, "REVISION_MISMATCH", map[string]any{"revision": 2.0}})
	equal(t, "after the refusal", data[template](t, a.ok("GET", path, "")), want)

	equal(t, "a deletion of an older one", a.call("DELETE", path, "", `If-Match: "1"`).reason(), "REVISION_MISMATCH")
	a.ok("DELETE", path, "", `If-Match: "2"`)
	for _, method := range []string{"GET", "PATCH", "DELETE"} {
		got := a.call(method, path, map[string]string{"PATCH": "{}"}[method])
		equal(t, method+" of a deleted one", []any{got.Status, got.reason(), got.Message},
			[]any{404, "TEMPLATE_NOT_FOUND", "任务模板不存在：template-001"})
	}
	equal(t, "no id comes twice, and its name is free", a.template(`{"name":"sft"}`).ID, "template-002")
}

func TestTemplateList(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	equal(t, "an empty list", string(a.ok("GET", templates, "").Data), "[]")
	for i, name := range []string{"llama", "bert", "llama-large"} {
		a.template(fmt.Sprintf(`{"name":%q,"favorite":%t}`, name, i > 0))
	}
	a.advance("1s")
	a.ok("PATCH", templates+"/template-001", `{"description":"d"}`)
	for query, want := range map[string]string{
		"":                            "001 002 003",
		"favorite=true":               "002 003",
		"favorite=false":              "001",
		"name=llama":                  "001 003",
		"sort=name":                   "002 001 003",
		"sort=createdAt&order=desc":   "003 002 001",
		"sort=updatedAt":              "002 003 001",
		"order=desc&pageSize=2":       "003 002",
		"pageSize=2&page=2":           "003",
		"favorite=true&name=b&page=2": "",
	} {
		if got := strings.ReplaceAll(a.ids(templates+"?"+query, "id"), "template-", ""); got != want {
			t.Errorf("%q: got %q, want %q", query, got, want)
		}
	}
	for _, query := range []string{"favorite=1", "sort=favorite", "favourite=true"} {
		equal(t, query, a.call("GET", templates+"?"+query, "").Status, 400)
	}
}

func TestRefusedTemplates(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"taken"}`)
	for _, c := range []struct {
		body, reason, field string
		status              int
	}{
		{`{}`, "TEMPLATE_NAME_REQUIRED", "name", 422},
		{`{"name":" \t"}`, "TEMPLATE_NAME_REQUIRED", "name", 422},
		{`{"name":" taken "}`, "TEMPLATE_NAME_TAKEN", "name", 409},
		{`{"name":"n","config":{"templateId":"template-001"}}`, "UNKNOWN_FIELD", "templateId", 400},
		{`{"name":"n","favorite":"yes"}`, "INVALID_TYPE", "favorite", 400},
		{`{"name":"n","config":{"labels":{"a":"1","a":"2"}}}`, "DUPLICATE_FIELD", "config.labels.a", 400},
		{`{"name":"n","config":{"taskName":" "}}`, "TASK_NAME_REQUIRED", "config.taskName", 422},
		{`{"name":"n","config":{"datasetId":""}}`, "DATASET_REQUIRED", "config.datasetId", 422},
		{`{"name":"n","config":{"datasetVersionId":""}}`, "DATASET_REQUIRED", "config.datasetVersionId", 422},
		{`{"name":"n","config":{"datasetId":"x"}}`, "DATASET_NOT_FOUND", "config.datasetId", 422},
		{`{"name":"n","config":{"datasetId":"dataset-001","datasetVersionId":"x"}}`, "DATASET_VERSION_NOT_FOUND", "config.datasetVersionId", 422},
		{`{"name":"n","config":{"modelId":"x"}}`, "MODEL_NOT_FOUND", "config.modelId", 422},
		{`{"name":"n","config":{"launchMode":"fast"}}`, "LAUNCH_MODE_INVALID", "config.launchMode", 422},
		{`{"name":"n","config":{"environmentId":""}}`, "ENVIRONMENT_REQUIRED", "config.environmentId", 422},
		{`{"name":"n","config":{"environmentId":"x"}}`, "ENVIRONMENT_NOT_FOUND", "config.environmentId", 422},
		{`{"name":"n","config":{"environmentId":"env-001","launchMode":"dynamic"}}`, "ENVIRONMENT_NOT_ALLOWED", "config.environmentId", 422},
		{`{"name":"n","config":{"labels":{"":"x"}}}`, "LABELS_INVALID", "config.labels", 422},
		{`{"name":"n","config":{"resourceConfig":{"availabilityZone":""}}}`, "AVAILABILITY_ZONE_REQUIRED",
			"config.resourceConfig.availabilityZone", 422},
		{`{"name":"n","config":{"resourceConfig":{"availabilityZone":"x"}}}`, "AVAILABILITY_ZONE_NOT_FOUND",
			"config.resourceConfig.availabilityZone", 422},
		{`{"name":"n","config":{"resourceConfig":{"gpuType":""}}}`, "GPU_TYPE_REQUIRED", "config.resourceConfig.gpuType", 422},
		{`{"name":"n","config":{"resourceConfig":{"gpuType":"H100"}}}`, "GPU_TYPE_NOT_FOUND", "config.resourceConfig.gpuType", 422},
		{`{"name":"n","config":{"resourceConfig":{"gpuCount":0}}}`, "BELOW_MINIMUM", "config.resourceConfig.gpuCount", 422},
		{`{"name":"n","config":{"resourceConfig":{"memory":-1}}}`, "BELOW_MINIMUM", "config.resourceConfig.memory", 422},
		{`{"name":"n","config":{"resourceConfig":{"image":" "}}}`, "IMAGE_REQUIRED", "config.resourceConfig.image", 422},
		{`{"name":"n","config":{"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":33}}}`,
			"CAPACITY_EXCEEDED", "config.resourceConfig.gpuCount", 422},
		{`{"name":"n","config":{"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"RTX3090"}}}`,
			"CAPACITY_EXCEEDED", "config.resourceConfig.gpuCount", 422},
		{`{"name":"n","config":{"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"A100","memory":4611686018427387904}}}`,
			"CAPACITY_EXCEEDED", "config.resourceConfig.memory", 422},
	} {
		for _, patch := range []bool{false, true} {
			method, target := "POST", templates
			if patch {
				if c.body == `{}` || strings.Contains(c.body, "taken") {
					continue
				}
				method, target = "PATCH", templates+"/template-001"
			}
			got := a.call(method, target, c.body)
			if got.Error == nil {
				t.Errorf("%s %s: status %d, want %d", method, c.body, got.Status, c.status)
				continue
			}
			equal(t, method+" "+c.body, []any{got.Status, got.reason(), got.Error.Field}, []any{c.status, c.reason, c.field})
			a.inEnglish(&got, method, target, c.body)
		}
	}
	equal(t, "the templates", a.ids(templates, "name"), "taken")
	a.template(`{"name":"other"}`)
	got := a.call("PATCH", templates+"/template-002", `{"name":"taken"}`)
	equal(t, "a patch to a name that is taken", []any{got.Status, got.Error.Field, got.Error.Details, got.Message},
		[]any{409, "name", map[string]any{"name": "taken", "templateId": "template-001"}, "模板名称已被 template-001 使用：taken"})
}

func TestTemplateKey(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	first := a.ok("POST", templates, `{"name":"n"}`, key)
	a.ok("PATCH", templates+"/template-001", `{"name":"m"}`)
	again := a.ok("POST", templates, ` {"name": "n"}`, key)
	equal(t, "the same again", []string{again.Body, again.Header.Get("Idempotency-Replayed")}, []string{first.Body, "true"})
	for target, body := range map[string]string{templates: `{"name":"o"}`, tasks: existing("env-001")} {
		reused := a.call("POST", target, body, key)
		equal(t, "another body to "+target, []any{reused.Status, reused.Error.Details}, []any{409, map[string]any{"templateId": "template-001"}})
	}
	equal(t, "templates", a.ok("GET", templates, "").Page.Total, 1)
}

// What the request gives wins, its resources field by field.
func TestTaskFromTemplate(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"full","config":` + fullConfig + `}`)
	a.template(`{"name":"shared","config":{"taskName":"s","datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"existing","environmentId":"env-002"}}`)
	type got struct {
		TaskName, Description, DatasetID, LaunchMode, EnvironmentID string
		Labels                                                      map[string]string
		Resources                                                   string
	}
	read := func(body string) got {
		v := data[struct {
			task
			TemplateID string
		}](t, a.ok("GET", tasks+"/"+a.create(body), ""))
		if !strings.Contains(body, v.TemplateID) || v.TemplateID == "" {
			t.Errorf("%s: the task carries template %q", body, v.TemplateID)
		}
		r := v.ResourceConfig
		return got{v.TaskName, v.Description, v.DatasetID, v.LaunchMode, v.EnvironmentID, v.Labels,
			fmt.Sprint(r["availabilityZone"], r["gpuType"], r["gpuCount"], r["cpuCores"], r["memory"], r["image"])}
	}
	full := got{"sft", "of the template", "dataset-001", "dynamic", "", map[string]string{"team": "nlp"}, "az-bj-a A100 4 32 256 i"}
	full.Resources = fmt.Sprint("az-bj-a", "A100", 4.0, 32.0, 256.0, "i")
	equal(t, "nothing but the template", read(`{"templateId":"template-001"}`), full)
	changed := full
	changed.TaskName, changed.Description, changed.Labels = "mine", "", map[string]string{"run": "1"}
	changed.Resources = fmt.Sprint("az-sz-c", "A100", 1.0, 32.0, 256.0, "i")
	equal(t, "with overrides", read(`{"templateId":"template-001","taskName":"mine","description":"","labels":{"run":"1"},
		"resourceConfig":{"availabilityZone":"az-sz-c","gpuCount":1}}`), changed)
	nothing := fmt.Sprint(nil, nil, nil, nil, nil, nil)
	equal(t, "an environment", read(`{"templateId":"template-002"}`),
		got{"s", "", "dataset-001", "existing", "env-002", map[string]string{}, nothing})
	dynamicInstead := read(`{"templateId":"template-002","launchMode":"dynamic",
		"resourceConfig":{"availabilityZone":"az-bj-a","gpuType":"T4","gpuCount":1,"cpuCores":1,"memory":1,"image":"i"}}`)
	equal(t, "dynamic in place of the template's environment", []string{dynamicInstead.LaunchMode, dynamicInstead.EnvironmentID},
		[]string{"dynamic", ""})

	before := a.task("task-001")
	a.ok("PATCH", templates+"/template-001", `{"config":{"taskName":"other"}}`)
	equal(t, "a changed template leaves its tasks alone", a.task("task-001"), before)
	a.ok("DELETE", templates+"/template-001", "")
	equal(t, "and so does a deleted one", a.task("task-001"), before)

	for body, want := range map[string][]any{
		`{"templateId":"template-001","taskName":""}`:                                   {422, "TEMPLATE_NOT_FOUND", "templateId"},
		`{"templateId":""}`:                                                             {422, "TEMPLATE_NOT_FOUND", "templateId"},
		`{"templateId":"template-002","taskName":" "}`:                                  {422, "TASK_NAME_REQUIRED", "taskName"},
		`{"templateId":"template-002","environmentId":"env-9"}`:                         {422, "ENVIRONMENT_NOT_FOUND", "environmentId"},
		`{"templateId":"template-002","resourceConfig":{"availabilityZone":"az-bj-a"}}`: {422, "GPU_TYPE_REQUIRED", "resourceConfig.gpuType"},
	} {
		refused := a.call("POST", tasks, body)
		if refused.Error == nil {
			t.Errorf("%s: %d", body, refused.Status)
			continue
		}
		equal(t, body, []any{refused.Status, refused.reason(), refused.Error.Field}, want)
	}
}

// A retry whose template is gone in the meantime still gets its answer.
func TestKeyOutlivesTheTemplate(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"full","config":` + fullConfig + `}`)
	first := a.ok("POST", tasks, `{"templateId":"template-001"}`, key)
	a.ok("DELETE", templates+"/template-001", "")
	equal(t, "the same again", a.ok("POST", tasks, `{"templateId":"template-001"}`, key).Body, first.Body)
}
