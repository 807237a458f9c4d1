terraform {
  required_providers {
    fermi = { source = "fermi-cluster/fermi" }
  }
}

provider "fermi" {} # reads FERMI_ENDPOINT and FERMI_TOKEN

# GPU types with at least 24 GB, the cheapest first.
data "fermi_gpu_types" "roomy" {
  min_memory = 24
  sort       = "price"
}

output "hourly_prices" {
  value = [for type in data.fermi_gpu_types.roomy.gpu_types : "${type.name}: ${type.price_per_gpu_hour.amount}"]
}
