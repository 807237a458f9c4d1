data "fermi_images" "pytorch" {
  name = "pytorch"
  sort = "size"
}

output "smallest" {
  value = data.fermi_images.pytorch.images[0].name
}
