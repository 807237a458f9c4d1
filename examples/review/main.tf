# A module under review: what a change may set are variables, what the rules look at are outputs. The rules are in
# tests/review.tftest.hcl.

terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

variable "availability_zone" {
  description = "Zone whose GPUs the training uses."
  type        = string
  default     = "az-bj-a"
}

variable "gpu_type" {
  description = "Type of GPU: A100, V100, T4 or RTX3090."
  type        = string
  default     = "A100"
}

variable "gpu_count" {
  description = "How many GPUs the training uses at once."
  type        = number
  default     = 4
}

resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"

  resource_config = {
    availability_zone = var.availability_zone
    gpu_type          = var.gpu_type
    gpu_count         = var.gpu_count
    cpu_cores         = 8 * var.gpu_count
    memory            = 64 * var.gpu_count
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }
}

# Price and size change seldom, other than what is free: outputs of them leave the next plan empty.
data "fermi_gpu_types" "all" {}

data "fermi_availability_zones" "all" {}

locals {
  prices     = { for type in data.fermi_gpu_types.all.gpu_types : type.name => tonumber(type.price_per_gpu_hour.amount) }
  capacities = { for zone in data.fermi_availability_zones.all.zones : zone.id => zone.gpu_capacity }
}

# Null where the cluster has no such type or zone. The task's own plan says so, and a destruction isn't stopped by it.
output "hourly_cost" {
  description = "What the training costs per hour, in CNY."
  value       = try(var.gpu_count * local.prices[var.gpu_type], null)
}

output "share_of_zone" {
  description = "Share of the zone's GPUs of this type that the training uses."
  value       = try(var.gpu_count / local.capacities[var.availability_zone][var.gpu_type], null)
}
