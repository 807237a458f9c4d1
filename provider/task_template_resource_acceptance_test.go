package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

const templateAddress = "fermi_task_template.test"

func taskTemplate(attributes string) string {
	return "resource \"fermi_task_template\" \"test\" {\n" + attributes + "\n}\n"
}

func templateHas(attribute string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(templateAddress, tfjsonpath.New(attribute), value)
}

func templatePlanned(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(templateAddress, action)}}
}

// templates counts the templates of the cluster.
func (c *cluster) templates() int {
	c.t.Helper()
	var all []struct{}
	c.call("GET", "/api/v1/task-templates", "", &all)
	return len(all)
}

func (c *cluster) wantTemplates(want int) func(*terraform.State) error {
	return func(*terraform.State) error {
		if got := c.templates(); got != want {
			c.t.Errorf("the cluster has %d templates, want %d", got, want)
		}
		return nil
	}
}

func TestAccTaskTemplate(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	full := `name = "sft"
  description = "d"
  favorite    = true
  config = {
    task_name = "t", description = "", dataset_id = "dataset-001", dataset_version_id = "version-001",
    model_id = "model-001", launch_mode = "dynamic"
    labels = { team = "nlp" }
    ` + gpus("az-bj-a", "A100", 4) + `
  }`
	id := templateHas("id", knownvalue.StringExact("template-001"))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTemplates(0),
		Steps: []resource.TestStep{
			{
				Config: c.config(taskTemplate("name = \"minimal\"\nconfig = {}")),
				ConfigStateChecks: []statecheck.StateCheck{
					id, templateHas("description", knownvalue.StringExact("")), templateHas("favorite", knownvalue.Bool(false)),
					templateHas("created_at", knownvalue.StringExact("2024-12-08T10:00:00Z")),
				},
			},
			{Config: c.config(taskTemplate("name = \"minimal\"\nconfig = {}")), ConfigPlanChecks: emptyPlan},
			{ResourceName: templateAddress, ImportState: true, ImportStateVerify: true},
			{
				PreConfig:        func() { c.call("POST", "/sim/v1/clock/advance", `{"by":"1m"}`, nil) },
				Config:           c.config(taskTemplate(full)),
				ConfigPlanChecks: templatePlanned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					id, templateHas("name", knownvalue.StringExact("sft")), templateHas("favorite", knownvalue.Bool(true)),
					templateHas("config", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"description": knownvalue.StringExact(""), "environment_id": knownvalue.Null(), "launch_mode": knownvalue.StringExact("dynamic"),
						"resource_config": knownvalue.ObjectPartial(map[string]knownvalue.Check{"gpu_count": knownvalue.Int64Exact(4)}),
					})),
					templateHas("created_at", knownvalue.StringExact("2024-12-08T10:00:00Z")),
					templateHas("updated_at", knownvalue.StringExact("2024-12-08T10:01:00Z")),
				},
			},
			{Config: c.config(taskTemplate(full)), ConfigPlanChecks: emptyPlan},
			{ResourceName: templateAddress, ImportState: true, ImportStateVerify: true},
			{
				// What is taken out goes, and what is empty is as good as absent.
				Config:           c.config(taskTemplate("name = \" sft \"\nconfig = {\n  labels = {}\n  resource_config = { gpu_type = \"T4\" }\n}")),
				ConfigPlanChecks: templatePlanned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{
					id, templateHas("config", knownvalue.ObjectPartial(map[string]knownvalue.Check{
						"task_name": knownvalue.Null(), "labels": knownvalue.MapSizeExact(0),
						"resource_config": knownvalue.ObjectPartial(map[string]knownvalue.Check{
							"gpu_type": knownvalue.StringExact("T4"), "gpu_count": knownvalue.Null(),
						}),
					})),
				},
			},
			{
				Config:           c.config(taskTemplate("name = \"sft\"\nconfig = {\n  resource_config = {}\n}")),
				ConfigPlanChecks: templatePlanned(plancheck.ResourceActionUpdate),
			},
			{Config: c.config(taskTemplate("name = \"sft\"\nconfig = {\n  resource_config = {}\n}")), ConfigPlanChecks: emptyPlan},
			{
				// Changed and deleted behind Terraform's back.
				PreConfig:         func() { c.call("PATCH", "/api/v1/task-templates/template-001", `{"favorite":true}`, nil) },
				Config:            c.config(taskTemplate("name = \"sft\"\nconfig = {}")),
				ConfigPlanChecks:  templatePlanned(plancheck.ResourceActionUpdate),
				ConfigStateChecks: []statecheck.StateCheck{id, templateHas("favorite", knownvalue.Bool(false))},
			},
			{
				PreConfig:         func() { c.call("DELETE", "/api/v1/task-templates/template-001", "", nil) },
				Config:            c.config(taskTemplate("name = \"sft\"\nconfig = {}")),
				ConfigPlanChecks:  templatePlanned(plancheck.ResourceActionCreate),
				ConfigStateChecks: []statecheck.StateCheck{templateHas("id", knownvalue.StringExact("template-002"))},
			},
			{
				PreConfig: func() { c.call("DELETE", "/api/v1/task-templates/template-002", "", nil) },
				Config:    c.config(taskTemplate("name = \"sft\"\nconfig = {}")), Destroy: true,
			},
		},
	})
}

func TestAccTaskTemplateIdentity(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		TerraformVersionChecks:   knowsIdentities,
		Steps: []resource.TestStep{
			{
				Config: c.config(taskTemplate("name = \"n\"\nconfig = { dataset_id = \"dataset-001\" }")),
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectIdentityValueMatchesState(templateAddress, tfjsonpath.New("id")),
				},
			},
			{ResourceName: templateAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithID},
			{ResourceName: templateAddress, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity},
		},
	})
}

func TestAccTaskTemplateRefusals(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/api/v1/task-templates", `{"name":"taken"}`, nil)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTemplates(1),
		Steps: []resource.TestStep{
			{Config: c.config(taskTemplate("name = \" \"\nconfig = {}")), ExpectError: regexp.MustCompile(`Enter a template name`)},
			{Config: c.config(taskTemplate("name = \"n\"\nconfig = { dataset_id = \"\" }")), ExpectError: regexp.MustCompile(`Choose a dataset`)},
			{
				Config:      c.config(taskTemplate("name = \"n\"\nconfig = {\n launch_mode = \"dynamic\"\n environment_id = \"env-001\"\n}")),
				ExpectError: regexp.MustCompile(`Mode dynamic takes no environment_id`),
			},
			{
				Config:      c.config(taskTemplate("name = \"n\"\nconfig = { resource_config = { gpu_count = 0 } }")),
				ExpectError: regexp.MustCompile(`gpu_count value must be at least 1`),
			},
			{
				Config:      c.config(taskTemplate("name = \"taken\"\nconfig = {}")),
				ExpectError: regexp.MustCompile(`(?s)Name of the template is taken.*HTTP\s409.*import\s+the\s+template`),
			},
			{
				Config:      c.config(taskTemplate("name = \"n\"\nconfig = { resource_config = { gpu_type = \"H100\" } }")),
				ExpectError: regexp.MustCompile(`(?s)No such GPU type.*there\s+are\s+A100,`),
			},
		},
	})
}

// However the creation is disturbed, one template comes out.
func TestAccTaskTemplateTroubledAPI(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	for _, fault := range []string{
		`{"cut":"after","method":"POST","path":"/api/v1/task-templates","count":2}`,
		`{"status":429,"retryAfter":0,"method":"GET","path":"/api/v1/task-templates/*","count":2}`,
		`{"cut":"after","method":"DELETE","count":1}`,
	} {
		c.call("POST", "/sim/v1/faults", fault, nil)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		CheckDestroy:             c.wantTemplates(0),
		Steps: []resource.TestStep{{
			Config:            c.config(taskTemplate("name = \"n\"\nconfig = {}")),
			ConfigStateChecks: []statecheck.StateCheck{templateHas("id", knownvalue.StringExact("template-001"))},
			Check:             c.wantTemplates(1),
		}},
	})
}
