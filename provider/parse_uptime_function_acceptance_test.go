package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/fermi-cluster/terraform-provider-fermi/simulator"
)

func TestAccParseUptime(t *testing.T) {
	c := newCluster(t, simulator.Options{})
	// A function is looked up in the providers that the configuration declares.
	declared := strings.Replace(requiredProvider, "fermi-cluster/", "hashicorp/", 1)
	config := c.config(declared)
	var checks []statecheck.StateCheck
	for _, test := range []struct {
		uptime             string
		days, hours, total int64
	}{
		{"5d3h", 5, 3, 123}, {"5d", 5, 0, 120}, {"3h", 0, 3, 3}, {"0h", 0, 0, 0}, {"0d30h", 0, 30, 30}, {"400d23h", 400, 23, 9623},
	} {
		config += "output \"u" + test.uptime + "\" {\n  value = provider::fermi::parse_uptime(\"" + test.uptime + "\")\n}\n"
		checks = append(checks, statecheck.ExpectKnownOutputValue("u"+test.uptime, knownvalue.ObjectExact(map[string]knownvalue.Check{
			"days": knownvalue.Int64Exact(test.days), "hours": knownvalue.Int64Exact(test.hours), "total_hours": knownvalue.Int64Exact(test.total),
		})))
	}
	// A stopped environment has no uptime.
	c.call("POST", "/sim/v1/dev-environments/env-002/stop", "", nil)
	config += `
data "fermi_dev_environments" "all" {}
output "old" {
  value = [
    for e in data.fermi_dev_environments.all.environments : e.id
    if try(provider::fermi::parse_uptime(e.uptime).total_hours > 100, false)
  ]
}
`
	checks = append(checks, statecheck.ExpectKnownOutputValue("old", knownvalue.ListExact([]knownvalue.Check{
		knownvalue.StringExact("env-001"), knownvalue.StringExact("env-003"),
	})))
	config += `
output "accepted" {
  value = [for wrong in ["", "5", "d", "h", "3h5d", "-3h", "5d 3h", "5d3h\n", "1.5h", "99999999999999999999h", "999999999999999999d"] :
    wrong if can(provider::fermi::parse_uptime(wrong))]
}
`
	checks = append(checks, statecheck.ExpectKnownOutputValue("accepted", knownvalue.ListSizeExact(0)))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: providerFactories,
		// OpenTofu has them since its 1.7.
		TerraformVersionChecks: []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		Steps: []resource.TestStep{
			{
				Config:      c.config(declared) + "output \"x\" {\n  value = provider::fermi::parse_uptime(\"3h5d\")\n}\n",
				ExpectError: regexp.MustCompile(`"3h5d"\s+is\s+not\s+an\s+uptime`),
			},
			{Config: config, ConfigStateChecks: checks},
		},
	})
}
