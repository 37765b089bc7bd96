# The shop in one region: pages, an interface for them, workers behind a queue, and a cache.

variable "region" {
  type = string
  validation {
    condition     = can(regex("^[a-z]+$", var.region))
    error_message = "A region is named with small letters."
  }
}

variable "currency" {
  type = string
}

variable "replicas" {
  type = object({ web = number, api = number })
}

variable "size" {
  type = object({ cpus = number, mem = number })
}

variable "labels" {
  type    = map(string)
  default = {}
}

variable "database" {
  description = "Where the database is, host and port."
  type        = string
}

variable "queue" {
  description = "Where the queue is, host and port."
  type        = string
}

# A module within a module: module.shop["eu"].module.cache.pod.node
module "cache" {
  source = "../cache"
  mem    = var.size.mem
  labels = var.labels
}

locals {
  environment = {
    REGION   = var.region
    CURRENCY = var.currency
    CACHE    = module.cache.address
  }
}

pod "web" {
  instances = var.replicas.web
  labels    = var.labels
  container "web" {
    command     = "echo \"shop in $REGION with $API\" > index.html; exec sleep 86400"
    environment = merge(local.environment, { API = pod.api.endpoint["http"].addresses[0] })
    resources {
      cpus = var.size.cpus
      mem  = var.size.mem
    }
    endpoint "http" {}
  }
  upgrade {
    minimum_health_capacity = 0.5
  }
}

pod "api" {
  instances = var.replicas.api
  labels    = var.labels

  secret "database" {
    source = "/shop/database"
  }
  secret "payment" {
    source = "/shop/payment"
  }

  container "api" {
    command = "exec sleep 86400"
    environment = merge(local.environment, {
      DATABASE          = var.database
      DATABASE_PASSWORD = secret.database
      PAYMENT_KEY       = secret.payment
    })
    resources {
      cpus = var.size.cpus
      mem  = var.size.mem
    }
    endpoint "http" {}
  }
}

pod "worker" {
  labels = var.labels
  container "worker" {
    command     = "while :; do sleep 30; done"
    environment = merge(local.environment, { QUEUE = var.queue })
    resources {
      cpus = var.size.cpus
      mem  = var.size.mem
    }
  }
}

output "addresses" {
  value = pod.web.endpoint["http"].addresses
}
