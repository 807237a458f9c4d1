terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

data "fermi_availability_zones" "a100" {
  gpu_type = "A100"
}

output "a100" {
  description = "Zones that have A100, and how many in all."
  value       = { for zone in data.fermi_availability_zones.a100.zones : zone.id => zone.gpu_capacity["A100"] }
}

# Free GPUs change over time, also through tasks of this configuration. A check only warns and never blocks a plan.
check "room" {
  assert {
    condition     = anytrue([for zone in data.fermi_availability_zones.a100.zones : zone.gpu_inventory["A100"] >= 8])
    error_message = "No zone has eight A100 free now: a new task with eight would queue."
  }
}
