//! The JSON spelling, and override files in both spellings.

mod common;

use common::inputs;
use podform_config::{SourceFile, parse, parse_variables};
use podform_model::{Desired, Diagnostics};
use std::collections::BTreeMap;

fn evaluate(files: &[(&str, &str)]) -> (Option<Desired>, Diagnostics) {
    let files = files.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
    let (configuration, mut found) = parse(files);
    let Some(configuration) = configuration else { return (None, found) };
    let computed = BTreeMap::new();
    let (desired, more) = configuration.evaluate(&inputs(&[], &computed));
    found.extend(more);
    (desired, found)
}

fn shown(files: &[(&str, &str)]) -> Vec<String> {
    let (_, found) = evaluate(files);
    let text = |name: &str| files.iter().find(|(file, _)| *file == name).map_or("", |file| file.1);
    found
        .iter()
        .map(|found| {
            let place = found.labels.first().map_or("", |label| {
                text(&label.file).get(label.start as usize..label.end as usize).unwrap_or("??")
            });
            format!("{} [{place}] {}", found.code, found.summary)
        })
        .collect()
}

const HCL: &str = r#"
podform {
  required_providers {
    mesos = { source = "podform/mesos", version = "~> 0.1" }
  }
}
provider "mesos" {
  masters = ["http://127.0.0.1:5050"]
  secret_store "file" { path = "s.hcl" }
  secret_store "vault" "main" { address = "x" }
}
variable "n" {
  type    = list(number)
  default = [1, 2]
  validation {
    condition     = length(var.n) > 1
    error_message = "More."
  }
}
locals {
  big  = 123456789012345678901234567890.5
  text = "n is ${var.n[0]}\t${upper("é")}"
  all  = [for n in var.n : n * 2]
  "map" = { "a b" = null, "${local.text}" = true }
}
pod "web" {
  count      = 2
  depends_on = [pod.db]
  secret "s" { source = "/s" }
  container "c" {
    command     = "echo $${HOME} ${local.text}"
    environment = { A = secret.s }
    resources { cpus = 0.5 }
    dynamic "endpoint" {
      for_each = ["http", "admin"]
      iterator = it
      labels   = [it.value]
      content { protocol = ["tcp"] }
    }
  }
  container "d" {
    argv = ["a"]
    resources {}
  }
  lifecycle {
    ignore_changes = [labels]
    postcondition {
      condition     = self.id != ""
      error_message = "No id."
    }
  }
}
pod "db" {
  container "c" {
    argv = ["x"]
    resources {}
  }
  network { mode = "host" }
}
output "o" { value = [local.big, local.all, local.map] }
"#;

const JSON: &str = r#"{
  "//": "the same",
  "podform": { "required_providers": { "mesos": { "source": "podform/mesos", "version": "~> 0.1" } } },
  "provider": { "mesos": {
    "masters": ["http://127.0.0.1:5050"],
    "secret_store": { "file": { "path": "s.hcl" }, "vault": { "main": { "address": "x" } } }
  } },
  "variable": { "n": {
    "type": "list(number)",
    "default": [1, 2],
    "validation": [{ "condition": "${length(var.n) > 1}", "error_message": "More." }]
  } },
  "locals": {
    "big": 123456789012345678901234567890.5,
    "text": "n is ${var.n[0]}\t${upper(\"\u00e9\")}",
    "all": "${[for n in var.n : n * 2]}",
    "map": { "a b": null, "${local.text}": true }
  },
  "pod": {
    "web": {
      "count": 2,
      "depends_on": ["pod.db"],
      "secret": { "s": { "source": "/s" } },
      "container": {
        "c": {
          "//": "a comment",
          "command": "echo $${HOME} ${local.text}",
          "environment": { "A": "${secret.s}" },
          "resources": { "cpus": 0.5 },
          "dynamic": { "endpoint": {
            "for_each": ["http", "admin"],
            "iterator": "it",
            "labels": ["${it.value}"],
            "content": { "protocol": ["tcp"] }
          } }
        },
        "d": { "argv": ["a"], "resources": [{}] }
      },
      "lifecycle": {
        "ignore_changes": ["labels"],
        "postcondition": { "condition": "${self.id != \"\"}", "error_message": "No id." }
      }
    }
  },
  "output": [{ "o": { "value": ["${local.big}", "${local.all}", "${local.map}"] } }],
  "pod": { "db": {
    "container": [{ "c": { "argv": ["x"], "resources": {} } }],
    "network": [{ "mode": "host" }]
  } }
}"#;

#[test]
fn both_spellings_mean_the_same() {
    let hcl = HCL.replace("\"map\" =", "map =");
    let (hcl, found) = evaluate(&[("main.pf.hcl", &hcl)]);
    let hcl = hcl.unwrap_or_else(|| panic!("{found:?}"));
    let (json, found) = evaluate(&[("main.pf.json", JSON)]);
    let json = json.unwrap_or_else(|| panic!("{found:?}"));
    let values = |desired: &Desired| -> Vec<String> {
        let pods = desired.pods.iter();
        let pods =
            pods.map(|(address, pod)| format!("{address} {:?} {:?}", pod.value, pod.lifecycle));
        let outputs =
            desired.outputs.iter().map(|(name, output)| format!("{name} {:?}", output.value));
        pods.chain(outputs).chain([format!("{:?}", desired.providers)]).collect()
    };
    assert_eq!(values(&json), values(&hcl));
    assert!(format!("{:?}", json.outputs["o"].value).contains("123456789012345678901234567890.5"));
}

#[test]
fn faults_have_their_place_in_the_json() {
    let one = |text: &str| shown(&[("main.pf.json", text)]);
    for (text, said) in [
        (
            r#"{"locals": {"a": 1,}}"#,
            "config::syntax [}] JSON allows no `,` before a closing bracket",
        ),
        (r#"{"locals": {"a" 1}}"#, "config::syntax [1] a `:` is expected after a key"),
        (r#"{"locals": {a: 1}}"#, "config::syntax [a] a key in quotes is expected here"),
        (r#"{"locals": {"a": 'x'}}"#, "config::syntax ['] a text is written in double quotes"),
        (
            r#"{"locals": {"a": 01}}"#,
            "config::syntax [01] `01` is no JSON number, or one beyond 4096 digits",
        ),
        (
            r#"{"locals": {"a": 1.}}"#,
            "config::syntax [1.] `1.` is no JSON number, or one beyond 4096 digits",
        ),
        (
            r#"{"locals": {"a": 1e99999}}"#,
            "config::syntax [1e99999] `1e99999` is no JSON number, or one beyond 4096 digits",
        ),
        (r#"{"locals": {"a": nul}}"#, "config::syntax [n] a JSON value is expected here"),
        (r#"{"locals": {"a": 1}"#, "config::syntax [{] this `{` was never closed"),
        (r#"{"locals": {}} x"#, "config::syntax [x] the file should end here"),
        ("{\"locals\": {\"a\": \"x\n\"}}", "config::syntax [\"x] this quote was never closed"),
        (
            "{\"locals\": {\"a\": \"x\ty\"}}",
            "config::syntax [\t] a control character may not stand in a JSON text",
        ),
        (r#"{"locals": {"a": "\x"}}"#, r"config::syntax [\] this is no escape sequence"),
        ("# x\n{}", "config::syntax [#] JSON has no comments"),
        ("[1]", "config::syntax [1] a JSON file of podform holds one object"),
        (r#"{"locals": {"a": 1, "a": 2}}"#, "config::duplicate [\"a\"] `a` is written twice"),
        (
            r#"{"locals": {"a": {"b": 1, "b": 2}}}"#,
            "config::duplicate [\"b\"] `b` is written twice",
        ),
        (r#"{"locals": {"a": "x ${1 +} y"}}"#, "config::syntax [}] an expression is expected here"),
        (
            r#"{"locals": {"a": "\n\u00e9${x.y} y"}}"#,
            "config::undeclared [x] `x` refers to nothing",
        ),
        (
            r#"{"locals": {"a": "${1 + \"b\"}"}}"#,
            "config::evaluation [\\\"b\\\"] expected a number, found the text \"b\"",
        ),
        (r#"{"pod": {"w": 1}}"#, "config::syntax [1] `pod` is a block, written as an object"),
        (
            r#"{"pods": {}}"#,
            "config::unknown_block [\"pods\"] no block of type `pods` may stand here",
        ),
    ] {
        assert_eq!(one(text), [said], "{text}");
    }
    let deep = format!("{{\"locals\": {{\"a\": {}1{}}}}}", "[".repeat(10_000), "]".repeat(10_000));
    assert_eq!(one(&deep), ["config::syntax [[] this is nested more than 200 levels deep"]);
}

#[test]
fn values_of_variables_are_plain_text_in_json() {
    let text = r#"{"a": "${x}", "b": [1, {"c": 1.50}], "//": "no"}"#;
    let (values, found) = parse_variables(&SourceFile::new("x.auto.pfvars.json", text));
    assert!(found.is_empty(), "{found:?}");
    let shown: Vec<String> =
        values.iter().map(|(name, input)| format!("{name} {:?}", input.value)).collect();
    assert_eq!(shown, ["a Some(\"${x}\")", "b Some([1, {\"c\": 1.5}])"]);
}

#[test]
fn override_files_change_what_others_declare() {
    let main = r#"
provider "mesos" {
}
variable "v" {
  type    = string
  default = "a"
}
locals {
  x = 1
  y = 2
}
pod "web" {
  instances = 1
  container "c" {
    argv = ["x"]
    resources {}
  }
  container "d" {
    argv = ["x"]
    resources {}
  }
  lifecycle {
    prevent_destroy = true
  }
}
output "o" {
  value = [local.x, local.y, var.v]
}
"#;
    let over = r#"
locals {
  x = 10
}
pod "web" {
  instances = 3
  container "e" {
    argv = ["y"]
    resources {}
  }
  lifecycle {
    create_before_destroy = true
  }
}
"#;
    let json = r#"{ "variable": { "v": { "default": "b" } } }"#;
    let last = "locals {\n  x = 11\n}\n";
    let files = [
        ("a_override.pf.hcl", over),
        ("b_override.pf.json", json),
        ("main.pf.hcl", main),
        ("override.pf.hcl", last),
    ];
    let (desired, found) = evaluate(&files);
    let desired = desired.unwrap_or_else(|| panic!("{found:?}"));
    assert_eq!(format!("{:?}", desired.outputs["o"].value), "[11, 2, \"b\"]");
    let pod = desired.pods.values().next().unwrap();
    assert_eq!(format!("{:?}", pod.value.get("instances").unwrap()), "3");
    let names: Vec<_> = pod
        .value
        .items("container")
        .iter()
        .map(|c| c.get("name").unwrap().as_str().unwrap())
        .collect();
    assert_eq!(names, ["e"]);
    assert!(pod.lifecycle.prevent_destroy && pod.lifecycle.create_before_destroy);
}

#[test]
fn an_override_of_nothing_is_refused() {
    let over = "pod \"b\" {\n}\nlocals {\n  z = 1\n}\nmoved {\n}\nx = 1\n";
    let found = shown(&[("main.pf.hcl", "locals {\n  a = 1\n}\n"), ("override.pf.hcl", over)]);
    assert_eq!(
        found,
        [
            "config::override [pod \"b\"] `pod \"b\"` overrides nothing",
            "config::override [z] `local.z` overrides nothing",
            "config::override [moved] a block `moved` cannot be overridden",
            "config::unknown_attribute [x] unknown attribute `x`",
        ]
    );
}
