//! Several providers from one block.

mod common;

use common::desired;
use common::findings::check;

const REGIONS: &str = r#"
locals {
  regions = { eu = 1, us = 2 }
}
provider "mesos" {
  alias    = "by_region"
  for_each = local.regions
  masters  = ["http://${each.key}-${each.value}:5050"]
}
"#;

fn pod(provider: &str) -> String {
    format!(
        "{REGIONS}pod \"web\" {{\n  for_each = toset([\"eu\", \"us\"])\n  {provider}\n  container \"main\" {{\n    command = \"x\"\n    resources {{}}\n  }}\n}}\n"
    )
}

#[test]
fn each_pod_chooses_its_provider_by_a_key() {
    let desired = desired(&pod("provider = mesos.by_region[each.key]"));
    let providers: Vec<String> =
        desired.providers.iter().map(|(name, settings)| format!("{name} {settings:?}")).collect();
    assert_eq!(
        providers.join("\n"),
        "mesos.by_region[\"eu\"] {\"masters\": [\"http://eu-1:5050\"]}\nmesos.by_region[\"us\"] {\"masters\": [\"http://us-2:5050\"]}"
    );
    let pods: Vec<String> =
        desired.pods.iter().map(|(address, pod)| format!("{address} {}", pod.provider)).collect();
    assert_eq!(
        pods.join("\n"),
        "pod.web[\"eu\"] mesos.by_region[\"eu\"]\npod.web[\"us\"] mesos.by_region[\"us\"]"
    );
}

#[test]
fn a_key_written_out_chooses_one_for_all() {
    let desired = desired(&pod("provider = mesos.by_region[\"us\"]"));
    let pods: Vec<String> = desired.pods.values().map(|pod| pod.provider.to_string()).collect();
    assert_eq!(pods.join("\n"), "mesos.by_region[\"us\"]\nmesos.by_region[\"us\"]");
}

#[test]
fn what_goes_wrong_with_several_providers() {
    let cases: Vec<(String, &[&str])> = vec![
        (
            pod(""),
            &[
                r#"config::provider_choice [10:pod "web"] it is not clear which provider runs `pod.web` ? write `provider = NAME` in the pod, with one of `mesos.by_region["eu"]`, `mesos.by_region["us"]`"#,
            ],
        ),
        (
            pod("provider = mesos.by_region"),
            &[
                r#"config::provider_choice [12:mesos.by_region] there is no provider `mesos.by_region` ? choose one of its keys, as `provider = mesos.by_region["eu"]`"#,
            ],
        ),
        (
            pod("provider = mesos.by_region[\"asia\"]"),
            &[
                r#"config::provider_choice [12:mesos.by_region["asia"]] there is no provider `mesos.by_region["asia"]` ? choose one of its keys, as `provider = mesos.by_region["eu"]`"#,
            ],
        ),
        (
            pod("provider = mesos.by_region[null]"),
            &[r#"config::evaluation [12:null] the key of a provider must not be null"#],
        ),
        (
            pod("provider = mesos.by_region[sensitive(each.key)]"),
            &[
                r#"config::evaluation [12:sensitive(each.key)] the key of a provider must not be sensitive: it is shown"#,
            ],
        ),
        (
            pod("provider = mesos.other[each.key]"),
            &[
                r#"config::provider_choice [12:mesos.other[each.key]] the provider `mesos.other["eu"]` is not configured ? add `provider "mesos" { alias = … }`, or use one of `mesos.by_region["eu"]`, `mesos.by_region["us"]`"#,
                r#"config::provider_choice [12:mesos.other[each.key]] the provider `mesos.other["us"]` is not configured ? add `provider "mesos" { alias = … }`, or use one of `mesos.by_region["eu"]`, `mesos.by_region["us"]`"#,
            ],
        ),
    ];
    check_all(&cases);
}

fn check_all(cases: &[(String, &[&str])]) {
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}

#[test]
fn blocks_of_providers_that_are_wrong() {
    let block = |body: &str| format!("provider \"mesos\" {{\n{body}\n}}\n");
    let cases: Vec<(String, &[&str])> = vec![
        (
            block("  for_each = { a = 1 }"),
            &[
                r#"config::missing_attribute [2:for_each] a provider with `for_each` needs the attribute `alias` ? add `alias = "NAME"`; pods choose with `provider = mesos.NAME[KEY]`"#,
            ],
        ),
        (
            block("  count = 2"),
            &[
                r#"config::unknown_attribute [2:count] a provider has no `count` ? write `for_each` with a map or a set of strings"#,
            ],
        ),
        (
            block("  alias = \"a\"\n  for_each = [1]"),
            &[
                r#"config::evaluation [3:[1]] `for_each` takes a map or a set of strings, found a list ? make a set of it with `toset(…)`"#,
            ],
        ),
        (
            block("  alias = \"a\"\n  for_each = toset([each.key])"),
            &[
                r#"config::undeclared [3:each.key] `each` has no value here ? use it in a block with `for_each`, or name the value in another way"#,
            ],
        ),
        (
            block("  role = each.key"),
            &[
                r#"config::undeclared [2:each.key] `each` has no value here ? give the provider a `for_each`, or name the value in another way"#,
            ],
        ),
        (
            block("  role = count.index"),
            &[
                r#"config::undeclared [2:count.index] `count.index` has no value here ? write `for_each` and `each.key`"#,
            ],
        ),
        (
            block(
                "  secret_store \"file\" {}\n  secret_store \"vault\" \"file\" {}\n  secret_store \"vault\" {}",
            ),
            &[
                r#"config::duplicate [3:"file"] two secret stores have the name `file` ? give one of them another name: `secret_store "KIND" "NAME"`"#,
            ],
        ),
    ];
    check_all(&cases);
}

#[test]
fn ids_are_those_of_one_provider() {
    let pod = |name: &str, id: &str, provider: &str| {
        format!(
            "pod \"{name}\" {{\n  id = \"{id}\"\n  provider = {provider}\n  container \"a\" {{\n    command = \"x\"\n    resources {{}}\n  }}\n}}\n"
        )
    };
    let providers = "provider \"mesos\" {}\nprovider \"mesos\" {\n  alias = \"eu\"\n}\n";
    let of = |eu: &str| {
        let pods =
            [pod("a", "/shop", "mesos"), pod("b", "/shop", eu), pod("c", "/shop/web", "mesos.eu")];
        providers.to_owned() + &pods.concat()
    };
    let apart = of("mesos.eu")
        .replace("\"/shop\"\n  provider = mesos.eu", "\"/web\"\n  provider = mesos.eu");
    let (same, _) = common::findings::all(&of("mesos"));
    assert_eq!(
        same,
        [
            r#"config::duplicate_id [6:"/shop"] 2 pods have the id `/shop` ? give each its own `id`; with `for_each` or `count` put `each.key` or `count.index` into it"#
        ]
    );
    let (parent, _) = common::findings::all(&of("mesos.eu"));
    assert_eq!(
        parent,
        [
            r#"config::duplicate_id [14:"/shop"] the id `/shop` of one pod is the parent of `/shop/web` of another ? give the first an id of its own"#
        ]
    );
    assert_eq!(common::findings::all(&apart).0, Vec::<String>::new());
}
