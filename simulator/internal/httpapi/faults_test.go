package httpapi_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func (a *api) fault(body string) string {
	a.t.Helper()
	return data[struct{ ID string }](a.t, a.ok("POST", "/sim/v1/faults", body)).ID
}

func TestFaultStatus(t *testing.T) {
	a := newAPI(t)
	for _, c := range []struct {
		fault, reason, retryAfter, chinese string
		status                             int
	}{
		{`{"status":429,"retryAfter":7}`, "TOO_MANY_REQUESTS", "7", "请求过于频繁，请稍后重试", 429},
		{`{"status":503,"retryAfter":0}`, "SERVICE_UNAVAILABLE", "0", "服务暂不可用，请稍后重试", 503},
		{`{"status":503}`, "SERVICE_UNAVAILABLE", "1", "服务暂不可用，请稍后重试", 503},
		{`{"status":418,"delay":"1ns"}`, "INJECTED_FAULT", "", "", 418},
	} {
		id := a.fault(c.fault)
		for _, method := range []string{"POST", "GET"} {
			got := a.call(method, tasks, existing("env-001"))
			equal(t, c.fault, []any{got.Status, got.reason(), got.Header.Get("Retry-After"), got.Error.Details},
				[]any{c.status, c.reason, c.retryAfter, map[string]any{"faultId": id}})
			if c.chinese != "" {
				equal(t, c.fault, got.Message, c.chinese)
			}
			a.inEnglish(&got, method, tasks, existing("env-001"))
		}
		a.ok("GET", "/sim/v1/clock", "") // the control plane is spared
		a.ok("GET", "/healthz", "")
		a.ok("DELETE", "/sim/v1/faults/"+id, "")
		equal(t, "tasks made", a.ok("GET", tasks, "").Page.Total, 0)
	}
}

func TestFaultMatching(t *testing.T) {
	for _, c := range []struct {
		fault string
		hit   string // of the requests below, those that get the fault's status
	}{
		{`{"status":500}`, "GET list, GET one, DELETE one, POST stop, GET zones"},
		{`{"status":500,"method":"GET"}`, "GET list, GET one, GET zones"},
		{`{"status":500,"method":"get"}`, "GET list, GET one, GET zones"},
		{`{"status":500,"path":"/api/v1/training-tasks"}`, "GET list"},
		{`{"status":500,"path":"/api/v1/training-tasks/*"}`, "GET one, DELETE one"},
		{`{"status":500,"path":"/api/v1/*/task-001/stop"}`, "POST stop"},
		{`{"status":500,"path":"/api/v1/*"}`, "GET list, GET zones"},
		{`{"status":500,"path":"/api/v1/training-tasks/task-001","method":"DELETE"}`, "DELETE one"},
		{`{"status":500,"path":"/sim/v1/*"}`, ""},
	} {
		a := newAPI(t)
		id := a.create(existing("env-001"))
		a.fault(c.fault)
		var hit []string
		for _, r := range []struct{ name, method, target string }{
			{"unknown path", "GET", "/api/v1/nothing"}, {"GET list", "GET", tasks}, {"GET one", "GET", tasks + "/" + id},
			{"DELETE one", "DELETE", tasks + "/" + id},
			{"POST stop", "POST", tasks + "/" + id + "/stop"}, {"GET zones", "GET", zones + "?region=x"}, {"clock", "GET", "/sim/v1/clock"},
		} {
			if a.call(r.method, r.target, "").Status == 500 {
				hit = append(hit, r.name)
			}
		}
		equal(t, c.fault, strings.Join(hit, ", "), c.hit)
	}
}

func TestFaultList(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	for range 3 {
		a.fault(`{"status":503}`)
	}
	equal(t, "the last page of the newest first", a.ids("/sim/v1/faults?order=desc&pageSize=2&page=2", "id"), "fault-001")
	equal(t, "an unknown parameter", a.call("GET", "/sim/v1/faults?method=GET", "").reason(), "UNKNOWN_PARAMETER")
}

// A client that makes faults for ever gets no further than the last of a thousand that are still to be applied.
func TestFaultsHaveALimit(t *testing.T) {
	t.Parallel()
	a := newAPI(t)
	const last = `{"status":503,"count":1,"path":"/api/v1/availability-zones"}`
	for i := range 1000 {
		body := `{"status":500,"path":"/api/v1/images"}`
		if i >= 998 {
			body = last
		}
		a.server.ServeHTTP(httptest.NewRecorder(), request("POST", "/sim/v1/faults", body))
	}
	refused := func(when string) {
		t.Helper()
		got := a.call("POST", "/sim/v1/faults", last)
		equal(t, when, []any{got.Status, got.reason(), got.Message, a.ok("GET", "/sim/v1/faults", "").Page.Total},
			[]any{409, "TOO_MANY_FAULTS", "已有 1000 个故障，请先删除一些", 1000})
	}
	refused("one more")
	equal(t, "the first that runs out", a.call("GET", zones, "").Status, 503)
	equal(t, "one in its place", a.fault(last), "fault-1001")
	equal(t, "the newest", a.ids("/sim/v1/faults?order=desc&pageSize=2", "id"), "fault-1001 fault-1000")
	refused("one more than that")
	a.ok("DELETE", "/sim/v1/faults/fault-001", "")
	equal(t, "after a deletion", a.fault(last), "fault-1002")
}

func TestFaultsApplyInOrderAndRunOut(t *testing.T) {
	a := newAPI(t)
	a.fault(`{"status":500,"count":2,"method":"GET"}`)
	a.fault(`{"status":501,"count":1}`)
	a.fault(`{"status":502,"path":"/api/v1/availability-zones"}`)
	var got []int
	for _, target := range []string{tasks, tasks, tasks, tasks, zones, zones} {
		got = append(got, a.call("GET", target, "").Status)
	}
	equal(t, "statuses", got, []int{500, 500, 501, 200, 502, 502})
	type fault struct {
		ID     string
		Status int
		Hits   int
		Count  int
	}
	equal(t, "faults", data[[]fault](t, a.ok("GET", "/sim/v1/faults", "")),
		[]fault{{"fault-001", 500, 2, 2}, {"fault-002", 501, 1, 1}, {"fault-003", 502, 2, 0}})

	a.ok("DELETE", "/sim/v1/faults/fault-003", "")
	equal(t, "without the last fault", a.call("GET", zones, "").Status, 200)
	a.ok("DELETE", "/sim/v1/faults", "")
	equal(t, "no faults", string(a.ok("GET", "/sim/v1/faults", "").Data), "[]")
	a.fault(`{"status":500}`)
	a.ok("POST", "/sim/v1/reset", "")
	equal(t, "after a reset", a.call("GET", zones, "").Status, 200)
}

func TestFaultProbabilityIsDrawnFromTheSeed(t *testing.T) {
	draw := func(seed uint64) (hits string) {
		a := newAPI(t, func(s *setup) { s.Seed = seed })
		a.fault(`{"status":500,"probability":0.3}`)
		for range 400 {
			if a.call("GET", zones+"/az-bj-a", "").Status == 500 {
				hits += "x"
			} else {
				hits += "."
			}
		}
		return hits
	}
	first := draw(1)
	if n := strings.Count(first, "x"); n < 80 || n > 160 {
		t.Errorf("a fault of probability 0.3 hit %d of 400 requests", n)
	}
	equal(t, "the same seed", draw(1), first)
	if draw(2) == first {
		t.Error("another seed gives the same hits")
	}
}

func TestMalformedFaults(t *testing.T) {
	a := newAPI(t)
	for body, field := range map[string]string{
		`{}`: "", `{"method":"GET"}`: "",
		`{"status":399}`: "status", `{"status":600}`: "status", `{"status":-1}`: "status",
		`{"cut":"during"}`: "cut", `{"cut":"after","status":500}`: "cut",
		`{"delay":"soon"}`: "delay", `{"delay":"-1s"}`: "delay", `{"delay":"0s"}`: "delay", `{"delay":"11m"}`: "delay",
		`{"delay":"1s","retryAfter":1}`: "retryAfter", `{"status":503,"retryAfter":-1}`: "retryAfter",
		`{"status":500,"count":0}`: "count", `{"status":500,"count":-1}`: "count",
		`{"status":500,"probability":0}`: "probability", `{"status":500,"probability":1.1}`: "probability",
		`{"status":500,"method":"` + strings.Repeat("x", 65) + `"}`:  "method",
		`{"status":500,"path":"/` + strings.Repeat("x", 1024) + `"}`: "path",
		`{"status":500,"path":"api"}`:                                "path", `{"status":500,"path":"/["}`: "path",
	} {
		got := a.call("POST", "/sim/v1/faults", body)
		if got.Status != 400 || got.reason() != "INVALID_VALUE" || got.Error.Field != field {
			t.Errorf("%s: %d %s, want INVALID_VALUE of %q", body, got.Status, got.Body, field)
		}
		a.inEnglish(&got, "POST", "/sim/v1/faults", body)
	}
	equal(t, "faults", string(a.ok("GET", "/sim/v1/faults", "").Data), "[]")
}

// A cut can be seen only through a real connection.
func TestCut(t *testing.T) {
	for cut, made := range map[string]int{"before": 0, "after": 1} {
		t.Run(cut, func(t *testing.T) {
			a := newAPI(t)
			served := httptest.NewServer(a.handler)
			defer served.Close()
			a.fault(fmt.Sprintf(`{"method":"POST","cut":%q,"count":1}`, cut))
			post := func() (*http.Response, error) {
				r, err := http.NewRequestWithContext(t.Context(), "POST", served.URL+tasks, strings.NewReader(existing("env-001")))
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Content-Type", "application/json")
				name, value, _ := strings.Cut(key, ": ")
				r.Header.Set(name, value)
				// Without this the transport itself would try again.
				r.GetBody = nil
				return served.Client().Do(r)
			}
			if answer, err := post(); err == nil {
				_ = answer.Body.Close()
				t.Fatalf("the connection was not cut: %s", answer.Status)
			}
			equal(t, "tasks after the cut", a.ok("GET", tasks, "").Page.Total, made)

			answer, err := post()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = answer.Body.Close() }()
			if _, err := io.Copy(io.Discard, answer.Body); err != nil {
				t.Fatal(err)
			}
			equal(t, "the second try is a replay", answer.Header.Get("Idempotency-Replayed") == "true", made == 1)
			equal(t, "tasks in the end", a.ok("GET", tasks, "").Page.Total, 1)

			entries := a.journal("?method=POST")
			equal(t, "statuses and faults in the journal", []any{entries[0].Status, entries[0].FaultID, entries[1].Status, entries[1].FaultID},
				[]any{0, "fault-001", 200, ""})
			equal(t, "both bodies are there", []string{entries[0].Body, entries[1].Body}, []string{existing("env-001"), existing("env-001")})
		})
	}
}

func TestDelay(t *testing.T) {
	a := newAPI(t)
	a.fault(`{"delay":"30ms"}`)
	begin := time.Now()
	a.ok("GET", zones, "")
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("a request with a delay of 30 ms took %s", took)
	}
}

type journalEntry struct {
	RequestID, Method, Path, Query, ClusterID, IdempotencyKey, UserAgent, Body, FaultID string
	Time                                                                                time.Time
	Status                                                                              int
}

func (a *api) journal(query string) []journalEntry {
	a.t.Helper()
	return data[[]journalEntry](a.t, a.ok("GET", "/sim/v1/requests"+query, ""))
}

func TestJournal(t *testing.T) {
	a := newAPI(t)
	a.advance("90s")
	id := a.ok("POST", tasks, existing("env-001"), key, "User-Agent: test/1", "X-Request-Id: mine").Header.Get("X-Request-Id")
	a.call("POST", tasks, `{"taskName":`)
	a.ok("GET", zones+"?region=x&minFree=1", "")
	a.call("GET", tasks+"/task-009", "")
	a.ok("DELETE", tasks+"/task-001", "")
	a.call("GET", "/api/v1/nothing", "")
	a.ok("GET", "/sim/v1/clock", "") // not of the API, not in the journal
	a.ok("GET", "/healthz", "")

	all := a.journal("")
	equal(t, "the first entry", all[0], journalEntry{
		RequestID: id, Method: "POST", Path: tasks, IdempotencyKey: strings.TrimPrefix(key, "Idempotency-Key: "),
		UserAgent: "test/1", Body: existing("env-001"), Status: 200, Time: time.Date(2024, 12, 8, 10, 1, 30, 0, time.UTC),
	})
	equal(t, "the third entry's query", all[2].Query, "region=x&minFree=1")
	for query, want := range map[string]string{
		"":                            "POST 200, POST 400, GET 200, GET 404, DELETE 200, GET 404",
		"?method=POST":                "POST 200, POST 400",
		"?method=delete":              "DELETE 200",
		"?method=PUT":                 "",
		"?path=" + tasks:              "POST 200, POST 400",
		"?path=" + tasks + "/*":       "GET 404, DELETE 200",
		"?path=/api/v1/*&method=GET":  "GET 200, GET 404",
		"?path=" + tasks + "/task-00": "",
		"?pageSize=2&page=2":          "GET 200, GET 404",
		"?status=404":                 "GET 404, GET 404",
		"?status=0":                   "",
		"?order=desc&pageSize=2":      "GET 404, DELETE 200",
		"?path=&method=":              "POST 200, POST 400, GET 200, GET 404, DELETE 200, GET 404",
	} {
		var got []string
		for _, e := range a.journal(query) {
			got = append(got, fmt.Sprintf("%s %d", e.Method, e.Status))
		}
		equal(t, "entries of "+query, strings.Join(got, ", "), want)
	}
	a.ok("DELETE", "/sim/v1/requests", "")
	equal(t, "after its deletion", len(a.journal("")), 0)
}

// A client that is refused at the door, and one that is refused by a fault, are in the journal with what they sent.
func TestJournalOfRefusedRequests(t *testing.T) {
	a := newAPI(t, func(s *setup) { s.Token = "t" })
	const token = "Authorization: Bearer t"
	a.call("POST", tasks, "{}")
	a.ok("POST", "/sim/v1/faults", `{"status":503}`, token)
	a.call("POST", tasks, existing("env-001"), token)
	entries := data[[]journalEntry](t, a.ok("GET", "/sim/v1/requests", "", token))
	equal(t, "statuses", []int{entries[0].Status, entries[1].Status}, []int{401, 503})
	equal(t, "body and fault", []string{entries[1].Body, entries[1].FaultID}, []string{existing("env-001"), "fault-001"})
}

func TestJournalKeepsTheFirstOfALongBody(t *testing.T) {
	a := newAPI(t)
	for _, body := range []string{strings.Repeat("x", 1<<16), strings.Repeat("x", 1<<16+1), strings.Repeat("x", 2<<20), "\xff\xfe"} {
		a.call("POST", tasks, body)
	}
	entries := a.journal("")
	for i, want := range []string{strings.Repeat("x", 1<<16), strings.Repeat("x", 1<<16), strings.Repeat("x", 1<<16), "\ufffd"} {
		if got := entries[i].Body; got != want {
			t.Errorf("body %d has %d bytes, want %d", i, len(got), len(want))
		}
	}
}

// However long its entries are, the journal takes no more than 32 MiB.
func TestJournalForgetsByBytes(t *testing.T) {
	a := newAPI(t)
	body := strings.Repeat("x", 1<<16)
	for range 600 {
		a.server.ServeHTTP(httptest.NewRecorder(), request("POST", tasks, body))
	}
	total := a.ok("GET", "/sim/v1/requests?pageSize=1", "").Page.Total
	if total < 500 || total >= 512 {
		t.Errorf("the journal keeps %d entries of 64 KiB, want just under 512", total)
	}
	for range 10_000 {
		a.server.ServeHTTP(httptest.NewRecorder(), request("GET", zones, ""))
	}
	equal(t, "short entries", a.ok("GET", "/sim/v1/requests?pageSize=1", "").Page.Total, 10_000)
}

func TestJournalIsARing(t *testing.T) {
	a := newAPI(t)
	// Straight to the server: the contract has been held by smaller tests.
	for i := range 10_003 {
		a.server.ServeHTTP(httptest.NewRecorder(), request("GET", fmt.Sprintf("%s/task-%05d", tasks, i), ""))
	}
	first := a.ok("GET", "/sim/v1/requests?pageSize=1", "")
	last := a.ok("GET", "/sim/v1/requests?pageSize=1&page=10000", "")
	equal(t, "total", first.Page.Total, 10_000)
	for name, c := range map[string]struct {
		list json.RawMessage
		want string
	}{"oldest": {first.Data, "/task-00003"}, "newest": {last.Data, "/task-10002"}} {
		var entries []journalEntry
		if err := json.Unmarshal(c.list, &entries); err != nil || len(entries) != 1 {
			t.Fatalf("%s: %v", c.list, err)
		}
		equal(t, name, entries[0].Path, tasks+c.want)
	}
}
