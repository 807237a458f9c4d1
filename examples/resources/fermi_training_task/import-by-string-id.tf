import {
  to = fermi_training_task.sft
  id = "task-001"
}
