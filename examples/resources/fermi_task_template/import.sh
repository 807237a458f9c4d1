# By the template's id
terraform import fermi_task_template.sft template-001
