# Watches the shop of every region.

variable "labels" {
  type = map(string)
}

variable "targets" {
  description = "The addresses to watch, by region."
  type        = map(list(string))
}

variable "alerts" {
  type    = bool
  default = false
}

pod "metrics" {
  labels = var.labels
  container "metrics" {
    command = "printenv TARGETS > targets.json; exec sleep 86400"
    environment = {
      TARGETS = jsonencode(var.targets)
    }
    resources {
      cpus = 0.05
      mem  = 32
    }
    endpoint "metrics" {}
  }
}

pod "alerts" {
  enabled = var.alerts
  labels  = var.labels
  container "alerts" {
    command     = "exec sleep 86400"
    environment = { METRICS = pod.metrics.endpoint["metrics"].addresses[0] }
    resources {
      cpus = 0.05
      mem  = 32
    }
  }
}

output "watched" {
  value = length(flatten(values(var.targets)))
}
