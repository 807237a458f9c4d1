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
}

data "fermi_training_task" "experiment" {
  id       = fermi_training_task.experiment.id
  log_tail = 20
}

# A task changes over time. A check only warns, while an output would be a change in every plan.
check "it_has_not_failed" {
  assert {
    condition = data.fermi_training_task.experiment.status != "failed"
    error_message = join("\n", concat(
      ["It has failed: ${coalesce(data.fermi_training_task.experiment.status_message, "nobody knows why")}"],
      data.fermi_training_task.experiment.log,
    ))
  }
}
