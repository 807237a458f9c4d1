# The rules for changes of this module. They only plan, against a simulated cluster, so they need no token and change
# nothing:
#
#   fermi-simulator exec -- terraform test

variables {
  allowed_zones     = ["az-bj-a", "az-bj-b", "az-sh-a"]
  max_hourly_cost   = 200 # CNY
  max_share_of_zone = 0.5
}

run "zone_is_allowed" {
  command = plan

  assert {
    condition = contains(var.allowed_zones, fermi_training_task.sft.resource_config.availability_zone)
    error_message = join(" ", [
      "${fermi_training_task.sft.resource_config.availability_zone} is not allowed;",
      "choose one of ${join(", ", var.allowed_zones)}.",
    ])
  }
}

run "leaves_room_in_the_zone" {
  command = plan

  assert {
    condition = output.share_of_zone <= var.max_share_of_zone
    error_message = join(" ", [
      "${var.gpu_count} ${var.gpu_type} are more than ${100 * var.max_share_of_zone} % of what ${var.availability_zone} has;",
      "take fewer, or another zone.",
    ])
  }
}

run "keeps_the_budget" {
  command = plan

  assert {
    condition = output.hourly_cost <= var.max_hourly_cost
    error_message = join(" ", [
      "${var.gpu_count} ${var.gpu_type} cost ${format("%.2f", output.hourly_cost)} CNY an hour;",
      "the budget is ${format("%.2f", var.max_hourly_cost)} CNY.",
    ])
  }
}
