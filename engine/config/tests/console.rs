//! Single expressions within a configuration: values and types as a console shows them.

mod common;

use common::{configuration, inputs};
use podform_config::{Configuration, Evaluated, continues};
use podform_model::{Address, Diagnostics, Value};
use std::collections::BTreeMap;

const TEXT: &str = r#"
variable "s" {
  default   = "hunter2"
  sensitive = true
}
variable "u" {}
variable "o" {
  type    = list(object({ a = string, b = set(number) }))
  default = [{ a = "x", b = [2, 1] }]
}
variable "n" {
  type    = string
  default = null
}
variable "e" {
  type    = list(object({ a = string }))
  default = []
}
variable "p" {
  type    = object({ a = optional(string), b = optional(object({ c = optional(bool) })), d = optional(list(any)) })
  default = {}
}
variable "a" {
  type    = list(object({ a = optional(any) }))
  default = [{}, { a = 1 }]
}
locals {
  m      = { "k y" = "x\ny", z = [true, null] }
  broken = 1 / 0
}
provider "mesos" {}
pod "web" {
  container "a" {
    command = "x"
    resources {}
  }
}
"#;

fn main_configuration() -> Configuration {
    configuration(TEXT).0.expect("the text of the suite is right")
}

fn evaluate(text: &str) -> (Option<Evaluated>, Diagnostics) {
    let web = Value::object([("version", Value::from("g1"))]);
    let computed = BTreeMap::from([(Address::pod("web"), web)]);
    let mut inputs = inputs(&[], &computed);
    let unknown = podform_config::VariableInput {
        value: Some(Value::Unknown),
        origin: "console".into(),
        ..Default::default()
    };
    inputs.variables.insert("u".into(), unknown);
    main_configuration().expression(text, &inputs)
}

fn shown(text: &str) -> String {
    let (value, found) = evaluate(text);
    value.unwrap_or_else(|| panic!("{text}: {:?}", found.0)).text()
}

fn json(text: &str) -> String {
    evaluate(text).0.unwrap_or_else(|| panic!("{text}")).json()
}

#[test]
fn values_are_shown_as_terraform_does() {
    let cases = [
        ("var.s", "(sensitive value)"),
        ("var.u", "(known after apply)"),
        (
            "{ a = upper(var.u), b = var.s }",
            "{\n  \"a\" = (known after apply)\n  \"b\" = (sensitive value)\n}",
        ),
        (
            "var.o",
            "tolist([\n  {\n    \"a\" = \"x\"\n    \"b\" = toset([\n      1,\n      2,\n    ])\n  },\n])",
        ),
        (
            "local.m",
            "{\n  \"k y\" = <<-EOT\n  x\n  y\n  EOT\n  \"z\" = [\n    true,\n    null,\n  ]\n}",
        ),
        ("\"a\\nEOT\\n\"", "<<EOT_\na\nEOT\n\nEOT_"),
        (r#""a${1}\t\"é\u001b\u200b$${x}""#, r#""a1\t\"é\x1b\u200b${x}""#),
        (r#""\u0007\u0008\u000b\u000c\u0000""#, r#""\a\b\v\f\x00""#),
        ("var.n", "tostring(null)"),
        ("var.e", "tolist([])"),
        (
            "var.p",
            "{\n  \"a\" = tostring(null)\n  \"b\" = null /* object */\n  \"d\" = tolist(null) /* of dynamic */\n}",
        ),
        ("var.a", "tolist([\n  {\n    \"a\" = tonumber(null)\n  },\n  {\n    \"a\" = 1\n  },\n])"),
        ("tostring(null)", "tostring(null)"),
        ("tolist(null)", "tolist(null) /* of dynamic */"),
        ("true ? null : [1]", "null /* tuple */"),
        ("slice(tolist([\"a\"]), 0, 0)", "tolist([])"),
        ("[]", "[]"),
        ("[null, 1]", "[\n  null,\n  1,\n]"),
        ("tolist([null, \"a\"])", "tolist([\n  tostring(null),\n  \"a\",\n])"),
        ("toset([true, null])", "toset([\n  true,\n  tobool(null),\n])"),
        (
            "tolist([{ a = null }, { a = 1 }])",
            "tolist([\n  {\n    \"a\" = tonumber(null)\n  },\n  {\n    \"a\" = 1\n  },\n])",
        ),
        (
            "tomap({ a = null, b = tolist([toset([1])]) })[*]",
            "[\n  tomap({\n    \"a\" = tolist(null) /* of set of number */\n    \"b\" = tolist([\n      toset([\n        1,\n      ]),\n    ])\n  }),\n]",
        ),
        (
            "tomap({ a = null, b = { x = 1 } })",
            "tomap({\n  \"a\" = null /* object */\n  \"b\" = {\n    \"x\" = 1\n  }\n})",
        ),
        ("{}", "{}"),
        ("toset([])", "toset([])"),
        ("tomap({ a = 1 })", "tomap({\n  \"a\" = 1\n})"),
        ("0.1 + 0.2", "0.3"),
        ("100000000000000000000000000000001 * 10", "1000000000000000000000000000000010"),
        ("null", "null"),
        ("pod.web.version", "\"g1\""),
        ("pod.web.id", "\"/web\""),
        ("<<EOT\nx\nEOT\n", "<<EOT\nx\n\nEOT"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn types_are_shown_as_terraform_does() {
    let cases = [
        (
            "type(var.o)",
            "list(\n    object({\n        a: string,\n        b: set(number),\n    }),\n)",
        ),
        (
            "type(local.m)",
            "object({\n    k y: string,\n    z: tuple([\n        bool,\n        dynamic,\n    ]),\n})",
        ),
        ("type(var.n)", "string"),
        ("type(var.e[*].a)", "list(string)"),
        ("type(var.p.b)", "object({\n    c: bool,\n})"),
        ("type(var.u)", "dynamic"),
        ("type(var.s)", "string"),
        ("type([])", "tuple([])"),
        ("type({})", "object({})"),
        ("type(tolist([]))", "list(dynamic)"),
        ("type(tolist([[], [\"x\"]]))", "list(list(string))"),
        ("type(tolist([tolist([[1]])]))", "list(list(\n    tuple([\n        number,\n    ]),\n))"),
    ];
    for (text, expected) in cases {
        assert_eq!(shown(text), expected, "{text}");
    }
}

#[test]
fn json_keeps_every_digit_and_no_secret() {
    let cases = [
        (
            "1e30 + 0.5",
            r#"{"value":1000000000000000000000000000000.5,"type":"number","sensitive":false}"#,
        ),
        ("[var.s, 1]", r#"{"value":[null,1],"type":"tuple([string, number])","sensitive":true}"#),
        ("var.u", r#"{"value":null,"type":"any","sensitive":false,"unknown":true}"#),
        (
            r#"{ "a\"" = "é\n" }"#,
            r#"{"value":{"a\"":"é\n"},"type":"object({ a\" = string })","sensitive":false}"#,
        ),
        ("type(var.s)", r#"{"value":"string","type":"string","sensitive":false}"#),
    ];
    for (text, expected) in cases {
        assert_eq!(json(text), expected, "{text}");
    }
}

#[test]
fn faults_have_their_place_in_the_text() {
    let fault = |text: &str| {
        let (value, found) = evaluate(text);
        assert!(value.is_none(), "{text}");
        let one = found.0.into_iter().next().unwrap();
        let label = one.labels.into_iter().next().unwrap();
        (one.code, label.file.to_string(), label.start as usize..label.end as usize)
    };
    let console = podform_config::CONSOLE.to_owned();
    assert_eq!(fault("1 + var.nope"), ("config::undeclared".into(), console.clone(), 4..12));
    assert_eq!(fault("2 + [1]"), ("config::evaluation".into(), console.clone(), 4..7));
    assert_eq!(fault("nope(1)").0, "config::unknown_function");
    assert_eq!(fault("1 +").0, "config::syntax");
    assert_eq!(fault("[type(1)]").0, "config::unknown_function");
    // What is wrong elsewhere is said only where it is needed.
    assert_eq!(fault("local.broken").1, "main.pf.hcl");
}

#[test]
fn open_texts_go_on() {
    assert!(continues("[1,"));
    assert!(!continues("[1]"));
}
