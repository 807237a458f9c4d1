package fermi

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// newTestClient returns a client of a server made of handler; it backs off for next to no time.
func newTestClient(t *testing.T, options Options, handler http.HandlerFunc) *Client {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	options.Endpoint = server.URL + "/"
	client, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	client.waitMin, client.waitMax = time.Nanosecond, time.Nanosecond
	return client
}

// fakeClient returns a client whose requests go to handler over no network, so that it can be used within synctest.
func fakeClient(t *testing.T, options Options, handler http.HandlerFunc) *Client {
	t.Helper()
	options.Endpoint = "http://fermi.test"
	client, err := New(options)
	if err != nil {
		t.Fatal(err)
	}
	client.http = roundTripper(func(r *http.Request) (*http.Response, error) {
		recorder := httptest.NewRecorder()
		handler(recorder, r)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		response := recorder.Result()
		response.Request = r
		return response, nil
	})
	return client
}

func answerJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Request-Id", "req-7")
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

const taskJSON = `{"code":200,"message":"ok","data":{"taskId":"task-001","taskName":"a","status":"running",
	"createdAt":"2024-12-08T10:00:00Z","startedAt":"2024-12-08T10:00:10Z","nodes":["n1"],"labels":{},
	"cost":{"amount":"145.20","currency":"CNY"},"progress":0.5,"revision":3}}`

// cutConnection ends a request without an answer.
func cutConnection(w http.ResponseWriter) {
	connection, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		_ = connection.Close()
	}
}

func TestCreateTask(t *testing.T) {
	var keys []string
	client := newTestClient(t, Options{Token: "secret", UserAgent: "test/1", MaxRetries: 2}, func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Idempotency-Key"))
		if len(keys) < 3 {
			cutConnection(w)
			return
		}
		body, _ := io.ReadAll(r.Body)
		got := map[string]any{}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Error(err)
		}
		want := map[string]any{
			"taskName": "n", "datasetId": "d", "datasetVersionId": "v", "launchMode": "dynamic",
			"resourceConfig": map[string]any{
				"availabilityZone": "az-bj-a", "gpuType": "A100", "gpuCount": 4.0, "cpuCores": 32.0, "memory": 256.0, "image": "i",
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		for header, want := range map[string]string{
			"Authorization": "Bearer secret", "User-Agent": "test/1", "Content-Type": "application/json", "Accept-Language": "",
		} {
			if got := r.Header.Get(header); got != want {
				t.Errorf("%s is %q, want %q", header, got, want)
			}
		}
		if r.Method != "POST" || r.URL.Path != "/api/v1/training-tasks" {
			t.Errorf("got %s %s", r.Method, r.URL)
		}
		answerJSON(w, 200, `{"code":200,"message":"训练任务创建成功","data":{"taskId":"task-002","status":"allocating",`+
			`"estimatedStartTime":"2024-12-08T10:30:00Z"}}`)
	})
	created, err := client.CreateTask(t.Context(), TrainingTaskRequest{
		TaskName: "n", DatasetID: "d", DatasetVersionID: "v", LaunchMode: LaunchModeDynamic,
		ResourceConfig: &ResourceConfig{AvailabilityZone: "az-bj-a", GPUType: "A100", GPUCount: 4, CPUCores: 32, Memory: 256, Image: "i"},
	}, "")
	if err != nil {
		t.Fatal(err)
	}
	if created.TaskID != "task-002" || created.Status != TaskStatusAllocating || created.EstimatedStartTime.Minute() != 30 {
		t.Errorf("got %+v", created)
	}
	if len(keys) != 3 || keys[0] == "" || keys[0] != keys[1] || keys[1] != keys[2] {
		t.Errorf("one create must have one key in all its attempts, got %q", keys)
	}
}

func TestEveryCreateHasItsOwnKey(t *testing.T) {
	keys := map[string]bool{}
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		keys[r.Header.Get("Idempotency-Key")] = true
		answerJSON(w, 200, `{"code":200,"message":"","data":{"taskId":"t","status":"queued"}}`)
	})
	for range 3 {
		if _, err := client.CreateTask(t.Context(), TrainingTaskRequest{TaskName: "same"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(keys) != 3 {
		t.Errorf("got %d keys for 3 creates", len(keys))
	}
}

func TestUpdateTaskSendsOnlyWhatChanges(t *testing.T) {
	var body string
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		read, _ := io.ReadAll(r.Body)
		body = r.Method + string(read)
		w.Header().Set("ETag", `"4"`)
		answerJSON(w, 200, taskJSON)
	})
	empty, none := "", Labels{}
	task, err := client.UpdateTask(t.Context(), "task-001", "", TrainingTaskPatch{Description: &empty, Labels: &none})
	if err != nil {
		t.Fatal(err)
	}
	if want := `PATCH{"description":"","labels":{}}`; body != want {
		t.Errorf("sent %s, want %s", body, want)
	}
	if task.ETag != `"4"` || task.Cost != (Money{"145.20", "CNY"}) || task.StartedAt.Second() != 10 || task.FinishedAt != nil {
		t.Errorf("got %+v", task)
	}
}

func TestDeleteTaskToleratesGone(t *testing.T) {
	for _, status := range []int{200, 404, 410} {
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			answerJSON(w, status, `{"code":200,"message":"gone","error":{"reason":"TASK_NOT_FOUND"}}`)
		})
		if err := client.DeleteTask(t.Context(), "task-001", ""); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestStopTaskAfterALostAnswer(t *testing.T) {
	var stops int
	client := newTestClient(t, Options{MaxRetries: 1}, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodGet:
			answerJSON(w, 200, strings.Replace(taskJSON, `"running"`, `"stopped"`, 1))
		case stops == 0:
			stops++
			cutConnection(w)
		default:
			answerJSON(w, 409, `{"code":409,"message":"ended","error":{"reason":"TASK_FINISHED"}}`)
		}
	})
	task, err := client.StopTask(t.Context(), "task-001", "")
	if err != nil || task.Status != TaskStatusStopped {
		t.Errorf("got %s, %v; the task was stopped by the first attempt", task.Status, err)
	}
	// Without a lost answer the conflict is the caller's to know.
	if _, err := client.StopTask(t.Context(), "task-001", ""); !IsConflict(err) {
		t.Errorf("got %v, want a conflict", err)
	}
}

func TestPathsAreEscaped(t *testing.T) {
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.EscapedPath() != "/api/v1/training-tasks/a%2F..%3Fb/logs" {
			t.Errorf("path %s", r.URL.EscapedPath())
		}
		answerJSON(w, 200, `{"code":200,"message":"","data":{"lines":["x","y"]}}`)
	})
	lines, err := client.TaskLog(t.Context(), "a/..?b", 2)
	if err != nil || len(lines) != 2 {
		t.Errorf("got %q, %v", lines, err)
	}
}

func TestRequestTimeoutIsRetried(t *testing.T) {
	var calls atomic.Int32
	client := newTestClient(t, Options{MaxRetries: 1, RequestTimeout: 100 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1) == 1 {
			<-r.Context().Done()
			return
		}
		answerJSON(w, 200, taskJSON)
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err != nil {
		t.Error(err)
	}
}

func TestCancellationEndsTheRetries(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	client := newTestClient(t, Options{MaxRetries: 1000}, func(w http.ResponseWriter, r *http.Request) {
		answerJSON(w, 503, `{"code":503,"message":"暂不可用","error":{"reason":"UNAVAILABLE"}}`)
	})
	client.waitMin, client.waitMax = time.Hour, time.Hour
	client.http = observer{client.http, func(context.Context, Attempt) { cancel() }}
	_, err := client.GetTask(ctx, "task-001")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefusesEndpoints(t *testing.T) {
	for _, endpoint := range []string{"", "localhost:8080", "ftp://host", "http://", "http://me:pw@host", "http://h/?key=pw", "http://h/#pw",
		"h?pw", "http://%zz"} {
		_, err := New(Options{Endpoint: endpoint})
		if err == nil {
			t.Errorf("%q is accepted", endpoint)
		} else if strings.Contains(err.Error(), "pw") {
			t.Errorf("the error shows the password: %v", err)
		}
	}
}

func TestConnectionsAreUsedAgain(t *testing.T) {
	const together = 20
	var opened atomic.Int32
	var arrived sync.WaitGroup // holds each answer until all calls of a round are there
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		arrived.Done()
		arrived.Wait()
		answerJSON(w, 200, taskJSON)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	client, err := New(Options{Endpoint: server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		arrived.Add(together)
		var calls sync.WaitGroup
		for range together {
			calls.Go(func() {
				if _, err := client.GetTask(t.Context(), "task-001"); err != nil {
					t.Error(err)
				}
			})
		}
		calls.Wait()
	}
	if got := opened.Load(); got != together {
		t.Errorf("%d connections for %d calls at once", got, together)
	}
}

func TestAnAnswerWithoutEnd(t *testing.T) {
	part := bytes.Repeat([]byte("x"), 1<<20)
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := w.Write(part); err != nil {
				return
			}
		}
	})
	if _, err := client.GetTask(t.Context(), "task-001"); err == nil || !strings.Contains(err.Error(), "the answer is longer than 64 MiB") ||
		len(err.Error()) > 500 {
		t.Errorf("got %.500v", err)
	}
}
