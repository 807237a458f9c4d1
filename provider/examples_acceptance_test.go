package provider

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/zclconf/go-cty/cty"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

func TestAccExamplesAreValid(t *testing.T) {
	var examples []string
	err := filepath.WalkDir("../examples", func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".tf" || strings.HasSuffix(path, ".tfquery.hcl") {
			examples = append(examples, path)
		}
		return err
	})
	if err != nil || len(examples) == 0 {
		t.Fatalf("examples: %v, %v", examples, err)
	}
	for _, path := range examples {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			terraform := newCommand(t, "")
			name := filepath.Base(path)
			if name == "import-by-identity.tf" && !terraform.atLeast(1, 12) {
				t.Skip("identities came with Terraform and OpenTofu 1.12")
			}
			switch {
			case name == "main.tf":
				terraform.copyModule(filepath.Dir(path))
			case strings.HasPrefix(name, "import-"):
				// An import block needs the resource that it imports to.
				terraform.copy(filepath.Join(filepath.Dir(path), "resource.tf"))
				fallthrough
			default:
				terraform.copy(path)
			}
			args := []string{"validate", "-no-color"}
			switch {
			case strings.Contains(path, "/actions/"):
				terraform.needsTerraform("actions", 1, 14)
			case strings.Contains(path, "/list-resources/"):
				terraform.needsTerraform("queries", 1, 14)
				args = append(args, "-query")
			}
			terraform.run(0, args...)
		})
	}
}

// copyModule copies a folder and installs the modules that it calls.
func (c *command) copyModule(folder string) {
	c.t.Helper()
	if err := os.CopyFS(c.dir, os.DirFS(folder)); err != nil {
		c.t.Fatal(err)
	}
	c.run(0, "get", "-no-color")
}

// useCluster points the provider at the cluster, also where the configuration names another endpoint.
func (c *command) useCluster(cluster *cluster) {
	c.t.Helper()
	c.env = append(c.env, "FERMI_ENDPOINT="+cluster.url, "FERMI_TOKEN="+token, "TF_VAR_fermi_token="+token)
	files, err := filepath.Glob(filepath.Join(c.dir, "*.tf"))
	if err != nil {
		c.t.Fatal(err)
	}
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil {
			c.t.Fatal(err)
		}
		file, diags := hclwrite.ParseConfig(content, path, hcl.InitialPos)
		if diags.HasErrors() {
			c.t.Fatal(diags)
		}
		provider := file.Body().FirstMatchingBlock("provider", []string{"fermi"})
		if provider != nil && provider.Body().GetAttribute("endpoint") != nil {
			provider.Body().SetAttributeValue("endpoint", cty.StringVal(cluster.url))
			provider.Body().RemoveAttribute("ca_cert_file")
			c.write(path, string(file.Bytes()))
		}
	}
}

const holder = "holder"

// fill makes others take every free GPU.
func (c *cluster) fill() {
	c.t.Helper()
	var zones []struct {
		ID           string         `json:"id"`
		GPUInventory map[string]int `json:"gpuInventory"`
	}
	c.call("GET", "/api/v1/availability-zones", "", &zones)
	for _, zone := range zones {
		for gpuType, free := range zone.GPUInventory {
			if free > 0 {
				c.hold(zone.ID, gpuType, free)
			}
		}
	}
	c.call("GET", "/api/v1/availability-zones", "", &zones)
	for _, zone := range zones {
		for gpuType, free := range zone.GPUInventory {
			if free > 0 {
				c.t.Fatalf("zone %s has %d %s free after others took all", zone.ID, free, gpuType)
			}
		}
	}
}

// crowd makes others share every running environment, five tasks in each.
func (c *cluster) crowd() {
	c.t.Helper()
	for _, environment := range c.running() {
		for range 5 {
			c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(`{"taskName":%q,"datasetId":"dataset-001","datasetVersionId":"version-001",
				"launchMode":"existing","environmentId":%q}`, holder, environment), nil)
		}
	}
}

// stopEnvironments stops every development environment.
func (c *cluster) stopEnvironments() {
	c.t.Helper()
	for _, environment := range c.running() {
		c.call("POST", "/sim/v1/dev-environments/"+environment+"/stop", "", nil)
	}
}

// running returns the ids of the environments that run.
func (c *cluster) running() []string {
	c.t.Helper()
	var environments []struct {
		ID string `json:"id"`
	}
	c.call("GET", "/api/v1/dev-environments?status=running", "", &environments)
	var ids []string
	for _, environment := range environments {
		ids = append(ids, environment.ID)
	}
	return ids
}

// own returns the tasks that aren't the others', names by id.
func (c *cluster) own() map[string]string {
	c.t.Helper()
	var tasks []struct {
		TaskID   string `json:"taskId"`
		TaskName string `json:"taskName"`
	}
	c.call("GET", "/api/v1/training-tasks?pageSize=500", "", &tasks)
	own := map[string]string{}
	for _, task := range tasks {
		if task.TaskName != holder {
			own[task.TaskID] = task.TaskName
		}
	}
	return own
}

// completeExamples returns the examples that can be applied unchanged: folders and single files.
func completeExamples(t *testing.T) []string {
	t.Helper()
	examples := []string{"../examples/provider/provider.tf"}
	for _, pattern := range []string{
		"*/main.tf", "resources/*/resource.tf", "data-sources/*/data-source.tf", "functions/*/function.tf", "actions/*/action.tf",
	} {
		found, err := filepath.Glob("../examples/" + pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("examples/%s: %v, %v", pattern, found, err)
		}
		examples = append(examples, found...)
	}
	return examples
}

// Each example is planned, applied, planned again and destroyed while others take every GPU, share every environment, and then
// stop them all. The later plans leave everything as it is, and no step is an error.
func TestAccExamplesInAFullCluster(t *testing.T) {
	for _, path := range completeExamples(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		setUp := func(t *testing.T) (*cluster, *command) {
			t.Parallel()
			terraform := newCommand(t, "")
			if strings.Contains(string(content), "\naction \"") {
				terraform.needsTerraform("actions", 1, 14)
			}
			c := newCluster(t, simulator.Options{})
			if filepath.Base(path) == "main.tf" {
				terraform.copyModule(filepath.Dir(path))
			} else {
				terraform.copy(path)
			}
			terraform.useCluster(c)
			return c, terraform
		}
		rest := func(t *testing.T, c *cluster, terraform *command) {
			t.Helper()
			before := c.own()
			if want := terraform.managed("fermi_training_task"); len(before) != want {
				t.Errorf("the cluster has the tasks %q, want %d", before, want)
			}
			c.fill()
			c.crowd()
			terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
			c.stopEnvironments()
			terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
			if after := c.own(); !maps.Equal(after, before) {
				t.Errorf("after a plan the tasks are %q, before it %q", after, before)
			}
			terraform.run(0, "destroy", "-auto-approve", "-no-color")
			if left := c.own(); len(left) > 0 {
				t.Errorf("the destruction left the tasks %q", left)
			}
		}
		t.Run(path+"/fills up between plan and apply", func(t *testing.T) {
			c, terraform := setUp(t)
			terraform.run(0, "plan", "-out=saved.plan", "-no-color")
			c.fill()
			terraform.run(0, "apply", "-no-color", "saved.plan")
			rest(t, c, terraform)
		})
		if !strings.Contains(string(content), "\nresource \"") {
			continue // it creates nothing, so it has no start in a full cluster
		}
		t.Run(path+"/full from the start", func(t *testing.T) {
			c, terraform := setUp(t)
			c.fill()
			terraform.run(0, "apply", "-auto-approve", "-no-color")
			rest(t, c, terraform)
		})
		if !strings.Contains(string(content), `"existing"`) {
			continue
		}
		t.Run(path+"/no environment from the start", func(t *testing.T) {
			c, terraform := setUp(t)
			c.fill()
			c.stopEnvironments()
			terraform.run(0, "plan", "-no-color")
			terraform.run(0, "destroy", "-auto-approve", "-no-color")
		})
	}
}

// managed counts the resources of a type in the state.
func (c *command) managed(resourceType string) int {
	c.t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Type string `json:"type"`
					Mode string `json:"mode"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal([]byte(c.stdout("show", "-json")), &state); err != nil {
		c.t.Fatal(err)
	}
	count := 0
	for _, resource := range state.Values.RootModule.Resources {
		if resource.Type == resourceType && resource.Mode == "managed" {
			count++
		}
	}
	return count
}

// A template that others delete is created again. The task that was made of it goes on.
func TestAccTemplateExampleWithoutItsTemplate(t *testing.T) {
	t.Parallel()
	terraform := newCommand(t, "")
	c := newCluster(t, simulator.Options{})
	terraform.copy("../examples/resources/fermi_task_template/resource.tf")
	terraform.useCluster(c)
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	c.call("DELETE", "/api/v1/task-templates/template-001", "", nil)
	wantAll(t, terraform.run(0, "plan", "-no-color"), "1 to add", "0 to destroy")
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	if err := c.wantTasks("task-001")(nil); err != nil {
		t.Error(err)
	}
	terraform.run(0, "destroy", "-auto-approve", "-no-color")
}

// A zone that is added or taken out concerns its own task alone, however full the others are.
func TestAccSpreadExampleChangesOneZone(t *testing.T) {
	t.Parallel()
	terraform := newCommand(t, "")
	c := newCluster(t, simulator.Options{})
	terraform.copyModule("../examples/spread")
	terraform.useCluster(c)
	const south = `zones=["az-sh-a", "az-sz-c"]`
	kept := ""
	for _, step := range []struct {
		zones, summary string
	}{
		{`zones=["az-bj-a", "az-sh-a"]`, "2 added, 0 changed, 0 destroyed"},
		{`zones=["az-bj-a", "az-sh-a", "az-sz-c"]`, "1 added, 0 changed, 0 destroyed"},
		{south, "0 added, 0 changed, 1 destroyed"},
	} {
		wantAll(t, terraform.run(0, "apply", "-auto-approve", "-no-color", "-var", step.zones), step.summary)
		for id, name := range c.own() {
			if name == "fold-az-sh-a" && kept == "" {
				kept = id
			}
		}
		c.fill()
	}
	if own := c.own(); len(own) != 2 || own[kept] != "fold-az-sh-a" {
		t.Errorf("the cluster has the tasks %q, want two, and %s still", own, kept)
	}
	terraform.run(0, "destroy", "-auto-approve", "-no-color", "-var", south)
	if left := c.own(); len(left) > 0 {
		t.Errorf("the destruction left the tasks %q", left)
	}
}
