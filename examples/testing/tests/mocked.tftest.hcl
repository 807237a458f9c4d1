# tests/mocked.tftest.hcl: needs no cluster, simulator or token.

mock_provider "fermi" {
  mock_resource "fermi_training_task" {
    defaults = {
      id     = "task-001"
      status = "running"
      nodes  = ["az-sh-a-a100-01"]
      cost   = { amount = "0.00", currency = "CNY" }
    }
  }
}

run "takes_the_first_zone_with_room" {
  override_module {
    target  = module.room
    outputs = { zones = ["az-sh-a", "az-sz-c"] }
  }

  assert {
    condition     = output.zone == "az-sh-a"
    error_message = "The task is in ${output.zone}."
  }

  assert {
    condition     = fermi_training_task.sft.nodes[0] == "az-sh-a-a100-01"
    error_message = "The task runs on ${jsonencode(fermi_training_task.sft.nodes)}."
  }
}

run "stays_when_the_zones_are_full" {
  override_module {
    target  = module.room
    outputs = { zones = [] }
  }

  assert {
    condition     = output.zone == "az-sh-a"
    error_message = "The task moved to ${output.zone}."
  }
}
