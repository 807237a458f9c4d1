# tests/full.tftest.hcl: each test file has its own state, so nothing exists yet.

mock_provider "fermi" {}

override_module {
  target  = module.room
  outputs = { zones = [] }
}

run "queues_in_a_zone_of_its_own_choice" {
  command = plan

  assert {
    condition     = output.zone == "az-bj-a"
    error_message = "The task would be in ${output.zone}."
  }
}
