package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const theirEdit = `{"taskName":"edited","description":"by a colleague","labels":{"owner":"colleague"}}`

// slowTask is a task that starts in minutes, on a clock that stands still until it is told to run.
func slowTask(c *cluster, attributes string) string {
	return requiredProvider + c.config(task("n", gpus("az-bj-a", "T4", 1)+"launch_mode = \"dynamic\"\n  description = \"mine\"\n  labels "+
		"= { team = \"nlp\" }\n  "+attributes))
}

// wantAlive checks that the one task is what Terraform made first, not tainted, and that the next plan puts the edits right in place.
func wantAlive(t *testing.T, c *cluster, tf *command) {
	t.Helper()
	if state := tf.run(0, "show", "-no-color"); strings.Contains(state, "(tainted)") || !strings.Contains(state, `"task-001"`) {
		t.Errorf("the state is\n%s", state)
	}
	wantAll(t, tf.run(2, "plan", "-detailed-exitcode", "-no-color"), "0 to add, 1 to change, 0 to destroy", "colleague")
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	if got := c.tasks(); len(got) != 1 || got[0] != "task-001" {
		t.Errorf("the cluster has the tasks %q", got)
	}
}

func TestAccEditElsewhereDuringTheWait(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newCommand(t, slowTask(c, ""))
	creation := tf.start(append([]string{"apply"}, auto...)...)
	c.awaitWait(creation)
	c.call("PATCH", "/api/v1/training-tasks/task-001", theirEdit, nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	tf.wait(creation, 0)
	wantAlive(t, c, tf)
}

func TestAccEditElsewhereDuringAResumedWait(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newCommand(t, slowTask(c, `timeouts = { create = "1s" }`))
	tf.run(0, append([]string{"apply"}, auto...)...)
	for len(c.waits) > 0 {
		<-c.waits // of the creation
	}
	resumed := tf.start(append([]string{"apply"}, auto...)...)
	c.awaitWait(resumed)
	c.call("PATCH", "/api/v1/training-tasks/task-001", theirEdit, nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	tf.wait(resumed, 0)
	wantAlive(t, c, tf)
}

// The saved plan only goes on waiting, so it takes nothing of the edit and undoes nothing.
func TestAccEditElsewhereBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newCommand(t, slowTask(c, `timeouts = { create = "1s" }`))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "plan", "-out=plan", "-no-color")
	c.call("PATCH", "/api/v1/training-tasks/task-001", theirEdit, nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	tf.run(0, "apply", "-no-color", "plan")
	var now struct{ TaskName string }
	c.call("GET", "/api/v1/training-tasks/task-001", "", &now)
	if now.TaskName != "edited" {
		t.Errorf("the wait renamed the task to %q", now.TaskName)
	}
	wantAlive(t, c, tf)
}

// An API that is away during the wait tells nothing of the task.
func TestAccAPIAwayDuringTheWait(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]struct{ begin, end func(c *cluster) }{
		"killed": {(*cluster).kill, (*cluster).restart},
		"503": {
			func(c *cluster) {
				c.call("POST", "/sim/v1/faults", `{"status":503,"path":"/api/v1/*/*"}`, nil)
				c.advance("1s")
			},
			func(c *cluster) { c.call("DELETE", "/sim/v1/faults", "", nil) },
		},
		"502": {
			func(c *cluster) {
				c.call("POST", "/sim/v1/faults", `{"status":502,"path":"/api/v1/*/*"}`, nil)
				c.advance("30s")
			},
			func(c *cluster) { c.call("DELETE", "/sim/v1/faults", "", nil) },
		},
		"cut": {
			func(c *cluster) {
				c.call("POST", "/sim/v1/faults", `{"cut":"before","path":"/api/v1/*/*"}`, nil)
				c.advance("30s")
			},
			func(c *cluster) { c.call("DELETE", "/sim/v1/faults", "", nil) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{Clock: simulator.Manual})
			tf := newCommand(t, strings.Replace(slowTask(c, ""), "provider \"fermi\" {", "provider \"fermi\" {\n  max_retries = 1", 1))
			creation := tf.start(append([]string{"apply"}, auto...)...)
			c.awaitWait(creation)
			away.begin(c)
			tf.wait(creation, 0)
			wantAll(t, creation.output.String(), "Warning: ", "It stays in the state. Apply again to go on waiting, or destroy it to stop it.",
				"1 added")
			away.end(c)
			c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
			output := tf.run(0, append([]string{"apply"}, auto...)...)
			wantAll(t, output, "0 added, 1 changed, 0 destroyed")
			tf.run(0, "plan", "-detailed-exitcode", "-no-color")
			if got := c.tasks(); len(got) != 1 || got[0] != "task-001" {
				t.Errorf("the cluster has the tasks %q", got)
			}
		})
	}
}

func (c *cluster) advance(by string) {
	c.t.Helper()
	c.call("POST", "/sim/v1/clock/advance", fmt.Sprintf(`{"by":%q}`, by), nil)
}

// Right after the creation, when nothing but the id is known.
func TestAccAPIAwayRightAfterTheCreation(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.call("POST", "/sim/v1/faults", `{"status":502,"method":"GET","path":"/api/v1/training-tasks/*"}`, nil)
	tf := newCommand(t, strings.Replace(slowTask(c, ""), "provider \"fermi\" {", "provider \"fermi\" {\n  max_retries = 0\n  "+
		"poll_interval = \"100ms\"", 1))
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "Stopped waiting for training task task-001", "It stays in the state")
	c.call("DELETE", "/sim/v1/faults", "", nil)
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "0 added, 1 changed, 0 destroyed")
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// The endpoint may come to serve another cluster during the wait, and go back: the task lives all along.
func TestAccAnotherClusterDuringTheWaitTaintsNothing(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual, Data: t.TempDir()})
	tf := newCommand(t, slowTask(c, ""))
	creation := tf.start(append([]string{"apply"}, auto...)...)
	c.awaitWait(creation)
	data := c.sim
	c.begin()
	c.populate()
	tf.wait(creation, 0)
	wantAll(t, creation.output.String(), "Stopped waiting for training task task-001", "WRONG_CLUSTER")
	c.kill()
	c.sim = data
	c.restart()
	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "0 added, 1 changed, 0 destroyed")
}

// What a creation couldn't read is filled in by the next refresh, not by an update whose plan knew it as null.
func TestAccUpdateOfAHalfKnownTask(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/sim/v1/faults", `{"status":502,"method":"GET","path":"/api/v1/training-tasks/*"}`, nil)
	config := requiredProvider + strings.Replace(c.config(task("n", "")), "provider \"fermi\" {",
		"provider \"fermi\" {\n  max_retries = 0\n  poll_interval = \"100ms\"", 1)
	tf := newCommand(t, config)
	tf.run(0, append([]string{"apply"}, auto...)...)
	c.call("DELETE", "/sim/v1/faults", "", nil)
	tf.run(0, append([]string{"apply", "-refresh=false"}, auto...)...)
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	wantAll(t, tf.run(0, "show", "-no-color"), `launch_mode = "existing"`, `created_at = "`)
}

// The template may change between the plan and its apply, and the plan may not know its id at all.
func TestAccTemplateThatChangesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	var first, same, other struct{ ID string }
	body := func(name, version string) string {
		return fmt.Sprintf(`{"name":%q,"config":{"datasetId":"dataset-001","datasetVersionId":%q,"description":"d"}}`, name, version)
	}
	c.call("POST", "/api/v1/task-templates", body("first", "version-001"), &first)
	c.call("POST", "/api/v1/task-templates", body("same", "version-001"), &same)
	c.call("POST", "/api/v1/task-templates", body("other", "version-002"), &other)
	config := func(id string) string { return requiredProvider + c.config(templatedTask(id, `task_name = "n"`)) }
	tf := newCommand(t, config(`"`+first.ID+`"`))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(config(`"` + same.ID + `"`))
	tf.run(0, "plan", "-out=plan", "-no-color")
	c.call("PATCH", "/api/v1/task-templates/"+same.ID,
		`{"config":{"datasetId":"dataset-001","datasetVersionId":"version-002","description":"e"}}`, nil)
	wantAll(t, tf.run(0, "apply", "-no-color", "plan"), "0 added, 1 changed, 0 destroyed",
		"Template fills in something else than the task has")

	picked := func(id string) string {
		return config("terraform_data.pick.output") + "\nresource \"terraform_data\" \"pick\" {\n  input = \"" + id + "\"\n}\n"
	}
	tf.configure(picked(same.ID))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(picked(other.ID))
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "0 added, 2 changed, 0 destroyed")
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	if got := c.tasks(); len(got) != 1 || got[0] != "task-001" {
		t.Errorf("the cluster has the tasks %q", got)
	}
}

// plannedActions are the actions of the plan for each resource, from its JSON.
func (c *command) plannedActions(args ...string) map[string]string {
	c.t.Helper()
	c.run(0, append([]string{"plan", "-no-color", "-out=plan.json"}, args...)...)
	var plan struct {
		Changes []struct {
			Address string
			Change  struct{ Actions []string }
		} `json:"resource_changes"`
	}
	if err := json.Unmarshal([]byte(c.run(0, "show", "-json", "plan.json")), &plan); err != nil {
		c.t.Fatal(err)
	}
	actions := map[string]string{}
	for _, change := range plan.Changes {
		actions[change.Address] = strings.Join(change.Change.Actions, " ")
	}
	return actions
}

func TestAccTriggersOfARunningTask(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	config := func(triggers string) string { return requiredProvider + c.config(task("n", triggers)) }
	tf := newCommand(t, config(""))
	tf.run(0, append([]string{"apply"}, auto...)...)
	for _, step := range []struct{ triggers, want string }{
		{`triggers = {}`, "update"},
		{`triggers = { run = "1" }`, "update"}, // the first value
		{`triggers = { run = "1" }`, "no-op"},
		{`triggers = { run = "2" }`, "delete create"},
		{`triggers = { run = "2", more = "x" }`, "delete create"},
		{`triggers = { other = "x" }`, "delete create"},
		{`triggers = {}`, "update"}, // the last value
		{`triggers = { run = "3" }`, "update"},
		{``, "update"},
		{`triggers = { run = null }`, "update"},
		{`triggers = { run = "4" }`, "delete create"}, // null was a value
	} {
		tf.configure(config(step.triggers))
		if got := tf.plannedActions()[taskAddress]; got != step.want {
			t.Errorf("%q: the plan is to %s, want %s", step.triggers, got, step.want)
		}
		tf.run(0, append([]string{"apply"}, auto...)...)
	}
	if got, want := c.tasks(), "task-005"; len(got) != 1 || got[0] != want {
		t.Errorf("the cluster has the tasks %q, want %s", got, want)
	}
}

// What depends on a running task stays when the task is only edited.
func TestAccEditLeavesLiveValues(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	config := func(label string) string {
		return requiredProvider + c.config(task("n", "description = \""+label+"\"\n  labels = { team = \""+label+"\" }")+`
resource "terraform_data" "dependent" {
  triggers_replace = [
    fermi_training_task.test.status, fermi_training_task.test.nodes, fermi_training_task.test.started_at, fermi_training_task.test.cost,
  ]
}
`)
	}
	tf := newCommand(t, config("a"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(config("b"))
	actions := tf.plannedActions("-refresh=false")
	if actions[taskAddress] != "update" || actions["terraform_data.dependent"] != "no-op" {
		t.Errorf("the plan is %v", actions)
	}
	tf.run(0, "apply", "-no-color", "plan.json")
}

func TestAccPlanThatEndsALiveTaskSaysSo(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	config := func(version string) string {
		return requiredProvider + c.config(strings.Replace(task("n", gpus("az-bj-b", "A100", 16)+"launch_mode = \"dynamic\"\n  model_id = "+
			"\"model-001\""), "version-001", version, 1))
	}
	tf := newCommand(t, config("version-001"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	c.call("PUT", "/sim/v1/clock", `{"mode":"manual"}`, nil)
	c.advance("30m")
	parts := []string{"task-001, which is running", `Training task "n" (task-001) has run for 30m0s, `,
		"% of its training is done, and it has cost", "CNY so far"}
	tf.configure(config("version-002"))
	for _, args := range [][]string{{"plan"}, {"plan", "-refresh=false"}} {
		output := tf.run(0, append(args, "-no-color")...)
		wantAll(t, output, append(parts, "The plan replaces training task", "can't hold the new task, which wants 16, beside the old one",
			"create_before_destroy")...)
	}
	for _, args := range [][]string{{"plan", "-destroy"}, {"plan", "-destroy", "-refresh=false"}} {
		wantAll(t, tf.run(0, append(args, "-no-color")...), append(parts, "The plan destroys training task")...)
	}
	// Taken out of the configuration.
	tf.configure(requiredProvider + c.config(""))
	wantAll(t, tf.run(0, "plan", "-no-color"), append(parts, "The plan destroys training task")...)
	// One that has ended needs no warning.
	c.call("POST", "/api/v1/training-tasks/task-001/stop", "", nil)
	if output := tf.run(0, "plan", "-no-color"); strings.Contains(output, "The plan destroys") {
		t.Errorf("the plan warns of a task that has ended:\n%s", output)
	}
}

// Updates send what the plan changes, for the revision that they read, and never undo what somebody else has edited.
func TestAccNoBlindWrites(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	config := func(name, description, favorite string) string {
		return requiredProvider + c.config(task(name, "description = \""+description+"\"\n  labels = { team = \"nlp\" }")+
			taskTemplate(fmt.Sprintf("  name = %q\n  description = %q\n  favorite = %s\n  config = { dataset_id = \"dataset-001\" }", name,
				description, favorite)))
	}
	tf := newCommand(t, config("a", "d", "false"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(config("b", "d", "true"))
	c.call("DELETE", "/sim/v1/requests", "", nil)
	tf.run(0, append([]string{"apply"}, auto...)...)
	var patches []struct {
		Path    string
		Body    string
		Headers http.Header
	}
	c.call("GET", "/sim/v1/requests?method=PATCH", "", &patches)
	for _, patch := range patches {
		want := `{"taskName":"b"}`
		if strings.Contains(patch.Path, "template") {
			want = `{"name":"b","favorite":true}`
		}
		if patch.Body != want {
			t.Errorf("PATCH %s sends %s, want %s", patch.Path, patch.Body, want)
		}
	}
	if len(patches) != 2 {
		t.Errorf("%d patches, want 2", len(patches))
	}

	// A colleague edits both between plan and apply, each another field than the plan changes.
	tf.configure(config("c", "d", "true"))
	tf.run(0, "plan", "-out=plan", "-no-color")
	c.call("PATCH", "/api/v1/training-tasks/task-001", `{"labels":{"team":"vision"}}`, nil)
	c.call("PATCH", "/api/v1/task-templates/template-001", `{"config":{"datasetId":"dataset-002"}}`, nil)
	wantAll(t, tf.run(1, "apply", "-no-color", "plan"), "Somebody else has changed it since the plan",
		`labels was {"team":"nlp"}, is now {"team":"vision"}`,
		"config was", "dataset-002", "Nothing was changed now", "Plan again")
	var one struct{ TaskName, Name string }
	c.call("GET", "/api/v1/training-tasks/task-001", "", &one)
	c.call("GET", "/api/v1/task-templates/template-001", "", &one)
	if one.TaskName != "b" || one.Name != "b" {
		t.Errorf("the refused update renamed: %+v", one)
	}
	// Planned again, what is wanted is done.
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// The revision also moves with the status, which is in nobody's way; an edit between the look and the write is.
func TestAccRevisionMovesBetweenLookAndWrite(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	var meanwhile atomic.Pointer[func()]
	c.before = func(r *http.Request) {
		if r.Method == http.MethodPatch {
			if do := meanwhile.Swap(nil); do != nil {
				(*do)()
			}
		}
	}
	tf := newCommand(t, slowTask(c, `wait_for = "none"`))
	tf.run(0, append([]string{"apply"}, auto...)...)
	advance := func() {
		if err := c.sim.Clock().Advance(time.Minute); err != nil {
			t.Error(err)
		}
	}
	meanwhile.Store(&advance)
	tf.configure(strings.Replace(slowTask(c, `wait_for = "none"`), `"nlp"`, `"vision"`, 1))
	tf.run(0, append([]string{"apply"}, auto...)...)
	if meanwhile.Load() != nil {
		t.Error("no patch was sent")
	}
	var now struct{ Labels map[string]string }
	c.call("GET", "/api/v1/training-tasks/task-001", "", &now)
	if now.Labels["team"] != "vision" {
		t.Errorf("labels %v", now.Labels)
	}

	edit := func() {
		client := http.Client{Timeout: time.Minute}
		request, err := http.NewRequest(http.MethodPatch, c.url+"/api/v1/training-tasks/task-001", strings.NewReader(`{"description":"theirs"}`))
		if err != nil {
			t.Error(err)
			return
		}
		request.Header.Set("Authorization", "Bearer "+token)
		request.Header.Set("Content-Type", "application/json")
		if response, err := client.Do(request); err != nil || response.StatusCode != http.StatusOK {
			t.Error(err)
		}
	}
	meanwhile.Store(&edit)
	tf.configure(slowTask(c, `wait_for = "none"`))
	wantAll(t, tf.run(1, append([]string{"apply"}, auto...)...), "Somebody else has changed it since the plan",
		`description was "mine", is now "theirs"`)
}

func TestAccTemplateMadeAnewLeavesItsTasks(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	config := func(version, more string) string {
		return requiredProvider + c.config(taskTemplate("  name = \"t\"\n"+
			"  config = { dataset_id = \"dataset-001\", dataset_version_id = \""+version+"\", labels = { team = \"nlp\" } }")+
			templatedTask("fermi_task_template.test.id", "task_name = \"n\"\n"+more))
	}
	tf := newCommand(t, config("version-001", ""))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, append([]string{"apply", "-replace=fermi_task_template.test"}, auto...)...)
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	// Deleted elsewhere.
	c.call("DELETE", "/api/v1/task-templates/template-002", "", nil)
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "1 added, 1 changed, 0 destroyed")
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	if got := c.tasks(); len(got) != 1 || got[0] != "task-001" {
		t.Fatalf("the cluster has the tasks %q", got)
	}
	// Made anew with something else in it, of which the plan doesn't know the id.
	tf.configure(config("version-002", ""))
	wantAll(t, tf.run(0, append([]string{"apply", "-replace=fermi_task_template.test"}, auto...)...), "1 added, 1 changed, 1 destroyed")
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")

	// Known ids: one that fills in the same, one that differs in what changes in place, one that differs in what starts anew.
	for _, step := range []struct{ body, want string }{
		{`{"name":"same","config":{"datasetId":"dataset-001","datasetVersionId":"version-001","labels":{"team":"nlp"}}}`, "update"},
		{`{"name":"labels","config":{"labels":{"team":"vision"}}}`, "update"},
		{`{"name":"bare","config":{}}`, "update"},
		{`{"name":"version","config":{"datasetVersionId":"version-002"}}`, "delete create"},
		{`{"name":"mode","config":{"datasetId":"dataset-001","datasetVersionId":"version-002","launchMode":"dynamic","resourceConfig":` +
			resources + `}}`, "delete create"},
		{`{"name":"zone","config":{"datasetId":"dataset-001","datasetVersionId":"version-002","launchMode":"dynamic","resourceConfig":` +
			strings.Replace(resources, "az-bj-a", "az-sz-a", 1) + `}}`, "delete create"},
	} {
		var made struct{ ID string }
		c.call("POST", "/api/v1/task-templates", step.body, &made)
		more := ""
		if !strings.Contains(step.body, "datasetId") {
			more = "dataset_id = \"dataset-001\""
		}
		tf.configure(requiredProvider + c.config(templatedTask(`"`+made.ID+`"`, "task_name = \"n\"\n"+more)))
		if got := tf.plannedActions()[taskAddress]; got != step.want {
			t.Errorf("%s: the plan is to %s, want %s", step.body, got, step.want)
		}
		tf.run(0, append([]string{"apply"}, auto...)...)
		tf.run(0, "plan", "-detailed-exitcode", "-no-color")
		if strings.Contains(step.body, "vision") {
			var task struct{ Labels map[string]string }
			c.call("GET", "/api/v1/training-tasks/task-001", "", &task)
			if task.Labels["team"] != "vision" {
				t.Errorf("labels %v", task.Labels)
			}
		}
	}
	tf.configure(requiredProvider + c.config(templatedTask(`"template-404"`, "task_name = \"n\"")))
	wantAll(t, tf.run(1, "plan", "-no-color"), "No such task template", `"template-404"`)
}
