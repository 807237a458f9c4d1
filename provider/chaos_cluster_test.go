package provider

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/contracttest"
)

// A mortalCluster is a fermi-simulator that keeps its world in a folder, or nowhere, and that a request can kill. It is reached
// through an address that outlives it, where the traffic is held against the contract.
type mortalCluster struct {
	t        *testing.T
	url      string
	data     string // empty for one that keeps nothing, and that has tasks of somebody else from its start
	scenario string // a file
	seed     uint64
	tally    *tally

	mu        sync.Mutex // of what follows
	process   *exec.Cmd
	host      string
	step      chaosStep
	interrupt func()         // nil while no step runs
	counts    map[string]int // requests by method, and of any
	fired     bool           // some trouble came
}

// chaosScenario has short trainings: who waits for the end of one makes a request every 20 virtual seconds, and each may fail.
const chaosScenario = `
extends: default
training: {minimum: 20m}
datasets:
  - {id: dataset-001, name: alpaca-zh, versions: [version-001, version-002], size_mb: 4000, tokens: 1.0e6}
  - {id: dataset-002, name: code-instructions, versions: [version-001], size_mb: 8000, tokens: 1.0e9}
`

// toSimulator keeps no connections: a client may repeat a request on its own if a kept connection turns out to be cut.
var toSimulator = &http.Transport{DisableKeepAlives: true}

func newMortalCluster(t *testing.T, seed uint64, ephemeral bool, total *tally) *mortalCluster {
	t.Helper()
	c := &mortalCluster{t: t, scenario: filepath.Join(t.TempDir(), "chaos.yaml"), seed: seed, tally: total, counts: map[string]int{}}
	if err := os.WriteFile(c.scenario, []byte(chaosScenario), 0o600); err != nil {
		t.Fatal(err)
	}
	if !ephemeral {
		c.data = t.TempDir()
	}
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(contracttest.Handler(t, http.HandlerFunc(c.forward)))
	c.url = server.URL
	t.Cleanup(func() {
		server.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.kill()
	})
	return c
}

// start starts the process. The caller holds the lock, or nothing else runs yet.
func (c *mortalCluster) start() error {
	var stderr bytes.Buffer
	args := []string{"serve", "--listen", "127.0.0.1:0", "--scenario", c.scenario, "--seed", fmt.Sprint(c.seed), "--clock", "auto",
		"--log-level", "warn"}
	if c.data != "" {
		args = append(args, "--data", c.data)
	}
	p := exec.Command(filepath.Join(binaryFolder, "fermi-simulator"), args...)
	p.Stderr = &stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		return err
	}
	if err := p.Start(); err != nil {
		return err
	}
	c.process = p
	line, err := bufio.NewReader(stdout).ReadString('\n')
	host, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on http://")
	if err != nil || !ok {
		c.kill()
		return fmt.Errorf("the simulator doesn't start: %q, %w: %s", line, err, stderr.String())
	}
	c.host = host
	if c.data == "" {
		for range theirTasks {
			if err := c.control("POST", "/api/v1/training-tasks", chaosTheirTask, nil); err != nil {
				return err
			}
		}
	}
	return c.addFaults()
}

// theirTasks is how many tasks of somebody else an ephemeral cluster has. They have ids that Terraform's tasks had before.
const theirTasks = 3

const chaosTheirTask = `{"taskName":"theirs","labels":{"n":"theirs"},"datasetId":"dataset-002","datasetVersionId":"version-001",
	"launchMode":"existing","environmentId":"env-003"}`

// tasks returns all tasks of the cluster.
func (c *mortalCluster) tasks() []apiTask {
	c.t.Helper()
	var tasks []apiTask
	if err := c.control("GET", "/api/v1/training-tasks?pageSize=500", "", &tasks); err != nil {
		c.t.Fatal(err)
	}
	return tasks
}

// checkTheirs checks that somebody else's tasks are unchanged, and returns the other tasks.
func (c *mortalCluster) checkTheirs(tasks []apiTask) []apiTask {
	c.t.Helper()
	others := slices.DeleteFunc(slices.Clone(tasks), func(task apiTask) bool {
		return task.TaskName == "theirs" && task.Labels["n"] == "theirs" && task.Status != "stopped"
	})
	if untouched := len(tasks) - len(others); c.data == "" && untouched != theirTasks {
		c.t.Errorf("of %d tasks of somebody else %d are as they were: %+v", theirTasks, untouched, tasks)
	}
	return others
}

// addFaults creates the faults of the step in the simulator.
func (c *mortalCluster) addFaults() error {
	for _, kind := range c.step.faults {
		if err := c.control("POST", "/sim/v1/faults", kind.spec, nil); err != nil {
			return err
		}
	}
	return nil
}

func (c *mortalCluster) kill() {
	_ = c.process.Process.Kill()
	_ = c.process.Wait()
}

// control calls the simulator directly, without counting the request.
func (c *mortalCluster) control(method, path, body string, out any) error {
	request, err := http.NewRequestWithContext(context.Background(), method, "http://"+c.host+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := toSimulator.RoundTrip(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %d %s", method, path, response.StatusCode, answer)
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(answer, &struct{ Data any }{out})
}

// forward passes a request on, and cuts the connection if no answer comes back.
func (c *mortalCluster) forward(w http.ResponseWriter, r *http.Request) {
	host, here := c.arrive(r.Method)
	if !c.happen(here, false) {
		panic(http.ErrAbortHandler)
	}
	out := r.Clone(r.Context())
	out.RequestURI, out.URL.Scheme, out.URL.Host = "", "http", host
	response, err := toSimulator.RoundTrip(out)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || !c.happen(here, true) {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), response.Header)
	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(body)
}

// arrive counts a request, and returns which moments of the step have come.
func (c *mortalCluster) arrive(method string) (host string, here func(moment) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[""]++
	c.counts[method]++
	all, same := c.counts[""], c.counts[method]
	return c.host, func(m moment) bool {
		return m.nth > 0 && (m.method == "" && m.nth == all || m.method == method && m.nth == same)
	}
}

// happen carries out what is due at this moment, and reports whether the process that had the request still runs.
func (c *mortalCluster) happen(here func(moment) bool, after bool) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.interrupt == nil {
		return true
	}
	if m := c.step.interrupted; m.after == after && here(m) {
		c.fired = true
		c.interrupt()
	}
	if m := c.step.edited; m.after == after && here(m) {
		c.fired = true
		c.edit()
	}
	if m := c.step.killed; m.after == after && here(m) {
		c.countFaults()
		c.kill()
		c.fired = true
		c.tally.add(func() {
			c.tally.restarts++
			if c.data == "" {
				c.tally.lost++
			}
		})
		if err := c.start(); err != nil {
			c.t.Errorf("restart of the simulator: %v", err)
		}
		return false
	}
	return true
}

// edit changes every task that Terraform made, as a colleague would. Faults of the step may prevent some changes.
func (c *mortalCluster) edit() {
	var tasks []apiTask
	if c.control("GET", "/api/v1/training-tasks?pageSize=500", "", &tasks) != nil {
		return
	}
	for _, task := range tasks {
		if task.Labels["n"] != "theirs" && c.control("PATCH", "/api/v1/training-tasks/"+task.TaskID,
			`{"taskName":"edited","labels":{"n":"edited"}}`, nil) == nil {
			c.tally.add(func() { c.tally.edits++ })
		}
	}
}

// disturb starts the disturbances of a step.
func (c *mortalCluster) disturb(step chaosStep, interrupt func()) {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.step, c.interrupt, c.fired = step, interrupt, false
	clear(c.counts)
	if err := c.addFaults(); err != nil {
		c.t.Error(err)
	}
}

// calm ends the disturbances, and reports whether any has occurred.
func (c *mortalCluster) calm() bool {
	c.t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.countFaults()
	if err := c.control("DELETE", "/sim/v1/faults", "", nil); err != nil {
		c.t.Fatal(err)
	}
	c.step, c.interrupt = chaosStep{}, nil
	return c.fired
}

// countFaults records the faults that this process has injected.
func (c *mortalCluster) countFaults() {
	var faults []struct{ Hits int }
	if err := c.control("GET", "/sim/v1/faults", "", &faults); err != nil {
		c.t.Errorf("count faults: %v", err)
		return
	}
	for i, fault := range faults {
		c.fired = c.fired || fault.Hits > 0
		c.tally.add(func() { c.tally.faults[c.step.faults[i].name] += fault.Hits })
	}
}
