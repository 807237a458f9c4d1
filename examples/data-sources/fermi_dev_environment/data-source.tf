data "fermi_dev_environment" "pytorch" {
  name = "pytorch-dev-env" # or id = "env-001"
}

resource "fermi_training_task" "experiment" {
  task_name          = "quick-experiment"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = data.fermi_dev_environment.pytorch.id

  lifecycle {
    precondition {
      condition     = data.fermi_dev_environment.pytorch.active_tasks < 4
      error_message = "Four tasks share this environment already, so each would run at a fifth of its speed."
    }
  }
}
