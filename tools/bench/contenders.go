package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// tasks is the number of resources in each run.
	tasks = 1000
	// rounds is the number of times that each contender goes through all steps. The result is the median.
	rounds = 3
)

// taskArguments are the arguments of every contender's resources.
const taskArguments = `
  task_name          = "bench-${count.index}"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = "env-001"
`

// contender is a provider and resource type to measure with a thousand resources.
type contender struct {
	name, config string
	env          []string
	// against describes the contender as a baseline.
	against string
	// most is the limit of our time relative to this baseline, by step. It is nil if there is no limit.
	most []float64
}

func resourceConfig(kind, arguments string) string {
	provider, _, _ := strings.Cut(kind, "_")
	required := ""
	if provider != "terraform" {
		required = fmt.Sprintf("terraform {\n  required_providers {\n    %s = { source = \"fermi-cluster/%[1]s\" }\n  }\n}\n", provider)
	}
	return fmt.Sprintf("%sresource %q \"bench\" {\n  count = %d\n%s}\n", required, kind, tasks, arguments)
}

// The first contender is ours, the others are baselines.
var contenders = []contender{
	{name: "fermi_training_task", config: resourceConfig("fermi_training_task", taskArguments)},
	{
		name: "plain_training_task", config: resourceConfig("plain_training_task", taskArguments),
		// Collect garbage as rarely as our provider does.
		env:     []string{"PLAIN_GOGC=400"},
		against: "the same schema, one request each", most: []float64{1.15, 1.1, 1.15, 1.15},
	},
	{name: "plain_task", config: resourceConfig("plain_task", taskArguments), against: "a provider's plainest resource"},
	{name: "terraform_data", config: resourceConfig("terraform_data", "  input = {"+taskArguments+"  }\n"), against: "terraform_data"},
}

// schemas is the baseline with parts of the schema removed, to measure their cost.
var schemas = []contender{
	{name: "the schema of fermi_training_task", config: contenders[1].config},
	{name: "without plan modifiers", config: contenders[1].config, env: []string{"PLAIN_WITHOUT=modifiers"}},
	{name: "without validators", config: contenders[1].config, env: []string{"PLAIN_WITHOUT=validators"}},
	{name: "with what is in objects beside them", config: contenders[1].config, env: []string{"PLAIN_WITHOUT=nested"}},
	{name: "its 22 other attributes gone", config: contenders[2].config},
}

// steps are the Terraform commands, which run one after the other in the same folder.
var steps = []struct {
	what string
	args []string
}{
	{"plan the creation of 1,000 tasks", []string{"plan", "-out=plan"}},
	{"apply that plan", []string{"apply", "plan"}},
	{"refresh them", []string{"apply", "-refresh-only", "-auto-approve"}},
	{"plan without a change, refresh included", []string{"plan"}},
}

// cost is the elapsed time of a step, and the processor time of Terraform and its providers.
type cost struct{ clock, cpu time.Duration }

// workshop is a folder with the programs to measure.
type workshop struct{ folder, terraform string }

func newWorkshop(ctx context.Context, terraform string) (*workshop, error) {
	folder, err := os.MkdirTemp("", "fermi-bench")
	if err != nil {
		return nil, err
	}
	w := &workshop{folder, terraform}
	for output, pkg := range map[string]string{
		"terraform-provider-fermi": ".", "fermi-simulator": "./simulator/cmd/fermi-simulator", "terraform-provider-plain": "./tools/bench/plain",
	} {
		build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o", w.path(output), pkg)
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if err := runQuietly(build); err != nil {
			w.close()
			return nil, err
		}
	}
	return w, nil
}

func (w *workshop) path(name string) string { return filepath.Join(w.folder, name) }

func (w *workshop) close() { _ = os.RemoveAll(w.folder) }

// contend takes the contenders through all steps. The result is by contender and step. They take turns at each step, so
// that other load on the machine affects them alike.
func (w *workshop) contend(ctx context.Context, all []contender, progress io.Writer) ([][]cost, error) {
	settings := w.path("cli.tfrc")
	overrides := fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"fermi-cluster/fermi\" = %q\n"+
		"    \"fermi-cluster/plain\" = %[1]q\n  }\n  direct {}\n}\n", w.folder)
	if err := os.WriteFile(settings, []byte(overrides), 0o600); err != nil {
		return nil, err
	}
	took := make([][][]cost, len(all)) // by contender, step and round
	for i := range took {
		took[i] = make([][]cost, len(steps))
	}
	for round := range rounds {
		if err := w.round(ctx, all, settings, round, took, progress); err != nil {
			return nil, err
		}
	}
	medians := make([][]cost, len(all))
	for i := range took {
		for _, each := range took[i] {
			medians[i] = append(medians[i], median(each))
		}
	}
	return medians, nil
}

// round takes each contender once through all steps, with an API without tasks.
func (w *workshop) round(ctx context.Context, all []contender, settings string, round int, took [][][]cost, progress io.Writer) error {
	api, stop, err := serve(ctx, w.path("fermi-simulator"))
	if err != nil {
		return fmt.Errorf("start the simulator: %w", err)
	}
	defer stop()
	bare, err := serveOneTask(ctx, api)
	if err != nil {
		return err
	}
	defer bare.Close()
	env := append(os.Environ(), "FERMI_ENDPOINT="+api, "PLAIN_ENDPOINT="+bare.URL, "TF_CLI_CONFIG_FILE="+settings, "CHECKPOINT_DISABLE=1",
		// The baseline provider would otherwise write a log that nobody reads.
		"TF_LOG_SDK=OFF", "TF_LOG_SDK_FRAMEWORK=OFF", "TF_LOG_SDK_PROTO=OFF", "TF_LOG_PROVIDER_PLAIN=OFF")
	folders := make([]string, len(all))
	for i, c := range all {
		folders[i] = w.path(fmt.Sprintf("%d-%d", round, i))
		if err := os.Mkdir(folders[i], 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folders[i], "main.tf"), []byte(c.config), 0o600); err != nil {
			return err
		}
	}
	for s, step := range steps {
		for turn := range all {
			i := (turn + round) % len(all)
			// Options must precede the name of a plan file.
			args := slices.Concat(step.args[:1], []string{"-no-color", "-input=false"}, step.args[1:])
			cmd := exec.CommandContext(ctx, w.terraform, args...)
			cmd.Dir, cmd.Env = folders[i], append(slices.Clone(env), all[i].env...)
			began := time.Now()
			if err := runQuietly(cmd); err != nil {
				return fmt.Errorf("%s: %w", all[i].name, err)
			}
			// Terraform waits for its providers, so its time includes theirs.
			c := cost{time.Since(began), cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
			took[i][s] = append(took[i][s], c)
			fmt.Fprintf(progress, "%d/%d %s: %s: %s, CPU %s\n", round+1, rounds, all[i].name, strings.Join(step.args, " "),
				c.clock.Round(time.Millisecond), c.cpu.Round(time.Millisecond))
		}
	}
	return nil
}

// serveOneTask serves the simulator's response about one task to all requests, with nothing but net/http.
func serveOneTask(ctx context.Context, api string) (*httptest.Server, error) {
	const body = `{"taskName":"bench-0","datasetId":"dataset-001","datasetVersionId":"version-001","launchMode":"existing",` +
		`"environmentId":"env-001"}`
	path := api + "/api/v1/training-tasks"
	if _, err := ask(ctx, http.MethodPost, path, body); err != nil {
		return nil, err
	}
	// Advance the clock until the task is running, as the provider expects it.
	if _, err := ask(ctx, http.MethodPost, api+"/sim/v1/clock/advance", `{"by":"1m"}`); err != nil {
		return nil, err
	}
	answer, err := ask(ctx, http.MethodGet, path+"/task-001", "")
	if err != nil {
		return nil, err
	}
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = w.Write(answer)
	})), nil
}

func ask(ctx context.Context, method, url, body string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: HTTP %d: %s", method, url, response.StatusCode, answer)
	}
	return answer, err
}

// median returns the median of each value separately.
func median(costs []cost) cost {
	var clocks, cpus []time.Duration
	for _, c := range costs {
		clocks, cpus = append(clocks, c.clock), append(cpus, c.cpu)
	}
	slices.Sort(clocks)
	slices.Sort(cpus)
	return cost{clocks[len(clocks)/2], cpus[len(cpus)/2]}
}

// compare compares the first contender with each of the others.
func compare(all []contender, took [][]cost) []result {
	var results []result
	for s, step := range steps {
		what := step.what
		for i, c := range all[1:] {
			theirs, ours, against := took[i+1][s], took[0][s], c.against
			if c.most != nil {
				against += fmt.Sprintf("; aim %.2f×", 1/c.most[s])
			}
			results = append(results,
				result{what, float64(ours.clock), float64(theirs.clock), "ns/op", against},
				result{"the same, CPU time", float64(ours.cpu), float64(theirs.cpu), "ns/op", against})
			what = "the same"
		}
	}
	return results
}

// measureSchema measures the processor time that parts of the schema cost. Each result compares the whole schema with
// one without a part.
func measureSchema(ctx context.Context, terraform string, progress io.Writer) ([]result, error) {
	w, err := newWorkshop(ctx, terraform)
	if err != nil {
		return nil, err
	}
	defer w.close()
	took, err := w.contend(ctx, schemas, progress)
	if err != nil {
		return nil, err
	}
	var results []result
	for s, step := range steps {
		what := step.what + ", plain, CPU time"
		for i, c := range schemas[1:] {
			results = append(results, result{what, float64(took[0][s].cpu), float64(took[i+1][s].cpu), "ns/op", c.name})
			what = "the same"
		}
	}
	return results, nil
}
