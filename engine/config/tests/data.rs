//! `data` blocks: what they ask for, what is known of them, and what is wrong with them.

mod common;

use common::findings::{check, shown};
use common::{configuration, inputs};
use podform_model::data::Found;
use podform_model::{
    Address, DataAddress, DataFact, Desired, Diagnostics, Looked, ProviderRef, Severity, Value,
};
use std::collections::BTreeMap;

const HEAD: &str = "provider \"mesos\" {}\n";

/// What a text asks for when this much was found.
fn evaluate(text: &str, looked: &Looked) -> (Option<Desired>, Diagnostics) {
    let (configuration, found) = configuration(text);
    let configuration = configuration.unwrap_or_else(|| panic!("{found:#?}"));
    let computed = BTreeMap::new();
    let mut inputs = inputs(&[], &computed);
    inputs.looked = looked;
    configuration.evaluate(&inputs)
}

fn looked(found: &[(&str, &str, Found)]) -> Looked {
    let fact = |(address, id, found): &(&str, &str, Found)| {
        let (provider, id) = (ProviderRef::new("mesos"), (*id).to_owned());
        (
            address.parse::<DataAddress>().unwrap_or_else(|error| panic!("{error}")),
            DataFact { provider, id, found: found.clone() },
        )
    };
    Looked { found: found.iter().map(fact).collect(), ..Looked::default() }
}

/// A pod with an endpoint `sql` at these addresses.
fn database(addresses: &[&str]) -> Found {
    let addresses = addresses.iter().map(|text| Value::from(*text)).collect();
    let sql = Value::object([("addresses", Value::list(addresses)), ("port", Value::Null)]);
    Found::Pod(Value::object([
        ("id", Value::from("/db")),
        ("version", Value::from("v1")),
        ("instance", Value::list(Vec::new())),
        ("endpoint", Value::object([("sql", sql)])),
        ("network_ips", Value::list(Vec::new())),
    ]))
}

fn nothing() -> Found {
    Found::Nothing { message: "no pod `/db` runs".into(), help: None }
}

fn pod(name: &str, more: &str) -> String {
    format!(
        "pod \"{name}\" {{\n  {more}\n  container \"main\" {{\n    command = \"x\"\n    resources {{}}\n  }}\n}}\n"
    )
}

const DB: &str = "data \"pod\" \"db\" {\n  id = \"/db\"\n}\n";
const READS: &str = "output \"db\" {\n  value = data.pod.db.endpoint[\"sql\"].addresses\n}\n";

#[test]
fn what_is_not_read_yet_is_unknown_and_what_is_read_is_known() {
    let text = format!("{HEAD}{DB}{READS}output \"id\" {{\n  value = data.pod.db.id\n}}\n");
    let (desired, found) = evaluate(&text, Looked::NOTHING);
    assert!(found.is_empty(), "{found:#?}");
    let desired = desired.unwrap();
    assert_eq!(desired.outputs["db"].value, Value::Unknown);
    assert_eq!(desired.outputs["id"].value, Value::from("/db"));
    let (address, asked) = desired.data.first_key_value().unwrap();
    assert_eq!(address.to_string(), "data.pod.db");
    assert_eq!(asked.id.as_deref(), Some("/db"));
    assert_eq!(asked.provider, ProviderRef::new("mesos"));
    let (desired, _) = evaluate(&text, &looked(&[("data.pod.db", "/db", database(&["a:1"]))]));
    assert_eq!(desired.unwrap().outputs["db"].value, Value::list(vec!["a:1".into()]));
}

#[test]
fn what_was_found_for_another_id_or_is_to_wait_is_not_used() {
    let text = format!("{HEAD}{DB}{READS}");
    let (desired, _) = evaluate(&text, &looked(&[("data.pod.db", "/old", nothing())]));
    assert_eq!(desired.unwrap().outputs["db"].value, Value::Unknown);
    let mut looked = looked(&[("data.pod.db", "/db", nothing())]);
    looked.waiting.insert("data.pod.db".parse().unwrap());
    let (desired, _) = evaluate(&text, &looked);
    assert_eq!(desired.unwrap().outputs["db"].value, Value::Unknown);
}

#[test]
fn a_pod_that_is_not_there_is_an_error_and_in_a_check_a_warning() {
    let text = format!("{HEAD}{DB}{READS}");
    let nowhere = looked(&[("data.pod.db", "/db", nothing())]);
    let (desired, found) = evaluate(&text, &nowhere);
    assert!(desired.is_none());
    assert_eq!(found.0.len(), 1, "{found:#?}");
    assert_eq!(shown(&text, &found.0[0]), "plan::data_not_found [3:\"/db\"] no pod `/db` runs");
    let check = "check \"db\" {\n  data \"pod\" \"db\" {\n    id = \"/db\"\n  }\n  assert {\n    condition     = data.pod.db.version == \"v2\"\n    error_message = \"old\"\n  }\n}\n";
    let text = format!("{HEAD}{check}");
    let (desired, found) = evaluate(&text, &nowhere);
    assert!(desired.unwrap().data.values().all(|data| data.checked));
    assert_eq!(found.0.len(), 1, "{found:#?}");
    assert_eq!(found.0[0].severity, Severity::Warning);
    let (_, found) = evaluate(&text, &looked(&[("data.pod.db", "/db", database(&[]))]));
    let all: Vec<_> = found.iter().map(|one| (one.code.as_str(), one.summary.as_str())).collect();
    assert_eq!(all, [("config::check", "`check.db` does not hold")]);
}

#[test]
fn instances_by_what_is_read_are_left_out_until_it_is() {
    let each = pod(
        "web",
        "for_each = toset(data.pod.db.endpoint[\"sql\"].addresses)\n  labels = { to = each.key }",
    );
    let text = format!("{HEAD}{DB}{each}");
    let (_, found) = evaluate(&text, Looked::NOTHING);
    assert_eq!(found.0[0].summary, "`for_each` must be known before anything is planned");
    let partial = Looked { partial: true, ..Looked::default() };
    let (desired, found) = evaluate(&text, &partial);
    assert!(found.is_empty(), "{found:#?}");
    let desired = desired.unwrap();
    assert!(desired.partial && desired.pods.is_empty());
    assert_eq!(desired.data.len(), 1);
    let known = looked(&[("data.pod.db", "/db", database(&["a1", "b2"]))]);
    let desired = evaluate(&text, &known).0.unwrap();
    assert!(!desired.partial);
    let pods: Vec<String> = desired.pods.keys().map(Address::to_string).collect();
    assert_eq!(pods, ["pod.web[\"a1\"]", "pod.web[\"b2\"]"]);
}

#[test]
fn pods_behind_it_are_known_on_both_sides() {
    let text = format!(
        "{HEAD}{}{}{}{}",
        pod("first", ""),
        "locals {\n  of = pod.first.id\n}\ndata \"pod\" \"a\" {\n  id = local.of\n}\ndata \"pod\" \"b\" {\n  id         = \"/b\"\n  depends_on = [data.pod.a]\n}\n",
        pod("second", "labels = { v = data.pod.a.version }"),
        pod("third", "labels = { v = data.pod.b.version }"),
    );
    let desired = evaluate(&text, Looked::NOTHING).0.unwrap();
    let first = Address::pod("first");
    assert!(desired.data.values().all(|data| data.depends_on.contains(&first)), "{desired:#?}");
    let of = |name: &str| &desired.pods[&Address::pod(name)];
    assert!(of("second").depends_on.contains(&first));
    assert!(of("third").depends_on.contains(&first));
    let data =
        |name: &str| -> Vec<String> { of(name).data.iter().map(DataAddress::to_string).collect() };
    assert_eq!(data("first"), [""; 0]);
    assert_eq!(data("second"), ["data.pod.a"]);
    assert_eq!(data("third"), ["data.pod.a", "data.pod.b"]);
    assert_eq!(of("second").references[0].address, first);
}

#[test]
fn instances_are_picked_and_conditions_hold() {
    let text = format!(
        "{HEAD}{}",
        r#"
data "pod" "db" {
  for_each = toset(["a", "b"])
  id       = "/db-${each.key}"
  lifecycle {
    postcondition {
      condition     = self.version == "v1"
      error_message = "It is ${self.version}."
    }
  }
}
data "pod" "none" {
  enabled = false
  id      = "/none"
}
output "one" {
  value = data.pod.db["b"].version
}
output "all" {
  value = [for db in data.pod.db : db.version]
}
output "none" {
  value = data.pod.none
}
"#
    );
    let found = looked(&[
        ("data.pod.db[\"a\"]", "/db-a", database(&[])),
        ("data.pod.db[\"b\"]", "/db-b", database(&[])),
    ]);
    let desired = evaluate(&text, &found).0.unwrap();
    assert_eq!(desired.outputs["one"].value, Value::from("v1"));
    assert_eq!(desired.outputs["all"].value, Value::list(vec!["v1".into(), "v1".into()]));
    assert_eq!(desired.outputs["none"].value, Value::Null);
    let (_, found) = evaluate(&text.replace("== \"v1\"", "== \"v2\""), &found);
    let told = found.0[0].summary.as_str();
    assert_eq!(told, "the postcondition of `data.pod.db[\"a\"]` is not met");
    assert!(found.0[0].detail.as_deref().unwrap().starts_with("It is v1."));
}

#[test]
fn in_modules_they_have_addresses_of_their_own_and_json_says_the_same() {
    let (configuration, found) = podform_config::parse(vec![podform_config::SourceFile::new(
        "main.pf.json",
        r#"{"provider": {"mesos": {}}, "data": {"pod": {"db": {"id": "/db", "depends_on": []}}},
            "check": {"c": {"data": {"pod": {"x": {"id": "/x"}}},
                "assert": {"condition": "${data.pod.x.id == \"/x\"}", "error_message": "no"}}}}"#,
    )]);
    assert!(found.is_empty(), "{found:#?}");
    let computed = BTreeMap::new();
    let desired = configuration.unwrap().evaluate(&inputs(&[], &computed)).0.unwrap();
    let names: Vec<String> = desired.data.keys().map(DataAddress::to_string).collect();
    assert_eq!(names, ["data.pod.db", "data.pod.x"]);
}

#[test]
fn mistakes_of_blocks_have_places_and_advice() {
    check(&[(
        r#"provider "mesos" {}
data "pod" {}
data "pods" "a" { id = "/a" }
data "pod" "b" {
  idd      = "/b"
  count    = 1
  for_each = {}
}
data "pod" "c" { id = "/c" }
data "pod" "c" { id = "/c" }
check "k" {
  data "pod" "c" {
    id = "/c"
    count = 2
  }
  data "pod" "d" { id = "/d" }
  assert {
    condition     = data.pod.c.id == ""
    error_message = "x"
  }
}
"#,
        &[
            r#"config::labels [2:data "pod"] `data` takes 2 labels, found 1 ? write `data "pod" "NAME" { id = "/…" }`"#,
            r#"config::labels [3:"pods"] `pods` cannot be read ? write `data "pod" "a" { … }`"#,
            r#"config::missing_attribute [4:data "pod" "b"] `data` needs the attribute `id` ? add `id = …`"#,
            r#"config::unknown_attribute [5:idd] unknown attribute `idd` ? did you mean `id`?"#,
            r#"config::invalid_value [7:for_each] `count` and `for_each` exclude one another"#,
            r#"config::duplicate [10:"c"] `data.pod.c` is declared twice"#,
            r#"config::duplicate [12:"c"] `data.pod.c` is declared twice"#,
            r#"config::unknown_attribute [14:count] unknown attribute `count` ? use one of `id`, `provider`, `depends_on`"#,
            r#"config::duplicate [16:data "pod" "d"] `data` may stand only once here"#,
        ],
    )]);
}

#[test]
fn mistakes_of_references_have_places_and_advice() {
    check(&[(
        r#"provider "mesos" { user = data.pod.a.version }
data "pod" "a" { id = "/a" }
data "pod" "b" { id = data.pod.b.id }
check "k" {
  data "pod" "inner" { id = "/d" }
  assert {
    condition     = data.pod.inner.id == ""
    error_message = "x"
  }
}
output "a" { value = data.pod.inner.id }
output "b" { value = data.pod.aa.id }
output "c" { value = data.pod }
output "d" { value = data.host.a }
output "e" {
  value      = 1
  depends_on = [data.pod.a, data.pod.z]
}
"#,
        &[
            r#"config::invalid_value [1:data.pod.a.version] the settings of a provider cannot refer to `data`: the provider reads it"#,
            r#"config::cycle [3:data.pod.b] `data.pod.b` refers to itself"#,
            r#"config::undeclared [11:data.pod.inner] `data.pod.inner` can be used in `check.k` only ? move the `data` block out of the `check`"#,
            r#"config::undeclared [12:data.pod.aa] `data.pod.aa` is not declared ? did you mean `data.pod.a`?"#,
            r#"config::undeclared [13:data] `data` alone refers to nothing ? write `data.pod.NAME`"#,
            r#"config::undeclared [14:data.host] `data.host` refers to nothing ? write `data.pod.NAME`"#,
            r#"config::undeclared [17:data.pod.z] `data.pod.z` is not declared ? did you mean `data.pod.a`?"#,
        ],
    )]);
}

#[test]
fn mistakes_of_values_have_places_and_advice() {
    check(&[(
        r#"provider "mesos" {}
provider "mesos" { alias = "eu" }
variable "s" {
  default   = "/s"
  sensitive = true
}
data "pod" "a" { id = "/a" }
data "pod" "b" {
  provider = mesos.us
  id       = "/b"
}
data "pod" "c" {
  provider = mesos
  id       = var.s
}
data "pod" "d" {
  provider = mesos
  id       = "/No"
}
data "pod" "e" {
  provider = mesos
  count    = 2
  id       = "/e"
}
output "e" { value = data.pod.e.id }
output "e2" { value = data.pod.e[2].id }
"#,
        &[
            r#"config::provider_choice [7:data "pod" "a"] it is not clear which provider reads `data.pod.a` ? write `provider = NAME` in the block, with one of `mesos`, `mesos.eu`"#,
            r#"config::provider_choice [9:mesos.us] the provider `mesos.us` is not configured ? add `provider "mesos" { alias = … }`, or use one of `mesos`, `mesos.eu`"#,
            r#"config::evaluation [14:var.s] the `id` of a `data` block must not be sensitive: it is shown everywhere"#,
            r#"config::evaluation [18:"/No"] the `id` of a `data` block is the id of a pod, as `/shop/web`: path element `No` must consist of lower-case letters, digits and `-` (not at its ends), joined by `.`"#,
            r#"config::evaluation [25:data.pod.e] `data.pod.e` is one pod for each index of its `count` ? pick one as `data.pod.e[0].id`"#,
            r#"config::evaluation [26:2] `data.pod.e` has no instance 2: its count is 2"#,
        ],
    )]);
}
