terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# A team's tasks that wait for GPUs, whoever created them.
data "fermi_training_tasks" "waiting" {
  status = "queued"
  labels = { team = "nlp" }
}

# Waiting tasks change over time. A check only warns about them, while an output would be a change in every plan.
check "nobody_waits" {
  assert {
    condition = length(data.fermi_training_tasks.waiting.tasks) == 0
    error_message = join(" ", [
      for task in data.fermi_training_tasks.waiting.tasks :
      "${task.task_name} (${task.id}) waits for GPUs and should run at ${coalesce(task.estimated_start_time, "an unknown time")}."
    ])
  }
}
