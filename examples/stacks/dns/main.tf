terraform {
  backend "local" {}
}

locals {
  zone = "home.example"
}

resource "terraform_data" "resolver" {
  input = {
    cache_mib = 64
    upstreams = ["9.9.9.9", "1.1.1.1"]
  }
}

# A zone cannot be renamed: another name makes another zone, and the old one is deleted.
resource "terraform_data" "zone" {
  input            = { name = local.zone }
  triggers_replace = [local.zone]
}
