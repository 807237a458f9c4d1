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

data "fermi_training_estimate" "sft" {
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
}

# A warning in the plan.
check "starts_soon" {
  assert {
    condition     = data.fermi_training_estimate.sft.capacity.verdict != "queues"
    error_message = "The task would queue: ${data.fermi_training_estimate.sft.capacity.message}. Room is in ${join(", ", data.fermi_training_estimate.sft.capacity.zones_with_room)}."
  }
}

resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"
  resource_config    = local.resource_config
  max_hourly_cost    = 200

  lifecycle {
    # An error in the plan.
    precondition {
      condition     = tonumber(data.fermi_training_estimate.sft.cost.high.amount) <= 2000
      error_message = "The run may cost ${data.fermi_training_estimate.sft.cost.high.amount} CNY, the budget is 2,000."
    }
  }
}

output "alternatives" {
  value = data.fermi_training_estimate.sft.suggestions[*].message
}
