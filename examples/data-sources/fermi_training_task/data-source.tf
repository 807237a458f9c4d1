terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

variable "task_id" {
  description = "The task to look at."
  type        = string
}

data "fermi_training_task" "looked_at" {
  id       = var.task_id
  log_tail = 20
}

# A task changes over time. A check only warns, while an output would be a change in every plan.
check "it_has_not_failed" {
  assert {
    condition = data.fermi_training_task.looked_at.status != "failed"
    error_message = join("\n", concat(
      ["${data.fermi_training_task.looked_at.task_name} has failed: ${coalesce(data.fermi_training_task.looked_at.status_message, "nobody knows why")}"],
      data.fermi_training_task.looked_at.log,
    ))
  }
}
