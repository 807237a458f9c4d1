package provider

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// A core talks to the provider in process, as Terraform's core does over the wire: it shows warnings, which a
// test of the real command can't see, and plans what that command would only plan in odd places.
type core struct {
	t      *testing.T
	server tfprotov6.ProviderServer
	task   *tfprotov6.Schema
	config *tfprotov6.Schema
}

func newTerraform(t *testing.T) *core {
	t.Helper()
	server := providerserver.NewProtocol6(New("test")())()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatalf("schema: %v %v", err, schemas.Diagnostics)
	}
	return &core{t, server, schemas.ResourceSchemas["fermi_training_task"], schemas.Provider}
}

// values are the attributes that an object has; the others are null.
type values map[string]any

var unknown = tftypes.UnknownValue

// object makes a value of a schema: strings, numbers, booleans, unknown, or a whole tftypes.Value.
func object(t *testing.T, schema *tfprotov6.Schema, attributes values) tftypes.Value {
	t.Helper()
	kind := schema.ValueType().(tftypes.Object)
	all := map[string]tftypes.Value{}
	for name, kind := range kind.AttributeTypes {
		given := attributes[name]
		if value, ok := given.(tftypes.Value); ok {
			all[name] = value
		} else {
			all[name] = tftypes.NewValue(kind, given)
		}
	}
	return tftypes.NewValue(kind, all)
}

func (tf *core) dynamic(value tftypes.Value) *tfprotov6.DynamicValue {
	tf.t.Helper()
	encoded, err := tfprotov6.NewDynamicValue(value.Type(), value)
	if err != nil {
		tf.t.Fatal(err)
	}
	return &encoded
}

func (tf *core) attributes(value *tfprotov6.DynamicValue) map[string]tftypes.Value {
	tf.t.Helper()
	decoded, err := value.Unmarshal(tf.task.ValueType())
	if err != nil {
		tf.t.Fatal(err)
	}
	attributes := map[string]tftypes.Value{}
	if !decoded.IsNull() {
		if err := decoded.As(&attributes); err != nil {
			tf.t.Fatal(err)
		}
	}
	return attributes
}

// text is a string attribute's value, "null" or "unknown".
func text(t *testing.T, value tftypes.Value) string {
	t.Helper()
	switch {
	case !value.IsKnown():
		return "unknown"
	case value.IsNull():
		return "null"
	}
	var s string
	if err := value.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func (tf *core) configure(attributes values) []*tfprotov6.Diagnostic {
	tf.t.Helper()
	resp, err := tf.server.ConfigureProvider(tf.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.15.0", Config: tf.dynamic(object(tf.t, tf.config, attributes)),
	})
	if err != nil {
		tf.t.Fatal(err)
	}
	return resp.Diagnostics
}

// plan plans config against a prior state, nil for none, as Terraform proposes it.
func (tf *core) plan(config values, prior *tfprotov6.DynamicValue) *tfprotov6.PlanResourceChangeResponse {
	tf.t.Helper()
	null := tf.dynamic(tftypes.NewValue(tf.task.ValueType(), nil))
	proposed := maps.Clone(config)
	if prior == nil {
		prior = null
	} else {
		before := tf.attributes(prior)
		for _, attribute := range tf.task.Block.Attributes {
			if _, given := config[attribute.Name]; attribute.Computed && !given {
				proposed[attribute.Name] = before[attribute.Name]
			}
		}
	}
	resp, err := tf.server.PlanResourceChange(tf.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName:         "fermi_training_task",
		Config:           tf.dynamic(object(tf.t, tf.task, config)),
		PriorState:       prior,
		ProposedNewState: tf.dynamic(object(tf.t, tf.task, proposed)),
	})
	if err != nil {
		tf.t.Fatal(err)
	}
	return resp
}

// start begins to carry out a plan of config; what it returns waits for the end.
func (tf *core) start(ctx context.Context, config values, prior *tfprotov6.DynamicValue) func() *tfprotov6.ApplyResourceChangeResponse {
	tf.t.Helper()
	plan := tf.plan(config, prior)
	if hasError(plan.Diagnostics) {
		tf.t.Fatalf("plan: %s", show(plan.Diagnostics))
	}
	if prior == nil {
		prior = tf.dynamic(tftypes.NewValue(tf.task.ValueType(), nil))
	}
	request := &tfprotov6.ApplyResourceChangeRequest{
		TypeName: "fermi_training_task", Config: tf.dynamic(object(tf.t, tf.task, config)),
		PriorState: prior, PlannedState: plan.PlannedState, PlannedPrivate: plan.PlannedPrivate,
	}
	var response *tfprotov6.ApplyResourceChangeResponse
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		response, err = tf.server.ApplyResourceChange(ctx, request)
	}()
	return func() *tfprotov6.ApplyResourceChangeResponse {
		tf.t.Helper()
		<-done
		if err != nil {
			tf.t.Fatal(err)
		}
		return response
	}
}

// apply carries out a plan of config.
func (tf *core) apply(ctx context.Context, config values, prior *tfprotov6.DynamicValue) *tfprotov6.ApplyResourceChangeResponse {
	tf.t.Helper()
	return tf.start(ctx, config, prior)()
}

func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diagnostics, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}

func show(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		b.WriteString(d.Severity.String() + ": " + d.Summary + "\n" + d.Detail + "\n")
	}
	return b.String()
}

// wantOne expects one diagnostic whose text has all of these parts.
func wantOne(t *testing.T, got []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity, parts ...string) {
	t.Helper()
	if len(got) != 1 || got[0].Severity != severity {
		t.Fatalf("want one %s, got:\n%s", severity, show(got))
	}
	for _, part := range parts {
		if !strings.Contains(got[0].Summary+"\n"+got[0].Detail, part) {
			t.Errorf("want %q in:\n%s", part, show(got))
		}
	}
}

// dynamicTask is the configuration of a dynamic task that starts in some minutes.
func dynamicTask(t *testing.T, tf *core, more values) values {
	t.Helper()
	kind := tf.task.ValueType().(tftypes.Object).AttributeTypes["resource_config"]
	config := values{
		"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "dynamic",
		"resource_config": tftypes.NewValue(kind, map[string]tftypes.Value{
			"availability_zone": tftypes.NewValue(tftypes.String, "az-bj-b"),
			"gpu_type":          tftypes.NewValue(tftypes.String, "A100"),
			"gpu_count":         tftypes.NewValue(tftypes.Number, 16),
			"cpu_cores":         tftypes.NewValue(tftypes.Number, 64),
			"memory":            tftypes.NewValue(tftypes.Number, 256),
			"image":             tftypes.NewValue(tftypes.String, "pytorch/pytorch:2.1.0-cuda12.1"),
		}),
	}
	maps.Copy(config, more)
	return config
}

func timeoutsOf(tf *core, durations values) tftypes.Value {
	kind := tf.task.ValueType().(tftypes.Object).AttributeTypes["timeouts"].(tftypes.Object)
	all := map[string]tftypes.Value{}
	for name := range kind.AttributeTypes {
		all[name] = tftypes.NewValue(tftypes.String, durations[name])
	}
	return tftypes.NewValue(kind, all)
}

func connect(t *testing.T, c *cluster) *core {
	t.Helper()
	tf := newTerraform(t)
	if diagnostics := tf.configure(values{"endpoint": c.url, "token": token, "max_retries": 0}); len(diagnostics) > 0 {
		t.Fatalf("configure: %s", show(diagnostics))
	}
	return tf
}

func TestTimeoutIsAWarning(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	config := dynamicTask(t, tf, values{"timeouts": timeoutsOf(tf, values{"create": "300ms", "update": "300ms"})})
	created := tf.apply(t.Context(), config, nil)
	wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityWarning,
		"Training task task-001 is not running after 300ms", "last seen allocating (finding_nodes), expected to run at 2024-12-08T10:0",
		"Apply again to go on waiting")
	if got := text(t, tf.attributes(created.NewState)["status"]); got != "allocating" {
		t.Errorf("status %s", got)
	}

	// The queue position tells why it takes long.
	queued := tf.apply(t.Context(), config, nil)
	wantOne(t, queued.Diagnostics, tfprotov6.DiagnosticSeverityWarning, "Training task task-002",
		"last seen queued at position 1 of the zone's queue")

	resumed := tf.apply(t.Context(), config, created.NewState)
	wantOne(t, resumed.Diagnostics, tfprotov6.DiagnosticSeverityWarning, "Training task task-001 is not running after 300ms")

	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	resumed = tf.apply(t.Context(), dynamicTask(t, tf, nil), resumed.NewState)
	if len(resumed.Diagnostics) > 0 {
		t.Errorf("got %s", show(resumed.Diagnostics))
	}
	if got := text(t, tf.attributes(resumed.NewState)["status"]); got != "running" {
		t.Errorf("status %s", got)
	}
}

func TestCancellationIsAWarning(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	creation := tf.start(t.Context(), dynamicTask(t, tf, nil), nil)
	<-c.waits
	if _, err := tf.server.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
		t.Fatal(err)
	}
	created := creation()
	wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityWarning,
		"Stopped waiting for training task task-001", "It goes on in the cluster. It stays in the state")
	if got := text(t, tf.attributes(created.NewState)["id"]); got != "task-001" || created.NewIdentity == nil {
		t.Errorf("id %s, identity %v", got, created.NewIdentity)
	}
}

// A cancellation while the request is on its way must not lose the task that it makes.
func TestCancellationDuringThePostKeepsTheTask(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.before = func(r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/api/v1/training-tasks" {
			cancel()
		}
	}
	created := tf.apply(ctx, dynamicTask(t, tf, nil), nil)
	wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityWarning, "Stopped waiting for training task task-001")
	if got := c.tasks(); len(got) != 1 || got[0] != text(t, tf.attributes(created.NewState)["id"]) {
		t.Errorf("tasks %q, state has %s", got, tf.attributes(created.NewState)["id"])
	}
}

// A timeout that strikes while the API is out of reach says so.
func TestTimeoutTellsOfAnAPIOutOfReach(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := newTerraform(t)
	if diagnostics := tf.configure(values{"endpoint": c.url, "token": token, "max_retries": 100}); len(diagnostics) > 0 {
		t.Fatalf("configure: %s", show(diagnostics))
	}
	creation := tf.start(t.Context(), dynamicTask(t, tf, values{"timeouts": timeoutsOf(tf, values{"create": "5s"})}), nil)
	<-c.waits
	c.kill()
	wantOne(t, creation().Diagnostics, tfprotov6.DiagnosticSeverityWarning, "Training task task-001 is not running after 5s",
		"The last look at it failed: GET "+c.url, "before that: ")
}

func TestLostContactIsAWarning(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	creation := tf.start(t.Context(), dynamicTask(t, tf, nil), nil)
	<-c.waits
	c.call("POST", "/sim/v1/faults", `{"cut":"before","path":"/api/v1/training-tasks/*"}`, nil)
	c.call("POST", "/sim/v1/clock/advance", `{"by":"30s"}`, nil)
	created := creation()
	wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityWarning, "Stopped waiting for training task task-001: Fermi API out of reach",
		"Waiting for training task task-001 to be running, last seen", "/api/v1/training-tasks/task-001: ", "Apply again to go on waiting")
	if got := text(t, tf.attributes(created.NewState)["id"]); got != "task-001" {
		t.Errorf("id %s", got)
	}
}

// A token may expire during a long wait; the task is none the worse for it.
func TestExpiredTokenDuringTheWaitIsAWarning(t *testing.T) {
	for _, status := range []string{"401", "403"} {
		c := newCluster(t, simulator.Options{Clock: simulator.Manual})
		tf := connect(t, c)
		creation := tf.start(t.Context(), dynamicTask(t, tf, nil), nil)
		<-c.waits
		c.call("POST", "/sim/v1/faults", `{"status":`+status+`,"count":1,"path":"/api/v1/training-tasks/*"}`, nil)
		c.call("POST", "/sim/v1/clock/advance", `{"by":"30s"}`, nil)
		created := creation()
		wantOne(t, created.Diagnostics, tfprotov6.DiagnosticSeverityWarning, "token", "Waiting for training task task-001 to be "+
			"running, last seen",
			"HTTP "+status, "It stays in the state. Apply again to go on waiting")
		c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
		resumed := tf.apply(t.Context(), dynamicTask(t, tf, nil), created.NewState)
		if got := tf.attributes(resumed.NewState); len(resumed.Diagnostics) > 0 || text(t, got["id"]) != "task-001" ||
			text(t, got["status"]) != "running" {
			t.Errorf("%s: %v, %s", status, got, show(resumed.Diagnostics))
		}
	}
}

func TestDeletionDuringTheWait(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	creation := tf.start(t.Context(), dynamicTask(t, tf, nil), nil)
	<-c.waits
	c.call("DELETE", "/api/v1/training-tasks/task-001", "", nil)
	wantOne(t, creation().Diagnostics, tfprotov6.DiagnosticSeverityError,
		"Training task task-001 was deleted", "last seen allocating (finding_nodes)", "TASK_NOT_FOUND", "The next apply creates a new one.")
}

func TestFailureDuringAResumedWait(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	short := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing",
		"timeouts": timeoutsOf(tf, values{"create": "300ms"})}
	created := tf.apply(t.Context(), short, nil)
	for len(c.waits) > 0 {
		<-c.waits // of the creation
	}
	update := tf.start(t.Context(), short, created.NewState)
	<-c.waits
	c.call("POST", "/sim/v1/dev-environments/env-001/stop", "", nil)
	updated := update()
	wantOne(t, updated.Diagnostics, tfprotov6.DiagnosticSeverityError,
		"Training task task-001 failed", "reason ENVIRONMENT_STOPPED", "change a trigger that it has, set replace_on_failure",
		"The end of its log:")
	if got := text(t, tf.attributes(updated.NewState)["status"]); got != "failed" {
		t.Errorf("status %s", got)
	}
	again := tf.plan(short, updated.NewState)
	if len(again.RequiresReplace) > 0 || text(t, tf.attributes(again.PlannedState)["status"]) != "failed" {
		t.Errorf("a task that ended gives a difference: %v", tf.attributes(again.PlannedState))
	}
}

// A wait ends with the purge of the record when the task finished while nobody looked.
func TestPurgeDuringAResumedWait(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	config := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001",
		"timeouts": timeoutsOf(tf, values{"create": "300ms"})}
	created := tf.apply(t.Context(), config, nil)
	if err := c.sim.Clock().Advance(2000 * time.Hour); err != nil {
		t.Fatal(err)
	}
	updated := tf.apply(t.Context(), config, created.NewState)
	if len(updated.Diagnostics) > 0 || text(t, tf.attributes(updated.NewState)["status"]) != "succeeded" {
		t.Errorf("status %s, %s", tf.attributes(updated.NewState)["status"], show(updated.Diagnostics))
	}
}

// Where nobody can know yet whether the API made a task, the user hears of it.
func TestLostAnswerOfACreation(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	c.call("POST", "/sim/v1/faults", `{"cut":"after","method":"POST"}`, nil)
	created := tf.apply(t.Context(), dynamicTask(t, tf, nil), nil)
	if len(created.Diagnostics) != 2 || len(c.tasks()) != 1 {
		t.Fatalf("tasks %q, %s", c.tasks(), show(created.Diagnostics))
	}
	wantOne(t, created.Diagnostics[:1], tfprotov6.DiagnosticSeverityError, "Fermi API out of reach", `Creating training task "n"`)
	wantOne(t, created.Diagnostics[1:], tfprotov6.DiagnosticSeverityWarning, "A training task may exist whose id isn't known",
		"within the next 24 hours")
}
