# Tasks of a team that wait for GPUs, whoever created them.
data "fermi_training_tasks" "waiting" {
  status = "queued"
  labels = { team = "nlp" }
}

output "waiting" {
  value = { for task in data.fermi_training_tasks.waiting.tasks : task.task_name => task.estimated_start_time }
}
