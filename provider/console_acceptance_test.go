package provider

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/internal/browsertest"
	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// What the simulator's pages show as Terraform configuration is what Terraform takes: that of the form creates the task, and that
// of a task imports it, without a difference in either case.
func TestAccConsoleConfiguration(t *testing.T) {
	t.Parallel()
	newCommand(t, "") // skips where no CLI is under test, before a browser starts
	c := newCluster(t, simulator.Options{})
	// The pages ask beside the checked server: their stream has no end for the check to wait for.
	pages := httptest.NewServer(c.sim)
	t.Cleanup(pages.Close)
	t.Cleanup(c.sim.Drain)
	var browser browsertest.Browser
	t.Cleanup(browser.Close)
	tab := browser.Open(t, pages.URL)
	tab.Go("/training/create")
	tab.WaitText("#token-dialog", "需要访问令牌")
	tab.Fill("#token", token)
	tab.Press("\r")
	tab.WaitText("#environment-list", "pytorch-dev-env")
	terraform := func(configuration string) *command {
		tf := newCommand(t, configuration)
		tf.env = append(tf.env, "FERMI_TOKEN="+token)
		return tf
	}

	const odd = `名 "x" \ ${y} %{z} it's <b>`
	tab.Fill("#task-name", odd)
	tab.Choose("#dataset", "dataset-001")
	tab.Choose("#model", "model-001")
	browsertest.Eval[any](tab, `{ const d = document.querySelector("#description"); d.value = "two\nlines\t"; d.dispatchEvent(new `+
		`Event("input", {bubbles: true})); }`)
	tab.Click("#mode-dynamic")
	tab.Click(`#zone-list [value="az-bj-b"]`)
	tab.Fill("#gpu-count", "3")
	tab.WaitText("#terraform", "az-bj-b")
	dynamic := terraform(tab.Text("#terraform"))
	dynamic.run(0, "apply", "-auto-approve", "-no-color")
	dynamic.run(0, "plan", "-detailed-exitcode", "-no-color")
	if !strings.Contains(tab.Text("#terraform"), "gpu_count         = 3\n") {
		t.Errorf("the configuration is not of 3 GPUs:\n%s", tab.Text("#terraform"))
	}
	dynamic.run(0, "fmt", "-check", "-no-color")

	tab.Click("#mode-existing")
	tab.Click(`#environment-list [value="env-003"]`)
	tab.WaitText("#terraform", "env-003")
	existing := terraform(tab.Text("#terraform"))
	existing.run(0, "apply", "-auto-approve", "-no-color")
	existing.run(0, "plan", "-detailed-exitcode", "-no-color")

	// The form makes a task of its own, and each of them is imported from its page.
	tab.Click("#create")
	tab.WaitPath("/training-jobs")
	// Smart switching leaves a task the resources that it asked for and didn't need.
	c.call("POST", "/api/v1/training-tasks", `{"taskName":"switched","datasetId":"dataset-001","datasetVersionId":"version-001",`+
		`"resourceConfig":`+resources+`}`, nil)
	if err := c.wantTasks("task-001", "task-002", "task-003", "task-004")(nil); err != nil {
		t.Error(err)
	}
	if err := c.sim.Clock().Advance(time.Minute); err != nil { // until they run, for which an import would else wait
		t.Fatal(err)
	}
	for _, id := range []string{"task-001", "task-003", "task-004"} {
		tab.Go("/training-jobs/" + id)
		tab.WaitText("#terraform", "import {")
		imported := terraform(tab.Text("#terraform"))
		output := imported.run(0, "apply", "-auto-approve", "-no-color")
		if !strings.Contains(output, "1 imported, 0 added, 0 changed, 0 destroyed") {
			t.Errorf("%s: the import changes something:\n%s", id, output)
		}
		imported.run(0, "plan", "-detailed-exitcode", "-no-color")
		imported.run(0, "fmt", "-check", "-no-color")
	}
	if got := c.requests(http.MethodPost, "/api/v1/training-tasks"); got != 4 {
		t.Errorf("%d tasks were created, want those of two configurations, of the form and of the API", got)
	}
}
