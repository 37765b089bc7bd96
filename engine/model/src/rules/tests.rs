//! For each rule a pod that breaks it and one that keeps it.

use super::{RULES, check, check_with_role};
use crate::defaults;
use crate::value::Map;
use crate::{Severity, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A rule, the path of its finding, what breaks it and what keeps it: members of the pod and of
/// its container `web`, as JSON.
struct Case {
    rule: &'static str,
    path: &'static str,
    bad: (&'static str, &'static str),
    good: (&'static str, &'static str),
}

const fn case(
    rule: &'static str,
    path: &'static str,
    bad: (&'static str, &'static str),
    good: (&'static str, &'static str),
) -> Case {
    Case { rule, path, bad, good }
}

const NET: &str = r#""network":[{}]"#;
const DISK: &str = r#""volume":[{"name":"d","persistent":{"size":1}}]"#;
const MOUNT: &str = r#""volume_mount":[{"name":"d","path":"d"}]"#;
const CONSTRAINT: &str =
    r#""placement":{"constraint":[{"field":"rack","operator":"LIKE","value":"a.*"}]}"#;

const CASES: &[Case] = &[
    case("container_missing", "container", (r#""container":[]"#, ""), ("", "")),
    case(
        "container_unique",
        "container[1]",
        (
            r#""container":[{"name":"a","command":"x","resources":{}},{"name":"a","command":"x","resources":{}}]"#,
            "",
        ),
        (
            r#""container":[{"name":"a","command":"x","resources":{}},{"name":"b","command":"x","resources":{}}]"#,
            "",
        ),
    ),
    case(
        "resources_missing",
        r#"container["web"].resources"#,
        (r#""container":[{"name":"web","command":"x"}]"#, ""),
        ("", r#""resources":{}"#),
    ),
    case(
        "volume_unique",
        "volume[1]",
        (r#""volume":[{"name":"d"},{"name":"d"}]"#, MOUNT),
        (r#""volume":[{"name":"d"}]"#, MOUNT),
    ),
    case(
        "volume_name",
        r#"volume["D"]"#,
        (r#""volume":[{"name":"D"}]"#, r#""volume_mount":[{"name":"D","path":"d"}]"#),
        (r#""volume":[{"name":"d"}]"#, MOUNT),
    ),
    case(
        "volume_source",
        r#"volume["d"].host"#,
        (r#""volume":[{"name":"d","host":"/x","persistent":{"size":1}}]"#, MOUNT),
        (r#""volume":[{"name":"d","host":"/x"}]"#, MOUNT),
    ),
    case(
        "volume_unused",
        r#"volume["d"]"#,
        (r#""volume":[{"name":"d"}]"#, ""),
        (r#""volume":[{"name":"d"}]"#, MOUNT),
    ),
    case(
        "mount_undeclared",
        r#"container["web"].volume_mount["d"]"#,
        ("", MOUNT),
        (r#""volume":[{"name":"d"}]"#, MOUNT),
    ),
    case(
        "secret_undeclared",
        r#"container["web"].environment["A"]"#,
        ("", r#""environment":{"A":{"$secret":"s"}}"#),
        (r#""secret":[{"name":"s","source":"/s"}]"#, r#""environment":{"A":{"$secret":"s"}}"#),
    ),
    case(
        "network_mix",
        "network[1]",
        (r#""network":[{"mode":"host"},{}]"#, ""),
        (r#""network":[{"name":"a"},{"name":"b"}]"#, ""),
    ),
    case(
        "network_host",
        "network[0].name",
        (r#""network":[{"mode":"host","name":"a"}]"#, ""),
        (r#""network":[{"mode":"host"}]"#, ""),
    ),
    case(
        "network_bridge",
        "network[0].name",
        (r#""network":[{"mode":"container/bridge","name":"a"}]"#, ""),
        (r#""network":[{"mode":"container/bridge","labels":{"a":"b"}}]"#, ""),
    ),
    case(
        "network_unique",
        "network[1]",
        (r#""network":[{},{}]"#, ""),
        (r#""network":[{},{"name":"a"}]"#, ""),
    ),
    case(
        "endpoint_unique",
        r#"container["web"].endpoint[1]"#,
        ("", r#""endpoint":[{"name":"a"},{"name":"a"}]"#),
        ("", r#""endpoint":[{"name":"a"},{"name":"b"}]"#),
    ),
    case(
        "container_port_unique",
        r#"container["web"].endpoint["b"].container_port"#,
        (NET, r#""endpoint":[{"name":"a","container_port":80},{"name":"b","container_port":80}]"#),
        (NET, r#""endpoint":[{"name":"a","container_port":80},{"name":"b","container_port":81}]"#),
    ),
    case(
        "host_port_unique",
        r#"container["web"].endpoint["b"].host_port"#,
        (
            r#""upgrade":{"minimum_health_capacity":0}"#,
            r#""endpoint":[{"name":"a","host_port":80},{"name":"b","host_port":80}]"#,
        ),
        (
            r#""upgrade":{"minimum_health_capacity":0}"#,
            r#""endpoint":[{"name":"a","host_port":0},{"name":"b","host_port":0}]"#,
        ),
    ),
    case(
        "container_port_host",
        r#"container["web"].endpoint["a"].container_port"#,
        ("", r#""endpoint":[{"name":"a","container_port":80}]"#),
        (NET, r#""endpoint":[{"name":"a","container_port":80}]"#),
    ),
    case(
        "container_port_missing",
        r#"container["web"].endpoint["a"].container_port"#,
        (r#""network":[{"mode":"container/bridge"}]"#, r#""endpoint":[{"name":"a"}]"#),
        (r#""network":[{"mode":"host"}]"#, r#""endpoint":[{"name":"a"}]"#),
    ),
    case(
        "endpoint_network",
        r#"container["web"].endpoint["a"].network_names[0]"#,
        (
            r#""network":[{"name":"x"}]"#,
            r#""endpoint":[{"name":"a","container_port":80,"network_names":["y"]}]"#,
        ),
        (
            r#""network":[{"name":"x"}]"#,
            r#""endpoint":[{"name":"a","container_port":80,"network_names":["x"]}]"#,
        ),
    ),
    case(
        "endpoint_one_network",
        r#"container["web"].endpoint["a"].network_names"#,
        (
            r#""network":[{"name":"x"},{"name":"y"}]"#,
            r#""endpoint":[{"name":"a","container_port":80,"host_port":0}]"#,
        ),
        (
            r#""network":[{"name":"x"},{"name":"y"}]"#,
            r#""endpoint":[{"name":"a","container_port":80,"host_port":0,"network_names":["y"]}]"#,
        ),
    ),
    case(
        "endpoint_protocol",
        r#"container["web"].endpoint["a"].protocol[1]"#,
        ("", r#""endpoint":[{"name":"a","protocol":["tcp","tcp"]}]"#),
        ("", r#""endpoint":[{"name":"a","protocol":["tcp","udp"]}]"#),
    ),
    case(
        "health_check_kind",
        r#"container["web"].health_check"#,
        ("", r#""health_check":{}"#),
        ("", r#""health_check":{"command":"true"}"#),
    ),
    case(
        "health_check_timeout",
        r#"container["web"].health_check.timeout"#,
        ("", r#""health_check":{"command":"true","interval":20}"#),
        ("", r#""health_check":{"command":"true","interval":21}"#),
    ),
    case(
        "health_check_endpoint",
        r#"container["web"].health_check.tcp.endpoint"#,
        ("", r#""health_check":{"tcp":{"endpoint":"b"}},"endpoint":[{"name":"a"}]"#),
        ("", r#""health_check":{"tcp":{"endpoint":"a"}},"endpoint":[{"name":"a"}]"#),
    ),
    case(
        "command_kind",
        r#"container["web"].argv"#,
        ("", r#""argv":["y"]"#),
        ("", r#""command":null,"argv":["y"]"#),
    ),
    case(
        "limit_below_request",
        r#"container["web"].limits.mem"#,
        ("", r#""limits":{"mem":127,"cpus":"unlimited"}"#),
        ("", r#""limits":{"mem":128,"cpus":1}"#),
    ),
    case(
        "limit_shared_cgroups",
        r#"container["web"].limits"#,
        (r#""legacy_shared_cgroups":true"#, r#""limits":{"mem":256}"#),
        (r#""legacy_shared_cgroups":false"#, r#""limits":{"mem":256}"#),
    ),
    case(
        "seccomp_both",
        r#"container["web"].linux.seccomp_unconfined"#,
        ("", r#""linux":{"seccomp_profile":"p","seccomp_unconfined":true}"#),
        ("", r#""linux":{"seccomp_profile":"p","seccomp_unconfined":false}"#),
    ),
    case(
        "seccomp_neither",
        r#"container["web"].linux.seccomp_unconfined"#,
        ("", r#""linux":{"seccomp_unconfined":false}"#),
        ("", r#""linux":{"seccomp_unconfined":true}"#),
    ),
    case(
        "shm_shared",
        "linux.shm_size",
        (r#""linux":{"ipc_mode":"SHARE_PARENT","shm_size":8}"#, ""),
        (
            r#""linux":{"ipc_mode":"PRIVATE","shm_size":8}"#,
            r#""linux":{"ipc_mode":"SHARE_PARENT"}"#,
        ),
    ),
    case(
        "shm_mode_missing",
        r#"container["web"].linux.ipc_mode"#,
        ("", r#""linux":{"shm_size":8}"#),
        ("", r#""linux":{"shm_size":8,"ipc_mode":"PRIVATE"}"#),
    ),
    case(
        "constraint_field",
        "placement.constraint[0].field",
        (r#""placement":{"constraint":[{"field":"","operator":"CLUSTER"}]}"#, ""),
        (CONSTRAINT, ""),
    ),
    case(
        "constraint_value",
        "placement.constraint[0].value",
        (r#""placement":{"constraint":[{"field":"rack","operator":"MAX_PER","value":"two"}]}"#, ""),
        (r#""placement":{"constraint":[{"field":"rack","operator":"MAX_PER","value":"2"}]}"#, ""),
    ),
    case(
        "accepted_role_name",
        "placement.accepted_resource_roles[0]",
        (r#""placement":{"accepted_resource_roles":["a/b"]}"#, ""),
        (r#""placement":{"accepted_resource_roles":["a"]}"#, ""),
    ),
    case(
        "accepted_roles",
        "placement.accepted_resource_roles[1]",
        (r#""role":"a","placement":{"accepted_resource_roles":["*","b"]}"#, ""),
        (r#""role":"a","placement":{"accepted_resource_roles":["*","a"]}"#, ""),
    ),
    case("resident_role", "role", (RESIDENT_STAR, MOUNT), (RESIDENT, MOUNT)),
    case(
        "resident_accepted_roles",
        "placement.accepted_resource_roles",
        (
            r#""role":"a","placement":{"accepted_resource_roles":["a"]},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
        (
            r#""role":"a","placement":{"accepted_resource_roles":["*"]},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
    ),
    case(
        "resident_over_capacity",
        "upgrade.maximum_over_capacity",
        (
            r#""role":"a","upgrade":{"maximum_over_capacity":0.1},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
        (
            r#""role":"a","upgrade":{"maximum_over_capacity":0},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
    ),
    case(
        "resident_unreachable",
        "unreachable",
        (
            r#""role":"a","unreachable":{"disabled":false},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
        (
            r#""role":"a","unreachable":{"disabled":true},"volume":[{"name":"d","persistent":{"size":1}}]"#,
            MOUNT,
        ),
    ),
    case(
        "disk_constraint",
        r#"volume["d"].persistent.constraint[0].field"#,
        (
            r#""role":"a","volume":[{"name":"d","persistent":{"size":1,"constraint":[{"field":"x","operator":"LIKE","value":"/a"}]}}]"#,
            MOUNT,
        ),
        (
            r#""role":"a","volume":[{"name":"d","persistent":{"size":1,"constraint":[{"field":"path","operator":"LIKE","value":"/a"}]}}]"#,
            MOUNT,
        ),
    ),
    case(
        "secret_unused",
        r#"secret["s"]"#,
        (r#""secret":[{"name":"s","source":"/s"}]"#, ""),
        (r#""secret":[{"name":"s","source":"/s"}],"environment":{"A":{"$secret":"s"}}"#, ""),
    ),
    case(
        "vip_without_protocol",
        r#"container["web"].endpoint["a"].protocol"#,
        ("", r#""endpoint":[{"name":"a","protocol":[],"labels":{"VIP_0":"/a:80"}}]"#),
        ("", r#""endpoint":[{"name":"a","labels":{"VIP_0":"/a:80"}}]"#),
    ),
    case(
        "http_path",
        r#"container["web"].health_check.http.path"#,
        ("", r#""health_check":{"http":{"endpoint":"a","path":"x"}},"endpoint":[{"name":"a"}]"#),
        ("", r#""health_check":{"http":{"endpoint":"a","path":"/x"}},"endpoint":[{"name":"a"}]"#),
    ),
    case(
        "no_command",
        r#"container["web"]"#,
        ("", r#""command":null"#),
        ("", r#""command":null,"image":{"id":"nginx"}"#),
    ),
    case(
        "full_upgrade",
        r#"container["web"].endpoint["a"].host_port"#,
        (
            r#""upgrade":{"minimum_health_capacity":1}"#,
            r#""endpoint":[{"name":"a","host_port":80}]"#,
        ),
        (
            r#""upgrade":{"minimum_health_capacity":0.5}"#,
            r#""endpoint":[{"name":"a","host_port":80}]"#,
        ),
    ),
    case(
        "override_entrypoint",
        r#"container["web"].override_entrypoint"#,
        ("", r#""override_entrypoint":true"#),
        ("", r#""command":null,"argv":["x"],"override_entrypoint":true"#),
    ),
];

const RESIDENT: &str = r#""role":"a","volume":[{"name":"d","persistent":{"size":1}}]"#;
const RESIDENT_STAR: &str = r#""role":"*","volume":[{"name":"d","persistent":{"size":1}}]"#;

/// A pod in normal form from members of the pod and of its container.
fn pod((pod, container): (&str, &str)) -> Value {
    let comma = |text: &str| if text.is_empty() { String::new() } else { format!(",{text}") };
    let text = format!(
        r#"{{"id":"/p","container":[{{"name":"web","command":"x","resources":{{}}{}}}]{}}}"#,
        comma(container),
        comma(pod)
    );
    let value: Value = serde_json::from_str(&text).unwrap();
    defaults::fill(&value)
}

fn rules(pod: &Value) -> BTreeSet<&'static str> {
    check(pod).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn every_rule_is_broken_and_kept() {
    for Case { rule, path, bad, good } in CASES {
        let findings = check(&pod(*bad));
        let found = findings.iter().find(|finding| finding.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{rule} is not found: {findings:?}"));
        assert_eq!(found.path.to_string(), *path, "{rule}");
        assert_eq!(check(&pod(*good)), [], "{rule}");
    }
    let cases: BTreeSet<_> = CASES.iter().map(|case| case.rule).collect();
    let all: BTreeSet<_> = RULES.iter().map(|rule| rule.id).collect();
    assert_eq!(cases, all);
    assert_eq!(all.len(), RULES.len(), "ids are unique");
}

#[test]
fn texts_follow_the_style() {
    for rule in RULES {
        assert!(rule.demands.ends_with('.'), "{}", rule.id);
        assert!(rule.id.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{}", rule.id);
    }
    for finding in CASES.iter().flat_map(|case| check(&pod(case.bad))) {
        assert!(!finding.summary.ends_with('.'), "{}", finding.summary);
        assert!(finding.summary.starts_with(|c: char| !c.is_uppercase()), "{}", finding.summary);
        assert!(finding.help.is_some(), "{}", finding.rule);
    }
}

/// Every copy of a value in which one value within is unknown.
fn with_one_unknown(value: &Value) -> Vec<Value> {
    let mut all = vec![Value::Unknown];
    match value {
        Value::List(items) => {
            for (at, item) in items.iter().enumerate() {
                all.extend(with_one_unknown(item).into_iter().map(|changed| {
                    let mut items = items.to_vec();
                    items[at] = changed;
                    Value::list(items)
                }));
            }
        }
        Value::Map(map) => {
            for (key, item) in map.iter() {
                all.extend(with_one_unknown(item).into_iter().map(|changed| {
                    let mut map: Map = (**map).clone();
                    map.insert(key.clone(), changed);
                    Value::Map(Arc::new(map))
                }));
            }
        }
        _ => {}
    }
    all
}

#[test]
fn not_knowing_is_never_an_offence() {
    for Case { rule, bad, good, .. } in CASES {
        for members in [bad, good] {
            let known = pod(*members);
            let broken = rules(&known);
            for unknown in with_one_unknown(&known) {
                let found = rules(&unknown);
                assert!(found.is_subset(&broken), "{rule}: {found:?} of {unknown:?}");
            }
        }
    }
}

#[test]
fn the_providers_role_counts_unless_the_pod_has_one() {
    let resident = pod((DISK, MOUNT));
    assert_eq!(check(&resident), []);
    assert_eq!(check_with_role(&resident, Some("a")), []);
    assert_eq!(check_with_role(&resident, Some("*"))[0].rule, "resident_role");
    assert_eq!(check_with_role(&pod((RESIDENT, MOUNT)), Some("*")), []);
    let mut unknown = resident;
    unknown.set("role", Value::Unknown);
    assert_eq!(check_with_role(&unknown, Some("*")), []);
}

#[test]
fn constraint_values_suit_their_operators() {
    let of = |operator: &str, value: Option<&str>| {
        let value = value.map(|v| format!(r#","value":"{v}""#)).unwrap_or_default();
        let text = format!(
            r#""placement":{{"constraint":[{{"field":"rack","operator":"{operator}"{value}}}]}},"upgrade":{{"minimum_health_capacity":0}}"#
        );
        check(&pod((&text, ""))).is_empty()
    };
    for (operator, value) in [
        ("UNIQUE", None),
        ("CLUSTER", None),
        ("CLUSTER", Some("a b")),
        ("GROUP_BY", None),
        ("GROUP_BY", Some("3")),
        ("LIKE", Some("")),
        ("UNLIKE", Some("(?!x).*")),
        ("IS", None),
        ("IS", Some("a_b/c.1-2")),
    ] {
        assert!(of(operator, value), "{operator} {value:?}");
    }
    for (operator, value) in [
        ("UNIQUE", Some("1")),
        ("GROUP_BY", Some("1.5")),
        ("MAX_PER", None),
        ("LIKE", None),
        ("UNLIKE", Some("[")),
        ("IS", Some("[1-3]")),
    ] {
        assert!(!of(operator, value), "{operator} {value:?}");
    }
}

#[test]
fn an_endpoint_of_another_container_is_named() {
    let pod = pod((
        r#""container":[{"name":"a","command":"x","resources":{},"endpoint":[{"name":"http"}]},
            {"name":"b","command":"x","resources":{},"health_check":{"tcp":{"endpoint":"http"}}}]"#,
        "",
    ));
    let findings = check(&pod);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].summary, "endpoint `http` belongs to another container");
    assert_eq!(findings[0].related[0].to_string(), r#"container["a"].endpoint["http"]"#);
    assert_eq!(findings[0].severity, Severity::Error);
}
