output "addresses" {
  description = "Where the shop answers, by region."
  value       = { for region, shop in module.shop : region => shop.addresses }
}

output "database" {
  description = "Where the database is."
  value       = module.data.database
}

output "watched" {
  description = "How many addresses the monitoring watches."
  value       = module.monitoring.watched
}
