# A cache for one region.

variable "mem" {
  type    = number
  default = 32
}

variable "labels" {
  type    = map(string)
  default = {}
}

pod "node" {
  labels = var.labels
  container "cache" {
    command = "exec sleep 86400"
    resources {
      cpus = 0.05
      mem  = var.mem
    }
    endpoint "cache" {}
  }
}

output "address" {
  value = pod.node.endpoint["cache"].addresses[0]
}
