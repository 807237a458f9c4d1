terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

variable "zones" {
  description = "Zones to train in, one task in each."
  type        = set(string)
  default     = ["az-bj-a", "az-sh-a"]
}

# The keys are fixed. If they came from a lookup of zones with free GPUs, a zone would disappear from them once this task
# fills it, and the next plan would destroy the task.
resource "fermi_training_task" "fold" {
  for_each = var.zones

  task_name          = "fold-${each.key}"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"

  resource_config = {
    availability_zone = each.key
    gpu_type          = "A100"
    gpu_count         = 8
    cpu_cores         = 64
    memory            = 512
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }
}

data "fermi_availability_zones" "a100" {
  gpu_type = "A100"
}

locals {
  full = [
    for zone in data.fermi_availability_zones.a100.zones : zone.id
    if contains(var.zones, zone.id) && zone.gpu_inventory["A100"] < 8
  ]
}

# This also warns after the tasks have started, because they hold GPUs themselves.
check "room" {
  assert {
    condition     = length(local.full) == 0
    error_message = "Less than eight A100 are free now in ${join(" and ", local.full)}: a new task there would queue."
  }
}

output "tasks" {
  description = "The task in each zone."
  value       = { for zone, task in fermi_training_task.fold : zone => task.id }
}
