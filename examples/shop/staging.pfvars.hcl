# As in production, but small.
environment = "staging"
alerts      = true
regions = {
  eu = { currency = "EUR", web = 2 }
  us = { currency = "USD", web = 2 }
}
size = { cpus = 0.1, mem = 64 }
