# A module under review. Changes set its variables, and the rules in tests/review.tftest.hcl check its outputs.

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

# Unlike the number of free GPUs, prices and sizes rarely change, so outputs derived from them leave the next plan empty.
data "fermi_gpu_types" "all" {}

data "fermi_availability_zones" "all" {}

locals {
  prices     = { for type in data.fermi_gpu_types.all.gpu_types : type.name => tonumber(type.price_per_gpu_hour.amount) }
  capacities = { for zone in data.fermi_availability_zones.all.zones : zone.id => zone.gpu_capacity }
}

# Null if the cluster has no such type or zone. The task's plan reports that, and null doesn't block a destroy.
output "hourly_cost" {
  description = "What the training costs per hour, in CNY."
  value       = try(var.gpu_count * local.prices[var.gpu_type], null)
}

output "share_of_zone" {
  description = "Share of the zone's GPUs of this type that the training uses."
  value       = try(var.gpu_count / local.capacities[var.availability_zone][var.gpu_type], null)
}
