# The secrets of the example, as `secret_store "file"` reads them. Real ones are never committed.
secret "/shop/database" {
  value = "correct horse battery staple"
}
secret "/shop/payment" {
  value = "tr0ub4dor and 3"
}
