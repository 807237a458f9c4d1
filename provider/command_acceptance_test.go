package provider

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const requiredProvider = `terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}
`

// awaitWait returns once the provider waits for a task.
func (c *cluster) awaitWait(p *process) {
	c.t.Helper()
	select {
	case <-c.waits:
	case <-time.After(2 * time.Minute):
		_ = p.Process.Kill()
		_ = p.Wait()
		c.t.Fatalf("the provider doesn't wait for a task:\n%s", p.output.String())
	}
}

func TestAccInterruptDuringTheWait(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	terraform := newCommand(t, requiredProvider+c.config(task("n", gpus("az-bj-a", "V100", 8)+`launch_mode = "dynamic"`)))
	apply := terraform.start("apply", "-auto-approve", "-no-color")
	c.awaitWait(apply)
	if err := apply.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = apply.Wait()
	if output := apply.output.String(); !strings.Contains(output, "Stopped waiting for training task task-001") {
		t.Errorf("the interrupted apply doesn't say that the task stays:\n%s", output)
	}

	c.call("PUT", "/sim/v1/clock", `{"mode":"auto"}`, nil)
	output := terraform.run(0, "apply", "-auto-approve", "-no-color")
	if !strings.Contains(output, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("the next apply should resume the wait:\n%s", output)
	}
	if err := c.wantTasks("task-001")(nil); err != nil {
		t.Error(err)
	}
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	terraform.run(0, "destroy", "-auto-approve", "-no-color")
	if err := c.wantTasks()(nil); err != nil {
		t.Error(err)
	}
}

// Terraform drops what a provider warns of when it plans the creation within a replacement.
func TestAccPlanWarnsOfReplacementsThatWouldQueue(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.hold("az-sh-a", "V100", 48)
	config := requiredProvider + c.config(task("n-${count.index}", "count = 2\n"+gpus("az-bj-a", "V100", 8)+`launch_mode = "dynamic"`))
	terraform := newCommand(t, config)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	terraform.write(filepath.Join(terraform.dir, "main.tf"), strings.Replace(config, "az-bj-a", "az-sh-a", 1))
	output := strings.Join(strings.Fields(terraform.run(0, "plan", "-no-color")), " ")
	wantAll(t, output, "2 to add, 0 to change, 2 to destroy", "Zone az-sh-a has no room for 8 GPUs of type V100, the task would queue",
		"(and one more similar warning elsewhere)")
	if got := strings.Count(output, "has no room for"); got != 1 {
		t.Errorf("the plan says %d times that there is no room:\n%s", got, output)
	}
}

func TestAccKilledAPIDuringTheWait(t *testing.T) {
	for name, forgets := range map[string]bool{"comes back with its tasks": false, "comes back empty": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{Clock: simulator.Manual})
			config := strings.Replace(c.config(task("n", "")), "{\n", "{\n  max_retries = 0\n", 1)
			terraform := newCommand(t, requiredProvider+config)
			apply := terraform.start("apply", "-auto-approve", "-no-color")
			c.awaitWait(apply)
			c.kill()
			terraform.wait(apply, 0)
			for _, want := range []string{
				"Warning: Stopped waiting for training task task-001: Fermi API out of reach",
				"Waiting for training task task-001 to be running, last seen", "stays in the state",
			} {
				if output := strings.Join(strings.Fields(apply.output.String()), " "); !strings.Contains(output, want) {
					t.Errorf("want %q in:\n%s", want, apply.output.String())
				}
			}

			if forgets {
				c.simulate(simulator.Options{})
			} else if err := c.sim.Clock().SetMode(simulator.Auto); err != nil {
				t.Fatal(err)
			}
			c.restart()
			terraform.run(0, "apply", "-auto-approve", "-no-color")
			terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
			// The next apply goes on waiting for the task, or makes one in the new cluster.
			if err := c.wantTasks("task-001")(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// The token is in no log, however much is logged.
func TestAccTokenStaysSecret(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
	c.call("POST", "/sim/v1/faults", `{"status":503,"retryAfter":0,"count":2}`, nil)
	config := task("n", "") + task("broken", `environment_id = "env-002"`)
	terraform := newCommand(t, requiredProvider+c.config(strings.Replace(config, `"test"`, `"fine"`, 1)))
	log := filepath.Join(t.TempDir(), "trace.log")
	terraform.env = append(terraform.env, "TF_LOG=TRACE", "TF_LOG_PATH="+log)
	output := terraform.run(1, "apply", "-auto-approve", "-no-color")
	trace, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"log": string(trace), "output": output} {
		if i := strings.Index(text, token); i >= 0 {
			t.Errorf("the %s shows the token: …%s…", name, text[max(0, i-200):i+len(token)])
		}
	}
	for _, want := range []string{"Fermi API request", "training task created"} {
		if !strings.Contains(string(trace), want) {
			t.Errorf("the log doesn't tell of %q", want)
		}
	}

	var journal []struct {
		UserAgent string `json:"userAgent"`
	}
	c.call("GET", "/sim/v1/requests?method=POST&path=/api/v1/training-tasks", "", &journal)
	if len(journal) == 0 || !regexp.MustCompile(`^terraform-provider-fermi/1\.2\.3\+0123456789ab \(\+terraform `+
		`\d+\.\d+`).MatchString(journal[0].UserAgent) {
		t.Errorf("user agents %v", journal)
	}
}
