package contracttest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
)

// witness is a testing.TB that records failures instead of failing.
type witness struct {
	testing.TB
	failures []string
}

func (w *witness) Helper() {}

func (w *witness) Errorf(format string, args ...any) {
	w.failures = append(w.failures, fmt.Sprintf(format, args...))
}

// answering returns a server that always gives the same response.
func answering(status int, body string, headers ...string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Id", "r")
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
			if value == "" {
				w.Header().Del(name)
			}
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
}

const (
	deleted  = `{"code":200,"message":"m"}`
	notFound = `{"code":404,"message":"m","error":{"reason":"TASK_NOT_FOUND"}}`
	zone     = `{"code":200,"message":"m","data":{"id":"z","name":"n","region":"r","available":true,"gpuInventory":{"A100":1},
		"gpuCapacity":{"A100":1},"queueLength":0,"utilization":0}}`
	created = `{"code":200,"message":"m","data":{"taskId":"task-001","status":"starting"}}`
	task    = "/api/v1/training-tasks/task-001"
)

// All relevant violations of the contract are reported, and nothing else.
func TestHandlerFailsOnViolations(t *testing.T) {
	for _, c := range []struct {
		name, method, target, body string
		next                       http.Handler
		want                       string // part of the only failure; "" if there is none
	}{
		{"a right answer", "DELETE", task, "", answering(200, deleted), ""},
		{"a documented failure", "DELETE", task, "", answering(404, notFound), ""},
		{"a right request", "POST", "/api/v1/training-tasks", `{"taskName":"t"}`, answering(200, created), ""},

		{"an answer without X-Request-Id", "DELETE", task, "", answering(200, deleted, "X-Request-Id: "), "X-Request-Id"},
		{"an answer of another type", "DELETE", task, "", answering(200, deleted, "Content-Type: text/html"), "answer 200"},
		{"a success without its data", "GET", "/api/v1/availability-zones/z", "", answering(200, deleted), "data"},
		{"an unknown field", "GET", "/api/v1/availability-zones/z", "",
			answering(200, strings.Replace(zone, `"id"`, `"color":"red","id"`, 1)), "color"},
		{"a wrong type", "GET", "/api/v1/availability-zones/z", "",
			answering(200, strings.Replace(zone, `"available":true`, `"available":"yes"`, 1)), "available"},
		{"a status that is none", "POST", "/api/v1/training-tasks", `{}`, answering(200, strings.Replace(created, "starting", "lost", 1)),
			"status"},
		{"a failure without a reason", "DELETE", task, "", answering(404, `{"code":404,"message":"m","error":{}}`), "reason"},
		{"a success in an error's place", "DELETE", task, "", answering(404, deleted), "answer 404"},
		{"no JSON", "DELETE", task, "", answering(200, "<html>"), "answer 200"},

		{"a request to no path", "GET", "/api/v1/nothing", "", answering(404, notFound), "not in openapi.yaml"},
		{"a request by no method", "PUT", task, "", answering(405, notFound), "not in openapi.yaml"},
		{"a request with an unknown field", "POST", "/api/v1/training-tasks", `{"name":"t"}`, answering(200, created), "request"},
		{"a request without its body", "POST", "/api/v1/training-tasks", "", answering(200, created), "request"},
		{"a malformed parameter", "GET", "/sim/v1/requests?page=0", "", answering(404, notFound), "page"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := &witness{TB: t}
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
			r.Header.Set("Content-Type", "application/json")
			contracttest.Handler(w, c.next).ServeHTTP(httptest.NewRecorder(), r)
			switch {
			case c.want == "" && len(w.failures) > 0:
				t.Errorf("failed: %s", w.failures)
			case c.want != "" && (len(w.failures) != 1 || !strings.Contains(w.failures[0], c.want)):
				t.Errorf("failures %q, want one with %q", w.failures, c.want)
			}
		})
	}
}

func TestAnswersLeavesRequestsAlone(t *testing.T) {
	for body, next := range map[string]http.Handler{`{"name":"t"}`: answering(200, created), `{`: answering(404, notFound)} {
		w := &witness{TB: t}
		r := httptest.NewRequest("POST", "/api/v1/training-tasks", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		contracttest.Answers(w, next).ServeHTTP(httptest.NewRecorder(), r)
		if len(w.failures) > 0 {
			t.Errorf("%s: %s", body, w.failures)
		}
	}
	w := &witness{TB: t}
	contracttest.Answers(w, answering(200, "{}")).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("DELETE", task, nil))
	if len(w.failures) != 1 {
		t.Errorf("a wrong answer gives the failures %q, want one", w.failures)
	}
}

// The handler changes neither requests nor responses.
func TestHandlerPassesEverythingOn(t *testing.T) {
	var got string
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body := make([]byte, 100)
		n, _ := r.Body.Read(body)
		got = r.Method + " " + r.URL.String() + " " + r.Header.Get("X-Test") + " " + string(body[:n])
		answering(404, notFound, "Retry-After: 3").ServeHTTP(w, r)
	})
	r := httptest.NewRequest("POST", "/api/v1/training-tasks", strings.NewReader(`{"taskName":"t"}`))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Test", "x")
	w := httptest.NewRecorder()
	contracttest.Handler(t, next).ServeHTTP(w, r)
	if want := `POST /api/v1/training-tasks x {"taskName":"t"}`; got != want {
		t.Errorf("the server got %q, want %q", got, want)
	}
	if w.Code != 404 || w.Body.String() != notFound || w.Header().Get("Retry-After") != "3" {
		t.Errorf("the client got %d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestACutPassesThrough(t *testing.T) {
	defer func() {
		if p := recover(); fmt.Sprint(p) != http.ErrAbortHandler.Error() {
			t.Errorf("recovered %v, want the cut", p)
		}
	}()
	cut := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	contracttest.Handler(t, cut).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("DELETE", task, nil))
}

// Default values of parameters are not added to the request.
func TestHandlerPassesRequestsOnAsTheyAre(t *testing.T) {
	const target = "/api/v1/models?cursor=&pageSize=2"
	got := ""
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.URL.String()
		answering(200, `{"code":200,"message":"m","data":[],"page":{"size":2,"total":0}}`).ServeHTTP(w, r)
	})
	contracttest.Handler(t, next).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, http.NoBody))
	if got != target {
		t.Errorf("the handler got %s, want %s", got, target)
	}
}
