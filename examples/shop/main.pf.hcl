# A shop in several regions: one database for all, a front and its workers in each region, and a
# monitoring that watches them. Twelve pods in four modules.
#
#   podform init
#   podform apply -dev -var-file=dev.pfvars.hcl
#
# staging.pfvars.hcl and prod.pfvars.hcl are the same shop with other numbers.

podform {
  required_providers {
    mesos = { source = "podform/mesos", version = "~> 0.1" }
  }
}

provider "mesos" {
  masters = ["http://127.0.0.1:5050"]
  secret_store "file" {
    path = "secrets.hcl"
  }
}

locals {
  # On every pod, so that operators find out who owns it.
  labels = {
    app         = "shop"
    environment = var.environment
    owner       = var.owner
  }
}

# The database and the queue: once, for all regions.
module "data" {
  source = "./modules/data"
  labels = local.labels
  size   = var.size
}

# The shop itself, once for each region: module.shop["eu"], module.shop["us"].
module "shop" {
  source   = "./modules/shop"
  for_each = var.regions

  region   = each.key
  currency = each.value.currency
  replicas = { web = each.value.web, api = each.value.api }
  size     = var.size
  labels   = merge(local.labels, { region = each.key })

  # What the database computes when it starts goes into the pods that use it.
  database = module.data.database
  queue    = module.data.queue
}

# Watches the addresses that the shop has in each region, so it starts after them.
module "monitoring" {
  source  = "./modules/monitoring"
  labels  = local.labels
  targets = { for region, shop in module.shop : region => shop.addresses }
  alerts  = var.alerts
}
