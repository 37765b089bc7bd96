# What outlives a release of the shop: the database and the queue.

variable "labels" {
  type = map(string)
}

variable "size" {
  type = object({ cpus = number, mem = number })
}

pod "database" {
  labels = var.labels

  secret "password" {
    source = "/shop/database"
  }
  volume "data" {}

  container "database" {
    command     = "echo \"$${PASSWORD:?}\" | wc -c > data/password-length; exec sleep 86400"
    environment = { PASSWORD = secret.password }
    resources {
      cpus = var.size.cpus
      mem  = var.size.mem
    }
    endpoint "sql" {}
    volume_mount "data" {
      path = "data"
    }
  }

  # Writes down how large the data is, beside the database and on the same volume.
  container "watcher" {
    command = "while :; do du -sk data > data/size; sleep 60; done"
    resources {
      cpus = var.size.cpus
      mem  = 32
    }
    volume_mount "data" {
      path = "data"
    }
  }

  lifecycle {
    # The name of the owner changes without a restart of the database.
    ignore_changes = [labels["owner"]]
  }
}

pod "queue" {
  labels = var.labels
  container "queue" {
    command = "exec sleep 86400"
    resources {
      cpus = var.size.cpus
      mem  = var.size.mem
    }
    endpoint "amqp" {}
  }
}

output "database" {
  value = pod.database.endpoint["sql"].addresses[0]
}

output "queue" {
  value = pod.queue.endpoint["amqp"].addresses[0]
}
