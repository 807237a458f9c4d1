terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# Names that contain "alpaca", so there may be none or several.
data "fermi_datasets" "alpaca" {
  name = "alpaca"
}

output "versions" {
  description = "Versions of each dataset. Write the one to train on into the task: \"the newest\" would be another one tomorrow, and start it anew."
  value       = { for dataset in data.fermi_datasets.alpaca.datasets : dataset.id => dataset.versions }
}
