terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# An error where no environment has this name, or several have it; fermi_dev_environments gives a list instead.
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

# A warning: as a precondition of the task this would be an error, also once it runs there itself.
check "not_crowded" {
  assert {
    condition     = data.fermi_dev_environment.pytorch.active_tasks <= 4
    error_message = "${data.fermi_dev_environment.pytorch.active_tasks} tasks share the environment, so each is that much slower."
  }
}
