//! Nothing that is read makes podform panic, and every finding points into its text.

mod common;

use common::evaluate;
use podform_config::{SourceFile, parse_variables};
use podform_model::Diagnostics;
use proptest::prelude::*;

const SEED: &str = r#"
variable "n" {
  type    = object({ a = optional(number, 1), b = list(string) })
  default = { b = ["x"] }
}
locals {
  a = [for i, v in var.n.b : "${i}-${upper(v)}" if v != ""]
  b = { for k in local.a : k => merge({ x = 1 }, null)... }
  c = <<-EOT
    a %{ for x in local.a ~}
    ${x} %{ if true }y%{ else }z%{ endif }
    %{ endfor }
  EOT
  d = try(local.b["0-X"][0].x, 1 / 3, null) == 1 ? -1 : !false && 2 >= 1 ? 3 : 4
}
provider "mesos" {
  secret_store "file" { path = "x" }
}
pod "web" {
  count = 2
  secret "s" { source = "/s" }
  environment = { A = secret.s, B = pod.db["k"].endpoint["p"].addresses[0] }
  container "c" {
    command = "echo $HOME $${HOME} é"
    resources {}
  }
}
pod "db" {
  for_each = toset(["k"])
  container "c" {
    argv = ["a", local.c]
    resources { mem = "1GiB" }
    endpoint "p" {}
  }
}
output "o" { value = pod.web[*].id }
"#;

fn places_are_within(text: &str, found: &Diagnostics) {
    for one in found.iter() {
        for label in &one.labels {
            let range = label.start as usize..label.end as usize;
            assert!(text.get(range).is_some(), "{one:?}");
        }
    }
}

fn run(text: &str) {
    let (_, found) = evaluate(text);
    places_are_within(text, &found);
    let (_, found) = parse_variables(&SourceFile::new("v", text));
    places_are_within(text, &found);
}

#[test]
fn the_seed_itself_is_right() {
    let (desired, found) = evaluate(SEED);
    assert!(desired.is_some(), "{found:?}");
}

#[test]
fn deep_and_long_expressions_are_refused_or_read() {
    for text in [
        format!("locals {{\n  a = {}1{}\n}}", "[".repeat(10_000), "]".repeat(10_000)),
        format!("locals {{\n  a = {}1{}\n}}", "(".repeat(60), ")".repeat(60)),
        format!("locals {{\n  a = 1{}\n}}", " + 1".repeat(5_000)),
        format!("locals {{\n  a = null{}\n}}", "[*]".repeat(10_000)),
        format!("locals {{\n  a = {{}}{}\n}}", ".a".repeat(10_000)),
        format!("locals {{\n  a = {}1\n}}", "-".repeat(10_000)),
        format!("locals {{\n  a = \"{}x{}\"\n}}", "${\"".repeat(500), "\"}".repeat(500)),
        format!("{}{}", "a {\n".repeat(5_000), "}\n".repeat(5_000)),
    ] {
        run(&text);
    }
}

#[test]
fn large_literals_are_read() {
    let mut text = String::from("locals {\n  a = {\n");
    for at in 0..100_000 {
        text.push_str(&format!("    k{at} = {at}\n"));
    }
    text.push_str("  }\n  b = [");
    text.push_str(&"1,".repeat(200_000));
    text.push_str("]\n}\noutput \"n\" {\n  value = [local.a.k99999, length(local.b)]\n}\n");
    let (desired, found) = evaluate(&text);
    let desired = desired.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(format!("{:?}", desired.outputs["n"].value), "[99999, 200000]");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_survived(text in "\\PC{0,200}") {
        run(&text);
    }

    #[test]
    fn tokens_in_any_order_are_survived(
        tokens in prop::collection::vec(prop::sample::select(vec![
            "pod", "\"web\"", "{", "}", "\n", "=", "[", "]", "(", ")", "\"", "${", "%{", "if", "for",
            "in", "x", "var.x", "local.a", "1", "1e9", ".", ",", ":", "=>", "...", "*", "[*]", "?",
            "<<-EOT\n", "EOT\n", "endif", "endfor", "~}", "locals", "variable", "type", "default",
            "container", "resources", "count", "for_each", "toset", "secret", "null", "-", "!", "\\",
            "/*", "*/", "#", "//", "é", "\u{0}", "\r\n", " ",
        ]), 0..60)
    ) {
        run(&tokens.concat());
        run(&tokens.join(" "));
    }

    #[test]
    fn a_damaged_configuration_is_survived(
        at in 0..SEED.len(), length in 0_usize..40, insert in "[\\PC\n]{0,6}",
    ) {
        let mut start = at;
        while !SEED.is_char_boundary(start) { start -= 1; }
        let mut end = (start + length).min(SEED.len());
        while !SEED.is_char_boundary(end) { end += 1; }
        run(&format!("{}{insert}{}", &SEED[..start], &SEED[end..]));
    }

    #[test]
    fn any_expression_of_functions_is_survived(
        name in prop::sample::select(vec![
            "format", "substr", "slice", "range", "element", "chunklist", "pow", "parseint", "log",
            "regex", "replace", "indent", "zipmap", "setproduct", "flatten", "merge", "lookup",
            "formatlist", "join", "split", "sum", "title", "jsondecode", "coalesce", "distinct",
        ]),
        arguments in prop::collection::vec(prop::sample::select(vec![
            "null", "1", "-1", "1.5", "1e300", "\"\"", "\"a\"", "\"%s %5.3d %[9]v\"", "[]", "[1, \"a\", null]",
            "{}", "{ a = [1] }", "true", "toset([1])", "sensitive(\"x\")", "\"(\"", "\"/a/\"",
        ]), 0..4)
    ) {
        run(&format!("output \"o\" {{\n  value = {name}({})\n}}", arguments.join(", ")));
    }
}
