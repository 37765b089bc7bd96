environment = "prod"
alerts      = true
owner       = "team-shop-oncall"
regions = {
  eu = { currency = "EUR", web = 3, api = 2 }
  us = { currency = "USD", web = 2, api = 2 }
}
size = { cpus = 0.25, mem = 128 }
