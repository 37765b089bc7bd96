//! `dynamic` blocks.

mod common;

use common::findings::check;
use common::{desired, pod};
use podform_model::Value;

/// A pod with this in it, around the one container that it must have.
fn with(body: &str) -> String {
    format!(
        "provider \"mesos\" {{}}\npod \"web\" {{\n{body}\n  container \"main\" {{\n    command = \"sleep 1\"\n    resources {{}}\n  }}\n}}\n"
    )
}

fn show(value: Option<&Value>) -> String {
    value.map_or_else(|| "absent".into(), |value| format!("{value:?}"))
}

#[test]
fn a_block_for_each_entry_of_a_map() {
    let text = r#"
provider "mesos" {}
locals {
  ports = { http = 8080, admin = 9090 }
}
pod "web" {
  network { mode = "container/bridge" }
  container "main" {
    command = "sleep 1"
    resources {}
    endpoint "first" { container_port = 1 }
    dynamic "endpoint" {
      for_each = local.ports
      labels   = [endpoint.key]
      content {
        container_port = endpoint.value
        labels         = { port = "${endpoint.key}-${endpoint.value}" }
      }
    }
    endpoint "last" { container_port = 2 }
  }
}
"#;
    let pod = pod(text, "pod.web");
    let endpoints = pod.value.get("container").and_then(|all| all.as_list()?[0].get("endpoint"));
    let short: Vec<String> = endpoints
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .map(|one| {
            format!(
                "{:?} {:?} {}",
                one.get("name"),
                one.get("container_port"),
                show(one.get("labels"))
            )
        })
        .collect();
    assert_eq!(
        short.join("\n"),
        "Some(\"first\") Some(1) absent\nSome(\"admin\") Some(9090) {\"port\": \"admin-9090\"}\nSome(\"http\") Some(8080) {\"port\": \"http-8080\"}\nSome(\"last\") Some(2) absent"
    );
}

#[test]
fn over_lists_and_sets_with_an_iterator() {
    let text = with(
        r#"
  placement {
    dynamic "constraint" {
      for_each = ["rack", "zone"]
      iterator = it
      content {
        field    = it.value
        operator = "MAX_PER"
        value    = it.key + 1
      }
    }
    dynamic "constraint" {
      for_each = toset(["b", "a"])
      content {
        field    = "${constraint.key}/${constraint.value}"
        operator = "UNIQUE"
      }
    }
  }
"#,
    );
    let pod = pod(&text, "pod.web");
    let placement = pod.value.get("placement");
    assert_eq!(
        show(placement.and_then(|placement| placement.get("constraint"))),
        "[{\"field\": \"rack\", \"operator\": \"MAX_PER\", \"value\": \"1\"}, {\"field\": \"zone\", \"operator\": \"MAX_PER\", \"value\": \"2\"}, {\"field\": \"a/a\", \"operator\": \"UNIQUE\"}, {\"field\": \"b/b\", \"operator\": \"UNIQUE\"}]"
    );
}

#[test]
fn within_one_another_and_beside_for_each() {
    let text = r#"
provider "mesos" {}
pod "web" {
  for_each = toset(["eu"])
  dynamic "container" {
    for_each = { a = ["x", "y"], b = [] }
    labels   = [container.key]
    content {
      command = "run ${each.key}"
      resources {}
      dynamic "artifact" {
        for_each = container.value
        content {
          uri       = "http://h/${container.key}/${artifact.value}"
          dest_path = [for artifact in [1]: "p${artifact}"][0]
        }
      }
    }
  }
}
"#;
    let pod = pod(text, "pod.web[\"eu\"]");
    let all: Vec<String> = pod
        .value
        .get("container")
        .and_then(Value::as_list)
        .unwrap_or_default()
        .iter()
        .map(|one| {
            format!(
                "{} {} {}",
                show(one.get("name")),
                show(one.get("command")),
                show(one.get("artifact"))
            )
        })
        .collect();
    assert_eq!(
        all.join("\n"),
        "\"a\" \"run eu\" [{\"cache\": false, \"dest_path\": \"p1\", \"executable\": false, \"extract\": true, \"uri\": \"http://h/a/x\"}, {\"cache\": false, \"dest_path\": \"p1\", \"executable\": false, \"extract\": true, \"uri\": \"http://h/a/y\"}]\n\"b\" \"run eu\" absent"
    );
}

#[test]
fn secrets_and_volumes_that_only_a_dynamic_declares() {
    let text = r#"
provider "mesos" {
  dynamic "secret_store" {
    for_each = ["x"]
    labels   = ["file", secret_store.value]
    content { path = "${secret_store.value}.hcl" }
  }
}
pod "web" {
  dynamic "secret" {
    for_each = ["db"]
    labels   = [secret.value]
    content { source = "/shop/${secret.value}" }
  }
  dynamic "volume" {
    for_each = { data = null }
    iterator = each
    labels   = [each.key]
    content {}
  }
  container "main" {
    command = "sleep 1"
    resources {}
    environment = { DB = secret.db }
    volume_mount "data" { path = "data" }
    dynamic "endpoint" {
      for_each = ["http"]
      labels   = [endpoint.value]
      content {}
    }
  }
}
output "any" { value = pod.web.endpoint["http"].port }
"#;
    let desired = desired(text);
    let provider = desired.providers.values().next();
    assert_eq!(
        show(provider),
        "{\"secret_store\": [{\"kind\": \"file\", \"name\": \"x\", \"path\": \"x.hcl\"}]}"
    );
    assert_eq!(format!("{:?}", desired.outputs["any"].value), "(known after apply)");
}

#[test]
fn unnamed_blocks_whose_number_is_known_after_apply_are_unknown() {
    let text = r#"
provider "mesos" {}
pod "db" {
  container "main" {
    command = "sleep 1"
    resources {}
  }
}
pod "web" {
  container "main" {
    command = "sleep 1"
    resources {}
    dynamic "artifact" {
      for_each = pod.db.instance[*].host
      content { uri = "http://${artifact.value}/" }
    }
  }
}
"#;
    let pod = pod(text, "pod.web");
    let container = pod.value.get("container").and_then(|all| all.as_list()?.first());
    assert_eq!(
        show(container.and_then(|container| container.get("artifact"))),
        "(known after apply)"
    );
    let from: Vec<String> = pod.references.iter().map(|one| one.from.to_string()).collect();
    assert_eq!(from.join(" "), "container[\"main\"].artifact");
}

#[test]
fn a_dynamic_that_is_not_written_as_it_must_be() {
    let cases: Vec<(String, &[&str])> = vec![
        (
            with("  dynamic {}"),
            &[
                r#"config::labels [3:dynamic] `dynamic` takes one label, found 0 ? write `dynamic "TYPE" { for_each = …, content { … } }`"#,
            ],
        ),
        (
            with("  dynamic \"volume\" {}"),
            &[
                r#"config::missing_attribute [3:dynamic "volume"] `dynamic` needs the attribute `for_each` ? add `for_each = …`"#,
                r#"config::missing_attribute [3:dynamic "volume"] a `dynamic` of `volume` needs `labels` ? add `labels = [volume.key]`: the name of each block"#,
                r#"config::missing_attribute [3:dynamic "volume"] `dynamic` needs the block `content` ? add `content { … }`, with what each block holds"#,
            ],
        ),
        (
            with("  dynamic \"volum\" {\n    for_each = []\n    content {}\n  }"),
            &[
                r#"config::unknown_block [3:"volum"] `pod` has no block `volum` that `dynamic` could make ? did you mean `volume`?"#,
            ],
        ),
        (
            with("  dynamic \"lifecycle\" {\n    for_each = []\n    content {}\n  }"),
            &[
                r#"config::unknown_block [3:"lifecycle"] `pod` has no block `lifecycle` that `dynamic` could make ? use one of `secret`, `network`, `volume`, `executor_resources`, `container`, `placement`, `upgrade`, `backoff`, `unreachable`, `linux`"#,
            ],
        ),
        (
            with(
                "  dynamic \"network\" {\n    for_each = []\n    labels = [\"a\"]\n    iterator = \"x\"\n    content {\n      mod = 1\n    }\n    content {}\n    x = 1\n  }",
            ),
            &[
                r#"config::labels [5:["a"]] `network` takes no label, found 1 ? remove `labels`"#,
                r#"config::invalid_value [6:"x"] `iterator` must be one name ? write a name without quotes, as `iterator = port`"#,
                r#"config::unknown_attribute [8:mod] unknown attribute `mod` ? did you mean `mode`?"#,
                r#"config::duplicate [10:content] `content` may stand only once here"#,
                r#"config::unknown_attribute [11:x] unknown attribute `x` ? use one of `for_each`, `iterator`, `labels`"#,
            ],
        ),
        (
            with(
                "  dynamic \"volume\" {\n    for_each = []\n    labels = local.x\n    iterator = a.b\n    content \"l\" {}\n  }\n  locals {}",
            ),
            &[
                r#"config::invalid_value [5:local.x] `labels` must be a list, written out"#,
                r#"config::undeclared [5:local.x] `local.x` is not declared ? declare it: `locals { x = … }`"#,
                r#"config::invalid_value [6:a.b] `iterator` must be one name ? write a name without quotes, as `iterator = port`"#,
                r#"config::labels [7:"l"] `content` takes no label, found 1 ? write `content { … }`"#,
                r#"config::unknown_block [9:locals] unknown block `locals`"#,
            ],
        ),
        (
            with(
                "  dynamic \"volume\" {\n    for_each = []\n    labels = [\"a\", \"b\"]\n    content {\n      host = volum.key\n    }\n  }",
            ),
            &[
                r#"config::labels [5:["a", "b"]] `volume` takes one label, found 2 ? write `labels = [volume.key]`"#,
                r#"config::undeclared [7:volum] `volum` refers to nothing ? a reference begins with `var`, `local`, `pod`, `data`, `module`, `each`, `count`, `self`, `path`, `podform` or `secret`"#,
            ],
        ),
    ];
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}

#[test]
fn what_goes_wrong_when_the_blocks_are_made() {
    let volume = |for_each: &str, label: &str| {
        with(&format!(
            "  dynamic \"volume\" {{\n    for_each = {for_each}\n    labels = [{label}]\n    content {{}}\n  }}"
        ))
    };
    let cases: Vec<(String, &[&str])> = vec![
        (volume("null", "volume.key"), &[r#"config::evaluation [4:null] the `for_each` of a `dynamic` block must not be null ? write `[]` for no block"#]),
        (volume("3", "volume.key"), &[r#"config::evaluation [4:3] the `for_each` of a `dynamic` block takes a map, list or set, found a number"#]),
        (volume("sensitive([\"a\"])", "volume.key"), &[r#"config::evaluation [4:sensitive(["a"])] the `for_each` of a `dynamic` block must not be sensitive: it decides which blocks there are ? use `nonsensitive(…)` when the value is no secret"#]),
        (
            volume("pod.db.instance", "volume.key")
                + "pod \"db\" {\n  container \"main\" {\n    command = \"sleep 1\"\n    resources {}\n  }\n}\n",
            &[r#"config::evaluation [4:pod.db.instance] the `for_each` of a `dynamic` block with `labels` must be known before anything is planned ? use values from the configuration, not what other pods compute"#],
        ),
        (volume("[\"a\"]", "null"), &[r#"config::evaluation [5:null] the name of `volume` must not be null"#]),
        (volume("[\"a\"]", "volume.value[0]"), &[r#"config::evaluation [5:volume.value] `volume.value` is a string, so it has no index"#]),
        (volume("[\"A b\"]", "volume.value"), &[r#"pod::rule [3:dynamic "volume"] `A b` cannot be the name of a volume ? use 1 to 63 lower-case letters, digits and `-`, not at the ends"#, r#"pod::rule [3:dynamic "volume"] no container mounts volume `A b` ? add `volume_mount "A b" { … }` to a container, or remove the volume"#]),
        (volume("[\"a\", \"a\"]", "volume.value"), &[r#"config::duplicate [5:volume.value] two `volume` blocks are named `a`"#]),
        (volume("[\"a\"]", "sensitive(volume.value)"), &[r#"config::evaluation [5:sensitive(volume.value)] the name of `volume` must not be sensitive: it would show in addresses"#]),
        (volume("[\"a\"]", "[volume.value]"), &[r#"config::evaluation [5:[volume.value]] the name of `volume` must be a string"#]),
        (
            with("  dynamic \"upgrade\" {\n    for_each = [1, 2]\n    content {}\n  }\n  upgrade {}"),
            &[r#"config::duplicate [3:dynamic "upgrade"] `upgrade` may stand only once here"#, r#"config::duplicate [7:upgrade] `upgrade` may stand only once here"#],
        ),
        (
            "provider \"mesos\" {}\npod \"web\" {\n  dynamic \"container\" {\n    for_each = []\n    labels = [container.key]\n    content {\n      resources {}\n    }\n  }\n}\n".into(),
            &[r#"config::missing_attribute [2:pod "web"] `pod` needs the block `container` ? add `container "NAME" { … }`"#],
        ),
        (
            with("  volume \"v\" {\n    host = \"/x\"\n    dynamic \"persistent\" {\n      for_each = [1]\n      content {\n        size = 1\n      }\n    }\n  }"),
            &[r#"config::invalid_value [5:dynamic "persistent"] `host` and `persistent` exclude one another"#],
        ),
    ];
    let cases: Vec<(&str, &[&str])> = cases.iter().map(|(text, all)| (&**text, *all)).collect();
    check(&cases);
}
