//! Ephemeral values and deprecated variables.

mod common;

use common::findings::{check, shown};
use common::{desired, evaluate_with, inputs};
use podform_config::{ModuleReader, RemoteModule, SourceFile, parse_with_modules};
use podform_model::Diagnostic;
use std::collections::BTreeMap;

const VARIABLES: &str = r#"provider "mesos" {}
variable "token" {
  type      = string
  default   = "t0ken"
  ephemeral = true
}
locals {
  parts = { secret = var.token, open = "x" }
}
"#;

/// A pod with this in it.
fn with(body: &str, container: &str) -> String {
    format!(
        "{VARIABLES}pod \"web\" {{\n{body}\n  container \"main\" {{\n    command = \"sleep 1\"\n    resources {{}}\n{container}\n  }}\n}}\n"
    )
}

#[test]
fn an_ephemeral_value_stands_in_no_pod() {
    let cases: Vec<(String, &[&str])> = vec![
        (
            with("  labels = { t = var.token }", ""),
            &[
                r#"config::ephemeral [11:{ t = var.token }] `labels` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  id = \"/${lower(var.token)}\"", ""),
            &[
                r#"config::ephemeral [11:"/${lower(var.token)}"] `id` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  instances = var.token == \"\" ? 1 : 2", ""),
            &[
                r#"config::ephemeral [11:var.token == "" ? 1 : 2] `instances` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  labels = { for k, v in { a = var.token } : k => v }", ""),
            &[
                r#"config::ephemeral [11:{ for k, v in { a = var.token } : k => v }] `labels` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  labels = local.parts", ""),
            &[
                r#"config::ephemeral [11:local.parts] `labels` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  count = length(var.token)", ""),
            &[
                r#"config::ephemeral [11:length(var.token)] `count` decides what is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  for_each = toset([var.token])", ""),
            &[
                r#"config::ephemeral [11:toset([var.token])] `for_each` decides what is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  enabled = var.token != \"\"", ""),
            &[
                r#"config::ephemeral [11:var.token != ""] `enabled` decides what is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with("  timeouts { create = var.token }", ""),
            &[
                r#"config::ephemeral [11:var.token] `timeouts` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with(
                "",
                "    dynamic \"artifact\" {\n      for_each = nonsensitive(sensitive([for t in [var.token]: 1 if t != \"\"]))\n      content { uri = \"u\" }\n    }",
            ),
            &[
                r#"config::ephemeral [16:nonsensitive(sensitive([for t in [var.token]: 1 if t != ""]))] the `for_each` of a `dynamic` block decides what is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
        (
            with(
                "",
                "    dynamic \"artifact\" {\n      for_each = [var.token]\n      content { uri = artifact.value }\n    }",
            ),
            &[
                r#"config::ephemeral [17:artifact.value] `uri` of a pod is kept, so its value must not be ephemeral ? use it in the settings of a provider, in locals, in conditions, or in variables and outputs with `ephemeral = true`; `ephemeralasnull(…)` leaves it out"#,
            ],
        ),
    ];
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}

#[test]
fn an_ephemeral_value_stands_in_no_output_of_the_root() {
    let text = format!(
        "{VARIABLES}output \"a\" {{\n  value = [var.token]\n}}\noutput \"b\" {{\n  value = 1\n  ephemeral = true\n}}\n"
    );
    check(&[(
        &text,
        &[
            r#"config::ephemeral [11:[var.token]] the output `a` is kept, so its value must not be ephemeral ? leave the ephemeral part out with `ephemeralasnull(…)`"#,
            r#"config::ephemeral [13:"b"] the output `b` of the root module cannot be ephemeral: it is kept ? remove `ephemeral`; only the outputs of other modules have it"#,
        ],
    )]);
}

#[test]
fn where_an_ephemeral_value_may_stand() {
    let text = r#"
variable "token" {
  type      = string
  default   = "t0ken"
  ephemeral = true
  sensitive = true
  validation {
    condition     = var.token != ""
    error_message = "A token is needed."
  }
}
locals {
  parts = { secret = var.token, open = "x" }
}
provider "mesos" {
  principal = local.parts.secret
  secret_store "vault" { token = var.token }
}
pod "web" {
  labels = { open = local.parts.open }
  lifecycle {
    precondition {
      condition     = length(var.token) > 3
      error_message = "The token is too short."
    }
  }
  container "main" {
    command = "sleep 1"
    resources {}
  }
}
output "rest" {
  sensitive = true
  value = ephemeralasnull([local.parts, 1])
}
"#;
    let desired = desired(text);
    assert_eq!(
        format!("{:?}", desired.outputs["rest"].value),
        "[{\"open\": \"x\", \"secret\": (sensitive)}, 1]"
    );
}

#[test]
fn an_ephemeral_value_is_not_told() {
    let text = with(
        "  lifecycle {\n    precondition {\n      condition     = var.token == \"\"\n      error_message = \"It is ${var.token}.\"\n    }\n  }",
        "",
    );
    let (_, found) = evaluate_with(&text, &[]);
    assert_eq!(
        found.iter().map(|one| shown(&text, one)).collect::<Vec<_>>().join("\n"),
        "plan::condition [13:var.token == \"\"] the precondition of `pod.web` is not met"
    );
    let detail: Vec<String> = found.iter().filter_map(|one| one.detail.clone()).collect();
    assert_eq!(
        detail.join("\n"),
        "The error message holds an ephemeral value, so it is not shown.\nvar.token is ephemeral"
    );
}

#[test]
fn a_deprecated_variable_warns_where_it_is_given() {
    let text = "variable \"old\" {\n  default = 1\n  deprecated = \"Use `new`.\"\n}\noutput \"x\" {\n  value = var.old\n}\n";
    let (_, silent) = evaluate_with(text, &[]);
    assert_eq!(silent.iter().count(), 0);
    let (desired, found) = evaluate_with(text, &[("old", "2")]);
    assert!(desired.is_some());
    assert_eq!(
        found.iter().map(|one| shown(text, one)).collect::<Vec<_>>().join("\n"),
        "config::deprecated [1:\"old\"] the variable `old` is deprecated ? give `old` no value"
    );
    assert_eq!(
        found.iter().filter_map(|one| one.detail.clone()).collect::<Vec<_>>().join("\n"),
        "Use `new`."
    );
}

/// A module in the folder `m`.
struct Inner<'a>(&'a str);

impl ModuleReader for Inner<'_> {
    fn files(&self, _folder: &str) -> Result<Vec<SourceFile>, Box<Diagnostic>> {
        Ok(vec![SourceFile::new("m/main.pf.hcl", self.0)])
    }

    fn installed(&self, module: &RemoteModule) -> Result<String, Box<Diagnostic>> {
        Err(Box::new(Diagnostic::error("test::remote", module.to_string())))
    }
}

fn with_module(root: &str, inner: &str) -> Vec<String> {
    let files = vec![SourceFile::new("main.pf.hcl", root)];
    let (configuration, mut found) = parse_with_modules(files, &Inner(inner));
    if let Some(configuration) = configuration {
        found.extend(configuration.evaluate(&inputs(&[], &BTreeMap::new())).1);
    }
    found
        .iter()
        .map(|one| {
            let text = match one.labels.first() {
                Some(label) if &*label.file == "m/main.pf.hcl" => inner,
                _ => root,
            };
            shown(text, one)
        })
        .collect()
}

#[test]
fn ephemeral_values_through_a_module() {
    let root = format!(
        "{VARIABLES}module \"m\" {{\n  source = \"./m\"\n  open = var.token\n  kept = var.token\n}}\nlocals {{\n  back = module.m.secret\n}}\noutput \"x\" {{\n  value = local.back\n}}\n"
    );
    let inner = "variable \"open\" {\n  ephemeral = true\n}\nvariable \"kept\" {}\noutput \"secret\" {\n  value = var.open\n  ephemeral = true\n}\noutput \"open\" {\n  value = 1\n  ephemeral = true\n}\noutput \"bad\" {\n  value = var.open\n}\n";
    assert_eq!(
        with_module(&root, inner).join("\n"),
        "config::ephemeral [10:1] the output `open` is ephemeral, and its value is not ? remove `ephemeral` from the output\nconfig::ephemeral [14:var.open] the output `bad` holds an ephemeral value ? write `ephemeral = true` in the output\nconfig::ephemeral [13:var.token] the argument `kept` of `module.m` must not be ephemeral ? write `ephemeral = true` in the variable `kept`\nconfig::ephemeral [19:local.back] the output `x` is kept, so its value must not be ephemeral ? leave the ephemeral part out with `ephemeralasnull(…)`"
    );
}

#[test]
fn deprecated_parts_of_a_module_warn_at_each_use() {
    let root = "module \"m\" {\n  source = \"./m\"\n  for_each = toset([\"a\", \"b\"])\n  old = 1\n}\noutput \"x\" {\n  value = [module.m[\"a\"].gone, module.m[\"b\"].gone]\n}\n";
    let inner = "variable \"old\" {\n  default = 1\n  deprecated = \"Use `new`.\"\n}\noutput \"gone\" {\n  value = 1\n  deprecated = \"Use `here`.\"\n}\n";
    assert_eq!(
        with_module(root, inner).join("\n"),
        "config::deprecated [4:old] the variable `old` of `module.m` is deprecated\nconfig::deprecated [7:module.m[\"a\"].gone] the output `gone` of `module.m` is deprecated\nconfig::deprecated [7:module.m[\"b\"].gone] the output `gone` of `module.m` is deprecated"
    );
}
