# A module under review: what a change may set are variables, what the rules look at are outputs. The rules are in
# tests/review.tftest.hcl.

terraform {
  required_providers {
    fermi = {
      source = "fermi-cluster/fermi"
    }
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

locals {
  resource_config = {
    availability_zone = var.availability_zone
    gpu_type          = var.gpu_type
    gpu_count         = var.gpu_count
    cpu_cores         = 8 * var.gpu_count
    memory            = 64 * var.gpu_count
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }
  zones = { for zone in data.fermi_availability_zones.all.zones : zone.id => zone }
}

resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
}

data "fermi_availability_zones" "all" {}

data "fermi_training_estimate" "sft" {
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
}

output "hourly_cost" {
  description = "What the training costs per hour, in CNY."
  value       = tonumber(data.fermi_training_estimate.sft.hourly_price.amount)
}

output "share_of_zone" {
  description = "Share of the zone's GPUs of this type that the training uses."
  value       = var.gpu_count / local.zones[var.availability_zone].gpu_capacity[var.gpu_type]
}
