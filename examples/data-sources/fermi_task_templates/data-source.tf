terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

data "fermi_task_templates" "favorites" {
  favorite = true
}

output "favorites" {
  description = "Template ids by name."
  value       = { for template in data.fermi_task_templates.favorites.templates : template.name => template.id }
}
