//! Whole configurations: from text to desired pods.

mod common;

use common::{configuration, desired, evaluate, evaluate_with, inputs, pod};
use podform_config::{Inputs, SourceFile, VariableInput, parse, parse_variables};
use podform_model::{Address, Desired, DesiredPod, Diagnostics, ProviderRef, Value};
use std::collections::BTreeMap;

const CONTAINER: &str = r#"
  container "main" {
    command = "sleep 1000"
    resources {}
  }
"#;

/// A folder with a provider, a pod of this content, and more.
fn file(content: &str, more: &str) -> String {
    format!("provider \"mesos\" {{}}\npod \"web\" {{\n{content}\n{CONTAINER}}}\n{more}\n")
}

fn web(content: &str, more: &str) -> DesiredPod {
    pod(&file(content, more), "pod.web")
}

fn summaries(found: &Diagnostics) -> Vec<String> {
    found.iter().map(|one| format!("{}: {}", one.code, one.summary)).collect()
}

#[test]
fn a_plain_pod_gets_its_defaults() {
    let pod = web("", "");
    assert_eq!(pod.provider, ProviderRef::new("mesos"));
    assert_eq!(pod.value.get("id"), Some(&Value::from("/web")));
    assert_eq!(pod.value.get("instances"), Some(&Value::from(1_i64)));
    let main = pod.value.named("container", "main").unwrap();
    assert_eq!(main.get("resources").unwrap().get("mem"), Some(&Value::from(128_i64)));
    let upgrade = pod.value.get("upgrade").unwrap();
    assert_eq!(upgrade.get("minimum_health_capacity"), Some(&Value::from(1_i64)));
    assert!(pod.depends_on.is_empty());
}

#[test]
fn the_whole_example_evaluates() {
    let text = r#"
podform {
  required_providers {
    mesos = { source = "podform/mesos", version = "~> 0.1" }
  }
}

provider "mesos" {
  masters = ["http://127.0.0.1:5050"]
  secret_store "file" { path = "secrets.hcl" }
  secret_store "vault" "prod" { url = "https://vault" }
}

variable "replicas" {
  type    = number
  default = 2
  validation {
    condition     = var.replicas > 0
    error_message = "At least one replica."
  }
}

pod "shop_front" {
  id        = "/shop//front/"
  instances = var.replicas
  secret "db" { source = "/shop/db" }
  volume "data" {}

  container "web" {
    command = "exec python3 -m http.server $ENDPOINT_HTTP --directory data"
    resources {
      cpus = 0.1
      mem  = "32 MiB"
    }
    endpoint "http" { labels = { VIP_0 = "/front:80" } }
    environment = { DB_PASSWORD = secret.db, N = 1 }
    volume_mount "data" { path = "data" }
    health_check {
      http { endpoint = "http" }
      interval = "5s"
      timeout  = "2s"
    }
  }

  upgrade { minimum_health_capacity = 0.5 }
  timeouts { create = "30s" }
}

output "front" { value = pod.shop_front.endpoint["http"].addresses }
"#;
    let desired = desired(text);
    let pod = &desired.pods[&Address::pod("shop_front")];
    assert_eq!(pod.value.get("id"), Some(&Value::from("/shop/front")));
    assert_eq!(pod.timeouts.create, 30.0);
    assert_eq!(pod.timeouts.update, 600.0);
    let web = pod.value.named("container", "web").unwrap();
    let environment = web.get("environment").unwrap();
    assert_eq!(environment.get("DB_PASSWORD"), Some(&Value::Secret("db".into())));
    assert_eq!(environment.get("N"), Some(&Value::from("1")));
    assert_eq!(pod.value.items("network")[0].get("mode"), Some(&Value::from("host")));
    assert_eq!(desired.outputs["front"].value, Value::Unknown);
    let stores = desired.providers[&ProviderRef::new("mesos")].items("secret_store").to_vec();
    assert_eq!(stores[0].get("kind"), Some(&Value::from("file")));
    assert_eq!(stores[0].get("name"), Some(&Value::from("file")));
    assert_eq!(stores[1].get("name"), Some(&Value::from("prod")));
}

#[test]
fn the_spelling_of_a_value_does_not_matter() {
    let one = web(
        "backoff {\n  initial = \"1500ms\"\n  max = \"5m\"\n}\nkill_selection = \"oldest_first\"",
        "",
    );
    let other =
        web("backoff {\n  initial = 1.5\n  max = 300\n}\nkill_selection = \"OLDEST_FIRST\"", "");
    assert_eq!(one.value, other.value);
}

#[test]
fn count_makes_instances() {
    let text =
        file("count = 3\nlabels = { at = count.index }\nid = \"/web-${count.index + 1}\"", "");
    let desired = desired(&text);
    assert_eq!(desired.pods.len(), 3);
    let second: Address = "pod.web[1]".parse().unwrap();
    let pod = &desired.pods[&second];
    assert_eq!(pod.value.get("id"), Some(&Value::from("/web-2")));
    assert_eq!(pod.value.get("labels").unwrap().get("at"), Some(&Value::from("1")));
}

#[test]
fn for_each_makes_instances_of_maps_and_sets() {
    let text = file("for_each = { eu = 2, us = 3 }\ninstances = each.value", "");
    let of_map = desired(&text);
    let eu = &of_map.pods[&"pod.web[\"eu\"]".parse::<Address>().unwrap()];
    assert_eq!(eu.value.get("id"), Some(&Value::from("/web-eu")));
    assert_eq!(eu.value.get("instances"), Some(&Value::from(2_i64)));
    let of_set = desired(&file(
        "for_each = toset([\"b\", \"a\"])\nlabels = { k = each.key, v = each.value }",
        "",
    ));
    let names: Vec<String> = of_set.pods.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["pod.web[\"a\"]", "pod.web[\"b\"]"]);
}

#[test]
fn a_pod_that_is_not_enabled_is_not_there() {
    assert!(desired(&file("enabled = false", "")).pods.is_empty());
    assert_eq!(desired(&file("enabled = true", "")).pods.len(), 1);
    let text = file("enabled = false", "output \"x\" {\n  value = try(pod.web.id, \"none\")\n}");
    assert_eq!(desired(&text).outputs["x"].value, Value::from("none"));
}

fn second(environment: &str, meta: &str) -> String {
    format!(
        "pod \"other\" {{\n{meta}\n  container \"a\" {{\n    command = \"x\"\n    resources {{}}\n    environment = {environment}\n  }}\n}}\n"
    )
}

#[test]
fn references_between_pods_are_recorded_by_entry() {
    let endpoint =
        "container \"http\" {\n  command = \"x\"\n  resources {}\n  endpoint \"http\" {}\n}";
    let more = second(
        "{ ID = pod.web.id, AT = join(\",\", pod.web.endpoint[\"http\"].addresses), X = \"y\" }",
        "",
    );
    let pod = pod(&file(endpoint, &more), "pod.other");
    let environment =
        pod.value.named("container", "a").unwrap().get("environment").unwrap().clone();
    assert_eq!(environment.get("ID"), Some(&Value::from("/web")));
    assert_eq!(environment.get("AT"), Some(&Value::Unknown));
    let references: Vec<String> = pod
        .references
        .iter()
        .map(|one| format!("{} <- {} {}", one.from, one.address, one.to))
        .collect();
    assert_eq!(
        references,
        [
            "container[\"a\"].environment[\"AT\"] <- pod.web endpoint[\"http\"].addresses",
            "container[\"a\"].environment[\"ID\"] <- pod.web id",
        ]
    );
    assert_eq!(pod.depends_on.iter().map(ToString::to_string).collect::<Vec<_>>(), ["pod.web"]);
}

#[test]
fn references_go_through_locals_and_instances() {
    let more = format!(
        "locals {{\n  ids = [for key in [\"eu\"] : pod.web[key].id]\n  all = values(pod.web)[*].version\n}}\n{}",
        second("{ A = local.ids[0], B = join(\"\", local.all) }", "")
    );
    let text = file("for_each = toset([\"eu\", \"us\"])", &more);
    let pod = pod(&text, "pod.other");
    let from: Vec<String> =
        pod.references.iter().map(|one| format!("{} {}", one.address, one.to)).collect();
    assert_eq!(from, ["pod.web[\"eu\"] id", "pod.web[\"eu\"] ", "pod.web[\"us\"] "]);
    assert_eq!(pod.depends_on.len(), 2);
}

#[test]
fn a_reference_to_one_instance_depends_on_it_alone() {
    let text = file("count = 3", &second("{ A = pod.web[1].version }", ""));
    let dependencies = pod(&text, "pod.other").depends_on;
    let names: Vec<String> = dependencies.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["pod.web[1]"]);
    let text = file("count = 2", &second("{}", "depends_on = [pod.web]"));
    assert_eq!(pod(&text, "pod.other").depends_on.len(), 2);
    // In a branch that is not taken it still comes first.
    let text = file("", &second("{ A = false ? pod.web.version : \"x\" }", ""));
    assert_eq!(pod(&text, "pod.other").depends_on.len(), 1);
}

/// Files that are counted as they are read.
#[derive(Default)]
struct Counted(std::cell::Cell<usize>);

impl podform_config::FileReader for Counted {
    fn read(&self, _: &str) -> Result<Vec<u8>, String> {
        self.0.set(self.0.get() + 1);
        Ok(br#"{ "a": "1", "b": "2", "c": "3" }"#.to_vec())
    }

    fn leads_out(&self, _: &str, _: &[&str]) -> Option<String> {
        None
    }
}

#[test]
fn what_pods_share_is_evaluated_once_when_they_are_evaluated_one_by_one() {
    let repeat = "for_each = local.all";
    let text = second("{ V = pod.web.version, E = each.value, L = local.late }", repeat);
    let text = format!(
        "{}\nlocals {{\n  all = jsondecode(file(\"pods.json\"))\n  late = pod.web.version\n}}\n",
        file("", &text)
    );
    let (configuration, found) = configuration(&text);
    let configuration = configuration.unwrap_or_else(|| panic!("{found:?}"));
    let files = Counted::default();
    let nothing = BTreeMap::new();
    let before = Inputs { files: &files, ..inputs(&[], &nothing) };
    let constants = configuration.constants(&before).unwrap();
    for version in ["g1", "g2"] {
        let known = Value::object([("version", Value::from(version))]);
        let computed = BTreeMap::from([(Address::pod("web"), known)]);
        let now = Inputs { files: &files, ..inputs(&[], &computed) };
        for key in ["a", "b", "c"] {
            let address: Address = format!("pod.other[\"{key}\"]").parse().unwrap();
            let (alone, _) = configuration.evaluate_pod(&address, &now, Some(&constants));
            let alone = alone.unwrap();
            let environment = alone.value.named("container", "a").unwrap().get("environment");
            assert_eq!(environment.unwrap().get("L"), Some(&Value::from(version)));
            let read = files.0.get();
            assert_eq!(Some(alone), configuration.evaluate_pod(&address, &now, None).0);
            files.0.set(read);
        }
        let gone: Address = "pod.other[\"d\"]".parse().unwrap();
        assert!(configuration.evaluate_pod(&gone, &now, Some(&constants)).0.is_none());
    }
    assert_eq!(files.0.get(), 1);
}

#[test]
fn a_pod_is_evaluated_alone_with_what_has_become_known() {
    let text = file("", &second("{ V = pod.web.version, H = pod.web.instance[0].host }", ""));
    let (configuration, found) = configuration(&text);
    let configuration = configuration.unwrap_or_else(|| panic!("{found:?}"));
    let instance = Value::object([("host", Value::from("agent-1"))]);
    let known =
        Value::object([("version", Value::from("g1")), ("instance", Value::list(vec![instance]))]);
    let computed = BTreeMap::from([(Address::pod("web"), known)]);
    let address = Address::pod("other");
    let (done, found) = configuration.evaluate_pod(&address, &inputs(&[], &computed), None);
    let pod = done.unwrap_or_else(|| panic!("{found:?}"));
    let environment =
        pod.value.named("container", "a").unwrap().get("environment").unwrap().clone();
    assert_eq!(environment.get("V"), Some(&Value::from("g1")));
    assert_eq!(environment.get("H"), Some(&Value::from("agent-1")));
    let unknown: Address = "pod.other[0]".parse().unwrap();
    let (none, found) = configuration.evaluate_pod(&unknown, &inputs(&[], &computed), None);
    assert!(none.is_none());
    assert_eq!(
        summaries(&found),
        ["plan::unknown_address: the configuration has no pod `pod.other[0]`"]
    );
}

fn variable(ty: &str, text: &str) -> Result<String, Vec<String>> {
    let source = format!("variable \"x\" {{\n  {ty}\n}}\noutput \"x\" {{\n  value = var.x\n}}");
    let (desired, found) = evaluate_with(&source, &[("x", text)]);
    match desired {
        Some(desired) => Ok(format!("{:?}", desired.outputs["x"].value)),
        None => Err(summaries(&found)),
    }
}

#[test]
fn variables_have_their_types() {
    for (ty, text, expected) in [
        ("type = string", "5", "\"5\""),
        ("type = string", "a b", "\"a b\""),
        ("", "a b", "\"a b\""),
        ("type = number", "5", "5"),
        ("type = bool", "true", "true"),
        ("type = list(string)", "[\"a\", 1]", "[\"a\", \"1\"]"),
        ("type = set(number)", "[2, 1, 2]", "[1, 2]"),
        ("type = map(number)", "{ a = \"1\" }", "{\"a\": 1}"),
        ("type = tuple([string, number])", "[1, 2]", "[\"1\", 2]"),
        (
            "type = object({ a = string, b = optional(number, 7), c = optional(bool) })",
            "{ a = 1, z = 2 }",
            "{\"a\": \"1\", \"b\": 7, \"c\": null}",
        ),
        ("type = any", "x", "\"x\""),
        (
            "type = map(list(object({ a = optional(string, \"d\") })))",
            "{ k = [{}] }",
            "{\"k\": [{\"a\": \"d\"}]}",
        ),
    ] {
        assert_eq!(variable(ty, text).as_deref(), Ok(expected), "{ty} {text}");
    }
    for (ty, text, expected) in [
        (
            "type = number",
            "x",
            "the value of `var.x` from `-var` does not fit: expected a number, found the text \"x\"",
        ),
        (
            "type = list(string)",
            "a",
            "the value of `var.x` from `-var` does not fit: the value must be literal (a list or map is written as in a file, as `[\"a\", \"b\"]` or `{ a = 1 }`)",
        ),
        (
            "type = list(number)",
            "[1, \"b\"]",
            "the value of `var.x` from `-var` does not fit: item 1: expected a number, found the text \"b\"",
        ),
        (
            "type = object({ a = string })",
            "{}",
            "the value of `var.x` from `-var` does not fit: the attribute `a` is required",
        ),
        (
            "type = number\n  sensitive = true",
            "geheim",
            "the value of `var.x` from `-var` does not fit: expected `number`",
        ),
    ] {
        assert_eq!(
            variable(ty, text),
            Err(vec![format!("config::variable: {expected}")]),
            "{ty} {text}"
        );
    }
}

#[test]
fn variables_come_from_files() {
    let file = SourceFile::new("podform.pfvars.hcl", "replicas = 3\nlist = [1, \"a\"]\n");
    let (values, found) = parse_variables(&file);
    assert!(found.is_empty());
    assert_eq!(values["replicas"].value, Some(Value::from(3_i64)));
    assert_eq!(values["replicas"].origin, "podform.pfvars.hcl");
    let (values, found) = parse_variables(&SourceFile::new("x", "a = var.b\nc {}\nd = 1\n"));
    assert_eq!(values.keys().collect::<Vec<_>>(), ["d"]);
    assert_eq!(
        summaries(&found),
        [
            "config::unknown_block: a block `c` in a file of variable values",
            "config::variable: a file of variable values holds literal values only",
        ]
    );
}

fn evaluate_given(
    text: &str,
    name: &str,
    input: VariableInput,
    lenient: bool,
) -> (Option<Desired>, Diagnostics) {
    let (configuration, found) = configuration(text);
    let Some(configuration) = configuration else { return (None, found) };
    let computed = BTreeMap::new();
    let base = inputs(&[], &computed);
    let variables = BTreeMap::from([(name.to_owned(), input)]);
    configuration.evaluate(&Inputs { variables, ignore_undeclared_variables: lenient, ..base })
}

#[test]
fn undeclared_variables_are_told_by_where_they_come_from() {
    let text = "variable \"replicas\" {\n  default = 1\n}";
    let given = |origin: &str| VariableInput {
        text: Some("1".into()),
        origin: origin.into(),
        ..VariableInput::default()
    };
    let (desired, found) = evaluate_given(text, "replica", given("-var"), true);
    assert!(desired.is_none());
    let only = &found.0[0];
    assert_eq!(only.summary, "`replica` from `-var` is not a declared variable");
    assert_eq!(only.help.as_deref(), Some("did you mean `replicas`?"));
    let (desired, found) = evaluate_given(text, "other", given("PODFORM_VAR_other"), false);
    assert!(desired.is_some() && found.is_empty());
    let (values, _) = parse_variables(&SourceFile::new("a.auto.pfvars.hcl", "other = 1"));
    let (desired, found) = evaluate_given(text, "other", values["other"].clone(), true);
    assert!(desired.is_some());
    assert_eq!(found.0.len(), 1, "a warning");
}

#[test]
fn null_asks_for_the_default_where_it_is_not_allowed() {
    let text = "variable \"x\" {\n  default = 7\n  nullable = false\n}\noutput \"x\" {\n  value = var.x\n}";
    let input =
        VariableInput { value: Some(Value::Null), origin: "f".into(), ..VariableInput::default() };
    let (desired, _) = evaluate_given(text, "x", input, true);
    assert_eq!(desired.unwrap().outputs["x"].value, Value::from(7_i64));
}

#[test]
fn a_sensitive_variable_stays_sensitive_in_a_pod() {
    let variable = "variable \"token\" {\n  default = \"geheim\"\n  sensitive = true\n}";
    let pod = web("environment = { A = \"x-${var.token}\" }", variable);
    let value = pod.value.get("environment").unwrap().get("A").unwrap().clone();
    assert_eq!(value, Value::from("x-geheim").sensitive());
    let (none, found) = evaluate(&format!("{variable}\noutput \"x\" {{\n  value = var.token\n}}"));
    assert!(none.is_none());
    assert_eq!(summaries(&found), ["config::evaluation: the output `x` holds a sensitive value"]);
}

#[test]
fn secrets_are_references() {
    let content = "secret \"a.b\" {\n  source = \"/a\"\n}\nsecret \"x\" {\n  source = \"/x\"\n}\nvolume \"v\" {\n  secret = secret.x\n}\nenvironment = merge({ A = \"${secret[\"a.b\"]}\" }, true ? { B = secret.x } : { B = \"none\" })\ncontainer \"m\" {\n  command = \"x\"\n  resources {}\n  volume_mount \"v\" { path = \"v\" }\n}";
    let pod = web(content, "");
    let environment = pod.value.get("environment").unwrap();
    assert_eq!(environment.get("A"), Some(&Value::Secret("a.b".into())));
    assert_eq!(environment.get("B"), Some(&Value::Secret("x".into())));
    assert_eq!(
        pod.value.named("volume", "v").unwrap().get("secret"),
        Some(&Value::Secret("x".into()))
    );
}

#[test]
fn lifecycle_is_read() {
    let content = r#"lifecycle {
    prevent_destroy       = true
    create_before_destroy = true
    ignore_changes        = [instances, labels["team"], container["main"].resources.cpus]
    replace_triggered_by  = [pod.other.version]
    precondition {
      condition     = var.n > 1
      error_message = "Too few."
    }
    postcondition {
      condition     = self.instance[0].healthy
      error_message = "Not healthy."
    }
  }"#;
    let more = format!("variable \"n\" {{\n  default = 2\n}}\n{}", second("{}", ""));
    let pod = web(content, &more);
    assert!(pod.lifecycle.prevent_destroy && pod.lifecycle.create_before_destroy);
    let ignored: Vec<String> =
        pod.lifecycle.ignore_changes.iter().map(ToString::to_string).collect();
    assert_eq!(ignored, ["instances", "labels[\"team\"]", "container[\"main\"].resources.cpus"]);
    let trigger = &pod.lifecycle.replace_triggered_by[0];
    assert_eq!(
        (trigger.address.to_string(), trigger.to.to_string()),
        ("pod.other".into(), "version".into())
    );
    let (none, found) = evaluate_with(&file(content, &more), &[("n", "1")]);
    assert!(none.is_none());
    assert_eq!(summaries(&found), ["plan::condition: the precondition of `pod.web` is not met"]);
    assert_eq!(found.0[0].detail.as_deref(), Some("Too few.\nvar.n is \"1\""));
}

#[test]
fn providers_are_chosen() {
    let two =
        "provider \"mesos\" {}\nprovider \"mesos\" {\n  alias = \"eu\"\n  role = \"prod\"\n}\n";
    let of = |line: &str| format!("{two}pod \"a\" {{\n{line}\n{CONTAINER}}}\n");
    let chosen = pod(&of("provider = mesos.eu"), "pod.a");
    assert_eq!(chosen.provider.to_string(), "mesos.eu");
    assert_eq!(chosen.value.get("role"), Some(&Value::from("prod")));
    let (none, found) = evaluate(&of(""));
    assert!(none.is_none());
    assert_eq!(
        found.0[0].help.as_deref(),
        Some("write `provider = NAME` in the pod, with one of `mesos`, `mesos.eu`")
    );
    let required = "podform {\n  required_providers {\n    mesos = { source = \"a/b\" }\n  }\n}\n";
    let implied = pod(&format!("{required}pod \"a\" {{\n{CONTAINER}}}\n"), "pod.a");
    assert_eq!(implied.provider, ProviderRef::new("mesos"));
}

#[test]
fn a_configuration_tells_its_requirements() {
    let text = "podform {\n  required_version = \">= 0.1\"\n  required_providers {\n    mesos = { source = \"podform/mesos\", version = \"~> 0.1\" }\n  }\n  backend \"local\" {\n    path = \"x.json\"\n  }\n}\nprovider \"marathon\" {}\nvariable \"a\" {\n  type = list(string)\n  description = \"An a.\"\n}\n";
    let (configuration, found) = configuration(text);
    let configuration = configuration.unwrap_or_else(|| panic!("{found:?}"));
    let providers: Vec<(String, Option<String>, Option<String>)> = configuration
        .required_providers()
        .into_iter()
        .map(|one| (one.name, one.source, one.version))
        .collect();
    assert_eq!(
        providers,
        [
            ("marathon".into(), None, None),
            ("mesos".into(), Some("podform/mesos".into()), Some("~> 0.1".into()))
        ]
    );
    assert_eq!(configuration.required_versions()[0].0, ">= 0.1");
    let backend = configuration.backend().unwrap();
    let path = backend.settings.get("path");
    assert_eq!((backend.kind.as_str(), path), ("local", Some(&Value::from("x.json"))));
    let variables = configuration.variables();
    assert_eq!((variables[0].ty.as_str(), variables[0].has_default), ("list(string)", false));
}

#[test]
fn places_of_attributes_are_found() {
    let text = file("labels = { team = \"a\" }", "");
    let (configuration, _) = configuration(&text);
    let configuration = configuration.unwrap();
    let at = |path: &podform_model::AttributePath| {
        let label = configuration.label(&Address::pod("web"), path).unwrap();
        text[label.start as usize..label.end as usize].to_owned()
    };
    let root = podform_model::AttributePath::root();
    assert_eq!(at(&root), "pod \"web\"");
    assert_eq!(at(&root.attr("labels").key("team")), "team = \"a\"");
    assert_eq!(at(&root.attr("labels").key("none")), "{ team = \"a\" }");
    let main = root.attr("container").key("main");
    assert_eq!(at(&main.attr("command")), "\"sleep 1000\"");
    assert_eq!(at(&main.attr("image").attr("id")), "container \"main\"");
    assert_eq!(at(&root.attr("placement").attr("constraint").index(0)), "pod \"web\"");
}

#[test]
fn several_files_are_one_configuration() {
    let files = vec![
        SourceFile::new(
            "a.pf.hcl",
            "\u{feff}provider \"mesos\" {}\r\nlocals {\r\n  n = 2\r\n}\r\n",
        ),
        SourceFile::new(
            "b.pf.hcl",
            format!("pod \"web\" {{\n  instances = local.n\n{CONTAINER}}}\n"),
        ),
    ];
    let (configuration, found) = parse(files);
    assert!(found.is_empty(), "{found:?}");
    let computed = BTreeMap::new();
    let (desired, _) = configuration.unwrap().evaluate(&inputs(&[], &computed));
    let pods = desired.unwrap().pods;
    assert_eq!(pods[&Address::pod("web")].value.get("instances"), Some(&Value::from(2_i64)));
}

#[test]
fn a_long_chain_of_locals_is_no_recursion() {
    let mut text = String::from("locals {\n  l0 = 1\n");
    for at in 1..20_000 {
        text.push_str(&format!("  l{at} = local.l{} + 1\n", at - 1));
    }
    text.push_str("}\noutput \"x\" {\n  value = local.l19999\n}\n");
    assert_eq!(desired(&text).outputs["x"].value, Value::from(20_000_i64));
}

#[test]
fn broken_rules_of_pods_are_placed() {
    let text = file(
        "secret \"s\" {\n  source = \"/s\"\n}\ncontainer \"b\" {\n  command = \"x\"\n  resources {}\n  volume_mount \"data\" { path = \"x\" }\n  health_check {\n    http { endpoint = \"none\" }\n    interval = \"5s\"\n    timeout = \"5s\"\n  }\n}",
        "",
    );
    let (none, found) = evaluate(&text);
    assert!(none.is_none());
    let shown: Vec<String> = found
        .iter()
        .map(|one| {
            let label = &one.labels[0];
            format!("{} {}", one.code, &text[label.start as usize..label.end as usize])
        })
        .collect();
    assert_eq!(
        shown,
        [
            "pod::trap secret \"s\"",
            "pod::rule volume_mount \"data\"",
            "pod::rule \"none\"",
            "pod::rule \"5s\"",
        ]
    );
    assert_eq!(found.0[0].address, Some(Address::pod("web")));
}
