# Zones where eight A100 are free now.
data "fermi_availability_zones" "room" {
  gpu_type = "A100"
  min_free = 8
}

output "free_a100" {
  value = { for zone in data.fermi_availability_zones.room.zones : zone.name => zone.gpu_inventory["A100"] }
}
