# A guestbook: a web server and a writer that share a volume, and a secret.

podform {
  required_providers {
    mesos = {
      source  = "podform/mesos"
      version = "~> 0.1"
    }
  }
}

provider "mesos" {
  masters = ["http://127.0.0.1:5050"]

  secret_store "file" {
    path = "secrets.hcl"
  }
}

variable "replicas" {
  type        = number
  default     = 2
  description = "How many copies of the guestbook run."

  validation {
    condition     = var.replicas > 0
    error_message = "At least one replica."
  }
}

pod "guestbook" {
  id        = "/shop/guestbook"
  instances = var.replicas

  secret "db" {
    source = "/shop/db"
  }

  volume "data" {}

  container "web" {
    command = "exec python3 -m http.server $ENDPOINT_HTTP --bind 127.0.0.1 --directory data"

    resources {
      cpus = 0.1
      mem  = 32
    }

    endpoint "http" {
      labels = { VIP_0 = "/guestbook:80" }
    }

    environment = { DB_PASSWORD = secret.db }

    volume_mount "data" {
      path = "data"
    }

    health_check {
      http {
        endpoint = "http"
        path     = "/"
      }
      delay        = "0s"
      grace_period = "30s"
      interval     = "2s"
      timeout      = "1s"
    }
  }

  container "writer" {
    command = "while :; do date >> data/index.html; sleep 1; done"

    resources {
      cpus = 0.1
      mem  = 32
    }

    volume_mount "data" {
      path = "data"
    }
  }

  upgrade {
    minimum_health_capacity = 0.5
  }
}

output "guestbook" {
  description = "Where the guestbook answers."
  value       = pod.guestbook.endpoint["http"].addresses
}
