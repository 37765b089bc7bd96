//! Any text as the value of an output.
#![no_main]

use podform_fuzz::evaluate;

const BEFORE: &str = r#"variable "text" {
  default   = "x"
  sensitive = true
}
variable "list" {
  type    = list(object({ a = optional(number, 1), b = map(string) }))
  default = [{ b = { k = "v" } }]
}
provider "mesos" {
}
pod "web" {
  container "c" {
    argv = ["x"]
    resources {}
    endpoint "http" {
    }
  }
}
output "x" {
  value = "#;

libfuzzer_sys::fuzz_target!(|text: &str| {
    evaluate("main.pf.hcl", &format!("{BEFORE}{text}\n}}\n"));
});
