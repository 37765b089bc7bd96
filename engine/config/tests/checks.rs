//! Conditions: `check` blocks, preconditions, postconditions, validations.

mod common;

use common::findings::{check, shown};
use common::{configuration, evaluate, inputs};
use podform_model::{Address, Severity, Value};
use std::collections::BTreeMap;

const POD: &str = r#"provider "mesos" {}
variable "v" {
  default = "a"
}
pod "web" {
  container "main" {
    command = "sleep 1"
    resources {}
  }
}
"#;

#[test]
fn a_check_warns_and_the_rest_goes_on() {
    let text = format!(
        "{POD}{}",
        r#"
check "health" {
  assert {
    condition     = pod.web.version == ""
    error_message = "not known yet"
  }
  assert {
    condition     = var.v == "b"
    error_message = "v is ${var.v}"
  }
  assert {
    condition     = var.v == "a"
    error_message = "fine"
  }
}
"#
    );
    let (desired, found) = evaluate(&text);
    assert!(desired.is_some_and(|desired| desired.pods.len() == 1));
    assert!(found.iter().all(|one| one.severity == Severity::Warning));
    let all: Vec<String> = found.iter().map(|one| shown(&text, one)).collect();
    assert_eq!(
        all.join("\n"),
        "config::check_unknown [14:pod.web.version == \"\"] whether `check.health` holds is known after apply\nconfig::check [18:var.v == \"b\"] `check.health` does not hold"
    );
    let details: Vec<String> = found.iter().filter_map(|one| one.detail.clone()).collect();
    assert_eq!(details.join("\n"), "v is a\nvar.v is \"a\"");
}

#[test]
fn a_check_that_is_wrong_is_an_error() {
    let cases: Vec<(String, &[&str])> = vec![
        (
            "check \"a\" {}\ncheck \"a\" {\n  x = 1\n  assert {}\n}\ncheck {}\n".into(),
            &[
                r#"config::missing_attribute [1:check "a"] `check` needs the block `assert` ? add `assert { … }` with `condition` and `error_message`"#,
                r#"config::duplicate [2:"a"] `check.a` is declared twice"#,
                r#"config::unknown_attribute [3:x] unknown attribute `x`"#,
                r#"config::labels [6:check] `check` takes one label, found 0 ? write `check "NAME" { … }`"#,
            ],
        ),
        (
            format!(
                "{POD}check \"a\" {{\n  assert {{\n    condition = tonumber(var.v) > 1\n    error_message = var.w\n  }}\n}}\n"
            ),
            &[r#"config::undeclared [14:var.w] `var.w` is not declared ? did you mean `var.v`?"#],
        ),
        (
            format!(
                "{POD}check \"a\" {{\n  assert {{\n    condition = tonumber(var.v) > 1\n    error_message = [1]\n  }}\n}}\n"
            ),
            &[
                r#"config::evaluation [13:var.v] `tonumber`: expected a number, found the text "a""#,
                r#"config::evaluation [14:[1]] an error message must be a string, found a list"#,
            ],
        ),
    ];
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}

#[test]
fn a_rule_looks_at_something() {
    let text = r#"
variable "a" {
  default = 1
  validation {
    condition     = var.b == 1
    error_message = "a"
  }
}
variable "b" {
  default = 1
}
output "o" {
  value = 1
  precondition {
    condition     = length("x") == 1
    error_message = "o ${var.a}"
  }
}
check "c" {
  assert {
    condition     = [for x in [1]: x] == [1]
    error_message = "c"
  }
}
"#;
    check(&[(
        text,
        &[
            r#"config::invalid_value [5:var.b == 1] a validation of `var.a` must look at its value ? refer to `var.a` in the condition"#,
            r#"config::invalid_value [15:length("x") == 1] a condition must refer to something, or else it checks nothing ? refer to a variable, a local or a pod in it"#,
            r#"config::invalid_value [21:[for x in [1]: x] == [1]] a condition must refer to something, or else it checks nothing ? refer to a variable, a local or a pod in it"#,
        ],
    )]);
}

#[test]
fn validations_look_at_locals_other_variables_and_pods() {
    let text = POD.replace(
        "  default = \"a\"\n",
        r#"  default = "a"
  validation {
    condition     = contains(local.known, var.v) && var.v != var.other
    error_message = "known are ${join(" ", local.known)}"
  }
  validation {
    condition     = pod.web.version != var.v
    error_message = "the version is ${pod.web.version}"
  }
  validation {
    condition     = pod.web.id == "/${var.v}"
    error_message = "the id is ${pod.web.id}"
  }
"#,
    ) + "variable \"other\" {\n  default = \"b\"\n}\nlocals {\n  known = [\"b\", var.other]\n}\n";
    check(&[(
        &text,
        &[
            r#"config::validation [5:contains(local.known, var.v) && var.v != var.other] the value of `var.v` is not valid"#,
            r#"config::validation [13:pod.web.id == "/${var.v}"] the value of `var.v` is not valid"#,
        ],
    )]);
    let (_, found) = evaluate(&text);
    let details: Vec<String> = found.iter().filter_map(|one| one.detail.clone()).collect();
    assert_eq!(
        details.join("\n"),
        "known are b b\nlocal.known is a list with 2 items\nvar.v is \"a\"\nvar.other is \"b\"\nthe id is /web\npod.web.id is \"/web\"\nvar.v is \"a\""
    );
}

#[test]
fn messages_of_rules() {
    let rule = |condition: &str, message: &str| {
        POD.replace(
            "pod \"web\" {\n",
            &format!(
                "pod \"web\" {{\n  lifecycle {{\n    precondition {{\n      condition = {condition}\n      error_message = {message}\n    }}\n  }}\n"
            ),
        )
    };
    let cases: Vec<(String, &[&str])> = vec![
        (
            rule("var.v == \"a\"", "[1]"),
            &[r#"config::evaluation [9:[1]] an error message must be a string, found a list"#],
        ),
        (
            rule("var.v == \"a\"", "null"),
            &[r#"config::evaluation [9:null] an error message must not be null"#],
        ),
        (
            rule("var.v == \"b\" ? null : null", "\"m\""),
            &[r#"config::evaluation [8:var.v == "b" ? null : null] a condition must not be null"#],
        ),
        (
            rule("[var.v]", "\"m\""),
            &[
                r#"config::evaluation [8:[var.v]] a condition must be true or false: expected a bool, found a list"#,
            ],
        ),
        (
            rule("var.v == \"a\" ? \"false\" : \"true\"", "5"),
            &[
                r#"plan::condition [8:var.v == "a" ? "false" : "true"] the precondition of `pod.web` is not met"#,
            ],
        ),
    ];
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}

#[test]
fn a_postcondition_waits_until_its_pod_is_known() {
    let text = POD.replace(
        "pod \"web\" {\n",
        "pod \"web\" {\n  lifecycle {\n    postcondition {\n      condition = self.version == \"2\" && self.id == \"/web\"\n      error_message = \"Version ${self.version}.\"\n    }\n  }\n",
    );
    let (configuration, _) = configuration(&text);
    let configuration = configuration.unwrap();
    let address: Address = "pod.web".parse().unwrap();
    let say = |version: Option<&str>| {
        let known = version
            .map(|version| (address.clone(), Value::object([("version", Value::string(version))])));
        let computed: BTreeMap<Address, Value> = known.into_iter().collect();
        let (_, found) = configuration.evaluate_pod(&address, &inputs(&[], &computed), None);
        found
            .iter()
            .map(|one| format!("{} {:?}", shown(&text, one), one.detail))
            .collect::<Vec<_>>()
    };
    assert_eq!(say(None), Vec::<String>::new());
    assert_eq!(say(Some("2")), Vec::<String>::new());
    assert_eq!(
        say(Some("3")).join("\n"),
        "plan::condition [8:self.version == \"2\" && self.id == \"/web\"] the postcondition of `pod.web` is not met Some(\"Version 3.\\nself.version is \\\"3\\\"\\nself.id is \\\"/web\\\"\")"
    );
}
