package provider

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/fermi-cluster/terraform-provider-fermi/provider/internal/clusterfacts"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const (
	isError   = tfprotov6.DiagnosticSeverityError
	isWarning = tfprotov6.DiagnosticSeverityWarning
)

// resourcesWith is the resource_config of dynamicTask with other values.
func resourcesWith(t *testing.T, tf *core, other values) tftypes.Value {
	t.Helper()
	config, _ := dynamicTask(t, tf, nil)["resource_config"].(tftypes.Value)
	attributes := map[string]tftypes.Value{}
	if err := config.As(&attributes); err != nil {
		t.Fatal(err)
	}
	for name, value := range other {
		attributes[name] = tftypes.NewValue(attributes[name].Type(), value)
	}
	return tftypes.NewValue(config.Type(), attributes)
}

// hold creates a task that holds GPUs of a zone.
func (c *cluster) hold(zone, gpuType string, count int) {
	c.t.Helper()
	c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(`{"taskName":"holder","datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"dynamic",
		"resourceConfig":{"availabilityZone":%q,"gpuType":%q,"gpuCount":%d,"cpuCores":%d,"memory":%d,"image":"pytorch/pytorch:2.1.0-cuda12.1"}}`,
		zone, gpuType, count, count, count), nil)
}

func TestPlanOfTasksThatFitIsSilent(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	tf := connect(t, c)
	one := dynamicTask(t, tf, values{"wait_for": "none", "resource_config": resourcesWith(t, tf, values{"gpu_type": "T4", "gpu_count": 1})})
	for range 64 {
		if plan := tf.plan(one, nil); len(plan.Diagnostics) > 0 {
			t.Fatal(show(plan.Diagnostics))
		}
	}
	// However many tasks are planned.
	if got := c.requests("GET", "/api/v1/*") + c.requests("POST", "/api/v1/*/*"); got != 6 {
		t.Errorf("64 plans took %d requests, want 6", got)
	}
	// Each fits, and all together no longer do.
	wantOne(t, tf.plan(one, nil).Diagnostics, isWarning, "The planned tasks together want more GPUs of type T4 than zone az-bj-b has "+
		"free, some would queue",
		`With the training task "n", which wants 1, this plan asks for at least 65 there so far; 64 were free when it was planned.`,
		"Other zones with room for this one: az-bj-a, az-sh-a, az-sh-b, az-sz-a.")
	// Apply plans each task again; by then the zone's figures have those that are created in them.
	tf.apply(t.Context(), one, nil)
	if plan := tf.plan(one, nil); len(plan.Diagnostics) > 0 {
		t.Error(show(plan.Diagnostics))
	}
	if plan := tf.plan(values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing"},
		nil); len(plan.Diagnostics) > 0 {
		t.Error(show(plan.Diagnostics))
	}
}

func TestPlanWarnsOfAQueue(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.hold("az-bj-b", "A100", 12)
	c.hold("az-sz-a", "A100", 8)
	tf := connect(t, c)
	plan := tf.plan(dynamicTask(t, tf, nil), nil)
	wantOne(t, plan.Diagnostics, isWarning, "Zone az-bj-b has no room for 16 GPUs of type A100, the task would queue",
		`The training task "n" wants 16 GPUs of type A100 in zone az-bj-b. When this was planned, 4 were free and the queue was 0 long. `+
			`It would be number 1 in the queue`,
		"and is expected to run at 2024-12-08T1", "in nine of ten cases by 2024-12-0", "Zones where it would start at once: az-bj-a, "+
			"az-sh-a, az-sz-c.")
	if got := text(t, tf.attributes(plan.PlannedState)["status"]); got != "unknown" {
		t.Errorf("status is planned as %s", got)
	}
	// Another name is the same question.
	tf.plan(dynamicTask(t, tf, values{"task_name": "m", "description": "d"}), nil)
	if got := c.requests("POST", "/api/v1/training-tasks/estimate"); got != 1 {
		t.Errorf("%d forecasts were asked for, want 1", got)
	}

	// Enough are free, but not together, which only the forecast knows.
	for range 3 {
		c.hold("az-sh-a", "A100", 6)
	}
	asked := func(gpus int) []*tfprotov6.Diagnostic {
		return connect(t, c).plan(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf,
			values{"availability_zone": "az-sh-a", "gpu_count": gpus})}), nil).Diagnostics
	}
	wantOne(t, asked(6), isWarning, " wants 6 GPUs of type A100 in zone az-sh-a. When this was planned, 6 were free")
	if diagnostics := asked(2); len(diagnostics) > 0 {
		t.Error(show(diagnostics))
	}
}

func TestPlanWarnsOfAQueueWithoutAForecast(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.hold("az-bj-b", "A100", 16)
	c.call("POST", "/sim/v1/faults", `{"status":500,"path":"/api/v1/training-tasks/estimate"}`, nil)
	tf := connect(t, c)
	wantOne(t, tf.plan(dynamicTask(t, tf, nil), nil).Diagnostics, isWarning,
		"0 were free and the queue was 0 long. When it would start is not known: POST ", "HTTP 500", "Zones where it would start at once: "+
			"az-bj-a, az-sh-a, az-sz-a, az-sz-c.")
	wantOne(t, tf.plan(dynamicTask(t, tf, values{"dataset_id": unknown}), nil).Diagnostics, isWarning,
		"0 were free and the queue was 0 long. It would be number 2 in the queue, behind another task of this plan if they are created in "+
			"this order.",
		"Zones where it would start at once: az-bj-a, az-sh-a, az-sz-a, az-sz-c.")
}

// Forecasts are dear, so their number is bounded, and the zones' figures stand in for more.
func TestPlanBoundsItsForecasts(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.hold("az-bj-b", "A100", 16)
	tf := connect(t, c)
	for cores := range 30 {
		config := dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{"cpu_cores": cores + 1})})
		wantOne(t, tf.plan(config, nil).Diagnostics, isWarning, fmt.Sprintf("It would be number %d in the queue", cores+1))
	}
	if got := c.requests("POST", "/api/v1/training-tasks/estimate"); got != clusterfacts.MaxEstimates {
		t.Errorf("%d forecasts were asked for, want %d", got, clusterfacts.MaxEstimates)
	}
}

func TestPlanRefusesWhatCanNeverFit(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	for attribute, test := range map[string]struct {
		resources values
		want      []string
	}{
		"availability_zone": {values{"availability_zone": "az-tj-a"}, []string{
			"No such availability zone", `There is no "az-tj-a"; there are az-bj-a, az-bj-b, az-sh-a, az-sh-b, az-sz-a, az-sz-c. Did you ` +
				`mean az-bj-a?`}},
		"gpu_type": {values{"gpu_type": "RTX3090", "availability_zone": "az-bj-a"}, []string{
			"Zone has no such GPUs", `Zone az-bj-a has no GPU of type "RTX3090". Zones that could hold the task: az-bj-b, az-sh-b, az-sz-a.`}},
		"gpu_count": {values{"gpu_count": 33}, []string{
			"More than the zone will ever have", "Zone az-bj-b has 16 GPUs of type A100 in all, the task wants 33",
			"Zones that could hold it: az-sz-c."}},
	} {
		plan := tf.plan(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, test.resources)}), nil)
		wantOne(t, plan.Diagnostics, isError, test.want...)
		if got, want := plan.Diagnostics[0].Attribute.String(), `AttributeName("resource_config").AttributeName("`+attribute+`")`; got != want {
			t.Errorf("the error is at %s, want %s", got, want)
		}
	}
	// The zones don't tell of cores; a forecast does.
	plan := tf.plan(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{"cpu_cores": 9999})}), nil)
	wantOne(t, plan.Diagnostics, isError, "More than the zone will ever have", "Planning training task \"n\"", "CAPACITY_EXCEEDED")
	// What isn't known can't be refused.
	for _, name := range []string{"availability_zone", "gpu_type", "gpu_count"} {
		resources := values{"availability_zone": "az-bj-a", "gpu_type": "RTX3090", "gpu_count": 99}
		resources[name] = unknown
		if name != "availability_zone" {
			resources["gpu_type"] = unknown
		}
		if plan := tf.plan(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, resources)}), nil); len(plan.Diagnostics) > 0 {
			t.Errorf("%s unknown: %s", name, show(plan.Diagnostics))
		}
	}
}

func TestPlanWarnsOfACustomImage(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	plan := tf.plan(dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{"image": "pytorch/pytorch:2.1"})}), nil)
	wantOne(t, plan.Diagnostics, isWarning, "Image is none of the cluster's", `"pytorch/pytorch:2.1"`,
		"The cluster offers: pytorch/pytorch:2.1.0-cuda12.1, ")
}

func TestPlanTellsOfSmartSwitching(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	short := values{"task_name": "100%s", "dataset_id": "dataset-001", "dataset_version_id": "version-001"}
	plans := func(config values, parts ...string) {
		t.Helper()
		tf := connect(t, c)
		plan := tf.plan(config, nil)
		wantOne(t, plan.Diagnostics, isWarning, parts...)
		if got := text(t, tf.attributes(plan.PlannedState)["launch_mode"]); got != "unknown" {
			t.Errorf("launch_mode is planned as %s", got)
		}
	}
	tf := newTerraform(t)
	plans(short, "launch_mode is left to smart switching",
		`3 development environments were running, so the training task "100%s" would share the first, env-001 (pytorch-dev-env).`)
	plans(dynamicTask(t, tf, values{"launch_mode": nil}), `the training task "n" would share the first, env-001`)
	for _, id := range []string{"env-001", "env-002", "env-003"} {
		c.call("POST", "/sim/v1/dev-environments/"+id+"/stop", "", nil)
	}
	plans(dynamicTask(t, tf, values{"launch_mode": nil}), "launch_mode is left to smart switching",
		`the training task "n" would have GPUs of its own`)
	plans(short, "No development environment is running", `the training task "100%s" can't`)
}

// An environment that is stopped may run by the time of the creation, so that is a warning where it is named.
func TestPlanWarnsOfAnEnvironmentThatCantBeShared(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	task := func(more values) values {
		config := values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing"}
		maps.Copy(config, more)
		return config
	}
	warns := func(at string, config values, parts ...string) {
		t.Helper()
		plan := connect(t, c).plan(config, nil)
		wantOne(t, plan.Diagnostics, isWarning, parts...)
		if got, want := plan.Diagnostics[0].Attribute.String(), `AttributeName("`+at+`")`; got != want {
			t.Errorf("the warning is at %s, want %s", got, want)
		}
	}
	silent := func(config values) {
		t.Helper()
		if plan := connect(t, c).plan(config, nil); len(plan.Diagnostics) > 0 {
			t.Error(show(plan.Diagnostics))
		}
	}
	silent(task(values{"environment_id": "env-002"}))
	silent(task(values{"environment_id": unknown}))
	silent(task(nil))

	c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
	warns("environment_id", task(values{"environment_id": "env-002"}), "Development environment isn't running",
		`Environment env-002 (tensorflow-workspace) was stopped when this was planned. Unless that changes before the training task "n" `+
			`is created`, "Environments that are running: env-001 (pytorch-dev-env), env-003 (llm-training-env).")
	c.call("POST", "/sim/v1/dev-environments/env-001/stop", "", nil)
	c.call("POST", "/sim/v1/dev-environments/env-003/stop", "", nil)
	warns("launch_mode", task(nil), "No development environment is running", "Environments that are running: none.")

	// A message has room for some of many.
	world := editedWorld(t, func(world map[string][]map[string]any) { addEnvironments(world, 9) })
	tf := connect(t, newCluster(t, simulator.Options{Scenario: world}))
	wantOne(t, tf.plan(task(values{"environment_id": "env-404"}), nil).Diagnostics, isError, "env-107 (more-6), and 2 more.")

	// A look at many tasks' environments is one look.
	c.call("DELETE", "/sim/v1/requests", "", nil)
	tf = connect(t, c)
	for range 64 {
		tf.plan(task(values{"environment_id": "env-404"}), nil)
	}
	if got := c.requests("GET", "/api/v1/dev-environments"); got != 1 {
		t.Errorf("64 plans took %d requests, want 1", got)
	}
}

// An API that can't answer at plan costs a warning and never the plan.
func TestPlanWithoutTheAPI(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/sim/v1/faults", `{"cut":"before"}`, nil)
	tf := connect(t, c)
	for _, more := range []values{nil, {"launch_mode": nil}, {"max_hourly_cost": "1"}, {"launch_mode": "existing", "resource_config": nil}} {
		plan := tf.plan(dynamicTask(t, tf, more), nil)
		wantOne(t, plan.Diagnostics, isWarning, "Plan was made without a look at the cluster", "The API could not answer: GET "+c.url+"/api/v1/")
	}
	// The images alone are out of reach.
	c.call("DELETE", "/sim/v1/faults", "", nil)
	c.call("POST", "/sim/v1/faults", `{"status":503,"path":"/api/v1/images"}`, nil)
	tf = connect(t, c)
	wantOne(t, tf.plan(dynamicTask(t, tf, nil), nil).Diagnostics, isWarning, "Plan was made without a look at the cluster", "/api/v1/images")
}

func TestPlanOfWhatExistsLooksAtNothing(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	config := dynamicTask(t, tf, nil)
	created := tf.apply(t.Context(), config, nil)
	c.call("DELETE", "/sim/v1/requests", "", nil)
	for name, config := range map[string]values{"unchanged": config, "renamed": dynamicTask(t, tf, values{"task_name": "m"})} {
		if plan := tf.plan(config, created.NewState); len(plan.Diagnostics) > 0 {
			t.Errorf("%s: %s", name, show(plan.Diagnostics))
		}
	}
	null := tf.dynamic(tftypes.NewValue(tf.task.ValueType(), nil))
	destruction, err := tf.server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: "fermi_training_task", Config: null, PriorState: created.NewState, ProposedNewState: null,
	})
	if err != nil {
		t.Fatal(err)
	}
	wantOne(t, destruction.Diagnostics, isWarning, "The plan destroys training task task-001, which is running")
	if got := c.requests("GET", "/api/v1/*"); got != 0 {
		t.Errorf("%d requests were made", got)
	}
}

// The GPUs of a task that is replaced are free for the one that replaces it.
func TestPlanOfAReplacementCountsItsOwnGPUs(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, nil), nil)
	tf = connect(t, c)
	config := dynamicTask(t, tf, values{"dataset_version_id": "version-002"})
	// Terraform plans a replacement in two steps: the change, then the creation.
	plan := tf.plan(config, created.NewState)
	if len(plan.RequiresReplace) == 0 {
		t.Fatalf("replaced for %v", plan.RequiresReplace)
	}
	wantOne(t, plan.Diagnostics, isWarning, "The plan replaces training task task-001, which is running",
		"Zone az-bj-b has 0 GPUs of type A100 free and can't hold the new task, which wants 16, beside the old one", "create_before_destroy")
	if plan := tf.plan(config, nil); len(plan.Diagnostics) > 0 {
		t.Error(show(plan.Diagnostics))
	}
	if again := tf.plan(config, nil); len(again.Diagnostics) == 0 {
		t.Error("another task of the same configuration wants the same GPUs, and the plan is silent")
	}
	// Without it, they are not.
	wantOne(t, connect(t, c).plan(config, nil).Diagnostics, isWarning, "would queue")
}

// Terraform shows no warning of the creation that follows a replaced task, so the change itself has to bring it.
func TestPlanOfAReplacementWarns(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.hold("az-sh-a", "A100", 24)
	tf := connect(t, c)
	created := tf.apply(t.Context(), dynamicTask(t, tf, nil), nil)
	elsewhere := dynamicTask(t, tf, values{"resource_config": resourcesWith(t, tf, values{"availability_zone": "az-sh-a"})})
	tf = connect(t, c)
	change := tf.plan(elsewhere, created.NewState).Diagnostics
	if len(change) != 2 {
		t.Fatalf("want two warnings, got:\n%s", show(change))
	}
	wantOne(t, change[:1], isWarning, "Zone az-sh-a has no room for 16 GPUs of type A100, the task would queue")
	wantOne(t, change[1:], isWarning, "The plan replaces training task task-002, which is running")
	if plan := tf.plan(elsewhere, nil); len(plan.Diagnostics) > 0 {
		t.Errorf("its creation says it again: %s", show(plan.Diagnostics))
	}
}

func TestPlanRefusesWhatCostsTooMuch(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tf := connect(t, c)
	existing := func(environment any) values {
		return values{"task_name": "n", "dataset_id": "dataset-001", "dataset_version_id": "version-001", "launch_mode": "existing",
			"environment_id": environment}
	}
	for name, test := range map[string]struct {
		config values
		limit  string
		want   string // empty: the plan is fine
	}{
		"dynamic": {dynamicTask(t, tf, nil), "588.79", "Planning training task \"n\": 16 × A100 at 36.80 is 588.80 CNY per hour, " +
			"max_hourly_cost allows 588.79, which is 0.01 less."},
		"dynamic, just":      {dynamicTask(t, tf, nil), "588.8", ""},
		"first environment":  {existing(nil), "73", "2 × A100 at 36.80 is 73.60 CNY"},
		"chosen environment": {existing("env-002"), "21.99", "1 × V100 at 22.00 is 22.00 CNY"},
		"cheap environment":  {existing("env-002"), "22", ""},
		"not known yet":      {existing(unknown), "0", ""},
	} {
		test.config["max_hourly_cost"] = test.limit
		plan := connect(t, c).plan(test.config, nil)
		if test.want == "" {
			if len(plan.Diagnostics) > 0 {
				t.Errorf("%s: %s", name, show(plan.Diagnostics))
			}
			continue
		}
		wantOne(t, plan.Diagnostics, isError, "Task costs more than max_hourly_cost", test.want, "Nothing was created.")
	}
}

// Where the plan can't know the price, the creation asks, and refuses with the figures.
func TestCreationRefusesWhatCostsTooMuch(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	prices := `{"status":500,"path":"/api/v1/gpu-types"}`
	c.call("POST", "/sim/v1/faults", prices, nil)
	tf := connect(t, c)
	refused := tf.apply(t.Context(), dynamicTask(t, tf, values{"max_hourly_cost": "100"}), nil)
	wantOne(t, refused.Diagnostics, isError, `Creating training task "n": 16 × A100 in zone az-bj-b is 588.80 CNY per hour, `+
		`max_hourly_cost allows 100.00, which is 488.80 less`)
	c.call("POST", "/sim/v1/faults", `{"status":503,"path":"/api/v1/training-tasks/estimate"}`, nil)
	refused = tf.apply(t.Context(), dynamicTask(t, tf, values{"max_hourly_cost": "1000"}), nil)
	wantOne(t, refused.Diagnostics, isError, "asking for its price first", "HTTP 503")
	if got := c.tasks(); len(got) > 0 {
		t.Errorf("tasks %q were created", got)
	}
	c.call("DELETE", "/sim/v1/faults", "", nil)
	if created := tf.apply(t.Context(), dynamicTask(t, tf, values{"max_hourly_cost": "1000"}), nil); len(created.Diagnostics) > 0 {
		t.Error(show(created.Diagnostics))
	}
	if got := strings.Join(c.tasks(), " "); got != "task-001" {
		t.Errorf("tasks %q", got)
	}
}

// What a template fills in is the API's to say, so the plan asks for a forecast.
func TestPlanOfATaskFromATemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	c.call("POST", "/api/v1/task-templates", fullTemplate, nil)
	c.call("POST", "/api/v1/task-templates", `{"name":"empty"}`, nil)
	plan := func(config values) []*tfprotov6.Diagnostic {
		t.Helper()
		tf := connect(t, c)
		return tf.plan(config, nil).Diagnostics
	}
	bare := values{"template_id": "template-001"}
	if diagnostics := plan(bare); len(diagnostics) > 0 {
		t.Error(show(diagnostics))
	}
	for _, config := range []values{{"template_id": unknown}, {"template_id": "template-001", "dataset_id": unknown}} {
		if diagnostics := plan(config); len(diagnostics) > 0 {
			t.Error(show(diagnostics))
		}
	}
	wantOne(t, plan(values{"template_id": "template-001", "max_hourly_cost": "73.59"}), isError,
		"Planning training task from template template-001: 2 × A100 at 36.80 is 73.60 CNY per hour, max_hourly_cost allows 73.59, which is "+
			"0.01 less")
	wantOne(t, plan(values{"template_id": "template-404"}), isError, "No such task template", `no task template "template-404"`)
	if got := plan(values{"template_id": "template-002"}); len(got) != 3 || !hasError(got) {
		t.Errorf("a template without a name or a dataset: %s", show(got))
	}
	// A template's task with a name is another question than one without.
	tf := connect(t, c)
	tf.plan(values{"template_id": "template-002"}, nil)
	named := values{"template_id": "template-002", "task_name": "n", "dataset_id": "dataset-001"}
	wantOne(t, tf.plan(named, nil).Diagnostics, isError, "Choose a dataset and its version", "dataset_version_id")

	c.call("POST", "/api/v1/task-templates", `{"name":"shared","config":{"taskName":"n",
		"datasetId":"dataset-001","datasetVersionId":"version-001",
		"launchMode":"existing","environmentId":"env-002"}}`, nil)
	c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
	wantOne(t, plan(values{"template_id": "template-003"}), isWarning, "Development environment isn't running",
		"Environment env-002 (tensorflow-workspace) was stopped")

	c.hold("az-bj-a", "A100", 32)
	wantOne(t, plan(bare), isWarning, "Zone az-bj-a has no room for 2 GPUs of type A100, the task would queue",
		"The training task from template template-001 wants 2 GPUs of type A100 in zone az-bj-a. When this was planned, 0 were free")
	c.call("POST", "/sim/v1/faults", `{"status":500,"path":"/api/v1/training-tasks/estimate"}`, nil)
	wantOne(t, plan(bare), isWarning, "When it would start is not known", "HTTP 500")
}
