terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

resource "fermi_training_task" "experiment" {
  task_name          = "quick-experiment"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"

  lifecycle {
    # What depends on the task waits until it has succeeded.
    action_trigger {
      events  = [after_create]
      actions = [action.fermi_wait_for_training_task.experiment]
    }
  }
}

action "fermi_wait_for_training_task" "experiment" {
  config {
    id         = fermi_training_task.experiment.id
    created_at = fermi_training_task.experiment.created_at # ensures that it is this task
    until      = "succeeded"
    timeout    = "12h"
  }
}
