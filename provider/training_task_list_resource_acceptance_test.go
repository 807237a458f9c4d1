package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// writeQuery makes one list block the query.
func (c *command) writeQuery(block string) {
	c.t.Helper()
	c.write(filepath.Join(c.dir, "found.tfquery.hcl"), "list \"fermi_training_task\" \"all\" {\n  provider = fermi\n"+block+"\n}\n")
}

// query runs terraform query with one list block and returns the ids that it finds and its whole output.
func (c *command) query(block string, args ...string) (ids []string, output string) {
	c.t.Helper()
	c.writeQuery(block)
	output = c.run(0, append([]string{"query", "-no-color", "-json"}, args...)...)
	for line := range strings.Lines(output) {
		var message struct {
			Type  string `json:"type"`
			Found struct {
				Identity struct {
					ID string `json:"id"`
				} `json:"identity"`
			} `json:"list_resource_found"`
		}
		if err := json.Unmarshal([]byte(line), &message); err != nil {
			c.t.Fatalf("query: %v in %s", err, line)
		}
		if message.Type == "list_resource_found" {
			ids = append(ids, message.Found.Identity.ID)
		}
	}
	return ids, output
}

const newTask = `{"taskName":%q,"datasetId":"dataset-001","datasetVersionId":"version-001","description":%q,"labels":%s,` +
	`"launchMode":"existing"}`

func TestAccQuery(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, requiredProvider+c.config(""))
	terraform.needsTerraform("queries", 1, 14)
	if ids, _ := terraform.query(""); len(ids) > 0 {
		t.Errorf("an empty cluster lists %q", ids)
	}
	for i := range 5 {
		labels := `{"team":"nlp"}`
		if i%2 == 1 {
			labels = `{"team":"vision","gpu":"=2"}`
		}
		c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(newTask, fmt.Sprint("train-", i), "", labels), nil)
	}
	c.call("POST", "/api/v1/training-tasks/task-002/stop", "", nil)
	for _, test := range []struct {
		block string
		want  string
	}{
		{"", "task-001 task-002 task-003 task-004 task-005"},
		{"limit = 2", "task-001 task-002"},
		{"limit = 5", "task-001 task-002 task-003 task-004 task-005"},
		{`config { status = "stopped" }`, "task-002"},
		{`config { launch_mode = "dynamic" }`, ""},
		{`config { name = "-3" }`, "task-004"},
		{`config { labels = { team = "vision", gpu = "=2" } }`, "task-002 task-004"},
		{"limit = 1\nconfig { labels = { team = \"vision\" } }", "task-002"},
		{"config {\n labels = { team = \"vision\" }\n status = \"running\"\n launch_mode = \"existing\"\n name = \"train\"\n}", ""},
	} {
		if ids, _ := terraform.query(test.block); strings.Join(ids, " ") != test.want {
			t.Errorf("%s lists %q, want %s", test.block, ids, test.want)
		}
	}
	if ids, output := terraform.query("include_resource = true\nconfig { name = \"-3\" }"); len(ids) != 1 ||
		!strings.Contains(output, `"team":"vision"`) {
		t.Errorf("include_resource gives %s", output)
	}

	terraform.writeQuery("config { status = \"dead\" }")
	wantAll(t, terraform.run(1, "query", "-no-color"), "status value must be one of")
	terraform.writeQuery(`config { labels = { "a=b" = "c" } }`)
	wantAll(t, terraform.run(1, "query", "-no-color"), "must not be empty nor have = in it")
	c.call("POST", "/sim/v1/faults", `{"status":403,"method":"GET"}`, nil)
	terraform.writeQuery("")
	wantAll(t, terraform.run(1, "query", "-no-color"), "Access is forbidden", "Listing training tasks: GET", "request ")
}

// More tasks than a page holds are found, and a limit fetches no more than it needs.
func TestAccQueryPages(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	terraform := newCommand(t, requiredProvider+c.config(""))
	terraform.needsTerraform("queries", 1, 14)
	for range 502 {
		c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(newTask, "n", "", "{}"), nil)
	}
	ids, _ := terraform.query("limit = 1000")
	if len(ids) != 502 || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != 502 || ids[501] != "task-502" {
		t.Errorf("%d of 502 tasks are listed", len(ids))
	}
	c.call("DELETE", "/sim/v1/requests", "", nil)
	if ids, _ := terraform.query("limit = 500"); len(ids) != 500 {
		t.Errorf("%d tasks are listed, want 500", len(ids))
	}
	if got := c.requests("GET", "/api/v1/training-tasks"); got != 1 {
		t.Errorf("500 tasks took %d requests, want 1", got)
	}
}

// What a query writes imports what exists, and then plans nothing.
func TestAccQueryGeneratesConfiguration(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, requiredProvider+c.config(""))
	terraform.needsTerraform("queries", 1, 14)
	for _, body := range []string{
		fmt.Sprintf(newTask, "plain", "", "{}"),
		fmt.Sprintf(newTask, "described", "d ${x} %{y} \"q\"", `{"team":"nlp"}`),
		`{"taskName":"dynamic","datasetId":"dataset-001","datasetVersionId":"version-001","modelId":"model-001","launchMode":"dynamic",` +
			`"resourceConfig":` + resources + `}`,
		`{"taskName":"switched","datasetId":"dataset-001","datasetVersionId":"version-001","resourceConfig":` + resources + `}`,
	} {
		c.call("POST", "/api/v1/training-tasks", body, nil)
	}
	if err := c.sim.Clock().Advance(10 * time.Minute); err != nil {
		t.Fatal(err)
	}
	terraform.query("include_resource = true", "-generate-config-out=generated.tf")
	if err := os.Remove(filepath.Join(terraform.dir, "found.tfquery.hcl")); err != nil {
		t.Fatal(err)
	}
	output := terraform.run(0, "apply", "-auto-approve", "-no-color")
	wantAll(t, output, "4 imported, 0 added, 0 changed, 0 destroyed")
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
}

const resources = `{"availabilityZone":"az-bj-a","gpuType":"A100","gpuCount":2,"cpuCores":16,"memory":128,` +
	`"image":"pytorch/pytorch:2.1.0-cuda12.1"}`
