package fermi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

// Live reports whether the status can still change.
func (s TaskStatus) Live() bool {
	switch s {
	case TaskStatusQueued, TaskStatusAllocating, TaskStatusStarting, TaskStatusRunning:
		return true
	}
	return false
}

// A Task is a training task as the API knows it now. Values that don't apply, or not yet, are empty or nil.
type Task struct {
	TrainingTask
	// ETag names the task's revision in HTTP.
	ETag string `json:"-"`
}

// CreateTask creates one task: a retry after a lost answer returns the same one, and so does a later call with the same key and
// request. The key is a UUID; an empty one stands for a new one.
func (c *Client) CreateTask(ctx context.Context, request TrainingTaskRequest, key string) (CreatedTask, error) {
	call := createTrainingTask(cmp.Or(key, uuid.NewString()), request)
	var created CreatedTask
	got, err := c.do(ctx, call, &created)
	if err == nil && created.TaskID == "" {
		got.uncertain = true
		err = c.failure(call, got, errors.New("the answer names no task"))
	}
	return created, err
}

// GetTask reads a task; see IsNotFound and IsGone.
func (c *Client) GetTask(ctx context.Context, id string) (Task, error) {
	task, _, err := c.task(ctx, getTrainingTask(id, "", ""))
	return task, err
}

// WaitTask reads a task once its revision differs from etag, and reports whether it does. It gives up after wait, which is rounded to
// seconds and at least one. An API that can't wait, or has no revisions, is asked again after the poll interval.
//
// A wait is retried three times as often as other calls, with growing pauses, to survive a restart of the API. An API that throttles
// (429) is asked again until ctx ends.
func (c *Client) WaitTask(ctx context.Context, id, etag string, wait time.Duration) (task Task, changed bool, err error) {
	call := getTrainingTask(id, "", "")
	if etag == "" {
		if ended := c.sleep(ctx, c.options.PollInterval); ended != nil {
			return Task{}, false, c.failure(call, answer{}, ended)
		}
	} else {
		wait = max(wait.Round(time.Second), time.Second)
		call = getTrainingTask(id, etag, "wait="+strconv.Itoa(int(wait/time.Second)))
		call.wait = wait
	}
	call.patient = true
	task, got, err := c.task(ctx, call)
	if hasStatus(err, http.StatusTooManyRequests) {
		// The API is up and asks to wait, which this call does anyway.
		pause, asked := retryAfter(got.header, time.Now())
		if !asked {
			pause = c.options.PollInterval
		}
		if ended := c.sleep(ctx, c.spread(min(pause, maxWaitDefer))); ended != nil {
			return Task{}, false, c.failure(call, got, ended)
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
			return Task{}, false, c.failure(call, got, ended)
		}
	}
	return Task{}, false, nil
}

// ListTasks reads all tasks that params select, in the order of their creation unless they are to be sorted.
func (c *Client) ListTasks(ctx context.Context, params ListTrainingTasksParams) ([]Task, error) {
	return list[Task](ctx, c, listTrainingTasks(params))
}

// EachTask reads the tasks that params select one by one, and fetches them in pages of at most pageSize, 1 to 500. A failure ends
// the sequence.
func (c *Client) EachTask(ctx context.Context, params ListTrainingTasksParams, pageSize int) iter.Seq2[Task, error] {
	return each[Task](ctx, c, listTrainingTasks(params), min(max(pageSize, 1), maxPageSize))
}

// UpdateTask changes the task if it has the revision of the ETag, see IsStale; an empty etag means any.
func (c *Client) UpdateTask(ctx context.Context, id, etag string, patch TrainingTaskPatch) (Task, error) {
	call := updateTrainingTask(id, etag, patch)
	task, got, err := c.task(ctx, call)
	if IsStale(err) && got.uncertain {
		// An earlier attempt, whose answer was lost, may have made the revision that this one met.
		if now, readErr := c.GetTask(ctx, id); readErr == nil && hasValues(now, patch) {
			return now, nil
		}
	}
	return task, err
}

// hasValues reports whether a task has the values that the patch sets.
func hasValues(task Task, patch TrainingTaskPatch) bool {
	return (patch.TaskName == nil || *patch.TaskName == task.TaskName) &&
		(patch.Description == nil || *patch.Description == task.Description) &&
		(patch.Labels == nil || maps.Equal(*patch.Labels, task.Labels)) &&
		hasLimit(task.MaxDuration, patch.MaxDuration, 0) && hasLimit(task.MaxRestarts, patch.MaxRestarts, -1) &&
		(patch.Priority == nil || *patch.Priority == task.Priority)
}

// hasLimit reports whether a limit is as a patch sets it. The patch has the number none to take the limit away.
func hasLimit(limit, patched *int64, none int64) bool {
	switch {
	case patched == nil:
		return true
	case limit == nil:
		return *patched == none
	}
	return *limit == *patched
}

// StopTask stops a live task if it has the revision of the ETag, see IsStale; an empty etag means any. IsConflict reports that
// the task had ended before.
func (c *Client) StopTask(ctx context.Context, id, etag string) (Task, error) {
	call := stopTrainingTask(id, etag)
	task, got, err := c.task(ctx, call)
	if (IsConflict(err) || IsStale(err)) && got.attempts > 1 {
		// The answer to an earlier attempt may have been lost after the change was made.
		if now, readErr := c.GetTask(ctx, id); readErr == nil && now.Status == TaskStatusStopped {
			return now, nil
		}
	}
	return task, err
}

// DeleteTask stops the task and deletes its record if it has the revision of the ETag, see IsStale; an empty etag means any.
// Deleting what doesn't exist succeeds.
func (c *Client) DeleteTask(ctx context.Context, id, etag string) error {
	_, err := c.do(ctx, deleteTrainingTask(id, etag), nil)
	if IsNotFound(err) || IsGone(err) {
		return nil
	}
	return err
}

// ListTaskEvents reads a task's whole history, oldest first.
func (c *Client) ListTaskEvents(ctx context.Context, id string) ([]TaskEvent, error) {
	return list[TaskEvent](ctx, c, listTrainingTaskEvents(id, ListTrainingTaskEventsParams{}))
}

// TaskLog reads the last lines of the container's log, oldest first. tail is 1 to 10,000.
func (c *Client) TaskLog(ctx context.Context, id string, tail int) ([]string, error) {
	log, err := read[TaskLog](ctx, c, getTrainingTaskLogs(id, GetTrainingTaskLogsParams{Tail: int64(tail)}))
	return log.Lines, err
}

// task sends a call whose answer is the task with the call's id.
func (c *Client) task(ctx context.Context, call call) (Task, answer, error) {
	var task Task
	got, err := c.do(ctx, call, &task)
	if err == nil && got.status != http.StatusNotModified && task.TaskID != call.id {
		err = c.failure(call, got, fmt.Errorf("the answer is of the task %q", start(task.TaskID, 100)))
	}
	if err != nil {
		return Task{}, got, err
	}
	task.ETag = got.header.Get("ETag")
	return task, got, nil
}
