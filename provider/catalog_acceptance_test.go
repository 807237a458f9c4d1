package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// What a task can be made of: the types of GPU, the images, the datasets and the models.
func TestAccCatalog(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	config := c.config("")
	var checks []statecheck.StateCheck
	for name, test := range map[string]struct {
		kind, key, filter string
		want              []string
	}{
		"gpus":        {"gpu_types", "name", "", []string{"A100", "V100", "T4", "RTX3090"}},
		"recommended": {"gpu_types", "name", "recommended = true", []string{"A100"}},
		"roomy":       {"gpu_types", "name", "min_memory = 24\nsort = \"price\"", []string{"RTX3090", "V100", "A100"}},
		"no_gpus":     {"gpu_types", "name", "min_memory = 1000", nil},
		"pytorch": {"images", "name", "name = \"pytorch\"\nsort = \"size\"",
			[]string{"pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime", "pytorch/pytorch:2.1.0-cuda12.1"}},
		"no_images":   {"images", "name", `name = "jax"`, nil},
		"datasets":    {"datasets", "id", "sort = \"size\"\norder = \"desc\"", []string{"dataset-003", "dataset-002", "dataset-001"}},
		"alpaca":      {"datasets", "id", `name = "alpaca"`, []string{"dataset-001"}},
		"no_datasets": {"datasets", "id", `name = "x"`, nil},
		"llama":       {"models", "id", `name = "llama2-7b"`, []string{"model-001"}},
		"no_models":   {"models", "id", `name = "x"`, nil},
	} {
		config += "data \"fermi_" + test.kind + "\" \"" + name + "\" {\n" + test.filter + "\n}\n"
		objects := []knownvalue.Check{}
		for _, id := range test.want {
			objects = append(objects, knownvalue.ObjectPartial(map[string]knownvalue.Check{test.key: knownvalue.StringExact(id)}))
		}
		checks = append(checks, statecheck.ExpectKnownValue("data.fermi_"+test.kind+"."+name, tfjsonpath.New(test.kind),
			knownvalue.ListExact(objects)))
	}
	first := func(address, list string, want map[string]knownvalue.Check) {
		checks = append(checks, statecheck.ExpectKnownValue(address, tfjsonpath.New(list).AtSliceIndex(0), knownvalue.ObjectExact(want)))
	}
	first("data.fermi_gpu_types.recommended", "gpu_types", map[string]knownvalue.Check{
		"name": knownvalue.StringExact("A100"), "memory": knownvalue.Int64Exact(80), "class": knownvalue.StringExact("高性能"),
		"recommended": knownvalue.Bool(true),
		"price_per_gpu_hour": knownvalue.ObjectExact(map[string]knownvalue.Check{"amount": knownvalue.StringExact("36.80"),
			"currency": knownvalue.StringExact("CNY")}),
	})
	first("data.fermi_images.pytorch", "images", map[string]knownvalue.Check{
		"name": knownvalue.StringExact("pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"), "size_mb": knownvalue.Int64Exact(3500),
	})
	first("data.fermi_datasets.alpaca", "datasets", map[string]knownvalue.Check{
		"id": knownvalue.StringExact("dataset-001"), "name": knownvalue.StringExact("alpaca-zh"), "size_mb": knownvalue.Int64Exact(4000),
		"tokens":   knownvalue.Float64Exact(1.5e8),
		"versions": knownvalue.ListExact([]knownvalue.Check{knownvalue.StringExact("version-001"), knownvalue.StringExact("version-002")}),
	})
	first("data.fermi_models.llama", "models", map[string]knownvalue.Check{
		"id": knownvalue.StringExact("model-001"), "name": knownvalue.StringExact("llama2-7b"), "parameters": knownvalue.Float64Exact(6.7e9),
	})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}
