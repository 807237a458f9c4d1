package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

// The provider keeps what is configured where the API tells the same in another form, and takes over what differs.
func TestKeepWhatLooksTheSame(t *testing.T) {
	for _, test := range []struct{ configured, told, want types.String }{
		{types.StringValue(composed), types.StringValue(decomposed), types.StringValue(composed)},
		{types.StringValue(decomposed), types.StringValue(composed), types.StringValue(decomposed)},
		{types.StringValue(composed), types.StringValue("cafe"), types.StringValue("cafe")},
		{types.StringNull(), types.StringValue(decomposed), types.StringValue(decomposed)},
		{types.StringUnknown(), types.StringValue("a"), types.StringValue("a")},
	} {
		if got := keepText(test.configured, test.told.ValueString()); !got.Equal(test.want) {
			t.Errorf("text %v for %v and %v", got, test.configured, test.told)
		}
		if got := keepName(test.configured, test.told.ValueString()); !got.Equal(test.want) {
			t.Errorf("name %v for %v and %v", got, test.configured, test.told)
		}
	}
	if got := keepName(types.StringValue(" "+decomposed), composed); got.ValueString() != " "+decomposed {
		t.Errorf("a name with space around it became %q", got.ValueString())
	}
	if got := keepText(types.StringValue("a"), " a"); got.ValueString() != " a" {
		t.Errorf("a text that got a space stayed %q", got.ValueString())
	}
	labels := func(pairs ...string) types.Map {
		elements := map[string]attr.Value{}
		for i := 0; i < len(pairs); i += 2 {
			elements[pairs[i]] = types.StringValue(pairs[i+1])
		}
		return types.MapValueMust(types.StringType, elements)
	}
	configured := labels(composed, decomposed, "b", "1", "c", "2")
	if got, want := keepLabels(configured, map[string]string{decomposed: composed, "b": "3", "d": "4"}), labels(composed, decomposed, "b",
		"3", "d", "4"); !got.Equal(want) {
		t.Errorf("labels %v, want %v", got, want)
	}
	if got := keepLabels(types.MapNull(types.StringType), nil); !got.Equal(noLabels) {
		t.Errorf("no labels are %v", got)
	}
}
