# main.tf: the module under test. It creates a task in a zone with enough free GPUs.

terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

module "room" {
  source   = "./room"
  gpu_type = "A100"
  gpus     = 4
}

resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "dynamic"

  resource_config = {
    availability_zone = try(module.room.zones[0], "az-bj-a")
    gpu_type          = "A100"
    gpu_count         = 4
    cpu_cores         = 32
    memory            = 256
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }

  lifecycle {
    ignore_changes = [resource_config.availability_zone] # chosen at creation
  }
}

output "zone" {
  value = fermi_training_task.sft.resource_config.availability_zone
}
