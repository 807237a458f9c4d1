terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

resource "fermi_task_template" "sft" {
  name        = "llama2-sft"
  description = "Supervised fine-tuning of Llama 2 on a quarter of a zone's A100"
  favorite    = true

  config = {
    dataset_id         = "dataset-001"
    dataset_version_id = "version-001"
    model_id           = "model-001"
    launch_mode        = "dynamic"
    labels             = { team = "nlp" }
    resource_config = {
      availability_zone = "az-bj-a"
      gpu_type          = "A100"
      gpu_count         = 8
      cpu_cores         = 64
      memory            = 512
      image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
    }
  }
}

# Everything but the name and the zone comes from the template.
resource "fermi_training_task" "shenzhen" {
  template_id     = fermi_task_template.sft.id
  task_name       = "llama2-sft-shenzhen"
  resource_config = { availability_zone = "az-sz-c" }
}
