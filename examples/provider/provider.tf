terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

variable "fermi_token" {
  description = "Bearer token of the Fermi API."
  type        = string
  sensitive   = true
}

provider "fermi" {
  endpoint = "https://fermi.example.com" # or FERMI_ENDPOINT
  token    = var.fermi_token             # or FERMI_TOKEN
}

# Shares a running development environment.
resource "fermi_training_task" "first" {
  task_name          = "first"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
}
