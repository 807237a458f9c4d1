# tests/simulated.tftest.hcl: creates the task in a cluster, checks it and destroys it.

run "starts" {
  assert {
    condition     = fermi_training_task.sft.status == "running"
    error_message = "The task is ${fermi_training_task.sft.status}."
  }
}
