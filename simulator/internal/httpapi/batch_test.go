package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

const batches = tasks + "/batch"

func batch(items ...string) string { return `{"tasks":[` + strings.Join(items, ",") + `]}` }

// A batch does what its tasks would have done one after the other.
func TestBatchIsOneAfterTheOther(t *testing.T) {
	t.Parallel()
	var items []string
	for i := range 100 {
		items = append(items, []string{
			existing("env-002"), dynamic("az-sz-c", "A100", 1+i%12), dynamic("az-bj-a", "T4", 2), dynamicWith("az-sz-c", "V100", 8, "my/own:1"),
		}[i%4])
	}
	together, single := newAPI(t), newAPI(t)
	created := data[[]map[string]any](t, together.ok("POST", batches, batch(items...)))
	for i, item := range items {
		one := data[map[string]any](t, single.ok("POST", tasks, item))
		equal(t, fmt.Sprint("answer ", i), []any{created[i]["taskId"], created[i]["status"], created[i]["environmentId"]},
			[]any{one["taskId"], one["status"], one["environmentId"]})
		path := tasks + "/" + one["taskId"].(string)
		if shown := together.task(one["taskId"].(string)).EstimatedStartTime; shown != nil {
			at, _ := created[i]["estimatedStartTime"].(string)
			if want := shown.UTC().Format("2006-01-02T15:04:05.999Z07:00"); at != want && one["status"] == "queued" {
				t.Errorf("%s is expected at %s by its creation and at %s by itself", path, at, want)
			}
		}
	}
	for _, by := range []string{"0s", "10m", "300h"} {
		together.advance(by)
		single.advance(by)
		equal(t, "the tasks after "+by, together.ok("GET", tasks+"?pageSize=500", "").Body, single.ok("GET", tasks+"?pageSize=500", "").Body)
		equal(t, "the zones after "+by, together.ok("GET", zones, "").Body, single.ok("GET", zones, "").Body)
	}
}

func TestRefusedBatches(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	good := existing("env-001")
	many := make([]string, 101)
	for i := range many {
		many[i] = good
	}
	for _, c := range []struct {
		name, body, reason, field string
		status                    int
	}{
		{"none", `{"tasks":[]}`, "BATCH_SIZE_INVALID", "tasks", 422},
		{"no list", `{}`, "BATCH_SIZE_INVALID", "tasks", 422},
		{"null", `{"tasks":null}`, "BATCH_SIZE_INVALID", "tasks", 422},
		{"101", batch(many...), "BATCH_SIZE_INVALID", "tasks", 422},
		{"no array", `{"tasks":{}}`, "INVALID_TYPE", "tasks", 400},
		{"twice", `{"tasks":[],"tasks":[]}`, "DUPLICATE_FIELD", "tasks", 400},
		{"more", `{"tasks":[],"task":1}`, "UNKNOWN_FIELD", "task", 400},
		{"an item that is null", batch(good, "null"), "INVALID_JSON", "tasks[1]", 400},
		{"an item that is a list", batch("[]"), "INVALID_JSON", "tasks[0]", 400},
		{"an unknown field", batch(good, `{"gpus":1}`), "UNKNOWN_FIELD", "tasks[1].gpus", 400},
		{"a field twice", batch(good, `{"resourceConfig":{"memory":1,"memory":2}}`), "DUPLICATE_FIELD", "tasks[1].resourceConfig.memory", 400},
		{"a text for a number", batch(good, good, `{"resourceConfig":{"gpuCount":"1"}}`), "INVALID_TYPE",
			"tasks[2].resourceConfig.gpuCount", 400},
		{"an unknown GPU type", batch(good, good, good, dynamic("az-bj-a", "H100", 1)), "GPU_TYPE_NOT_FOUND",
			"tasks[3].resourceConfig.gpuType", 422},
		{"too many GPUs", batch(many[0], dynamic("az-bj-a", "A100", 33)), "CAPACITY_EXCEEDED", "tasks[1].resourceConfig.gpuCount", 422},
		{"an empty task", batch(`{}`, good), "TASK_NAME_REQUIRED", "tasks[0].taskName", 422},
		{"an unknown template", batch(good, `{"templateId":"template-001"}`), "TEMPLATE_NOT_FOUND", "tasks[1].templateId", 422},
		{"a stopped environment", batch(good, existing("env-003")), "ENVIRONMENT_NOT_RUNNING", "tasks[1].environmentId", 409},
		{"the first of two mistakes", batch(good, `{}`, existing("env-9")), "TASK_NAME_REQUIRED", "tasks[1].taskName", 422},
	} {
		if c.status == 409 {
			a.stopEnvironments("env-003")
		}
		got := a.call("POST", batches, c.body)
		if got.Error == nil {
			t.Errorf("%s: status %d, want %d", c.name, got.Status, c.status)
			continue
		}
		equal(t, c.name, []any{got.Status, got.reason(), got.Error.Field}, []any{c.status, c.reason, c.field})
		a.inEnglish(&got, "POST", batches, c.body)
	}
	got := a.call("POST", batches, batch(many...), "Accept-Language: en")
	equal(t, "message", []any{got.Message, got.Error.Details},
		[]any{"a batch has 1 to 100 tasks; this one has 101", map[string]any{"count": 101.0, "minimum": 1.0, "maximum": 100.0}})
	equal(t, "the place in the details", a.call("POST", batches, batch(good, `{}`)).Error.Details, map[string]any{"index": 1.0})
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 0)
	equal(t, "ids are not used up", data[[]task](t, a.ok("POST", batches, batch(good, good)))[1].TaskID, "task-002")
	equal(t, "GET of the batch is that of a task", a.call("GET", batches, "").reason(), "TASK_NOT_FOUND")
}

func TestOneKeyMakesOneBatch(t *testing.T) {
	t.Parallel()
	a := newAPI(t, auto)
	var all sync.WaitGroup
	answers := make([]answer, 16)
	for i := range answers {
		all.Go(func() { answers[i] = a.ok("POST", batches, batch(existing("env-001"), existing("env-002")), key) })
	}
	all.Wait()
	first := 0
	for _, got := range answers {
		equal(t, "answer", got.Body, answers[0].Body)
		if got.Header.Get("Idempotency-Replayed") == "" {
			first++
		}
	}
	equal(t, "answers that made the tasks", first, 1)
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 2)
	for target, body := range map[string]string{batches: batch(existing("env-001")), tasks: existing("env-001")} {
		reused := a.call("POST", target, body, key)
		equal(t, "another body to "+target, []any{reused.Status, reused.Error.Details},
			[]any{409, map[string]any{"taskIds": []any{"task-001", "task-002"}}})
	}
}

func TestBatchFromTemplates(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"full","config":` + fullConfig + `}`)
	made := data[[]task](t, a.ok("POST", batches, batch(`{"templateId":"template-001"}`,
		`{"templateId":"template-001","taskName":"second","resourceConfig":{"gpuCount":2}}`)))
	second := a.task(made[1].TaskID)
	equal(t, "the second", []any{second.TaskName, second.ResourceConfig["gpuCount"], second.ResourceConfig["gpuType"]},
		[]any{"second", 2.0, "A100"})
}
