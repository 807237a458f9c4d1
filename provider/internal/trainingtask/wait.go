package trainingtask

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/apierror"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clustercheck"
	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/creation"
)

const (
	// longPoll is how long the API is asked to hold a request until the task changes.
	longPoll = 20 * time.Second
	// logTail is how many lines of a failed task's log an error shows.
	logTail = 20
)

// errPurged ends a wait for a task that has ended and whose record is gone.
var errPurged = errors.New("the record was purged")

// reached reports whether a task in this status has reached what is waited for. An empty waitFor means running.
func reached(status fermi.TaskStatus, waitFor string) bool {
	switch waitFor {
	case waitForNone:
		return true
	case waitForSucceeded:
		return status == fermi.TaskStatusSucceeded
	}
	return status == fermi.TaskStatusRunning || status == fermi.TaskStatusSucceeded
}

// defaultTimeout is how long a task may take to start, or to succeed.
func defaultTimeout(waitFor string) time.Duration {
	if waitFor == waitForSucceeded {
		return 24 * time.Hour
	}
	return 30 * time.Minute
}

// A wait follows a task until it reaches a status.
type wait struct {
	client  *fermi.Client
	home    clustercheck.Home // the client's cluster; its ID is empty if the API doesn't tell
	goal    string            // none, running or succeeded; empty means running
	timeout time.Duration
	// creating is set after a creation, when an error makes Terraform taint the task and replace it at the next apply.
	creating bool
}

// firstRead reads a task that was just created. posting is the context of the creation, with its grace period. An outage is
// waited out as in the wait itself.
func (w wait) firstRead(ctx, posting context.Context, created fermi.Task) (fermi.Task, error) {
	task, err := w.client.GetTask(posting, created.TaskID)
	if err == nil || ctx.Err() != nil || isFinal(err) {
		return task, err
	}
	task, _, err = w.client.WaitTask(ctx, created.TaskID, "", longPoll)
	return task, err
}

// isFinal reports whether an error is the API's answer about the task, which won't change by waiting.
func isFinal(err error) bool {
	return fermi.IsNotFound(err) || fermi.IsGone(err) || fermi.IsWrongCluster(err) ||
		apierror.HasStatus(err, http.StatusUnauthorized) || apierror.HasStatus(err, http.StatusForbidden)
}

// follow follows a task until the wait's goal is reached, the task has ended or ctx has ended. It always returns the task as
// last seen.
func (w wait) follow(ctx context.Context, task fermi.Task) (fermi.Task, error) {
	task, err := follow(ctx, w.client, task, func(status fermi.TaskStatus) bool { return reached(status, w.goal) }, func(task fermi.Task) {
		tflog.Info(ctx, "training task changed", map[string]any{
			"id": task.TaskID, "status": string(task.Status), "phase": task.Phase, "queue_position": task.QueuePosition,
			"status_reason": task.StatusReason, "preemptions": task.Preemptions, "restarts": task.Restarts,
		})
	})
	if fermi.IsGone(err) {
		task.Status, task.Phase = fermi.FinalStatus(err), ""
		return task, errPurged
	}
	return task, err
}

// follow waits until done accepts the task's status, the task has ended or ctx has ended, and reports each change. It always
// returns the task as last seen.
func follow(ctx context.Context, client *fermi.Client, task fermi.Task, done func(fermi.TaskStatus) bool,
	changed func(fermi.Task)) (fermi.Task, error) {
	for task.Status.Live() && !done(task.Status) {
		next, moved, err := client.WaitTask(ctx, task.TaskID, task.ETag, longPoll)
		if err != nil {
			return task, err
		}
		if moved {
			task = next
			changed(task)
		}
	}
	return task, nil
}

// outcome reports how a wait ended. It is an error only if the task has failed or no longer exists: after a creation Terraform
// taints a resource with an error, and the next apply destroys it. All else is a warning, because the task goes on and the next
// apply resumes the wait.
func (w wait) outcome(ctx context.Context, task fermi.Task, err error) diag.Diagnostics {
	var diags diag.Diagnostics
	goal := w.goal
	if goal == "" {
		goal = waitForRunning
	}
	task.TaskID = fermi.Printable(task.TaskID)
	const stays = "It stays in the state. Apply again to go on waiting, or destroy it to stop it."
	switch {
	case reached(task.Status, w.goal):
	case errors.Is(err, errPurged) && task.Status == "":
		diags.AddWarning(fmt.Sprintf("Training task %s has ended", task.TaskID), fmt.Sprintf("Waiting for it to be %s: it has ended, and "+
			"the API has purged its record and doesn't tell how. It stays in the state. For a new run, apply with -replace.", goal))
	case !task.Status.Live():
		diags.AddError(fmt.Sprintf("Training task %s %s", task.TaskID, ended(task.Status)), w.postMortem(ctx, task, goal))
	case fermi.IsNotFound(err) && w.home.ID != "":
		diags.AddError(fmt.Sprintf("Training task %s was deleted", task.TaskID),
			fmt.Sprintf("Waiting for it to be %s, last seen %s: %s\n\nIt was deleted outside Terraform. The next apply creates a new one.", goal,
				describe(task), err))
	case ctx.Err() != nil:
		title := fmt.Sprintf("Stopped waiting for training task %s", task.TaskID)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			title = fmt.Sprintf("Training task %s is not %s after %s", task.TaskID, goal, w.timeout)
		}
		diags.AddWarning(title, fmt.Sprintf("Waiting for it to be %s ended early; it was last seen %s. It goes on in the cluster. %s%s",
			goal, describe(task), stays, lastFailure(err)))
	default:
		trouble := apierror.Diagnostic(fmt.Sprintf("Waiting for training task %s to be %s, last seen %s", task.TaskID, goal, describe(task)), err)
		diags.AddWarning(fmt.Sprintf("Stopped waiting for training task %s: %s", task.TaskID, trouble.Summary()),
			trouble.Detail()+"\n\n"+stays)
	}
	return diags
}

// describe says what state a task is in.
func describe(task fermi.Task) string {
	s := fermi.Printable(task.Status)
	if task.Phase != "" {
		s += " (" + fermi.Printable(task.Phase) + ")"
	}
	if task.StatusReason == fermi.StatusReasonPreempted {
		s += " again, since it gave way to a task of a higher priority,"
	}
	if task.QueuePosition > 0 {
		s += fmt.Sprintf(" at position %d of the zone's queue", task.QueuePosition)
	}
	if task.EstimatedStartTime != nil && task.Status != fermi.TaskStatusRunning {
		s += ", expected to run at " + task.EstimatedStartTime.UTC().Format(time.RFC3339)
	}
	return s
}

func ended(status fermi.TaskStatus) string {
	switch status {
	case fermi.TaskStatusFailed:
		return "failed"
	case fermi.TaskStatusStopped:
		return "was stopped"
	}
	return "ended"
}

// lastFailure describes how the last read of the task failed, unless only the wait's time was up.
func lastFailure(err error) string {
	var e *fermi.Error
	if errors.As(err, &e) && (e.Status >= 400 || e.Last != nil) {
		return "\n\nThe last look at it failed: " + e.Error()
	}
	return ""
}

// postMortem explains why a task will never reach the goal, with the end of its log.
func (w wait) postMortem(ctx context.Context, task fermi.Task, goal string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Waiting for training task %s to be %s: it is %s", fermi.Printable(task.TaskID), goal, fermi.Printable(task.Status))
	if task.StatusReason != "" {
		fmt.Fprintf(&b, ", reason %s", fermi.Printable(task.StatusReason))
	}
	if task.StatusMessage != "" {
		fmt.Fprintf(&b, ": %s", fermi.Printable(task.StatusMessage))
	}
	b.WriteString(".\n\n")
	if task.StatusReason == fermi.StatusReasonMaxDurationReached {
		b.WriteString("Raise max_duration, or leave it out for no limit. ")
	} else {
		b.WriteString("Correct the cause. ")
	}
	switch {
	case w.creating:
		b.WriteString("The next apply replaces the task.")
	case task.Status == fermi.TaskStatusFailed:
		b.WriteString("For a new run, change a trigger that it has, set replace_on_failure, or apply with -replace.")
	default:
		b.WriteString("For a new run, change a trigger that it has, or apply with -replace.")
	}
	reading, done := creation.WithGrace(ctx)
	defer done()
	lines, err := w.client.TaskLog(reading, task.TaskID, logTail)
	switch {
	case err != nil:
		fmt.Fprintf(&b, "\n\nIts log can't be read: %s", err)
	case len(lines) == 0:
		b.WriteString("\n\nIts log is empty.")
	default:
		b.WriteString("\n\nThe end of its log:")
		for _, line := range lines {
			b.WriteString("\n" + fermi.Printable(line))
		}
	}
	return b.String()
}
