import {
  to = fermi_task_template.sft
  id = "template-001"
}
