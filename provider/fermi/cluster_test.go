package fermi

import (
	"context"
	"crypto/x509"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"
)

const clusterJSON = `{"code":200,"message":"",
	"data":{"id":"0b1f3c1e-8f5b-4c3e-9d8a-1f2e3d4c5b6a","name":"费米","apiVersion":"1.1.0","ephemeral":true}}`

func TestGetCluster(t *testing.T) {
	requests := 0
	client := newTestClient(t, Options{MaxRetries: 2}, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet || r.URL.Path != "/api/v1/cluster" || r.Header.Get(clusterHeader) != "" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		if requests++; requests < 3 {
			answerJSON(w, 503, "{}")
			return
		}
		answerJSON(w, 200, clusterJSON)
	})
	cluster, err := client.ForCluster("another").GetCluster(t.Context())
	if want := (Cluster{"0b1f3c1e-8f5b-4c3e-9d8a-1f2e3d4c5b6a", "费米", "1.1.0", true}); err != nil || cluster != want {
		t.Errorf("%+v, %v", cluster, err)
	}
}

func TestGetClusterFromOtherAPIs(t *testing.T) {
	for _, test := range []struct {
		status  int
		body    string
		lacking bool
	}{
		{404, `{"code":404,"message":"","error":{"reason":"PATH_NOT_FOUND"}}`, true},
		{404, `<html>`, true},
		{405, `{"code":405,"message":"","error":{"reason":"METHOD_NOT_ALLOWED"}}`, true},
		{501, ``, true},
		{401, `{"code":401,"message":"","error":{"reason":"UNAUTHORIZED"}}`, false},
		{503, ``, false},
		{200, `{"code":200,"message":"","data":{}}`, false},
		{200, `{"code":200,"message":"","data":{"id":"cluster-1"}}`, false},
		{200, `<html>`, false},
	} {
		client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { answerJSON(w, test.status, test.body) })
		cluster, err := client.GetCluster(t.Context())
		if err == nil || cluster != (Cluster{}) || IsLacking(err) != test.lacking {
			t.Errorf("%d %s: %+v, lacking %t, %v", test.status, test.body, cluster, IsLacking(err), err)
		}
	}
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 404, `{"error":{"reason":"TASK_NOT_FOUND"}}`)
	})
	if _, err := client.GetTask(t.Context(), "task-001"); IsLacking(err) || !IsNotFound(err) {
		t.Errorf("a task that is missing is taken for a call that is missing: %v", err)
	}
}

// Calls that mean an object, or make one, name the cluster; what any cluster may answer doesn't.
func TestForClusterNamesTheCluster(t *testing.T) {
	named := map[string]string{}
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		named[r.Method+" "+strings.TrimPrefix(r.URL.Path, "/api/v1")] = strings.Join(r.Header.Values(clusterHeader), ",")
		answerJSON(w, 412, `{"code":412,"message":"","error":{"reason":"WRONG_CLUSTER"}}`)
	})
	ctx := t.Context()
	calls := func(client *Client) (errs []error) {
		keep := func(err error) { errs = append(errs, err) }
		one := func(_ any, err error) { keep(err) }
		_, _, err := client.WaitTask(ctx, "task-001", `"3"`, time.Second)
		keep(err)
		one(client.GetTask(ctx, "task-001"))
		one(client.CreateTask(ctx, TrainingTaskRequest{}, ""))
		one(client.UpdateTask(ctx, "task-001", "", TrainingTaskPatch{}))
		one(client.StopTask(ctx, "task-001", ""))
		keep(client.DeleteTask(ctx, "task-001", ""))
		one(client.ListTaskEvents(ctx, "task-001"))
		one(client.TaskLog(ctx, "task-001", 1))
		one(client.EstimateTask(ctx, TrainingTaskRequest{}))
		one(client.GetTaskTemplate(ctx, "t"))
		one(client.CreateTaskTemplate(ctx, TaskTemplateRequest{}, ""))
		one(client.UpdateTaskTemplate(ctx, "t", "", TaskTemplatePatch{}))
		keep(client.DeleteTaskTemplate(ctx, "t", ""))
		one(client.GetDevEnvironment(ctx, "e"))
		one(client.GetAvailabilityZone(ctx, "z"))
		return errs
	}
	bound := client.ForCluster("0b1f3c1e-8f5b-4c3e-9d8a-1f2e3d4c5b6a")
	for i, err := range calls(bound) {
		if !IsWrongCluster(err) || IsStale(err) || IsUncertain(err) {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if len(named) != 14 {
		t.Errorf("%d calls: %v", len(named), named)
	}
	for call, cluster := range named {
		if cluster != "0b1f3c1e-8f5b-4c3e-9d8a-1f2e3d4c5b6a" {
			t.Errorf("%s names %q", call, cluster)
		}
	}
	clear(named)
	_, _ = bound.ListTasks(ctx, ListTrainingTasksParams{})
	_, _ = bound.ListDevEnvironments(ctx, ListDevEnvironmentsParams{})
	_, _ = bound.ListAvailabilityZones(ctx, ListAvailabilityZonesParams{})
	_, _ = bound.ListGPUTypes(ctx, ListGPUTypesParams{})
	calls(client)
	calls(bound.ForCluster(""))
	for call, cluster := range named {
		if cluster != "" {
			t.Errorf("%s names %q", call, cluster)
		}
	}
	if len(named) != 18 {
		t.Errorf("%d calls: %v", len(named), named)
	}
}

func TestLookAt(t *testing.T) {
	var requests []string
	status := 200
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests = append(requests, r.URL.Path+r.Header.Get("Authorization"))
		answerJSON(w, status, clusterJSON)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	cluster, err := LookAt(t.Context(), server.URL+"/", roots)
	if err != nil || cluster.ID == "" || !cluster.Ephemeral {
		t.Errorf("%+v, %v", cluster, err)
	}
	status = 503
	if _, err := LookAt(t.Context(), server.URL, roots); !hasStatus(err, 503) {
		t.Errorf("got %v", err)
	}
	if want := []string{"/api/v1/cluster", "/api/v1/cluster"}; !slices.Equal(requests, want) {
		t.Errorf("requests %v, want %v", requests, want)
	}
	if _, err := LookAt(t.Context(), server.URL, nil); err == nil {
		t.Error("an unknown certificate is trusted")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LookAt(ended, server.URL, roots); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := LookAt(t.Context(), "nowhere", nil); err == nil {
		t.Error("that is no endpoint")
	}
}

const staleJSON = `{"code":412,"message":"","error":{"reason":"REVISION_MISMATCH","details":{"revision":7}}}`

func TestWritesForARevision(t *testing.T) {
	var sent []string
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Method+strings.Join(r.Header.Values("If-Match"), ","))
		answerJSON(w, 412, staleJSON)
	})
	ctx := t.Context()
	for _, etag := range []string{"", `"3"`} {
		sent = nil
		_, patched := client.UpdateTask(ctx, "task-001", etag, TrainingTaskPatch{})
		_, stopped := client.StopTask(ctx, "task-001", etag)
		deleted := client.DeleteTask(ctx, "task-001", etag)
		_, patchedTemplate := client.UpdateTaskTemplate(ctx, "t", etag, TaskTemplatePatch{})
		deletedTemplate := client.DeleteTaskTemplate(ctx, "t", etag)
		for i, err := range []error{patched, stopped, deleted, patchedTemplate, deletedTemplate} {
			if !IsStale(err) || IsWrongCluster(err) || IsLacking(err) {
				t.Errorf("call %d: %v", i, err)
			}
		}
		if want := []string{"PATCH" + etag, "POST" + etag, "DELETE" + etag, "PATCH" + etag, "DELETE" + etag}; !slices.Equal(sent, want) {
			t.Errorf("sent %v, want %v", sent, want)
		}
	}
}

// A change whose answer was lost is no change by others.
func TestAPatchAfterALostAnswer(t *testing.T) {
	const templateJSON = `{"code":200,"message":"","data":{"id":"t","name":"mine","favorite":true,"config":{"labels":{"a":"b"}}}}`
	for name, test := range map[string]struct {
		patch    func(*Client) error
		now      string
		whole    bool // no answer is lost
		accepted bool
	}{
		"task, mine": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{TaskName: new("a"), Labels: &Labels{}})
			return err
		}, taskJSON, false, true},
		"task, another's": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{TaskName: new("b")})
			return err
		}, taskJSON, false, false},
		"task, another's labels": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{Labels: &Labels{"a": ""}})
			return err
		}, taskJSON, false, false},
		"task, no limits": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{
				MaxDuration: new(int64(0)), MaxRestarts: new(int64(-1)),
			})
			return err
		}, taskJSON, false, true},
		"task, my limits": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{
				MaxDuration: new(int64(60)), MaxRestarts: new(int64(0)), Priority: new(PriorityHigh),
			})
			return err
		}, `{"code":200,"message":"","data":{"taskId":"task-001","maxDuration":60,"maxRestarts":0,"priority":"high"}}`, false, true},
		"task, another's limit": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{MaxDuration: new(int64(60))})
			return err
		}, taskJSON, false, false},
		"task, another's priority": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{Priority: new(PriorityHigh)})
			return err
		}, taskJSON, false, false},
		"task, nothing lost": {func(c *Client) error {
			_, err := c.UpdateTask(context.Background(), "task-001", `"3"`, TrainingTaskPatch{TaskName: new("a")})
			return err
		}, taskJSON, true, false},
		"template, mine": {func(c *Client) error {
			_, err := c.UpdateTaskTemplate(context.Background(), "t", `"3"`, TaskTemplatePatch{
				Name: new("mine"), Description: new(""), Favorite: new(true), Config: &TaskConfig{Labels: map[string]string{"a": "b"}},
			})
			return err
		}, templateJSON, false, true},
		"template, another's": {func(c *Client) error {
			_, err := c.UpdateTaskTemplate(context.Background(), "t", `"3"`, TaskTemplatePatch{Config: &TaskConfig{}})
			return err
		}, templateJSON, false, false},
		"template, nothing lost": {func(c *Client) error {
			_, err := c.UpdateTaskTemplate(context.Background(), "t", `"3"`, TaskTemplatePatch{Name: new("mine")})
			return err
		}, templateJSON, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			patches := 0
			client := newTestClient(t, Options{MaxRetries: 1}, func(w http.ResponseWriter, r *http.Request) {
				switch {
				case r.Method == http.MethodGet:
					answerJSON(w, 200, test.now)
				case patches == 0 && !test.whole:
					patches++
					cutConnection(w)
				default:
					answerJSON(w, 412, staleJSON)
				}
			})
			if err := test.patch(client); (err == nil) != test.accepted || err != nil && !IsStale(err) {
				t.Errorf("accepted %t, want %t: %v", err == nil, test.accepted, err)
			}
		})
	}
}

// An answer about something else than what was asked for is no answer.
func TestAnswersOfOthers(t *testing.T) {
	client := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
		answerJSON(w, 200, `{"code":200,"message":"","data":{"taskId":"task-009","id":"t-9"}}`)
	})
	ctx := t.Context()
	_, get := client.GetTask(ctx, "task-001")
	_, patch := client.UpdateTask(ctx, "task-001", "", TrainingTaskPatch{})
	_, stop := client.StopTask(ctx, "task-001", "")
	_, _, wait := client.WaitTask(ctx, "task-001", `"3"`, time.Second)
	_, template := client.GetTaskTemplate(ctx, "t-1")
	for i, err := range []error{get, patch, stop, wait, template} {
		if err == nil || !strings.Contains(err.Error(), "-") || !strings.Contains(err.Error(), "9") {
			t.Errorf("call %d: %v", i, err)
		}
	}
	// No condition was asked about, so nothing is unchanged.
	unasked := newTestClient(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	if task, err := unasked.GetTask(ctx, "task-001"); err == nil {
		t.Errorf("an empty answer gives %+v", task)
	}
	if err := unasked.DeleteTask(ctx, "task-001", ""); err == nil {
		t.Error("an empty answer passes for a deletion")
	}
}
