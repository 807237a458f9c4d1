terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# With its own GPUs. The task queues until the zone has enough free ones, and starts two to five minutes later.
resource "fermi_training_task" "sft" {
  task_name          = "llama2-sft-training-v1"
  description        = "Supervised fine-tuning of Llama 2"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  model_id           = "model-001"
  launch_mode        = "dynamic"

  resource_config = {
    availability_zone = "az-bj-a"
    gpu_type          = "A100"
    gpu_count         = 4
    cpu_cores         = 32
    memory            = 256
    image             = "pytorch/pytorch:2.1.0-cuda12.1-cudnn8-runtime"
  }

  # Without them the image's own entry point runs.
  command = ["torchrun", "train.py"]
  args    = ["--epochs", "3"]
  environment_variables = {
    NCCL_DEBUG = "INFO"
  }

  max_duration = "12h"  # it is stopped then; a shorter one may start sooner
  priority     = "high" # before others in the queue

  labels = {
    team = "nlp"
  }

  # Changing a trigger starts a new run.
  triggers = {
    recipe = "2024-12-08"
  }

  wait_for           = "succeeded" # Terraform locks the state until then
  replace_on_failure = true
  timeouts = {
    create = "12h"
  }
}

# In a running development environment. The task starts within about ten seconds.
resource "fermi_training_task" "experiment" {
  task_name          = "quick-experiment"
  dataset_id         = "dataset-001"
  dataset_version_id = "version-001"
  launch_mode        = "existing"
  environment_id     = "env-001" # default: the first running one
}
