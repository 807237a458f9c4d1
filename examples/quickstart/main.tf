# Both launch modes of a training task. The provider reads FERMI_ENDPOINT and FERMI_TOKEN.

terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {}

data "fermi_dev_environments" "running" {
  status = "running"
}

data "fermi_availability_zones" "room" {
  gpu_type  = "A100"
  min_free  = 4
  available = true
}

locals {
  # Either list may be empty, since others and the tasks below use the cluster too. If no environment is running, the
  # cluster chooses one. If no zone has enough free GPUs, the task queues in az-bj-a.
  environment_id    = try(data.fermi_dev_environments.running.environments[0].id, null)
  availability_zone = try(data.fermi_availability_zones.room.zones[0].id, "az-bj-a")
}

# Shares a running environment and starts within about ten seconds.
resource "fermi_training_task" "existing" {
  task_name          = "quickstart-existing"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "existing"
  environment_id     = local.environment_id

  # Chosen at creation. If another environment comes first later, the training must not start again.
  lifecycle {
    ignore_changes = [environment_id]
  }
}

# Gets its own GPUs in a zone with enough free ones, and starts within two to five minutes.
resource "fermi_training_task" "dynamic" {
  task_name          = "quickstart-dynamic"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"

  resource_config = {
    availability_zone = local.availability_zone
    gpu_type          = "A100"
    gpu_count         = 4
    cpu_cores         = 32
    memory            = 256
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }

  # Also chosen at creation. Afterwards this task holds the GPUs that were free.
  lifecycle {
    ignore_changes = [resource_config.availability_zone]
  }
}

# Outputs that don't change. The status or nodes of a task change over time, and every plan would show that.
output "existing_task" {
  description = "The task in the development environment."
  value = {
    id             = fermi_training_task.existing.id
    environment_id = fermi_training_task.existing.environment_id
  }
}

output "dynamic_task" {
  description = "The task with GPUs of its own."
  value = {
    id                = fermi_training_task.dynamic.id
    availability_zone = fermi_training_task.dynamic.resource_config.availability_zone
  }
}
