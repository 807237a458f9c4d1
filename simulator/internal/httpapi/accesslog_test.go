package httpapi_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// logged runs f against a server with a log and returns the log's lines, as objects.
func logged(t *testing.T, level slog.Level, f func(a *api)) []map[string]any {
	t.Helper()
	var log bytes.Buffer
	a := newAPI(t, func(s *setup) {
		s.Token = "s3cret-token"
		s.Log = slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: level}))
	})
	f(a)
	for _, secret := range []string{"s3cret", "hunter2", "dataset-001", "task-001"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, &log)
		}
	}
	var lines []map[string]any
	for line := range strings.Lines(log.String()) {
		object := map[string]any{}
		if err := json.Unmarshal([]byte(line), &object); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		lines = append(lines, object)
	}
	return lines
}

const auth = "Authorization: Bearer s3cret-token"

func TestAccessLog(t *testing.T) {
	t.Parallel()
	var created answer
	lines := logged(t, slog.LevelInfo, func(a *api) {
		created = a.ok("POST", tasks, existing("env-001"), auth, "X-Request-Id: mine-1")
		a.call("GET", tasks+"/task-001?password=hunter2", "", auth)
		a.call("GET", tasks+"/hunter2%0Alevel=ERROR", "", auth, "X-Request-Id: hunter2\nforged", "User-Agent: hunter2")
		a.call("HUNTER2", tasks, "", auth)
		a.call("GET", tasks, "", "Authorization: Bearer hunter2")
		a.call("HEAD", tasks, "", auth)
		a.ok("GET", "/healthz", "")
		a.ok("GET", "/metrics", "", auth)
	})
	type line struct{ method, route, status any }
	var got []line
	for _, l := range lines {
		got = append(got, line{l["method"], l["route"], l["status"]})
		if l["msg"] != "request" || l["level"] != "INFO" || l["remote"] != "192.0.2.1:1234" || l["request_id"] == "" ||
			!(l["duration"].(float64) > 0) {
			t.Errorf("a line of the log: %v", l)
		}
	}
	want := []line{
		{"POST", "/api/v1/training-tasks", 200.}, {"GET", "/api/v1/training-tasks/{id}", 400.},
		{"GET", "/api/v1/training-tasks/{id}", 404.}, {"other", "none", 405.}, {"GET", "none", 401.},
		{"HEAD", "/api/v1/training-tasks", 200.},
	}
	if len(got) != len(want) {
		t.Fatalf("the log has %v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("line %d is of %v, want %v", i+1, got[i], want[i])
		}
	}
	equal(t, "bytes of a HEAD", lines[5]["bytes"], any(0.))
	equal(t, "request id and bytes", []any{lines[0]["request_id"], lines[0]["bytes"]}, []any{"mine-1", float64(len(created.Body))})
}

// brokenBody is a request's body that takes its handler down.
type brokenBody struct{}

func (brokenBody) Read([]byte) (int, error) { panic("the body is broken") }
func (brokenBody) Close() error             { return nil }

func TestAPanicIsAnsweredAndLogged(t *testing.T) {
	t.Parallel()
	lines := logged(t, slog.LevelInfo, func(a *api) {
		r := request("POST", tasks, "", auth, "Content-Type: application/json", "X-Request-Id: mine-2")
		r.Body = brokenBody{}
		got := a.answered(r)
		equal(t, "the answer", []any{got.Status, got.reason(), got.Error.Details["requestId"], got.Header.Get("X-Request-Id")},
			[]any{500, "INTERNAL", "mine-2", "mine-2"})
		if !strings.HasPrefix(got.Message, "内部错误") || strings.Contains(got.Body, "broken") {
			t.Errorf("the answer is %s", got.Body)
		}
		a.ok("GET", zones, "", auth) // and the server goes on
	})
	equal(t, "lines", len(lines), 3)
	equal(t, "the panic", []any{lines[0]["level"], lines[0]["msg"], lines[0]["panic"], lines[0]["request_id"]},
		[]any{"ERROR", "panic", "the body is broken", "mine-2"})
	if stack, _ := lines[0]["stack"].(string); !strings.Contains(stack, "brokenBody") {
		t.Errorf("the stack is %q", stack)
	}
	equal(t, "the request", lines[1]["status"], any(500.))
}

// half is a writer that breaks after an answer has begun.
type half struct{ *httptest.ResponseRecorder }

func (half) Write([]byte) (int, error) { panic("the writer is broken") }

func TestAPanicInTheMiddleOfAnAnswerCutsIt(t *testing.T) {
	t.Parallel()
	lines := logged(t, slog.LevelError, func(a *api) {
		defer func() {
			if err, ok := recover().(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
				t.Errorf("the server panics with %v, want what cuts the connection", err)
			}
		}()
		a.server.ServeHTTP(half{httptest.NewRecorder()}, request("GET", zones, "", auth))
	})
	equal(t, "lines", len(lines), 1)
}
