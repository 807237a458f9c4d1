package httpapi_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/engine"
)

const key = "Idempotency-Key: 6f1c1f7e-3c55-4a1a-9c6b-0d4a5e0f7c11"

func TestIdempotencyKey(t *testing.T) {
	a := newAPI(t)
	body := existing("env-001")
	first := a.ok("POST", tasks, body, key)
	equal(t, "the first answer says it is one", first.Header.Get("Idempotency-Replayed"), "")
	again := func(name, body, key string) {
		t.Helper()
		got := a.ok("POST", tasks, body, key)
		equal(t, name, []string{got.Body, got.Header.Get("Idempotency-Replayed"), got.Header.Get("Location")},
			[]string{first.Body, "true", first.Header.Get("Location")})
	}
	again("the same body", body, key)
	again("other spacing and order", `{ "environmentId":"env-001", "launchMode":"existing", "datasetVersionId":"version-001",
		"datasetId":"dataset-001", "taskName":"\u0074" }`, key)
	again("the key in capitals", body, "Idempotency-Key: 6F1C1F7E-3C55-4A1A-9C6B-0D4A5E0F7C11")
	a.advance("10m")
	again("when the task runs", body, key)

	reused := a.call("POST", tasks, strings.Replace(body, `"t"`, `"u"`, 1), key)
	equal(t, "another body", []any{reused.Status, reused.reason(), reused.Error.Details},
		[]any{409, "IDEMPOTENCY_KEY_REUSED", map[string]any{"taskId": "task-001"}})
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 1)

	other := a.create(body)
	equal(t, "without a key", other, "task-002")

	a.ok("DELETE", tasks+"/task-001", "")
	again("when the task is deleted", body, key)
	equal(t, "the task", a.call("GET", tasks+"/task-001", "").Status, 404)

	a.ok("POST", "/sim/v1/reset", "")
	equal(t, "after a reset the key is new", a.ok("POST", tasks, body, key).Header.Get("Idempotency-Replayed"), "")
}

// A key is remembered for a day, of virtual and of real time.
func TestIdempotencyKeyIsForgotten(t *testing.T) {
	now := engine.VirtualStart
	a := newAPI(t, func(s *setup) { s.Wall = func() time.Time { return now } })
	replayed := func(name, want string) {
		t.Helper()
		equal(t, name, a.ok("POST", tasks, existing("env-001"), key).Header.Get("Idempotency-Replayed"), want)
	}
	replayed("the first", "")
	a.advance("48h")
	replayed("two virtual days later", "true")
	now = now.Add(23 * time.Hour)
	replayed("within a real day", "true")
	now = now.Add(2 * time.Hour)
	a.advance("1s")
	replayed("after a day of both", "")

	now = now.Add(48 * time.Hour)
	a.advance("23h59m58s")
	replayed("two real days later, within a virtual one", "true")
	a.advance("2s")
	replayed("after a day of both, the virtual one last", "")
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 3)
}

// A refused creation made nothing that its key could stand for.
func TestIdempotencyKeyOfARefusedRequest(t *testing.T) {
	a := newAPI(t)
	a.stopEnvironments("env-001")
	equal(t, "refused", a.call("POST", tasks, existing("env-001"), key).Status, 409)
	a.ok("POST", "/sim/v1/dev-environments/env-001/start", "")
	equal(t, "the same again", a.ok("POST", tasks, existing("env-001"), key).Header.Get("Idempotency-Replayed"), "")
}

func TestOneKeyMakesOneTask(t *testing.T) {
	a := newAPI(t, auto)
	var all sync.WaitGroup
	answers := make([]answer, 32)
	for i := range answers {
		all.Go(func() { answers[i] = a.ok("POST", tasks, existing("env-001"), key) })
	}
	all.Wait()
	first := 0
	for _, got := range answers {
		equal(t, "answer", got.Body, answers[0].Body)
		if got.Header.Get("Idempotency-Replayed") == "" {
			first++
		}
	}
	equal(t, "answers that made the task", first, 1)
	equal(t, "tasks", a.ok("GET", tasks, "").Page.Total, 1)
}
