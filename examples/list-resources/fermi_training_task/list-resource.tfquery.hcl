# terraform query -generate-config-out=tasks.tf
list "fermi_training_task" "team" {
  provider         = fermi
  include_resource = true
  limit            = 500

  config {
    status = "running"
    labels = { team = "nlp" }
  }
}
