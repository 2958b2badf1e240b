terraform {
  backend "local" {}
}

resource "terraform_data" "database_role" {
  input = {
    max_ttl = "24h"
  }
}
