//! `lifecycle`: what reaches the plan of it.

mod common;

use common::desired;
use podform_model::DesiredPod;

fn pods(lifecycle: &str) -> Vec<DesiredPod> {
    let container = "  container \"main\" {\n    command = \"x\"\n    resources {}\n  }\n";
    let text = format!(
        "provider \"mesos\" {{}}\npod \"db\" {{\n  for_each = toset([\"a\", \"b\"])\n{container}}}\npod \"web\" {{\n  for_each = toset([\"a\", \"b\"])\n  lifecycle {{\n    {lifecycle}\n  }}\n{container}}}\n"
    );
    let pods = desired(&text).pods.into_iter();
    pods.filter(|(address, _)| address.name == "web").map(|(_, pod)| pod).collect()
}

fn triggers(expression: &str) -> Vec<String> {
    let pods = pods(&format!("replace_triggered_by = [{expression}]"));
    let all = pods.iter().map(|pod| {
        let all = pod.lifecycle.replace_triggered_by.iter();
        all.map(|one| format!("{}:{}", one.address, one.to)).collect::<Vec<_>>().join(" ")
    });
    all.collect()
}

#[test]
fn what_replaces_a_pod() {
    assert_eq!(
        triggers("pod.db[each.key].version").join(" | "),
        "pod.db[\"a\"]:version | pod.db[\"b\"]:version"
    );
    assert_eq!(triggers("pod.db[each.key]").join(" | "), "pod.db[\"a\"]: | pod.db[\"b\"]:");
    assert_eq!(
        triggers("pod.db").join(" | "),
        "pod.db[\"a\"]: pod.db[\"b\"]: | pod.db[\"a\"]: pod.db[\"b\"]:"
    );
    assert_eq!(
        triggers("pod.db[\"a\"].instance, pod.db[\"b\"].id").join(" | "),
        "pod.db[\"a\"]:instance pod.db[\"b\"]:id | pod.db[\"a\"]:instance pod.db[\"b\"]:id"
    );
}

#[test]
fn what_is_ignored_and_what_is_left() {
    let all = &pods("ignore_changes = all")[0].lifecycle;
    assert_eq!(all.ignore_changes.len(), 1);
    assert!(all.ignore_changes[0].0.is_empty());
    assert!(!all.postconditions);
    let some = &pods(
        "ignore_changes = [labels, container[\"main\"].environment[\"A.B\"], network[0].name]",
    )[0];
    let paths: Vec<String> =
        some.lifecycle.ignore_changes.iter().map(ToString::to_string).collect();
    assert_eq!(paths.join(" "), "labels container[\"main\"].environment[\"A.B\"] network[0].name");
    assert_eq!(pods("destroy = false")[1].lifecycle.destroy, Some(false));
}
