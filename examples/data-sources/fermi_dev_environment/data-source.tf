terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# It is an error if no environment or several have this name. Use fermi_dev_environments to get a list.
data "fermi_dev_environment" "pytorch" {
  name = "pytorch-dev-env" # or id = "env-001"
}

resource "fermi_training_task" "experiment" {
  task_name          = "quick-experiment"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = data.fermi_dev_environment.pytorch.id
}

# A check only warns. A precondition of the task would be an error, even when the task itself is already running there.
check "not_crowded" {
  assert {
    condition     = data.fermi_dev_environment.pytorch.active_tasks <= 4
    error_message = "${data.fermi_dev_environment.pytorch.active_tasks} tasks share the environment, so each is that much slower."
  }
}
