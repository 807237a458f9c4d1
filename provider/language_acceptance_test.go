package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

var chineseText = regexp.MustCompile(`\p{Han}+`)

// in returns the configuration with more attributes in the provider block.
func (c *cluster) in(more, resources string) string {
	return requiredProvider + fmt.Sprintf("provider \"fermi\" {\n  endpoint = %q\n  token = %q\n  %s\n}\n", c.url, token, more) + resources
}

// inChinese returns the configuration of a provider that speaks Chinese.
func (c *cluster) inChinese(resources string) string {
	return strings.Replace(c.config(resources), "{\n", "{\n  language = \"zh\"\n", 1)
}

const blankEverything = `
resource "fermi_training_task" "name" {
  task_name = " "
  dataset_id = "dataset-001"
  dataset_version_id = "version-001"
}
resource "fermi_training_task" "dataset" {
  task_name = "n"
  dataset_id = ""
  dataset_version_id = "version-001"
}
resource "fermi_training_task" "environment" {
  task_name = "n"
  dataset_id = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode = "existing"
  environment_id = " "
}
resource "fermi_training_task" "zone" {
  task_name = "n"
  dataset_id = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode = "dynamic"
}
`

// The source's four messages come to the letter to whoever chose Chinese, also in validation, which comes before the provider is
// configured; everybody else reads English.
func TestAccLanguageOfValidation(t *testing.T) {
	t.Parallel()
	source := []string{"请输入任务名称", "请选择数据集", "请选择开发环境", "请选择可用区"}
	for name, test := range map[string]struct {
		block, environment string
		want               []string
		chinese            bool
	}{
		"neither": {"", "", []string{"Enter a task name", "Choose a dataset", "Choose a development environment",
			"Choose an availability zone"}, false},
		"provider block":           {`language = "zh"`, "", source, true},
		"environment":              {"", "zh", source, true},
		"block before environment": {`language = "en"`, "zh", []string{"Enter a task name"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			terraform := newCommand(t, c.in(test.block, blankEverything))
			if test.environment != "" {
				terraform.env = append(terraform.env, "FERMI_LANGUAGE="+test.environment)
			}
			for _, command := range []string{"validate", "plan"} {
				output := terraform.run(1, command, "-no-color")
				for _, want := range test.want {
					if !strings.Contains(output, want) {
						t.Errorf("%s doesn't say %q:\n%s", command, want, output)
					}
				}
				if found := chineseText.FindString(output); !test.chinese && found != "" {
					t.Errorf("%s says %q in English:\n%s", command, found, output)
				}
			}
		})
	}
}

// What the API refuses comes in the language too, at plan and at apply.
func TestAccLanguageOfTheAPI(t *testing.T) {
	t.Parallel()
	for language, want := range map[string]struct{ plan, apply string }{
		"en": {"No such GPU type", "there is no training task"},
		"zh": {"GPU 类型不存在", "训练任务不存在"},
	} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			c := newCluster(t, simulator.Options{})
			block := fmt.Sprintf("language = %q", language)
			planning := newCommand(t, c.in(block, task("n", gpus("az-bj-a", "a100", 1)+`launch_mode = "dynamic"`)))
			missing := newCommand(t, c.in(block, "import {\n to = fermi_training_task.test\n id = \"task-404\"\n}\n"+task("n", "")))
			template := taskTemplate("name = \"n\"\nconfig = {}")
			templates := newCommand(t, c.in(block, template+strings.Replace(template, `"test"`, `"other"`, 1)))
			output := planning.run(1, "plan", "-no-color") + missing.run(1, "plan", "-no-color") +
				templates.run(1, "apply", "-auto-approve", "-no-color", "-parallelism=1")
			for _, want := range []string{want.plan, map[string]string{"en": "has the name n already", "zh": "模板名称已被"}[language]} {
				if !strings.Contains(output, want) {
					t.Errorf("nothing says %q:\n%s", want, output)
				}
			}
			if found := chineseText.FindString(output); language == "en" && found != "" {
				t.Errorf("%q is said in English:\n%s", found, output)
			}
		})
	}
}

func TestAccUnknownLanguage(t *testing.T) {
	t.Parallel()
	c := newCluster(t, simulator.Options{})
	resources := task("n", "")
	terraform := newCommand(t, c.in(`language = "fr"`, resources))
	if output := terraform.run(1, "plan", "-no-color"); !strings.Contains(output, "Attribute language value must be one of") ||
		!strings.Contains(output, `"fr"`) {
		t.Error(output)
	}
	terraform = newCommand(t, c.in("", resources))
	terraform.env = append(terraform.env, "FERMI_LANGUAGE=fr")
	for _, command := range []string{"validate", "plan"} {
		if output := terraform.run(1, command, "-no-color"); !strings.Contains(output, `environment variable FERMI_LANGUAGE is "fr"`) {
			t.Error(output)
		}
	}
}
