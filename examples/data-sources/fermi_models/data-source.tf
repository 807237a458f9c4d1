# The largest model under ten billion parameters.
data "fermi_models" "all" {
  sort  = "parameters"
  order = "desc"
}

output "model" {
  value = [for model in data.fermi_models.all.models : model.id if model.parameters < 10e9][0]
}
