package provider

import (
	"fmt"
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
		"healthy":   {`health = "healthy"`, []string{"env-001", "env-003"}},
		"unwell":    {`health = "unhealthy"`, []string{"env-002"}},
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

func TestAccDevEnvironment(t *testing.T) {
	c := newCluster(t, simulator.Options{Scenario: editedWorld(t, func(world map[string][]map[string]any) {
		environments := world["environments"]
		environments[2]["name"] = environments[1]["name"]
		addEnvironments(world, 9)
	})})
	look := func(key string) string { return c.config("data \"fermi_dev_environment\" \"x\" {\n" + key + "\n}\n") }
	found := func(attribute string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.fermi_dev_environment.x", tfjsonpath.New(attribute), want)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: look(`id = "env-404"`), ExpectError: regexp.MustCompile(`(?s)Not found.*Reading development environment env-404.*HTTP\s404`)},
			{Config: look(`name = "pytorch"`), ExpectError: regexp.MustCompile(`(?s)is\s+called\s+"pytorch".*env-001\s+` +
				`\(pytorch-dev-env\).*and\s+2\s+more`)},
			{Config: look(`name = "tensorflow-workspace"`), ExpectError: regexp.MustCompile(`(?s)2\s+development\s+environments\s+are\s+` +
				`called.*env-002,\s+env-003`)},
			{Config: look(``), ExpectError: regexp.MustCompile(`(?i)one\s+\(and\s+only\s+one\)|exactly one`)},
			{Config: look("id = \"env-001\"\nname = \"x\""),
				ExpectError: regexp.MustCompile(`(?i)one\s+\(and\s+only\s+one\)|2 attributes specified`)},
			{
				Config: look(`id = "env-001"`),
				ConfigStateChecks: []statecheck.StateCheck{
					found("name", knownvalue.StringExact("pytorch-dev-env")), found("gpu_count", knownvalue.Int64Exact(2)),
					found("uptime", knownvalue.StringExact("5d3h")), found("tags", knownvalue.ListSizeExact(3)),
				},
			},
			{
				Config: look(`name = "pytorch-dev-env"`),
				ConfigStateChecks: []statecheck.StateCheck{found("id", knownvalue.StringExact("env-001")),
					found("status", knownvalue.StringExact("running"))},
			},
		},
	})
}

func TestAccTrainingTasks(t *testing.T) {
	c := newCluster(t, simulator.Options{Clock: simulator.Manual})
	empty := c.config(`data "fermi_training_tasks" "all" {}`)
	tests := map[string]struct {
		filter string
		want   []string
	}{
		"all":     {"", []string{"task-001", "task-002", "task-003"}},
		"stopped": {`status = "stopped"`, []string{"task-002"}},
		"mode":    {`launch_mode = "dynamic"`, []string{"task-003"}},
		"name":    {`name = "train"`, []string{"task-001", "task-002"}},
		"labels":  {`labels = { team = "nlp" }`, []string{"task-001", "task-002"}},
		"both":    {"labels = { team = \"nlp\" }\n status = \"starting\"", []string{"task-001"}},
		"none":    {`labels = { team = "" }`, nil},
	}
	config := c.config("")
	checks := []statecheck.StateCheck{
		statecheck.ExpectKnownValue("data.fermi_training_tasks.all", tfjsonpath.New("tasks").AtSliceIndex(2),
			knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id":                 knownvalue.StringExact("task-003"),
				"task_name":          knownvalue.StringExact("big"),
				"description":        knownvalue.StringExact(""),
				"dataset_id":         knownvalue.StringExact("dataset-001"),
				"dataset_version_id": knownvalue.StringExact("version-001"),
				"model_id":           knownvalue.Null(),
				"labels":             knownvalue.MapSizeExact(0),
				"command":            knownvalue.ListSizeExact(0),
				"args":               knownvalue.ListSizeExact(0),

				"environment_variables": knownvalue.MapSizeExact(0),
				"max_duration":          knownvalue.Null(),
				"max_restarts":          knownvalue.Null(),
				"priority":              knownvalue.StringExact("normal"),
				"preemptible":           knownvalue.Bool(false),
				"restarts":              knownvalue.Int64Exact(0),
				"preemptions":           knownvalue.Int64Exact(0),
				"launch_mode":           knownvalue.StringExact("dynamic"),
				"environment_id":        knownvalue.Null(),
				"environment_name":      knownvalue.Null(),
				"resource_config": knownvalue.ObjectExact(map[string]knownvalue.Check{
					"availability_zone": knownvalue.StringExact("az-bj-a"), "gpu_type": knownvalue.StringExact("A100"),
					"gpu_count": knownvalue.Int64Exact(2),
					"cpu_cores": knownvalue.Int64Exact(16), "memory": knownvalue.Int64Exact(128),
					"image": knownvalue.StringExact("pytorch/pytorch:2.1.0-cuda12.1"),
				}),
				"status":               knownvalue.StringExact("allocating"),
				"phase":                knownvalue.StringExact("finding_nodes"),
				"status_reason":        knownvalue.Null(),
				"status_message":       knownvalue.Null(),
				"queue_position":       knownvalue.Null(),
				"created_at":           knownvalue.StringExact("2024-12-08T10:00:00Z"),
				"estimated_start_time": knownvalue.StringRegexp(regexp.MustCompile(`^2024-12-08T10:0[2-5]:`)),
				"started_at":           knownvalue.Null(),
				"finished_at":          knownvalue.Null(),
				"progress":             knownvalue.Float64Exact(0),
				"nodes":                knownvalue.ListSizeExact(1),
				"cost": knownvalue.ObjectExact(map[string]knownvalue.Check{
					"amount": knownvalue.StringExact("0.00"), "currency": knownvalue.StringExact("CNY"),
				}),
			})),
	}
	for name, test := range tests {
		config += "\ndata \"fermi_training_tasks\" \"" + name + "\" {\n" + test.filter + "\n}\n"
		checks = append(checks, ids("data.fermi_training_tasks."+name, "tasks", test.want...))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		Steps: []resource.TestStep{
			{Config: empty, ConfigStateChecks: []statecheck.StateCheck{ids("data.fermi_training_tasks.all", "tasks")}},
			{
				PreConfig: func() {
					for _, name := range []string{"train-1", "train-2"} {
						c.call("POST", "/api/v1/training-tasks", fmt.Sprintf(newTask, name, "d", `{"team":"nlp"}`), nil)
					}
					c.call("POST", "/api/v1/training-tasks", `{"taskName":"big","datasetId":"dataset-001","datasetVersionId":"version-001",
						"launchMode":"dynamic","resourceConfig":`+resources+`}`, nil)
					c.call("POST", "/api/v1/training-tasks/task-002/stop", "", nil)
				},
				Config: config, ConfigStateChecks: checks,
			},
		},
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
			Config: "provider \"fermi\" {\n  endpoint = \"" + c.url + "\"\n  token = \"another\"\n}\ndata " +
				"\"fermi_availability_zones\" \"x\" {}",
			ExpectError: regexp.MustCompile(`(?s)Fermi API wants a valid token.*Listing availability zones.*HTTP\s401.*request\s`),
		}},
	})
}
