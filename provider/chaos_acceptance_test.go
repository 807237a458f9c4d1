package provider

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

var chaosSequences = flag.Int("chaos.sequences", 20, "how many sequences TestAccChaos runs")

// chaosWorkers is how many sequences run at a time. They mostly wait for timeouts and for pauses before retries.
const chaosWorkers = 4

// Random sequences of applies, updates and destructions, on an API that throttles, fails, stalls, cuts connections and is
// killed, with its data or without, or is another cluster's, with a user who interrupts and a colleague who edits: nothing is
// lost, nothing doubled, no GPU held for nothing, and no object of somebody else touched.
//
// The sequence of seed S follows from S alone, and each has the seed after its predecessor's. The timing of a real process
// doesn't follow from it, so a failure may take a few repetitions to come again.
func TestAccChaos(t *testing.T) {
	t.Parallel()
	newCommand(t, "") // skips, or builds the provider, once for all
	if err := buildSimulator(); err != nil {
		t.Fatal(err)
	}
	seed, err := strconv.ParseUint(flag.Lookup("rapid.seed").Value.String(), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	if seed == 0 {
		seed = 1 + rand.Uint64N(1<<48)
	}
	t.Logf("the first seed is %d", seed)
	total := &tally{faults: map[string]int{}}
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range chaosWorkers {
		workers.Go(func() {
			for seed := range seeds {
				passed := t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { runSequence(t, seed, total) })
				if !passed {
					t.Errorf("repeat with: make chaos SEQUENCES=1 SEED=%d", seed)
				}
			}
		})
	}
	for range *chaosSequences {
		seeds <- seed
		seed++
	}
	close(seeds)
	workers.Wait()
	t.Log(total)
	t.Attr("chaos", fmt.Sprintf("%s; first seed %d", total, seed-uint64(*chaosSequences)))
}

// A sequence is one cluster and one configuration, and what happens to them.
type sequence struct {
	t         *testing.T
	steps     []chaosStep
	cluster   *mortalCluster
	other     *mortalCluster // of somebody else
	terraform *command
	tally     *tally
}

func runSequence(t *testing.T, seed uint64, total *tally) {
	plan := chaosPlans.Example(int(seed))
	steps := plan.steps
	for i, step := range steps {
		t.Logf("step %d: %s", i+1, step)
	}
	s := &sequence{t: t, steps: steps, cluster: newMortalCluster(t, seed, plan.ephemeral, total),
		other:     newMortalCluster(t, seed, true, total),
		terraform: newCommand(t, ""), tally: total}
	free := s.cluster.freeGPUs()
	for i, step := range steps {
		// Objects of an ephemeral cluster may be forgotten once it has ended.
		if step.elsewhere && !plan.ephemeral && len(s.stateIDs()) > 0 {
			s.runElsewhere(i+1, step)
		} else {
			s.run(i+1, step)
		}
	}

	wanted := steps[len(steps)-1].tasks
	s.configure(s.cluster, wanted, "30s", 10)
	s.terraform.run(0, "apply", "-auto-approve", "-no-color", "-input=false")
	s.check("after the last apply", wanted, free)
	s.terraform.run(0, "plan", "-detailed-exitcode", "-no-color", "-input=false")
	s.terraform.run(0, "destroy", "-auto-approve", "-no-color", "-input=false")
	s.check("after the destruction", nil, free)
	if !t.Failed() {
		total.add(func() { total.sequences++ })
	}
}

// configure writes the configuration of the tasks.
func (s *sequence) configure(cluster *mortalCluster, tasks []chaosTask, timeout string, retries int) {
	s.t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "%sprovider \"fermi\" {\n  endpoint = %q\n  request_timeout = %q\n  max_retries = %d\n}\n", requiredProvider, cluster.url,
		timeout, retries)
	for _, task := range tasks {
		b.WriteString(task.resource())
	}
	s.terraform.write(filepath.Join(s.terraform.dir, "main.tf"), b.String())
}

// runElsewhere runs one step at the endpoint of another cluster, where everything must be refused.
func (s *sequence) runElsewhere(number int, step chaosStep) {
	s.t.Helper()
	s.configure(s.other, step.tasks, "30s", 3)
	verb := "apply"
	if step.destroy {
		verb = "destroy"
	}
	output := s.terraform.run(1, verb, "-auto-approve", "-no-color", "-input=false")
	if !strings.Contains(output, "Object of another cluster") {
		s.t.Errorf("step %d at another cluster was refused for something else:\n%s", number, output)
	}
	s.other.checkTheirs(s.other.tasks())
	s.tally.add(func() { s.tally.steps++; s.tally.elsewhere++ })
}

// run runs one step. It may fail, but it must not crash or break Terraform's rules, and without faults it must succeed.
func (s *sequence) run(number int, step chaosStep) {
	s.t.Helper()
	timeout := "30s"
	if slices.Contains(step.faults, stall) {
		timeout = "1s"
	}
	s.configure(s.cluster, step.tasks, timeout, step.retries)
	args := []string{"apply", "-auto-approve", "-no-color", "-input=false"}
	if step.destroy {
		args[0] = "destroy"
	}
	p := s.terraform.start(args...)
	s.cluster.disturb(step, func() {
		if p.Process.Signal(os.Interrupt) == nil {
			s.tally.add(func() { s.tally.interrupts++ })
		}
	})
	err := p.Wait()
	fired := s.cluster.calm()
	s.tally.add(func() { s.tally.steps++ })
	output := p.output.String()
	if code := p.ProcessState.ExitCode(); code != 0 && code != 1 {
		s.t.Fatalf("step %d: %v\n%s", number, err, output)
	}
	// The last one is a crash; the others are Terraform's messages about a provider that broke a rule.
	for _, bug := range []string{"Provider produced", "bug in the provider", "issue in the provider", "Plugin did not respond", "panic:"} {
		if strings.Contains(output, bug) {
			s.t.Fatalf("step %d brought to light a bug of the provider:\n%s", number, output)
		}
	}
	// On a busy machine a short timeout is enough of a disturbance.
	if err != nil && !fired && timeout == "30s" {
		s.t.Fatalf("step %d failed without any trouble: %v\n%s", number, err, output)
	}
	s.t.Logf("step %d: %v\n%s", number, p.ProcessState, output)
}

// A tally counts what all sequences went through.
type tally struct {
	mu                                     sync.Mutex
	sequences, steps, interrupts, restarts int
	lost, edits, elsewhere                 int
	faults                                 map[string]int
}

func (t *tally) add(change func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change()
}

func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := fmt.Sprintf("%d sequences went well, %d steps, %d interrupts, %d kills and restarts of the API, %d of them without data, "+
		"%d edits elsewhere, %d steps at another cluster, faults:", t.sequences, t.steps, t.interrupts, t.restarts, t.lost, t.edits, t.elsewhere)
	for _, kind := range faultKinds {
		s += fmt.Sprintf(" %d × %s,", t.faults[kind.name], kind.name)
	}
	return strings.TrimSuffix(s, ",")
}
