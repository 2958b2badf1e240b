terraform {
  backend "local" {}
}

# Alert rules of the cluster, one entry a rule.
locals {
  alerts = {
    NodeDown = {
      expr     = "up{job=\"node\"} == 0"
      for      = "5m"
      severity = "critical"
    }
    DiskFull = {
      expr     = "node_filesystem_avail_bytes / node_filesystem_size_bytes < 0.1"
      for      = "15m"
      severity = "warning"
    }
  }
}

resource "terraform_data" "alert" {
  for_each = local.alerts
  input    = each.value
}
