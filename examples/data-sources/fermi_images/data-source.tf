terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

data "fermi_images" "pytorch" {
  name = "pytorch"
  sort = "size"
}

output "images" {
  description = "PyTorch images of the cluster, the smallest first."
  value       = data.fermi_images.pytorch.images[*].name
}
