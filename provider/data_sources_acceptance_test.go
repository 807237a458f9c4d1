package provider

import (
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

// ids expects the ids of a data source's objects, in order.
func ids(address, list string, want ...string) statecheck.StateCheck {
	objects := []knownvalue.Check{}
	for _, id := range want {
		objects = append(objects, knownvalue.ObjectPartial(map[string]knownvalue.Check{"id": knownvalue.StringExact(id)}))
	}
	return statecheck.ExpectKnownValue(address, tfjsonpath.New(list), knownvalue.ListExact(objects))
}

func TestAccDevEnvironments(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
	tests := map[string]struct {
		filter string
		want   []string
	}{
		"all":       {"", []string{"env-001", "env-002", "env-003"}},
		"running":   {`status = "running"`, []string{"env-001", "env-003"}},
		"stopped":   {`status = "stopped"`, []string{"env-002"}},
		"type":      {`type = "custom"`, []string{"env-003"}},
		"gpu_type":  {`gpu_type = "V100"`, []string{"env-002"}},
		"zone":      {`availability_zone = "az-bj-a"`, []string{"env-001"}},
		"tags":      {`tags = ["Jupyter", "PyTorch"]`, []string{"env-001"}},
		"min_gpus":  {`min_gpu_count = 2`, []string{"env-001", "env-003"}},
		"sorted":    {"sort = \"gpu_count\"\n order = \"desc\"", []string{"env-003", "env-001", "env-002"}},
		"ascending": {`sort = "gpu_count"`, []string{"env-002", "env-001", "env-003"}},
		"none":      {`gpu_type = "H100"`, nil},
	}
	config := c.config("")
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.fermi_dev_environments.zone", tfjsonpath.New("environments").AtSliceIndex(0),
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":                knownvalue.StringExact("env-001"),
				"name":              knownvalue.StringExact("pytorch-dev-env"),
				"type":              knownvalue.StringExact("notebook"),
				"status":            knownvalue.StringExact("running"),
				"image":             knownvalue.StringExact("pytorch/pytorch:2.1.0-cuda12.1"),
				"availability_zone": knownvalue.StringExact("az-bj-a"),
				"gpu_type":          knownvalue.StringExact("A100"),
				"gpu_count":         knownvalue.Int64Exact(2),
				"cpu_cores":         knownvalue.Int64Exact(16),
				"memory":            knownvalue.Int64Exact(128),
				"uptime":            knownvalue.StringExact("5d3h"),
				"tags": knownvalue.ListExact([]knownvalue.Check{
					knownvalue.StringExact("PyTorch"), knownvalue.StringExact("CUDA 12.1"), knownvalue.StringExact("Jupyter"),
				}),
				"health":         knownvalue.StringExact("healthy"),
				"health_reasons": knownvalue.ListSizeExact(0),
				"utilization":    knownvalue.ObjectPartial(map[string]knownvalue.Check{"gpu": knownvalue.NotNull()}),
				"active_tasks":   knownvalue.Int64Exact(0),
			})),
	}
	for name, test := range tests {
		config += "\ndata \"fermi_dev_environments\" \"" + name + "\" {\n" + test.filter + "\n}\n"
		checks = append(checks, ids("data.fermi_dev_environments."+name, "environments", test.want...))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}

func TestAccAvailabilityZones(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	tests := map[string]struct {
		filter string
		want   []string
	}{
		"all":       {"", []string{"az-bj-a", "az-bj-b", "az-sh-a", "az-sh-b", "az-sz-a", "az-sz-c"}},
		"region":    {`region = "深圳"`, []string{"az-sz-a", "az-sz-c"}},
		"gpu_type":  {`gpu_type = "RTX3090"`, []string{"az-bj-b", "az-sh-b", "az-sz-a"}},
		"room":      {"gpu_type = \"A100\"\n min_free = 24", []string{"az-bj-a", "az-sh-a", "az-sz-c"}},
		"any_type":  {`min_free = 100`, []string{"az-bj-a"}},
		"available": {"available = true\n region = \"北京\"", []string{"az-bj-a", "az-bj-b"}},
		"closed":    {`available = false`, nil},
	}
	config := c.config("")
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.fermi_availability_zones.all", tfjsonpath.New("zones").AtSliceIndex(0),
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":        knownvalue.StringExact("az-bj-a"),
				"name":      knownvalue.StringExact("北京可用区A"),
				"region":    knownvalue.StringExact("北京"),
				"available": knownvalue.Bool(true),
				"gpu_inventory": knownvalue.MapExact(map[string]knownvalue.Check{
					"A100": knownvalue.Int64Exact(32), "V100": knownvalue.Int64Exact(64), "T4": knownvalue.Int64Exact(128),
				}),
				"gpu_capacity": knownvalue.MapPartial(map[string]knownvalue.Check{"A100": knownvalue.Int64Exact(32)}),
				"queue_length": knownvalue.Int64Exact(0),
				"utilization":  knownvalue.Float64Exact(0),
			})),
	}
	for name, test := range tests {
		config += "\ndata \"fermi_availability_zones\" \"" + name + "\" {\n" + test.filter + "\n}\n"
		checks = append(checks, ids("data.fermi_availability_zones."+name, "zones", test.want...))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps:                    []resource.TestStep{{Config: config, ConfigStateChecks: checks}},
	})
}

func TestAccWrongToken(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{{
			Config:      "provider \"fermi\" {\n  endpoint = \"" + c.url + "\"\n  token = \"another\"\n}\ndata \"fermi_availability_zones\" \"x\" {}",
			ExpectError: regexp.MustCompile(`(?s)Fermi API wants a valid token.*Listing availability zones.*HTTP\s401.*request\s`),
		}},
	})
}
