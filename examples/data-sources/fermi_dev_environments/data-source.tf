# Running environments with two A100 or more, the least busy first.
data "fermi_dev_environments" "a100" {
  status        = "running"
  gpu_type      = "A100"
  min_gpu_count = 2
  sort          = "active_tasks"
}

output "environment_names" {
  value = data.fermi_dev_environments.a100.environments[*].name
}
