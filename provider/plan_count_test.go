package provider

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Twelve tasks of eight GPUs want 96, whatever each alone would find.
func TestPlanCountsAllOfItsTasks(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	task := func(i int) values {
		return dynamicTask(t, tf, values{"task_name": fmt.Sprint("n", i), "resource_config": resourcesWith(t, tf,
			values{"availability_zone": "az-bj-a", "gpu_count": 8, "cpu_cores": 8})})
	}
	for i := range 12 {
		diagnostics := tf.plan(task(i), nil).Diagnostics
		if i < 4 { // 32 are free
			if len(diagnostics) > 0 {
				t.Errorf("task %d fits: %s", i, show(diagnostics))
			}
			continue
		}
		wantOne(t, diagnostics, isWarning, fmt.Sprintf("this plan asks for at least %d there so far; 32 were free when it was planned", 8*(i+1)))
		if behind := fmt.Sprintf("behind %d other tasks of this plan", i-4); i > 5 && !strings.Contains(show(diagnostics), behind) {
			t.Errorf("task %d: want %q in %s", i, behind, show(diagnostics))
		}
	}
	// Another zone, and another type, is another count.
	if diagnostics := tf.plan(dynamicTask(t, tf, nil), nil).Diagnostics; len(diagnostics) > 0 {
		t.Error(show(diagnostics))
	}
}

// Tasks of one plan that queue do so one behind the other, whether a forecast was asked for or not.
func TestPlanNumbersTheTasksThatQueue(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.hold("az-bj-b", "A100", 16)
	c.hold("az-bj-b", "A100", 16) // queues as number 1
	for name, more := range map[string]values{"with a forecast": nil, "without": {"dataset_id": unknown}} {
		tf := connect(t, c)
		for i := range 4 {
			diagnostics := tf.plan(dynamicTask(t, tf, more), nil).Diagnostics
			wantOne(t, diagnostics, isWarning, fmt.Sprintf("It would be number %d in the queue", i+2))
			if asked := fmt.Sprintf("This plan asks for at least %d of them there so far.", 16*(i+1)); i > 0 &&
				!strings.Contains(show(diagnostics), asked) {
				t.Errorf("%s: want %q in %s", name, asked, show(diagnostics))
			}
		}
	}
}

// Terraform plans each task again before its creation, and shows what that says after it. Then only errors are news.
func TestPlansDuringTheApplyAreSilent(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	short := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001"}
	wantOne(t, tf.plan(short, nil).Diagnostics, isWarning, "When this was planned, 3 development environments were running",
		"is in its state from then on")
	tf.apply(t.Context(), short, nil)
	if diagnostics := tf.plan(short, nil).Diagnostics; len(diagnostics) > 0 {
		t.Error(show(diagnostics))
	}
	wantOne(t, tf.plan(values{"task_name": "n", "dataset_id": "dataset-404", "dataset_version_id": "version-001"}, nil).Diagnostics,
		isError, "No such dataset")
}

// A task that failed is told of in each plan that leaves it as it is, and in no other.
func TestPlanTellsOfATaskThatFailedEarlier(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	config := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing"}
	created := tf.apply(t.Context(), config, nil)
	state := values{}
	for name, value := range tf.attributes(created.NewState) {
		state[name] = value
	}
	state["status"], state["status_reason"], state["status_message"] = "failed", "ENVIRONMENT_STOPPED", "it stopped\x1b[2J"
	prior := tf.dynamic(object(t, tf.task, state))
	for _, more := range []values{nil, {"task_name": "m"}} {
		wanted := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing"}
		for name, value := range more {
			wanted[name] = value
		}
		// A task without triggers has none to change.
		wantOne(t, tf.plan(wanted, prior).Diagnostics, isWarning, "A training task in the state has failed",
			`Training task task-001 ("n") has failed, reason ENVIRONMENT_STOPPED: it stopped\u001b[2J. This plan leaves it as it is.`,
			"correct the cause, and set replace_on_failure = true, or plan with -replace")
	}
	for _, more := range []values{{"replace_on_failure": true}, {"dataset_version_id": "version-002"}} {
		wanted := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing"}
		for name, value := range more {
			wanted[name] = value
		}
		if plan := tf.plan(wanted, prior); len(plan.RequiresReplace) == 0 || strings.Contains(show(plan.Diagnostics), "in the state has failed") {
			t.Errorf("%v: %s", more, show(plan.Diagnostics))
		}
	}
}

// Names of others are shown as text, whatever they would make a terminal do.
func TestPlanEscapesTheNamesOfOthers(t *testing.T) {
	c := newCluster(t, simulator.Options{Scenario: defaultWorldWith(t, "dev-evil")})
	// The simulator refuses such names; another API may not.
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Del("Accept-Encoding")
		answer := httptest.NewRecorder()
		c.sim.ServeHTTP(answer, r)
		w.Header().Set("Content-Type", answer.Header().Get("Content-Type"))
		w.WriteHeader(answer.Code)
		_, _ = io.WriteString(w, strings.ReplaceAll(answer.Body.String(), "dev-evil", `dev\u001b]0;owned\u0007\u202eevil`))
	}))
	t.Cleanup(server.Close)
	c.url = server.URL
	tf := connect(t, c)
	config := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001"}
	got := show(tf.plan(config, nil).Diagnostics)
	config["environment_id"] = "env-404"
	got += show(tf.plan(config, nil).Diagnostics)
	if !strings.Contains(got, `dev\u001b]0;owned\u0007\u202eevil`) || strings.ContainsAny(got, "\x1b\a\u202e") {
		t.Errorf("%q", got)
	}
}

// defaultWorldWith is the default world whose first environment has another name.
func defaultWorldWith(t *testing.T, name string) string {
	t.Helper()
	return editedWorld(t, func(world map[string][]map[string]any) { world["environments"][0]["name"] = name })
}
