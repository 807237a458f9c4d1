terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# { days = 5, hours = 3, total_hours = 123 }
output "parsed" {
  value = provider::fermi::parse_uptime("5d3h")
}

data "fermi_dev_environments" "all" {}

locals {
  # A stopped environment has no uptime, and try makes false of it.
  long_running = [
    for e in data.fermi_dev_environments.all.environments : e.name
    if try(provider::fermi::parse_uptime(e.uptime).total_hours > 30 * 24, false)
  ]
}

check "restarted_lately" {
  assert {
    condition     = length(local.long_running) == 0
    error_message = "Running for more than 30 days: ${join(", ", local.long_running)}."
  }
}
