terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# Running environments with at least two A100, the least busy first.
data "fermi_dev_environments" "a100" {
  status        = "running"
  gpu_type      = "A100"
  min_gpu_count = 2
  sort          = "active_tasks"
}

resource "fermi_training_task" "experiment" {
  task_name          = "quick-experiment"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"

  # Null if none is running. The cluster then chooses when the task is created.
  environment_id = try(data.fermi_dev_environments.a100.environments[0].id, null)

  # Another environment may come first later, or none may be running. The task stays where it is.
  lifecycle {
    ignore_changes = [environment_id]
  }
}
