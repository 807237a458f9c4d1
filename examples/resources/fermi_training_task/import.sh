# By the task's id
terraform import fermi_training_task.sft task-001
