package provider

import (
	"fmt"
	"strings"

	"pgregory.net/rapid"
)

// A chaosTask is one task of a configuration. Only name and label can change in place.
type chaosTask struct {
	address     string
	name, label string
	mode        string // "" leaves the choice to the API
	environment string // "" likewise
	zone        string // "" for no resource_config
	gpuType     string
	gpus        int
	waitFor     string // "" for the default
	run         int    // a trigger
}

func (t *chaosTask) resource() string {
	var b strings.Builder
	line := func(format string, values ...any) { fmt.Fprintf(&b, "  "+format+"\n", values...) }
	for _, attribute := range []struct{ name, value string }{{"launch_mode", t.mode}, {"environment_id", t.environment},
		{"wait_for", t.waitFor}} {
		if attribute.value != "" {
			line("%s = %q", attribute.name, attribute.value)
		}
	}
	line("labels = { n = %q }", t.label)
	line("triggers = { run = \"%d\" }", t.run)
	if t.zone != "" {
		line("%s", gpus(t.zone, t.gpuType, t.gpus))
	}
	return strings.Replace(task(t.name, b.String()), `"test"`, fmt.Sprintf("%q", t.address), 1)
}

// A moment is right before or after the API carries out a request.
type moment struct {
	method string // of the requests that count; "" counts all
	nth    int    // 0 is never
	after  bool
}

func (m moment) String() string {
	if m.nth == 0 {
		return "never"
	}
	return fmt.Sprintf("at %s request %d (after: %t)", m.method, m.nth, m.after)
}

// A chaosStep is one run of Terraform, and what disturbs it.
type chaosStep struct {
	destroy     bool
	tasks       []chaosTask // also after a destruction: the next apply brings them back
	retries     int
	faults      []faultKind
	interrupted moment
	killed      moment
	edited      moment // a colleague edits every task
	// elsewhere runs the step at the endpoint of another cluster, where it must have no effect.
	elsewhere bool
}

func (s chaosStep) String() string {
	verb := "apply"
	if s.destroy {
		verb = "destroy"
	}
	if s.elsewhere {
		verb += " at another cluster"
	}
	return fmt.Sprintf("%s %+v with %d retries, faults %s, interrupted %s, API killed %s, edited %s",
		verb, s.tasks, s.retries, s.faults, s.interrupted, s.killed, s.edited)
}

// A faultKind is a kind of fault, and its specification for the simulator.
type faultKind struct{ name, spec string }

func (k faultKind) String() string { return k.name }

// Faults of the whole API are rarer, because each run makes many requests.
var faultKinds = []faultKind{
	{"429", `{"status":429,"retryAfter":0,"probability":0.2}`},
	{"500", `{"status":500,"retryAfter":0,"probability":0.15}`},
	{"503", `{"status":503,"retryAfter":0,"probability":0.2}`},
	{"cut before", `{"cut":"before","probability":0.15}`},
	{"cut after", `{"cut":"after","probability":0.15}`},
	{"cut after creation", `{"cut":"after","method":"POST","path":"/api/v1/training-tasks","probability":0.5}`},
	{"cut after deletion", `{"cut":"after","method":"DELETE","probability":0.5}`},
	stall,
}

// stall is longer than the request timeout of the steps that have it.
var stall = faultKind{"stall", `{"delay":"1500ms","probability":0.1}`}

// Three tasks, and few values for each attribute, so that steps often agree in part: what stays, what changes in place, what
// is replaced, what comes and goes are then about as frequent.
var chaosAddresses = []string{"a", "b", "c"}

// A chaosPlan is what happens in a sequence.
type chaosPlan struct {
	// ephemeral is set if the API keeps no data: each kill ends the cluster and all its objects.
	ephemeral bool
	steps     []chaosStep
}

var chaosPlans = rapid.Custom(func(t *rapid.T) chaosPlan {
	return chaosPlan{rapid.IntRange(0, 3).Draw(t, "ephemeral") == 0, drawSteps(t)}
})

func drawSteps(t *rapid.T) []chaosStep {
	steps := make([]chaosStep, rapid.IntRange(2, 3).Draw(t, "steps"))
	shapes := map[string]chaosTask{}
	for i := range steps {
		step := &steps[i]
		step.destroy = i > 0 && rapid.IntRange(0, 4).Draw(t, "destroy") == 0
		if step.destroy {
			step.tasks = steps[i-1].tasks
		} else {
			step.tasks = drawTasks(t, shapes)
		}
		step.retries = rapid.SampledFrom([]int{0, 1, 2, 3}).Draw(t, "retries")
		for _, kind := range faultKinds {
			if rapid.IntRange(0, 3).Draw(t, kind.name) == 0 {
				step.faults = append(step.faults, kind)
			}
		}
		step.interrupted = drawMoment(t, "interrupted")
		step.killed = drawMoment(t, "killed")
		step.edited = drawMoment(t, "edited")
		step.elsewhere = i > 0 && rapid.IntRange(0, 4).Draw(t, "elsewhere") == 0
	}
	return steps
}

// drawTasks draws a configuration. shapes has each task as it was last configured.
func drawTasks(t *rapid.T, shapes map[string]chaosTask) []chaosTask {
	var tasks []chaosTask
	for _, address := range chaosAddresses {
		shape, known := shapes[address]
		if !known || rapid.IntRange(0, 3).Draw(t, "reshape") == 0 {
			shape = drawShape(t)
			shape.address = address
		}
		shape.name = address + rapid.SampledFrom([]string{"", "-renamed"}).Draw(t, "name")
		shape.label = rapid.SampledFrom([]string{"1", "2", "3"}).Draw(t, "label")
		shapes[address] = shape
		if rapid.IntRange(0, 3).Draw(t, "present") > 0 {
			tasks = append(tasks, shape)
		}
	}
	return tasks
}

func drawShape(t *rapid.T) chaosTask {
	shape := chaosTask{
		mode:    rapid.SampledFrom([]string{"dynamic", "dynamic", "existing", ""}).Draw(t, "mode"),
		waitFor: rapid.SampledFrom([]string{"", "", "", "running", "running", "none", "none", "succeeded"}).Draw(t, "wait"),
		run:     rapid.IntRange(1, 2).Draw(t, "run"),
	}
	if shape.mode == "existing" {
		shape.environment = rapid.SampledFrom([]string{"", "env-001", "env-002"}).Draw(t, "environment")
		return shape
	}
	// The zone has 16 A100: two large tasks queue.
	shape.zone = rapid.SampledFrom([]string{"az-bj-b", "az-sz-a"}).Draw(t, "zone")
	shape.gpuType = rapid.SampledFrom([]string{"A100", "T4"}).Draw(t, "GPU")
	shape.gpus = rapid.SampledFrom([]int{1, 4, 12}).Draw(t, "GPUs")
	return shape
}

// drawMoment draws no moment in half of the cases; some of the others never come.
func drawMoment(t *rapid.T, what string) moment {
	if rapid.Bool().Draw(t, what) {
		return moment{}
	}
	m := moment{
		method: rapid.SampledFrom([]string{"", "", "POST", "POST", "PATCH", "DELETE"}).Draw(t, "method"),
		after:  rapid.Bool().Draw(t, "after"),
	}
	m.nth = rapid.IntRange(1, 3).Draw(t, "nth")
	if m.method == "" {
		m.nth *= 4 // the refresh and the plan have many
	}
	return m
}
