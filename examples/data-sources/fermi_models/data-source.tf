terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

data "fermi_models" "all" {
  sort  = "parameters"
  order = "desc"
}

output "models" {
  description = "Models under ten billion parameters, the largest first."
  value       = [for model in data.fermi_models.all.models : model.id if model.parameters < 10e9]
}
