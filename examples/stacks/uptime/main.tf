terraform {
  backend "local" {}
}

# What Uptime Kuma watches.
locals {
  monitors = {
    website = { kind = "http", target = "https://www.home.example", interval_s = 60 }
    nas     = { kind = "ping", target = "192.0.2.10", interval_s = 60 }
  }
}

resource "terraform_data" "monitor" {
  for_each = local.monitors
  input    = each.value
}
