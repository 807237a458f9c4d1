package httpapi_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/backend"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/catalog"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/cluster"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/des"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/forecast"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/httpapi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator/internal/world"
)

// fakeCluster is a cluster without an engine. All its tasks run, on the one zone that it has, until they are stopped.
type fakeCluster struct {
	id string

	mu      sync.Mutex
	tasks   []world.TaskView
	changes []backend.Change
	changed chan struct{} // closed at the next change
	closed  chan struct{}
	broken  error // of its inventory
}

var _ backend.Cluster = (*fakeCluster)(nil)

func newFakeCluster() *fakeCluster {
	return &fakeCluster{id: "0b6e3d1c-52a4-4f0b-9c1e-7d2f8a4b6e90", changed: make(chan struct{}), closed: make(chan struct{})}
}

func (c *fakeCluster) Info() backend.Info { return backend.Info{ID: c.id, Name: "fake"} }
func (c *fakeCluster) Now() time.Time     { return c.Time(0) }
func (c *fakeCluster) Time(t des.Time) time.Time {
	return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(t.Duration())
}
func (c *fakeCluster) Ready() error { return c.broken }
func (c *fakeCluster) Close()       { close(c.closed) }
func (c *fakeCluster) Catalog() *catalog.Indexed {
	return catalog.Index(&catalog.Catalog{Currency: "EUR", Images: []catalog.Image{{Name: "i"}}})
}

func (c *fakeCluster) LastChange() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return uint64(len(c.changes))
}

func notFound(reason world.Reason, detail, id string) error {
	return &world.Error{Kind: world.NotFound, Reason: reason, Details: map[string]any{detail: id}}
}

// write carries out a change of the task with an id, or of a new one where that is empty.
func (c *fakeCluster) write(cluster, id string, change func(*world.TaskView)) (world.TaskView, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if cluster != "" && cluster != c.id {
		return world.TaskView{}, &backend.WrongClusterError{Cluster: c.id, Wanted: cluster}
	}
	if id == "" {
		id = fmt.Sprintf("task-%03d", len(c.tasks)+1)
		c.tasks = append(c.tasks, world.TaskView{ID: id, Mode: world.Dynamic, Status: world.Running})
	}
	i := slices.IndexFunc(c.tasks, func(v world.TaskView) bool { return v.ID == id })
	if i < 0 {
		return world.TaskView{}, notFound(world.ReasonTaskUnknown, "taskId", id)
	}
	v := &c.tasks[i]
	v.Revision++
	change(v)
	c.changes = append(c.changes, backend.Change{
		Number: uint64(len(c.changes) + 1), Kind: backend.TaskChanged,
		Event: &world.Event{Type: world.TaskStatus, Task: id, Status: v.Status, Reason: v.Reason},
	})
	close(c.changed)
	c.changed = make(chan struct{})
	return *v, nil
}

func (c *fakeCluster) CreateTask(_ context.Context, cluster string, d world.CreateDraft) (backend.CreatedTask, error) {
	v, err := c.write(cluster, "", func(v *world.TaskView) { v.TaskName = *d.TaskName })
	return backend.CreatedTask{Created: world.Created{Task: v.ID, Status: world.Starting}, Revision: v.Revision}, err
}

func (c *fakeCluster) CreateTasks(ctx context.Context, cluster string, d world.CreateDrafts) (all []world.Created, err error) {
	for _, draft := range d.Drafts {
		created, err := c.CreateTask(ctx, cluster, world.CreateDraft{Draft: draft})
		if err != nil {
			return nil, err
		}
		all = append(all, created.Created)
	}
	return all, nil
}

func (c *fakeCluster) UpdateTask(_ context.Context, cluster string, u world.UpdateTask) (world.TaskView, error) {
	return c.write(cluster, u.Task, func(v *world.TaskView) { v.Description = *u.Description })
}

func (c *fakeCluster) StopTask(_ context.Context, cluster string, s world.StopTask) (world.TaskView, error) {
	return c.write(cluster, s.Task, func(v *world.TaskView) { v.Status, v.Reason = world.Stopped, world.EndStopped })
}

func (c *fakeCluster) DeleteTask(_ context.Context, cluster string, d world.DeleteTask) error {
	_, err := c.write(cluster, d.Task, func(*world.TaskView) {})
	if err == nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.tasks = slices.DeleteFunc(c.tasks, func(v world.TaskView) bool { return v.ID == d.Task })
	}
	return err
}

func (c *fakeCluster) Task(_ context.Context, id string) (world.TaskView, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.IndexFunc(c.tasks, func(v world.TaskView) bool { return v.ID == id }); i >= 0 {
		return c.tasks[i], nil
	}
	return world.TaskView{}, notFound(world.ReasonTaskUnknown, "taskId", id)
}

func (c *fakeCluster) ListTasks(_ context.Context, f *backend.TaskFilter, w backend.Window) (backend.Page[*world.TaskView], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	list := backend.InOrder(c.tasks, func(v *world.TaskView) bool { return f.Lets(v.Status, v.Mode, v.TaskName, v.Labels) })
	return backend.Convert(backend.Pick(w, list, nil), func(v *world.TaskView) *world.TaskView { copied := *v; return &copied }), nil
}

func (c *fakeCluster) AwaitTask(ctx context.Context, id string, d time.Duration, changed func(int) bool) {
	for over := time.After(d); ; {
		c.mu.Lock()
		next := c.changed
		c.mu.Unlock()
		if v, err := c.Task(ctx, id); err != nil || changed(v.Revision) {
			return
		}
		select {
		case <-next:
		case <-over:
			return
		case <-ctx.Done():
			return
		case <-c.closed:
			return
		}
	}
}

func (c *fakeCluster) TaskEvents(_ context.Context, id string) (events []world.Event, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, change := range c.changes {
		if change.Event.Task == id {
			events = append(events, *change.Event)
		}
	}
	return events, nil
}

func (c *fakeCluster) TaskLog(context.Context, string, int) ([]string, error) {
	return []string{"a line"}, nil
}

func (c *fakeCluster) Follow(
	ctx context.Context, after uint64, _ backend.Subscription, f func(*backend.Change) bool,
) (last uint64, err error) {
	for {
		c.mu.Lock()
		changes, next := c.changes[after:], c.changed
		c.mu.Unlock()
		for i := range changes {
			if last = changes[i].Number; !f(&changes[i]) {
				return last, nil
			}
		}
		if len(changes) > 0 {
			return last, nil
		}
		select {
		case <-next:
		case <-ctx.Done():
			return after, ctx.Err()
		case <-c.closed:
			return after, backend.ErrClosed
		}
	}
}

func (c *fakeCluster) Estimate(context.Context, world.Draft) (forecast.Answer, error) {
	return forecast.Answer{
		Launch: world.Launch{Mode: world.Existing, Environment: "env-001"}, Capacity: forecast.Capacity{Verdict: forecast.Alone, Wanted: 1},
	}, nil
}

func (c *fakeCluster) CreateTemplate(context.Context, string, world.CreateTemplate) (world.CreatedTemplate, error) {
	return world.CreatedTemplate{}, &world.Error{Kind: world.Conflict, Reason: world.ReasonTemplateTaken, Field: "name"}
}

func (c *fakeCluster) UpdateTemplate(_ context.Context, _ string, u world.UpdateTemplate) (world.Template, error) {
	return c.Template(context.Background(), u.Template)
}

func (c *fakeCluster) DeleteTemplate(_ context.Context, _ string, d world.DeleteTemplate) error {
	return notFound(world.ReasonTemplateUnknown, "templateId", d.Template)
}

func (c *fakeCluster) Template(_ context.Context, id string) (world.Template, error) {
	return world.Template{}, notFound(world.ReasonTemplateUnknown, "templateId", id)
}

func (c *fakeCluster) ListTemplates(context.Context) ([]world.Template, error) { return nil, nil }

func (c *fakeCluster) Zones(context.Context) ([]world.ZoneView, error) {
	zone := world.ZoneView{Zone: catalog.Zone{ID: "z", Name: "Z"}, Available: true}
	zone.GPUs = map[string]cluster.Count{"H100": {Free: 3, Capacity: 8}}
	return []world.ZoneView{zone}, c.broken
}

func (c *fakeCluster) Environment(_ context.Context, id string) (*world.EnvironmentView, error) {
	return nil, notFound(world.ReasonEnvironmentUnknown, "environmentId", id)
}

func (c *fakeCluster) ListEnvironments(
	context.Context, *backend.EnvironmentFilter, backend.Window,
) (backend.Page[*world.EnvironmentView], error) {
	return backend.Page[*world.EnvironmentView]{}, nil
}

func newFakeAPI(t *testing.T) (*api, *fakeCluster) {
	t.Helper()
	c := newFakeCluster()
	server, err := httpapi.ForCluster(c, httpapi.Access{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	return &api{t, server, contracttest.Answers(t, server)}, c
}

// The API serves any cluster: every call of it, with the answers that the contract has.
func TestAnyClusterIsServed(t *testing.T) {
	a, c := newFakeAPI(t)
	body := dynamic("z", "H100", 1)
	for _, call := range []struct {
		method, target, body string
		status               int
		reason               string
	}{
		{"POST", tasks, body, 200, ""},
		{"POST", tasks + "/batch", `{"tasks":[` + body + `]}`, 200, ""},
		{"POST", tasks + "/estimate", body, 200, ""},
		{"GET", tasks, "", 200, ""},
		{"GET", tasks + "/task-001", "", 200, ""},
		{"GET", tasks + "/task-009", "", 404, "TASK_NOT_FOUND"},
		{"PATCH", tasks + "/task-001", `{"description":"d"}`, 200, ""},
		{"POST", tasks + "/task-001/stop", "", 200, ""},
		{"DELETE", tasks + "/task-002", "", 200, ""},
		{"GET", tasks + "/task-001/events", "", 200, ""},
		{"GET", tasks + "/task-001/logs", "", 200, ""},
		{"GET", environments, "", 200, ""},
		{"GET", environments + "/e", "", 404, "ENVIRONMENT_NOT_FOUND"},
		{"GET", zones, "", 200, ""},
		{"GET", zones + "/z", "", 200, ""},
		{"POST", "/api/v1/task-templates", `{"name":"n"}`, 409, "TEMPLATE_NAME_TAKEN"},
		{"GET", "/api/v1/task-templates", "", 200, ""},
		{"GET", "/api/v1/task-templates/x", "", 404, "TEMPLATE_NOT_FOUND"},
		{"PATCH", "/api/v1/task-templates/x", `{}`, 404, "TEMPLATE_NOT_FOUND"},
		{"DELETE", "/api/v1/task-templates/x", "", 404, "TEMPLATE_NOT_FOUND"},
		{"GET", "/api/v1/gpu-types", "", 200, ""},
		{"GET", "/api/v1/gpu-types/x", "", 404, "GPU_TYPE_NOT_FOUND"},
		{"GET", "/api/v1/images", "", 200, ""},
		{"GET", "/api/v1/datasets", "", 200, ""},
		{"GET", "/api/v1/models", "", 200, ""},
		{"GET", "/api/v1/cluster", "", 200, ""},
		{"GET", "/api/v1/history", "", 501, "HISTORY_NOT_RECORDED"},
		{"HEAD", "/api/v1/events", "", 200, ""},
		{"GET", "/sim/v1/clock", "", 404, "PATH_NOT_FOUND"},
		{"POST", "/sim/v1/reset", "", 404, "PATH_NOT_FOUND"},
		{"GET", "/sim/v1/faults", "", 404, "PATH_NOT_FOUND"},
		{"GET", "/metrics", "", 200, ""},
		{"GET", "/readyz", "", 200, ""},
	} {
		got := a.call(call.method, call.target, call.body)
		if got.Status != call.status || got.reason() != call.reason {
			t.Errorf("%s %s: %d %s, want %d %s\n%s", call.method, call.target, got.Status, got.reason(), call.status, call.reason, got.Body)
		}
	}
	stopped := a.task("task-001")
	equal(t, "the task", []any{stopped.Status, stopped.StatusReason, stopped.Description, stopped.Cost.Currency},
		[]any{"stopped", "STOPPED_BY_USER", "d", "EUR"})
	other := "Fermi-Cluster-Id: f3a1c9d2-7b46-4e58-8a0d-6c5e2b9f1d37"
	for _, method := range []string{"GET", "DELETE"} {
		equal(t, method+" in another cluster", a.call(method, tasks+"/task-001", "", other).reason(), "WRONG_CLUSTER")
	}
	c.broken = errors.New("the control plane of the cluster can't be reached")
	equal(t, "a cluster that fails", a.call("GET", zones, "").reason(), "INTERNAL")
	equal(t, "and is not ready", a.call("GET", "/readyz", "").Body, c.broken.Error()+"\n")
}

// A wait and a stream end with what they wait for.
func TestAnyClusterIsFollowed(t *testing.T) {
	a, c := newFakeAPI(t)
	id := a.create(dynamic("z", "H100", 1))
	etag := a.ok("GET", tasks+"/"+id, "").Header.Get("ETag")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream := newNotifier("event: task\n")
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.server.ServeHTTP(stream, request("GET", "/api/v1/events", "").WithContext(ctx))
	}()
	<-stream.begun
	waited := make(chan answer)
	go func() {
		waited <- a.call("GET", tasks+"/"+id, "", "If-None-Match: "+etag, "Prefer: wait=60")
	}()
	if _, err := c.StopTask(ctx, c.id, world.StopTask{Task: id}); err != nil {
		t.Fatal(err)
	}
	if got := <-waited; got.Status != http.StatusOK || data[task](t, got).Status != "stopped" {
		t.Errorf("the wait ended with %d\n%s", got.Status, got.Body)
	}
	<-stream.found
	cancel()
	<-done
}

// notifier is a recorder that tells when an answer begins, and when a text is in it.
type notifier struct {
	*httptest.ResponseRecorder
	wanted       string
	begun, found chan struct{}
	beginning    sync.Once
	finding      sync.Once
}

func newNotifier(wanted string) *notifier {
	return &notifier{
		ResponseRecorder: httptest.NewRecorder(),
		wanted:           wanted, begun: make(chan struct{}), found: make(chan struct{}),
	}
}

func (n *notifier) Write(b []byte) (int, error) {
	count, err := n.ResponseRecorder.Write(b)
	n.beginning.Do(func() { close(n.begun) })
	if strings.Contains(n.Body.String(), n.wanted) {
		n.finding.Do(func() { close(n.found) })
	}
	return count, err
}
