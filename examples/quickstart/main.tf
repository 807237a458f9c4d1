# Both ways to start a training task. The provider reads FERMI_ENDPOINT and
# FERMI_TOKEN.

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
  # Both lists are as the cluster is now, and either may be empty: others use it too, and so do the tasks below. Without an
  # environment the cluster is left to choose; without room the task queues in az-bj-a.
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

  # Chosen once: another environment that runs tomorrow is no reason to start the training again.
  lifecycle {
    ignore_changes = [environment_id]
  }
}

# Has GPUs allocated in a zone with room, and starts in two to five minutes.
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

  # Chosen once, too: what the zone had room for, this task now holds.
  lifecycle {
    ignore_changes = [resource_config.availability_zone]
  }
}

# Values that stay. The status or the nodes of a task would change by themselves, and each plan would show that.
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
