# The cheapest type with 24 GB or more.
data "fermi_gpu_types" "roomy" {
  min_memory = 24
  sort       = "price"
}

output "cheapest" {
  value = data.fermi_gpu_types.roomy.gpu_types[0]
}
