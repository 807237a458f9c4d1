package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
)

// with adds fields to a request.
func with(body, fields string) string {
	return strings.TrimSuffix(body, "}") + "," + fields + "}"
}

// limitsOf returns what a task or a template's configuration shows of its limits; nil for what it doesn't.
func limitsOf(shown map[string]any) []any {
	return []any{shown["maxDuration"], shown["maxRestarts"], shown["priority"], shown["preemptible"]}
}

func (a *api) shown(id string) map[string]any {
	a.t.Helper()
	return data[map[string]any](a.t, a.ok("GET", tasks+"/"+id, ""))
}

// Limits have ranges wherever they are given.
func TestLimitsHaveRanges(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	a.template(`{"name":"t"}`)
	for _, w := range taskWrites {
		for _, fits := range []string{
			`"maxDuration":60,"maxRestarts":0,"priority":"low","preemptible":true`,
			`"maxDuration":315360000,"maxRestarts":100,"priority":"high","preemptible":false`,
			`"maxDuration":null,"maxRestarts":null,"priority":null,"preemptible":null`,
		} {
			a.ok(w.method, w.target, w.body(with(existing("env-001"), fits)))
			if w.target == templates {
				a.ok("DELETE", templates+"/"+data[[]template](t, a.ok("GET", templates+"?name=new", ""))[0].ID, "")
			}
		}
		for _, c := range []struct {
			field, value, reason string
			details              map[string]any
		}{
			{"maxDuration", "59", "BELOW_MINIMUM", map[string]any{"minimum": 60.0, "value": 59.0}},
			{"maxDuration", "0", "BELOW_MINIMUM", map[string]any{"minimum": 60.0, "value": 0.0}},
			{"maxDuration", "315360001", "ABOVE_MAXIMUM", map[string]any{"maximum": 315360000.0, "value": 315360001.0}},
			{"maxRestarts", "-1", "BELOW_MINIMUM", map[string]any{"minimum": 0.0, "value": -1.0}},
			{"maxRestarts", "101", "ABOVE_MAXIMUM", map[string]any{"maximum": 100.0, "value": 101.0}},
			{"priority", `"urgent"`, "PRIORITY_INVALID", map[string]any{"priority": "urgent", "allowed": []any{"low", "normal", "high"}}},
			{"priority", `""`, "PRIORITY_INVALID", map[string]any{"priority": "", "allowed": []any{"low", "normal", "high"}}},
		} {
			if strings.HasPrefix(w.prefix, "tasks") {
				c.details["index"] = 1.0
			}
			got := a.call(w.method, w.target, w.body(with(existing("env-001"), fmt.Sprintf("%q:%s", c.field, c.value))))
			equal(t, w.method+" "+w.target+" "+c.field+" "+c.value, []any{got.Status, got.Error},
				[]any{422, &failure{c.reason, w.prefix + c.field, c.details}})
		}
	}
}

// A task shows its limits as they were given, also after a snapshot was restored. A template fills them in, unless the request has a
// value, which may be 0 or false.
func TestLimitsAreKept(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const all = `"maxDuration":7200,"maxRestarts":3,"priority":"low","preemptible":true`
	want := []any{7200.0, 3.0, "low", true}
	made, without := a.create(with(existing("env-001"), all)), a.create(existing("env-001"))
	a.template(`{"name":"all","config":` + with(existing("env-001"), all) + `}`)
	for request, want := range map[string][]any{
		`{"templateId":"template-001"}`: want,
		`{"templateId":"template-001","maxRestarts":0,"preemptible":false,"priority":"normal"}`: {7200.0, 0.0, "normal", false},
	} {
		equal(t, request, limitsOf(a.shown(a.create(request))), want)
		batched := data[[]task](t, a.ok("POST", batches, batch(existing("env-001"), request)))
		equal(t, request+" in a batch", limitsOf(a.shown(batched[1].TaskID)), want)
		a.ok("POST", estimates, request)
	}
	check := func(when string) {
		t.Helper()
		equal(t, when, limitsOf(a.shown(made)), want)
		equal(t, when+", without", limitsOf(a.shown(without)), []any{nil, nil, "normal", false})
		equal(t, when+", a template", limitsOf(data[template](t, a.ok("GET", templates+"/template-001", "")).Config), want)
	}
	check("after the creation")
	a.ok("PUT", snapshots, string(a.ok("GET", snapshots, "").Data))
	check("after a snapshot was restored")
}

// Limits and priority change while a task lives, and not after.
func TestLimitsChange(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	id := a.create(dynamic("az-bj-a", "A100", 8))
	target := tasks + "/" + id
	patch := func(body string) []any {
		t.Helper()
		a.ok("PATCH", target, body)
		return limitsOf(a.shown(id))
	}
	equal(t, "set", patch(`{"maxDuration":7200,"maxRestarts":0,"priority":"high"}`), []any{7200.0, 0.0, "high", false})
	revision := a.shown(id)["revision"]
	equal(t, "the same", patch(`{"maxDuration":7200,"maxRestarts":0,"priority":"high"}`), []any{7200.0, 0.0, "high", false})
	equal(t, "the revision after the same", a.shown(id)["revision"], revision)
	equal(t, "taken away", patch(`{"maxDuration":0,"maxRestarts":-1,"priority":"normal"}`), []any{nil, nil, "normal", false})
	for body, want := range map[string][]any{
		`{"maxDuration":59}`:      {422, "BELOW_MINIMUM", "maxDuration"},
		`{"maxRestarts":-2}`:      {422, "BELOW_MINIMUM", "maxRestarts"},
		`{"priority":"urgent"}`:   {422, "PRIORITY_INVALID", "priority"},
		`{"preemptible":true}`:    {400, "UNKNOWN_FIELD", "preemptible"},
		`{"maxDuration":"1h"}`:    {400, "INVALID_TYPE", "maxDuration"},
		`{"maxDuration":1e300}`:   {400, "INVALID_TYPE", "maxDuration"},
		`{"maxRestarts":1.5}`:     {400, "INVALID_TYPE", "maxRestarts"},
		`{"maxDuration":3155e99}`: {400, "INVALID_TYPE", "maxDuration"},
	} {
		got := a.call("PATCH", target, body)
		equal(t, body, []any{got.Status, got.reason(), got.Error.Field}, want)
	}
	a.advance("10m")
	got := a.call("PATCH", target, `{"maxDuration":600}`)
	equal(t, "a limit that is used up", []any{got.Status, got.reason(), got.Error.Details},
		[]any{409, "MAX_DURATION_PASSED", map[string]any{"value": 600.0, "used": 600.0}})
	patch(`{"maxDuration":601}`)
	a.advance("1s")
	equal(t, "at its limit", []any{a.shown(id)["status"], a.shown(id)["statusReason"]}, []any{"stopped", "MAX_DURATION_REACHED"})
	got = a.call("PATCH", target, `{"priority":"high"}`)
	equal(t, "after the end", []any{got.Status, got.reason()}, []any{409, "TASK_FINISHED"})
	a.ok("PATCH", target, `{"taskName":"still","priority":"normal"}`) // which it has

	// A task that asked for no priority has the normal one, so that asking for it changes nothing.
	target = tasks + "/" + a.create(existing("env-001"))
	equal(t, "the revision after the same priority", data[task](t, a.ok("PATCH", target, `{"priority":"normal"}`)).Revision, 1)
	a.ok("POST", target+"/stop", "")
	a.ok("PATCH", target, `{"priority":"normal"}`)
}

// A task of a higher priority takes the place of preemptible ones: both say so, and the preempted pays for what it used.
func TestPreemption(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	whole := dynamic("az-sz-c", "A100", 8)
	var small []string // tasks that fill the zone
	waiting := a.create(with(whole, `"preemptible":true`))
	for a.shown(waiting)["status"] != "queued" {
		small = append(small, waiting)
		waiting = a.create(with(whole, `"preemptible":true`))
	}
	a.advance("30m")
	hourly := data[map[string]any](t, a.ok("POST", estimates, with(whole, `"preemptible":true`)))["hourlyPrice"].(map[string]any)
	full := data[map[string]any](t, a.ok("POST", estimates, whole))["hourlyPrice"].(map[string]any)
	equal(t, "prices an hour", []any{hourly["amount"], full["amount"]}, []any{"117.76", "294.40"})
	urgent := a.create(with(whole, `"priority":"high"`))
	equal(t, "the urgent task", a.shown(urgent)["status"], "allocating")
	victim := small[len(small)-1]
	v := a.shown(victim)
	equal(t, "who gave way", []any{v["status"], v["statusReason"], v["statusMessage"], v["preemptions"], v["restarts"]},
		[]any{"queued", "PREEMPTED", "让位于优先级更高的任务", 1.0, 0.0})
	equal(t, "its cost", v["cost"].(map[string]any)["amount"], "58.88") // half an hour
	if before := a.shown(waiting)["queuePosition"]; before != 2.0 || v["queuePosition"] != 1.0 {
		t.Errorf("the preempted has position %v, who came after it %v", v["queuePosition"], before)
	}
	of := func(id, kind string) map[string]any {
		for _, e := range data[[]map[string]any](t, a.ok("GET", tasks+"/"+id+"/events", "", english)) {
			if e["type"] == kind {
				return e
			}
		}
		return nil
	}
	placed, restarted := of(urgent, "placed"), of(victim, "restarted")
	equal(t, "what happened to the urgent task", []any{placed["tasks"], placed["message"]},
		[]any{[]any{victim}, "nodes were chosen and their GPUs held: in the place of " + victim})
	equal(t, "what happened to the preempted", []any{restarted["tasks"], restarted["reason"], restarted["message"]},
		[]any{[]any{urgent}, "PREEMPTED", "the task restarts, from its last checkpoint if it has one: " +
			"it gave way to a task of a higher priority: " + urgent})
	a.advanceUntilIdle()
	for _, id := range append(small, waiting, urgent) {
		equal(t, id, a.shown(id)["status"], "succeeded")
	}
	costs := 0.0
	for _, id := range append(small, waiting, urgent) {
		costs += amount(t, a.shown(id)["cost"].(map[string]any)["amount"].(string))
	}
	total := amount(t, a.history("").Total.TotalCost.Amount)
	if diff := total - costs; diff < -0.1 || diff > 0.1 {
		t.Errorf("the tasks cost %.2f, and by the history %.2f", costs, total)
	}
}
