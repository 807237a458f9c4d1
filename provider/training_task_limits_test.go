package provider

import (
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/fermi"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// urgent asks for the GPUs of the whole zone that dynamicTask uses.
const urgent = `{"taskName":"urgent","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"dynamic","priority":"high",
	"resourceConfig":{"availabilityZone":"az-bj-b","gpuType":"A100","gpuCount":16,"cpuCores":64,"memory":256,
	"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`

func (c *cluster) wantPreempted(id string) {
	c.t.Helper()
	var now fermi.TrainingTask
	c.call("GET", "/api/v1/training-tasks/"+id, "", &now)
	if now.Status != fermi.TaskStatusQueued || now.StatusReason != fermi.StatusReasonPreempted || now.Preemptions != 1 {
		c.t.Fatalf("%s is %s, %s", id, now.Status, now.StatusReason)
	}
}

// A task that gives way during the wait goes on later, and so does the wait.
func TestPreemptionIsNoEndOfAWait(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	creation := tf.start(t.Context(), dynamicTask(t, tf, values{"preemptible": true, "wait_for": "succeeded"}), nil)
	<-c.waits
	c.advance("10m")
	c.call("POST", "/api/v1/training-tasks", urgent, nil)
	c.wantPreempted("task-001")
	<-c.waits
	c.call("POST", "/api/v1/training-tasks/task-002/stop", "", nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	created := creation()
	if len(created.Diagnostics) > 0 {
		t.Error(show(created.Diagnostics))
	}
	attributes := tf.attributes(created.NewState)
	if got := text(t, attributes["status"]); got != "succeeded" || !attributes["preemptions"].Equal(tftypes.NewValue(tftypes.Number, 1)) {
		t.Errorf("status %s, preemptions %s", got, attributes["preemptions"])
	}
}

// A wait that ends early says that the task gave way, and so does a plan that ends the task.
func TestPreemptionIsTold(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, values{"preemptible": true, "wait_for": "none"}), nil)
	c.advance("10m")
	c.call("POST", "/api/v1/training-tasks", urgent, nil)
	c.wantPreempted("task-001")
	const told = "queued again, since it gave way to a task of a higher priority, at position 1 of the zone's queue"
	waited := tf.apply(t.Context(), dynamicTask(t, tf, values{"preemptible": true, "timeouts": timeoutsOf(tf, values{"update": "300ms"})}),
		created.NewState)
	wantOne(t, waited.Diagnostics, isWarning, "Training task task-001 is not running after 300ms", "last seen "+told)
	for name, want := range map[string]string{"status_reason": "PREEMPTED", "status": "queued"} {
		if got := text(t, tf.attributes(waited.NewState)[name]); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	if replacement := show(tf.plan(dynamicTask(t, tf, nil), waited.NewState).Diagnostics); !strings.Contains(replacement, "is "+told) {
		t.Errorf("the plan doesn't tell:\n%s", replacement)
	}
}

// A limit that is changed when the task has ended since the plan is noted with a warning, and the rest is changed.
func TestLimitOfATaskThatEndsDuringTheApply(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none"}), nil)
	var end sync.Once
	c.before = func(r *http.Request) {
		if r.Method == http.MethodPatch {
			end.Do(func() { c.call("POST", "/api/v1/training-tasks/task-001/stop", "", nil) })
		}
	}
	config := dynamicTask(t, tf, values{"wait_for": "none", "task_name": "other", "priority": "high", "max_duration": "1h"})
	updated := tf.apply(t.Context(), config, created.NewState)
	wantOne(t, updated.Diagnostics, isWarning, "A training task has ended, what is changed counts for its next run",
		`Training task task-001 ("other") is stopped, and a task's max_duration, priority change only until its end.`,
		"For a new run with it, apply with -replace")
	var now fermi.TrainingTask
	c.call("GET", "/api/v1/training-tasks/task-001", "", &now)
	if now.TaskName != "other" || now.Priority != fermi.PriorityNormal || now.MaxDuration != nil {
		t.Errorf("the task is %+v", now)
	}
	// A plan that knows of the end tells it too, and never replaces the task for it.
	state := values{}
	for name, value := range tf.attributes(updated.NewState) {
		state[name] = value
	}
	state["status"] = "stopped"
	prior := tf.dynamic(object(t, tf.task, state))
	if plan := tf.plan(config, prior); len(plan.Diagnostics) > 0 || len(plan.RequiresReplace) > 0 {
		t.Errorf("the next plan: %s", show(plan.Diagnostics))
	}
	plan := tf.plan(dynamicTask(t, tf, values{"wait_for": "none", "task_name": "other", "max_restarts": 2}), prior)
	wantOne(t, plan.Diagnostics, isWarning, "is stopped, and a task's max_duration, max_restarts, priority change only until its end")
	if len(plan.RequiresReplace) > 0 {
		t.Errorf("it replaces the task for %v", plan.RequiresReplace)
	}
}

// Setting a limit that the task has used up already is an error, which says what to do.
func TestLimitThatIsUsedUp(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none"}), nil)
	c.advance("10m")
	updated := tf.apply(t.Context(), dynamicTask(t, tf, values{"wait_for": "none", "max_duration": "5m"}), created.NewState)
	wantOne(t, updated.Diagnostics, isError, "The task has used up that max_duration already", "MAX_DURATION_PASSED",
		"Set it to more than the task has used up")
	if got := text(t, tf.attributes(updated.NewState)["max_duration"]); got != "null" {
		t.Errorf("the state has %s", got)
	}
}

// Planned tasks queue behind others of their plan that have their priority or a higher one.
func TestPlanNumbersTheTasksByPriority(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.hold("az-bj-b", "A100", 16)
	tf := connect(t, c)
	for i, test := range []struct{ priority, want string }{
		{"low", "number 1 in the queue."}, {"normal", "number 1 in the queue."}, {"high", "at most number 1 in the queue."},
		{"normal", "number 3 in the queue, behind 2 other tasks"}, {"low", "number 5 in the queue, behind 4 other tasks"},
		{"high", "at most number 2 in the queue, behind another task"},
	} {
		diagnostics := tf.plan(dynamicTask(t, tf, values{"dataset_id": unknown, "priority": test.priority}), nil).Diagnostics
		if got := show(diagnostics); !strings.Contains(got, " It would be "+test.want) {
			t.Errorf("task %d: want %q in %s", i, test.want, got)
		}
	}
}

// A task that may have to give way costs less, in the plan too.
func TestPlanKnowsThePriceOfAPreemptibleTask(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	for limit, refused := range map[string][2]bool{"588": {true, false}, "235.52": {true, false}, "235": {true, true}, "600": {false, false}} {
		for i, preemptible := range []bool{false, true} {
			got := show(tf.plan(dynamicTask(t, tf, values{"max_hourly_cost": limit, "preemptible": preemptible}), nil).Diagnostics)
			if strings.Contains(got, "Task costs more than max_hourly_cost") != refused[i] {
				t.Errorf("limit %s, preemptible %t: %s", limit, preemptible, got)
			}
		}
	}
}
