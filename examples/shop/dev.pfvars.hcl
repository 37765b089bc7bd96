# One of each, on a laptop.
environment = "dev"
alerts      = true
regions = {
  eu = { currency = "EUR" }
  us = { currency = "USD" }
}
