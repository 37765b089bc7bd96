//! Variables: optional attributes, null, and what a default must be.

mod common;

use common::findings::check;
use common::{configuration, desired, inputs};
use podform_config::VariableInput;
use podform_model::Value;
use std::collections::BTreeMap;

#[test]
fn defaults_of_optional_attributes_fill_what_is_absent_or_null() {
    let text = r#"
variable "o" {
  type = object({
    name  = string
    port  = optional(number, 80)
    tags  = optional(map(string), {})
    inner = optional(object({ a = optional(string, "x"), b = optional(list(number)) }), {})
    list  = optional(list(object({ k = string, v = optional(string, "dv") })), [{ k = "one" }])
    none  = optional(string)
  })
  default = { name = "n", port = null, extra = true, inner = { b = ["1"] } }
}
variable "m" {
  type    = map(object({ a = optional(string, "x") }))
  default = { k = {}, l = { a = null } }
}
output "o" { value = var.o }
output "m" { value = var.m }
"#;
    let desired = desired(text);
    assert_eq!(
        format!("{:?}", desired.outputs["o"].value),
        "{\"inner\": {\"a\": \"x\", \"b\": [1]}, \"list\": [{\"k\": \"one\", \"v\": \"dv\"}], \"name\": \"n\", \"none\": null, \"port\": 80, \"tags\": {}}"
    );
    assert_eq!(
        format!("{:?}", desired.outputs["m"].value),
        "{\"k\": {\"a\": \"x\"}, \"l\": {\"a\": \"x\"}}"
    );
}

#[test]
fn null_means_the_default_where_null_is_refused() {
    let text = "variable \"n\" {\n  type = string\n  nullable = false\n  default = \"d\"\n}\nvariable \"free\" {\n  default = \"d\"\n}\noutput \"n\" { value = [var.n, var.free] }\n";
    let (configuration, _) = configuration(text);
    let computed = BTreeMap::new();
    let mut given = inputs(&[], &computed);
    for name in ["n", "free"] {
        let input = VariableInput { value: Some(Value::Null), ..VariableInput::default() };
        given.variables.insert(name.into(), input);
    }
    let (desired, found) = configuration.unwrap().evaluate(&given);
    assert_eq!(found.iter().count(), 0);
    assert_eq!(format!("{:?}", desired.unwrap().outputs["n"].value), "[\"d\", null]");
}

#[test]
fn defaults_and_types_that_are_wrong() {
    let text = r#"
variable "a" {
  type     = string
  nullable = false
  default  = null
}
variable "b" {
  type = object({ x = optional(number, "abc") })
}
variable "c" {
  type = optional(string)
}
variable "d" {
  type = list(optional(string))
}
"#;
    check(&[(
        text,
        &[
            r#"config::invalid_value [5:null] the default of `var.a` must not be null"#,
            r#"config::invalid_value [8:"abc"] the default does not fit: expected a number, found the text "abc""#,
            r#"config::invalid_value [11:optional] `optional` may stand only around the type of an attribute of `object` ? write `object({ name = optional(string) })`"#,
            r#"config::invalid_value [14:optional] `optional` may stand only around the type of an attribute of `object` ? write `object({ name = optional(string) })`"#,
        ],
    )]);
}
