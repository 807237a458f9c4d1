data "fermi_datasets" "alpaca" {
  name = "alpaca"
}

locals {
  dataset        = one(data.fermi_datasets.alpaca.datasets)
  latest_version = local.dataset.versions[length(local.dataset.versions) - 1]
}
