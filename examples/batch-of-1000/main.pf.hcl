# A thousand small pods from one table: jobs.csv, which jobs.sh writes.
#
# To try it without a thousand processes:
#
#   podform dev up -simulate
#   podform init
#   podform apply -dev

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
}

variable "priority" {
  type        = string
  default     = null
  description = "Only run the jobs of this priority; all without it."
}

locals {
  table = csvdecode(file("jobs.csv"))
  jobs = {
    for job in local.table : job.name => job
    if var.priority == null || job.priority == var.priority
  }
}

pod "job" {
  for_each = local.jobs
  id       = "/batch/${each.key}"

  environment = {
    QUEUE    = each.value.queue
    PRIORITY = each.value.priority
  }

  container "worker" {
    command = "exec sleep 3600"

    resources {
      cpus = each.value.cpus
      mem  = each.value.mem
    }
  }
}

output "jobs" {
  value = length(pod.job)
}
