package provider

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// Objects of somebody else, under the ids that a new cluster assigns first.
const (
	theirTask = `{"taskName":"theirs","datasetId":"dataset-002","datasetVersionId":"version-001","launchMode":"existing",` +
		`"environmentId":"env-001"}`
	theirTemplate = `{"name":"theirs","description":"nobody else's","config":{"datasetId":"dataset-002"}}`
)

// populate creates objects of somebody else in a cluster.
func (c *cluster) populate() {
	c.t.Helper()
	c.call("POST", "/api/v1/training-tasks", theirTask, nil)
	c.call("POST", "/api/v1/task-templates", theirTemplate, nil)
}

// wantUntouched checks that the objects of populate are unchanged.
func (c *cluster) wantUntouched(when string) {
	c.t.Helper()
	var task struct {
		TaskName, DatasetID, Status string
		Labels                      map[string]string
	}
	c.call("GET", "/api/v1/training-tasks/task-001", "", &task)
	if task.TaskName != "theirs" || task.Status == "stopped" || len(task.Labels) > 0 {
		c.t.Errorf("%s: somebody else's task is now %+v", when, task)
	}
	var template struct{ Name, Description string }
	c.call("GET", "/api/v1/task-templates/template-001", "", &template)
	if template.Name != "theirs" || template.Description != "nobody else's" {
		c.t.Errorf("%s: somebody else's template is now %+v", when, template)
	}
}

// begin ends the cluster's process and starts another one at the same address, without the old one's objects.
func (c *cluster) begin() {
	c.t.Helper()
	c.kill()
	c.simulate(simulator.Options{})
	c.restart()
}

func ours(c *cluster, name string) string {
	return requiredProvider + c.config(task(name, `environment_id = "env-002"`)+
		taskTemplate(fmt.Sprintf("  name = %q\n  config = { dataset_id = \"dataset-001\" }", name)))
}

func (c *command) configure(config string) {
	c.t.Helper()
	c.write(filepath.Join(c.dir, "main.tf"), config)
}

var auto = []string{"-auto-approve", "-no-color"}

func TestAccRestartWithoutDataForgetsWhatDiedWithIt(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]struct {
		args []string
		want string
	}{
		"apply":   {append([]string{"apply"}, auto...), "2 added, 0 changed, 0 destroyed"},
		"destroy": {append([]string{"destroy"}, auto...), "0 destroyed"},
		"refresh": {append([]string{"apply", "-refresh-only"}, auto...), "0 added, 0 changed, 0 destroyed"},
		"forget":  {append([]string{"destroy", "-refresh=false"}, auto...), "2 destroyed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			tf := newCommand(t, ours(c, "ours"))
			tf.run(0, append([]string{"apply"}, auto...)...)
			c.begin()
			c.populate()
			output := tf.run(0, do.args...)
			wantAll(t, output, do.want)
			if name != "destroy" { // of whose refresh Terraform shows no warning
				wantAll(t, output, "The simulated cluster of some objects has ended, and they with it", "ephemeral cluster")
			}
			c.wantUntouched(name)
			if name == "apply" {
				tf.run(0, "plan", "-detailed-exitcode", "-no-color")
			}
		})
	}
}

// An update planned without a look at the cluster has no object to change.
func TestAccRestartWithoutDataDuringAnApplyChangesNothing(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	tf := newCommand(t, ours(c, "ours"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	c.begin()
	c.populate()
	tf.configure(ours(c, "renamed"))
	wantAll(t, tf.run(1, append([]string{"apply", "-refresh=false"}, auto...)...), "Object no longer exists", "Plan again")
	c.wantUntouched("apply -refresh=false")

	// The same between a plan and its apply.
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(ours(c, "again"))
	tf.run(0, "plan", "-out=plan", "-no-color")
	c.begin()
	c.populate()
	wantAll(t, tf.run(1, "apply", "-no-color", "plan"), "Object no longer exists")
	c.wantUntouched("apply of a saved plan")
}

func TestAccEndpointOfAnotherCluster(t *testing.T) {
	t.Parallel()
	c, other := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
	other.populate()
	tf := newCommand(t, ours(c, "ours"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	ids := map[*cluster]string{}
	for _, one := range []*cluster{c, other} {
		var cluster struct{ ID string }
		one.call("GET", "/api/v1/cluster", "", &cluster)
		ids[one] = cluster.ID
	}
	tf.configure(ours(other, "renamed"))
	for _, args := range [][]string{
		{"plan"}, {"apply", "-auto-approve"}, {"apply", "-auto-approve", "-refresh=false"}, {"apply", "-auto-approve", "-refresh-only"},
		{"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"},
		{"apply", "-auto-approve", "-refresh=false", "-replace=" + taskAddress},
	} {
		output := tf.run(1, append(args, "-no-color")...)
		wantAll(t, output, "Object of another cluster", ids[c], ids[other], c.url, other.url, "Set the provider's endpoint", "terraform state rm")
		other.wantUntouched(strings.Join(args, " "))
	}
	// Back at the right endpoint nothing has happened.
	tf.configure(ours(c, "ours"))
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// A tainted object's deletion sees no private state but that of the planned creation.
func TestAccTaintedObjectOfAnotherClusterIsNotDeleted(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Scenario: worldWithoutImage(t)})
	config := func(c *cluster, image string) string {
		return requiredProvider + c.config(task("ours", strings.Replace(gpus("az-bj-a", "A100", 1),
			"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime", image, 1)+`launch_mode = "dynamic"`))
	}
	tf := newCommand(t, config(c, missingImage))
	wantAll(t, tf.run(1, append([]string{"apply"}, auto...)...), "Training task task-001 failed")
	tf.configure(config(c, "pytorch/pytorch:2.1.0-cuda12.1"))
	wantAll(t, tf.run(0, "plan", "-out=plan", "-no-color"), "is tainted, so")
	c.begin()
	c.populate()
	tf.run(0, "apply", "-no-color", "plan")
	c.wantUntouched("replacement of a tainted task")
}

// Without a refresh nobody has looked in which cluster a tainted object is.
func TestAccTaintedObjectWithoutARefreshIsNotDeleted(t *testing.T) {
	t.Parallel()
	c, other := newCluster(t, simulator.Options{Clock: simulator.Manual}), newCluster(t, simulator.Options{Clock: simulator.Manual})
	other.populate()
	config := func(c *cluster) string {
		return requiredProvider + c.config(task("ours", "environment_id = \"env-002\"\n  wait_for = \"none\""))
	}
	tf := newCommand(t, config(c))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "taint", "-no-color", taskAddress)
	tf.configure(config(other))
	wantAll(t, tf.run(1, append([]string{"apply", "-refresh=false"}, auto...)...), "Object's cluster isn't known",
		"Plan again without -refresh=false")
	other.wantUntouched("apply -refresh=false of a tainted task")
	tf.configure(config(c))
	tf.run(0, append([]string{"apply"}, auto...)...)
	if got := c.tasks(); len(got) != 1 || got[0] != "task-002" {
		t.Errorf("the cluster has the tasks %q", got)
	}
}

// An ephemeral cluster that answers with trouble may live.
func TestAccEphemeralClusterInTroubleIsNotForgotten(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusServiceUnavailable, http.StatusTooManyRequests, http.StatusBadGateway, http.StatusUnauthorized} {
		c, next := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
		next.populate()
		tf := newCommand(t, ours(c, "ours"))
		tf.run(0, append([]string{"apply"}, auto...)...)
		c.call("POST", "/sim/v1/faults", fmt.Sprintf(`{"status":%d,"path":"/api/v1/cluster"}`, status), nil)
		tf.configure(ours(next, "ours"))
		wantAll(t, tf.run(1, append([]string{"apply"}, auto...)...), "Object of another cluster")
		next.wantUntouched(fmt.Sprint(status))
	}
}

// The state knows the cluster, and what answers doesn't: a missing object may live elsewhere.
func TestAccMissingObjectAtAnAPIWithoutIdentityIsNotForgotten(t *testing.T) {
	t.Parallel()
	c, next := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
	backend, err := url.Parse(next.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backend)
	ingress := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/cluster" {
			http.NotFound(w, r)
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(ingress.Close)
	tf := newCommand(t, ours(c, "ours"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	for name, populate := range map[string]bool{"with objects of those ids": true, "empty": false} {
		if populate {
			next.populate()
		}
		tf.configure(strings.ReplaceAll(ours(c, "ours"), c.url, ingress.URL))
		for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"},
			{"destroy", "-auto-approve", "-refresh=false"}} {
			tf.run(1, append(args, "-no-color")...)
		}
		if populate {
			next.wantUntouched(name)
		}
	}
	tf.configure(ours(c, "ours"))
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

func TestAccEphemeralClusterThatEndedElsewhereIsForgotten(t *testing.T) {
	t.Parallel()
	c, next := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
	next.populate()
	tf := newCommand(t, ours(c, "ours"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	c.kill()
	tf.configure(ours(next, "ours"))
	wantAll(t, tf.run(0, append([]string{"apply"}, auto...)...), "The simulated cluster of some objects has ended", c.url, "2 added")
	next.wantUntouched("apply")
	tf.run(0, append([]string{"destroy"}, auto...)...)
	next.wantUntouched("destroy")
}

// What is kept on disk may come back, so nothing of it is forgotten.
func TestAccClusterWithDataIsNotForgotten(t *testing.T) {
	t.Parallel()
	c, next := newCluster(t, simulator.Options{Data: t.TempDir()}), newCluster(t, simulator.Options{})
	next.populate()
	tf := newCommand(t, ours(c, "ours"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	c.kill()
	tf.configure(ours(next, "ours"))
	wantAll(t, tf.run(1, append([]string{"apply"}, auto...)...), "Object of another cluster")
	next.wantUntouched("apply")
	c.restart()
	tf.configure(ours(c, "ours"))
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
}

// A cluster goes back to an older snapshot and gives ids out again.
func TestAccRestoredSnapshotGivesIDsOutAgain(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"destroy"}, {"destroy", "-refresh=false"}, {"apply"}, {"apply", "-refresh=false"}} {
		c := newCluster(t, simulator.Options{})
		_, snapshot := c.send("GET", "/sim/v1/snapshot", "")
		tf := newCommand(t, ours(c, "ours"))
		tf.run(0, append([]string{"apply"}, auto...)...)
		c.call("PUT", "/sim/v1/snapshot", string(snapshot), nil)
		c.call("POST", "/sim/v1/clock/advance", `{"by":"1h"}`, nil)
		c.populate()
		tf.configure(ours(c, "renamed"))
		code := 0
		if args[0] == "apply" && len(args) > 1 {
			code = 1
		}
		output := tf.run(code, append(args, auto...)...)
		switch {
		case code != 0:
			wantAll(t, output, "Object no longer exists", "the cluster has given its id to another object", "Plan again")
		case args[0] == "apply" || len(args) > 1: // Terraform shows no warning of a destruction's refresh
			wantAll(t, output, "The object no longer exists, and its id belongs to another one", "is taken as deleted")
		}
		c.wantUntouched(strings.Join(args, " "))
	}
}

// An API without the call is judged by the time of creation alone.
func TestAccAPIWithoutClusterIdentity(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	backend, err := url.Parse(c.url)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(backend)
	old := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/v1/cluster" {
			http.NotFound(w, r)
			return
		}
		if r.Header.Get("Fermi-Cluster-Id") != "" {
			t.Errorf("%s %s has a cluster's id, which nobody told", r.Method, r.URL.Path)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(old.Close)
	config := strings.ReplaceAll(ours(c, "ours"), c.url, old.URL)
	tf := newCommand(t, config)
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.run(0, "plan", "-detailed-exitcode", "-no-color")
	c.begin()
	c.call("POST", "/sim/v1/clock/advance", `{"by":"1h"}`, nil)
	c.populate()
	tf.configure(strings.ReplaceAll(config, `"ours"`, `"renamed"`))
	for _, args := range [][]string{{"plan"}, {"apply", "-auto-approve"}, {"apply", "-auto-approve", "-refresh=false"},
		{"destroy", "-auto-approve"}, {"destroy", "-auto-approve", "-refresh=false"}} {
		wantAll(t, tf.run(1, append(args, "-no-color")...), "Object of another cluster", "they are two objects")
		c.wantUntouched(strings.Join(args, " "))
	}
}

// The API may come to serve another cluster right after the look: the write says which one it is for.
func TestAccNoRaceAfterTheLook(t *testing.T) {
	t.Parallel()
	for _, do := range [][]string{{"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
		c, other := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
		other.populate()
		var moved atomic.Bool
		both := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			target := c.url
			if moved.Load() && (r.Method == http.MethodPatch || r.Method == http.MethodDelete) {
				target = other.url
			}
			backend, err := url.Parse(target)
			if err != nil {
				t.Error(err)
				return
			}
			httputil.NewSingleHostReverseProxy(backend).ServeHTTP(w, r)
		}))
		t.Cleanup(both.Close)
		tf := newCommand(t, strings.ReplaceAll(ours(c, "ours"), c.url, both.URL))
		tf.run(0, append([]string{"apply"}, auto...)...)
		moved.Store(true)
		tf.configure(strings.ReplaceAll(ours(c, "renamed"), c.url, both.URL))
		wantAll(t, tf.run(1, append(do, "-no-color")...), "WRONG_CLUSTER")
		other.wantUntouched(do[0])
	}
}

func TestAccOneLookForEachConfiguredProvider(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	many := strings.Replace(task("n", "count = 12\n  wait_for = \"none\""), `"test"`, `"many"`, 1)
	tf := newCommand(t, requiredProvider+c.config(many+taskTemplate("  count = 4\n  name = \"t${count.index}\"\n  config = {}")))
	tf.run(0, append([]string{"apply"}, auto...)...)
	for _, step := range []struct {
		args []string
		most int
	}{{[]string{"plan", "-no-color"}, 1}, {append([]string{"destroy"}, auto...), 3}} {
		c.call("DELETE", "/sim/v1/requests", "", nil)
		tf.run(0, step.args...)
		if looks := c.requests("GET", "/api/v1/cluster"); looks < 1 || looks > step.most {
			t.Errorf("%v: %d looks at which cluster it is, want 1 to %d", step.args, looks, step.most)
		}
	}
}

// Two providers for two clusters: each object is looked for in its own, and one that is moved to the other provider is refused.
func TestAccAliasedProviders(t *testing.T) {
	t.Parallel()
	a, b := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
	b.populate()
	config := func(provider string) string {
		return requiredProvider + a.config("") + strings.Replace(b.config(""), "{\n", "{\n  alias = \"b\"\n", 1) +
			strings.Replace(task("ours", `environment_id = "env-002"`), "{\n", "{\n  provider = "+provider+"\n", 1)
	}
	tf := newCommand(t, config("fermi"))
	tf.run(0, append([]string{"apply"}, auto...)...)
	tf.configure(config("fermi.b"))
	wantAll(t, tf.run(1, append([]string{"apply"}, auto...)...), "Object of another cluster", a.url, b.url)
	b.wantUntouched("another alias")
	// An import takes the object of the provider that it names.
	tf = newCommand(t, config("fermi.b")+"import {\n  to = "+taskAddress+"\n  id = \"task-001\"\n  provider = fermi.b\n}\n")
	wantAll(t, tf.run(0, "plan", "-no-color"), "theirs")
	b.wantUntouched("import")
	if got := a.tasks(); len(got) != 1 {
		t.Errorf("the first cluster has the tasks %q", got)
	}
}

// An imported object, and one of a state from before, get their cluster by the next read.
func TestAccImportedObjectHasItsCluster(t *testing.T) {
	t.Parallel()
	a, b := newCluster(t, simulator.Options{}), newCluster(t, simulator.Options{})
	for _, c := range []*cluster{a, b} {
		c.populate()
	}
	config := func(c *cluster) string {
		return requiredProvider + c.config(strings.Replace(task("theirs", `environment_id = "env-001"`), "dataset-001", "dataset-002", 1))
	}
	tf := newCommand(t, config(a))
	tf.run(0, "import", "-no-color", taskAddress, "task-001")
	tf.configure(config(b))
	wantAll(t, tf.run(1, append([]string{"destroy"}, auto...)...), "Object of another cluster")
	b.wantUntouched("destroy after an import")
}
