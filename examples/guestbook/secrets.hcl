# The secrets of the example, as `secret_store "file"` reads them. Real ones are never committed.
secret "/shop/db" {
  value = "correct horse battery staple"
}
