terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

# { days = 5, hours = 3, total_hours = 123 }
output "parsed" {
  value = provider::fermi::parse_uptime("5d3h")
}

# Environments that have run for more than a week. A stopped one has no uptime.
data "fermi_dev_environments" "all" {}

output "long_running" {
  value = [
    for e in data.fermi_dev_environments.all.environments : e.name
    if try(provider::fermi::parse_uptime(e.uptime).total_hours > 7 * 24, false)
  ]
}
