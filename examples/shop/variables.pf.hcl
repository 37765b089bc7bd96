variable "environment" {
  description = "Which of the three: dev, staging or prod."
  type        = string
  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "The environment is dev, staging or prod."
  }
}

variable "owner" {
  description = "Whom to ask about a pod."
  type        = string
  default     = "team-shop"
}

variable "regions" {
  description = "The regions of the shop, with how many instances each part has there."
  type = map(object({
    currency = string
    web      = optional(number, 1)
    api      = optional(number, 1)
  }))
  validation {
    condition     = length(var.regions) > 0
    error_message = "A shop needs a region."
  }
}

variable "size" {
  description = "What a container of the shop gets."
  type        = object({ cpus = number, mem = number })
  default     = { cpus = 0.05, mem = 32 }
}

variable "alerts" {
  description = "Whether somebody is woken at night."
  type        = bool
  default     = false
}
