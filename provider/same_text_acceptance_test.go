package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// The same text in Unicode's forms C and D.
const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

// What looks the same is the same: in either form in the configuration and in the cluster, after edits elsewhere and after imports.
func TestAccTextsInEitherForm(t *testing.T) {
	t.Parallel()
	for name, forms := range map[string][2]string{"configured composed": {composed, decomposed},
		"configured decomposed": {decomposed, composed}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own, other := forms[0], forms[1]
			c := newCluster(t, simulator.Options{Scenario: defaultWorldWith(t, other)})
			texts := func(text string) string {
				return fmt.Sprintf("description = %q\n labels = { %q = %q }\n launch_mode = \"existing\"\n", text, text, text)
			}
			template := taskTemplate(fmt.Sprintf("name = %q\ndescription = %q\nconfig = {\n task_name = %q\n description = %q\n labels = { %q = "+
				"%q }\n}", own, own, own, own, own, own))
			environment := fmt.Sprintf("data \"fermi_dev_environment\" \"named\" { name = %q }\n", own)
			terraform := newCommand(t, requiredProvider+c.config(task(own, texts(own))+template+environment))
			terraform.run(0, "apply", "-auto-approve", "-no-color")
			terraform.run(0, "plan", "-detailed-exitcode", "-no-color")

			body := func(name string) string {
				return fmt.Sprintf(`{%q:%q,"description":%q,"labels":{%q:%q}}`, name, other, other, other, other)
			}
			c.call("PATCH", "/api/v1/training-tasks/task-001", body("taskName"), nil)
			c.call("PATCH", "/api/v1/task-templates/template-001", fmt.Sprintf(`{"name":%q,"description":%q,"config":%s}`, other, other,
				body("taskName")), nil)
			terraform.run(0, "plan", "-detailed-exitcode", "-no-color")

			imports := "import {\n to = fermi_training_task.test\n id = \"task-001\"\n}\nimport {\n to = fermi_task_template.test\n id = " +
				"\"template-001\"\n}\n"
			elsewhere := newCommand(t, requiredProvider+c.config(imports+task(own, texts(own))+template))
			if output := elsewhere.run(0, "plan", "-no-color"); !strings.Contains(output, "2 to import, 0 to add, 0 to change, 0 to destroy") {
				t.Error(output)
			}
		})
	}
}
