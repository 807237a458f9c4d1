package provider

import (
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

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
			terraform.copy(path)
			if strings.HasPrefix(name, "import-") {
				// An import block needs the resource that it imports to.
				terraform.copy(filepath.Join(filepath.Dir(path), "resource.tf"))
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

func TestAccQuickstart(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	terraform := newCommand(t, "")
	terraform.env = append(terraform.env, "FERMI_ENDPOINT="+c.url, "FERMI_TOKEN="+token)
	terraform.copy("../examples/quickstart/main.tf")
	terraform.run(0, "apply", "-auto-approve", "-no-color")
	terraform.run(0, "plan", "-detailed-exitcode", "-no-color")
	if got := c.tasks(); len(got) != 2 {
		t.Errorf("the cluster has the tasks %q, want an existing and a dynamic one", got)
	}
	terraform.run(0, "destroy", "-auto-approve", "-no-color")
	if err := c.wantTasks()(nil); err != nil {
		t.Error(err)
	}
}
