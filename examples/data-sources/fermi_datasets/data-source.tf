terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# Datasets whose names contain "alpaca". There may be none or several.
data "fermi_datasets" "alpaca" {
  name = "alpaca"
}

output "versions" {
  description = "Versions of each dataset. State a fixed version in the task, since a newer one would start it again."
  value       = { for dataset in data.fermi_datasets.alpaca.datasets : dataset.id => dataset.versions }
}
