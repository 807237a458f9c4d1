package fermi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// A LaunchMode says where a task's GPUs come from.
type LaunchMode string

const (
	// Existing shares a running development environment.
	Existing LaunchMode = "existing"
	// Dynamic allocates GPUs for the task alone.
	Dynamic LaunchMode = "dynamic"
)

// A TaskStatus is a station of a task's life.
type TaskStatus string

// A task goes queued, allocating, starting, running, and ends in one of the last three.
const (
	Queued     TaskStatus = "queued"
	Allocating TaskStatus = "allocating"
	Starting   TaskStatus = "starting"
	Running    TaskStatus = "running"
	Succeeded  TaskStatus = "succeeded"
	Failed     TaskStatus = "failed"
	Stopped    TaskStatus = "stopped"
)

// Live tells whether the status can still change.
func (s TaskStatus) Live() bool {
	switch s {
	case Queued, Allocating, Starting, Running:
		return true
	}
	return false
}

// A ResourceConfig is what a dynamic task asks for. Cores and memory are the task's totals. Empty fields are not sent.
type ResourceConfig struct {
	AvailabilityZone string `json:"availabilityZone,omitempty"`
	GPUType          string `json:"gpuType,omitempty"`
	GPUCount         int64  `json:"gpuCount,omitempty"`
	CPUCores         int64  `json:"cpuCores,omitempty"`
	Memory           int64  `json:"memory,omitempty"` // GB
	Image            string `json:"image,omitempty"`
}

// A TaskRequest describes a task to create. Empty fields are not sent; the API then takes the template's, chooses or refuses.
type TaskRequest struct {
	TemplateID       string          `json:"templateId,omitempty"`
	TaskName         string          `json:"taskName,omitempty"`
	DatasetID        string          `json:"datasetId,omitempty"`
	DatasetVersionID string          `json:"datasetVersionId,omitempty"`
	ModelID          string          `json:"modelId,omitempty"`
	LaunchMode       LaunchMode      `json:"launchMode,omitempty"`
	EnvironmentID    string          `json:"environmentId,omitempty"`
	ResourceConfig   *ResourceConfig `json:"resourceConfig,omitempty"`
	// Description and Labels are sent when they are not nil: one that is empty takes the place of the template's.
	Description *string           `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitzero"`
	// IdempotencyKey is a UUID. The same one with the same request gives the same task; empty makes a new one.
	IdempotencyKey string `json:"-"`
}

// A TaskPatch changes a task in place. Nil leaves a field as it is; Labels replaces all of them.
type TaskPatch struct {
	// IfMatch is the ETag of the revision that the patch is for, see IsStale; empty is any.
	IfMatch string `json:"-"`

	TaskName    *string            `json:"taskName,omitempty"`
	Description *string            `json:"description,omitempty"`
	Labels      *map[string]string `json:"labels,omitempty"`
}

// Money is a decimal number with two places, and its currency. It is never a float.
type Money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

// A CreatedTask is what the API tells of a task right after its creation.
type CreatedTask struct {
	TaskID        string     `json:"taskId"`
	Status        TaskStatus `json:"status"`
	EnvironmentID string     `json:"environmentId"`
	// EstimatedStartTime is when training should run; nil where the API doesn't tell.
	EstimatedStartTime *time.Time `json:"estimatedStartTime"`
}

// A Task is a training task as the API knows it now. Empty fields and nil times don't apply (yet).
type Task struct {
	TaskID           string            `json:"taskId"`
	TemplateID       string            `json:"templateId"` // it was made with; it may be gone
	TaskName         string            `json:"taskName"`
	Description      string            `json:"description"`
	DatasetID        string            `json:"datasetId"`
	DatasetVersionID string            `json:"datasetVersionId"`
	ModelID          string            `json:"modelId"`
	Labels           map[string]string `json:"labels"`
	LaunchMode       LaunchMode        `json:"launchMode"`
	EnvironmentID    string            `json:"environmentId"`
	EnvironmentName  string            `json:"environmentName"`
	ResourceConfig   *ResourceConfig   `json:"resourceConfig"`
	Status           TaskStatus        `json:"status"`
	Phase            string            `json:"phase"`
	StatusReason     string            `json:"statusReason"`
	StatusMessage    string            `json:"statusMessage"`
	// QueuePosition is 1 for the next one, 0 when the task isn't queued.
	QueuePosition      int        `json:"queuePosition"`
	CreatedAt          time.Time  `json:"createdAt"`
	EstimatedStartTime *time.Time `json:"estimatedStartTime"`
	StartedAt          *time.Time `json:"startedAt"`
	FinishedAt         *time.Time `json:"finishedAt"`
	RunningSeconds     int64      `json:"runningSeconds"` // from StartedAt until now or FinishedAt, on the cluster's clock
	Progress           float64    `json:"progress"`       // 0 to 1
	Nodes              []string   `json:"nodes"`
	Cost               Money      `json:"cost"`
	Revision           int64      `json:"revision"`
	// ETag names this revision in HTTP.
	ETag string `json:"-"`
}

// A TaskEvent is one line of a task's history.
type TaskEvent struct {
	Sequence int64      `json:"sequence"`
	Time     time.Time  `json:"time"`
	Type     string     `json:"type"`
	Status   TaskStatus `json:"status"`
	Phase    string     `json:"phase"`
	Reason   string     `json:"reason"`
	Message  string     `json:"message"`
	Nodes    []string   `json:"nodes"`
	Verdicts []string   `json:"verdicts"`
}

// A TaskFilter selects tasks; what is empty selects all. Statuses are alternatives, labels all have to match.
type TaskFilter struct {
	Statuses   []TaskStatus
	LaunchMode LaunchMode
	Name       string   // part of the task's name
	Labels     []string // key=value, or key for any value
}

// CreateTask creates one task, once: a retry after a lost answer gets the same task.
func (c *Client) CreateTask(ctx context.Context, request TaskRequest) (CreatedTask, error) {
	call := c.call(http.MethodPost, "/training-tasks")
	call.header = map[string]string{"Idempotency-Key": cmp.Or(request.IdempotencyKey, uuid.NewString())}
	call.body = request
	var created CreatedTask
	got, err := c.do(ctx, call, &created)
	if err == nil && created.TaskID == "" {
		got.uncertain = true
		err = newError(call.method, c.target(call), got, errors.New("the answer names no task"))
	}
	return created, err
}

// GetTask reads a task; see IsNotFound and IsGone.
func (c *Client) GetTask(ctx context.Context, id string) (Task, error) {
	task, _, err := c.task(ctx, c.call(http.MethodGet, taskPath(id)), id)
	return task, err
}

// WaitTask reads a task once its revision differs from etag, and tells whether it does: not so when wait, at
// least a second and rounded to seconds, has passed. An API that can't wait, or has no revisions, is looked at
// after the poll interval. A wait is retried three times as often as other calls, with pauses that grow, so that it outlives a
// restart of the API; then it fails. An API that is up and throttles (429) is asked again until ctx ends.
func (c *Client) WaitTask(ctx context.Context, id, etag string, wait time.Duration) (task Task, changed bool, err error) {
	call := c.call(http.MethodGet, taskPath(id))
	call.retries *= 3
	call.patient = true
	failed := func(got answer, cause error) (Task, bool, error) {
		return Task{}, false, newError(call.method, c.target(call), got, cause)
	}
	if etag == "" {
		if ended := c.sleep(ctx, c.options.PollInterval); ended != nil {
			return failed(answer{}, ended)
		}
	} else {
		wait = max(wait.Round(time.Second), time.Second)
		call.header = map[string]string{
			"If-None-Match": etag,
			"Prefer":        "wait=" + strconv.Itoa(int(wait/time.Second)),
		}
		call.timeout += wait
	}
	task, got, err := c.task(ctx, call, id)
	if hasStatus(err, http.StatusTooManyRequests) {
		// The API is there and asks for patience, which a wait has.
		pause, asked := retryAfter(got.header, time.Now())
		if !asked {
			pause = c.options.PollInterval
		}
		if ended := c.sleep(ctx, c.spread(min(pause, maxWaitDefer))); ended != nil {
			return failed(got, ended)
		}
		return Task{}, false, nil
	}
	if err != nil {
		return Task{}, false, err
	}
	if got.status != http.StatusNotModified && (etag == "" || task.ETag != etag) {
		return task, true, nil
	}
	if got.header.Get("Preference-Applied") == "" {
		if ended := c.sleep(ctx, c.options.PollInterval); ended != nil {
			return failed(got, ended)
		}
	}
	return Task{}, false, nil
}

// ListTasks reads all tasks that the filter selects, in the order of their creation.
func (c *Client) ListTasks(ctx context.Context, filter TaskFilter) ([]Task, error) {
	return list[Task](ctx, c, "/training-tasks", filter.query())
}

// EachTask reads the tasks that the filter selects one by one, in the order of their creation, and fetches them in pages of
// at most pageSize, 1 to 500. A failure ends the sequence.
func (c *Client) EachTask(ctx context.Context, filter TaskFilter, pageSize int) iter.Seq2[Task, error] {
	return each[Task](ctx, c, "/training-tasks", filter.query(), min(max(pageSize, 1), maxPageSize))
}

func (filter TaskFilter) query() url.Values {
	query := url.Values{"label": filter.Labels}
	for _, status := range filter.Statuses {
		query.Add("status", string(status))
	}
	set(query, "launchMode", string(filter.LaunchMode))
	set(query, "name", filter.Name)
	return query
}

// UpdateTask changes a task in place; see IsStale.
func (c *Client) UpdateTask(ctx context.Context, id string, patch TaskPatch) (Task, error) {
	call := c.call(http.MethodPatch, taskPath(id))
	call.header = ifMatch(patch.IfMatch)
	call.body = patch
	task, got, err := c.task(ctx, call, id)
	if IsStale(err) && got.uncertain {
		// An earlier attempt, whose answer was lost, may have made the revision that this one met.
		if now, readErr := c.GetTask(ctx, id); readErr == nil && patch.fits(now) {
			return now, nil
		}
	}
	return task, err
}

// fits tells whether a task has the values that the patch sets.
func (patch TaskPatch) fits(task Task) bool {
	return (patch.TaskName == nil || *patch.TaskName == task.TaskName) &&
		(patch.Description == nil || *patch.Description == task.Description) &&
		(patch.Labels == nil || maps.Equal(*patch.Labels, task.Labels))
}

// StopTask ends a live task of the revision with that ETag, see IsStale, or of any where etag is empty. IsConflict tells that it
// had ended before.
func (c *Client) StopTask(ctx context.Context, id, etag string) (Task, error) {
	call := c.call(http.MethodPost, taskPath(id)+"/stop")
	call.header = ifMatch(etag)
	task, got, err := c.task(ctx, call, id)
	if (IsConflict(err) || IsStale(err)) && got.attempts > 1 {
		// The answer to an earlier attempt may have been lost after the change was made.
		if now, readErr := c.GetTask(ctx, id); readErr == nil && now.Status == Stopped {
			return now, nil
		}
	}
	return task, err
}

// DeleteTask stops a task of the revision with that ETag, see IsStale, or of any where etag is empty, and removes its record.
// Deleting what is gone succeeds.
func (c *Client) DeleteTask(ctx context.Context, id, etag string) error {
	call := c.call(http.MethodDelete, taskPath(id))
	call.header = ifMatch(etag)
	_, err := c.do(ctx, call, nil)
	if IsNotFound(err) || IsGone(err) {
		return nil
	}
	return err
}

// ListTaskEvents reads a task's whole history, oldest first.
func (c *Client) ListTaskEvents(ctx context.Context, id string) ([]TaskEvent, error) {
	return list[TaskEvent](ctx, c, taskPath(id)+"/events", url.Values{})
}

// TaskLog reads the last lines of the container's log, oldest first; tail is 1 to 10,000.
func (c *Client) TaskLog(ctx context.Context, id string, tail int) ([]string, error) {
	call := c.call(http.MethodGet, taskPath(id)+"/logs")
	call.query = url.Values{"tail": {strconv.Itoa(tail)}}
	var log struct {
		Lines []string `json:"lines"`
	}
	_, err := c.do(ctx, call, &log)
	return log.Lines, err
}

// task performs a call that is answered with the task of that id.
func (c *Client) task(ctx context.Context, call call, id string) (Task, answer, error) {
	var task Task
	got, err := c.do(ctx, call, &task)
	if err == nil && got.status != http.StatusNotModified && task.TaskID != id {
		err = newError(call.method, c.target(call), got, fmt.Errorf("the answer is of the task %q", start(task.TaskID, 100)))
	}
	if err != nil {
		return Task{}, got, err
	}
	task.ETag = got.header.Get("ETag")
	return task, got, nil
}

func taskPath(id string) string { return "/training-tasks/" + url.PathEscape(id) }

// ifMatch is the header of a call that is for one revision; nil where etag is empty.
func ifMatch(etag string) map[string]string {
	if etag == "" {
		return nil
	}
	return map[string]string{"If-Match": etag}
}

// set adds a parameter that has a value.
func set(query url.Values, name, value string) {
	if value != "" {
		query.Set(name, value)
	}
}
