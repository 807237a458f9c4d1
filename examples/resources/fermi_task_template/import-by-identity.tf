import {
  to = fermi_task_template.sft
  identity = {
    id = "template-001"
  }
}
