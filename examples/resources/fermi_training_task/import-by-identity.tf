import {
  to = fermi_training_task.sft
  identity = {
    id = "task-001"
  }
}
