# room/main.tf: the zones with enough free GPUs. It is a separate module so that tests can override its result.

terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

variable "gpu_type" {
  type = string
}

variable "gpus" {
  type = number
}

data "fermi_availability_zones" "room" {
  gpu_type  = var.gpu_type
  min_free  = var.gpus
  available = true
}

output "zones" {
  value = data.fermi_availability_zones.room.zones[*].id
}
