terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

locals {
  resource_config = {
    availability_zone = "az-bj-a"
    gpu_type          = "A100"
    gpu_count         = 4
    cpu_cores         = 32
    memory            = 256
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }
}

# The estimate for a new task like the one below. Once that task exists, the estimate is for another one beside it.
data "fermi_training_estimate" "sft" {
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
}

# Checks only warn. A precondition would be an error, even when the task is already running or is to be destroyed.
check "starts_soon" {
  assert {
    condition = data.fermi_training_estimate.sft.capacity.verdict != "queues"
    error_message = join("", [
      "A new task would queue: ${data.fermi_training_estimate.sft.capacity.message}. Zones with room: ",
      coalesce(join(", ", data.fermi_training_estimate.sft.capacity.zones_with_room), "none"), ".",
    ])
  }
}

check "within_budget" {
  assert {
    condition     = tonumber(data.fermi_training_estimate.sft.cost.high.amount) <= 2000
    error_message = "The run may cost ${data.fermi_training_estimate.sft.cost.high.amount} CNY, the budget is 2,000."
  }
}

resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
  max_hourly_cost    = 200 # checked only at creation
}
