//! A pod that is written and read again is the same pod.

use super::lower;
use crate::lift;
use podform_model::pod::{Surroundings, complete};
use podform_model::value::Map;
use podform_model::{Number, Value};
use proptest::collection::{btree_map, vec};
use proptest::option::of;
use proptest::prelude::*;
use serde_json::json;

type Members = Vec<(&'static str, Option<Value>)>;

/// A block of the members that are there.
fn block(members: Members) -> Value {
    let some = members.into_iter().filter_map(|(name, value)| Some((name.into(), value?)));
    Value::map(some.collect::<Map>())
}

fn name() -> impl Strategy<Value = String> {
    "[a-z]([-a-z0-9]{0,6}[a-z0-9])?"
}

fn text() -> impl Strategy<Value = Value> {
    "\\PC{1,12}".prop_map(Value::from)
}

fn labels() -> impl Strategy<Value = Option<Value>> {
    of(btree_map("[a-zA-Z_.]{1,5}", text(), 1..3)).prop_map(|labels| labels.map(Value::object))
}

/// A number of thousandths.
fn number(range: std::ops::Range<i64>) -> impl Strategy<Value = Value> {
    range.prop_map(|n| Value::Number(Number::from_f64(n as f64 / 1000.0).unwrap()))
}

fn int(range: std::ops::Range<i64>) -> impl Strategy<Value = Value> {
    range.prop_map(Value::from)
}

fn environment() -> impl Strategy<Value = Option<Value>> {
    let value = prop_oneof![text(), name().prop_map(|name| Value::Secret(name.into()))];
    of(btree_map("[A-Z_]{1,5}", value, 1..3)).prop_map(|map| map.map(Value::object))
}

fn command() -> impl Strategy<Value = Members> {
    prop_oneof![
        text().prop_map(|text| vec![("command", Some(text))]),
        (vec(text(), 1..3), of(any::<bool>())).prop_map(|(argv, over)| vec![
            ("argv", Some(Value::list(argv))),
            ("override_entrypoint", over.map(Value::from)),
        ]),
        Just(Vec::new()),
    ]
}

fn strings(items: &'static [&'static str]) -> impl Strategy<Value = Value> {
    proptest::sample::subsequence(items, 0..=items.len())
        .prop_map(|items| Value::list(items.into_iter().map(Value::from).collect()))
}

fn endpoint() -> impl Strategy<Value = Value> {
    (
        name(),
        of(int(1..65536)),
        of(int(0..65536)),
        strings(&["http", "tcp", "udp"]),
        labels(),
        strings(&["blue", "green"]),
    )
        .prop_map(|(name, container, host, protocol, labels, networks)| {
            block(vec![
                ("name", Some(name.into())),
                ("container_port", container),
                ("host_port", host),
                ("protocol", Some(protocol)),
                ("labels", labels),
                ("network_names", Some(networks)),
            ])
        })
}

fn health_check() -> impl Strategy<Value = Value> {
    let endpoint = || name().prop_map(|name| ("endpoint", Some(Value::from(name))));
    let kind = prop_oneof![
        (endpoint(), of(text()), any::<bool>()).prop_map(|(endpoint, path, https)| {
            let scheme = if https { "HTTPS" } else { "HTTP" };
            ("http", block(vec![endpoint, ("path", path), ("scheme", Some(scheme.into()))]))
        }),
        endpoint().prop_map(|endpoint| ("tcp", block(vec![endpoint]))),
        text().prop_map(|text| ("command", text)),
        vec(text(), 1..3).prop_map(|argv| ("argv", Value::list(argv))),
    ];
    (kind, of(int(0..99)), of(int(0..99)), of(int(0..9))).prop_map(
        |((kind, content), interval, timeout, failures)| {
            block(vec![
                (kind, Some(content)),
                ("interval", interval),
                ("timeout", timeout),
                ("max_consecutive_failures", failures),
            ])
        },
    )
}

fn limit() -> impl Strategy<Value = Value> {
    prop_oneof![number(1..999_999), Just(Value::from("unlimited"))]
}

fn ipc() -> impl Strategy<Value = Members> {
    prop_oneof![
        Just(Vec::new()),
        Just(vec![("ipc_mode", Some("SHARE_PARENT".into()))]),
        of(int(0..4096))
            .prop_map(|size| vec![("ipc_mode", Some("PRIVATE".into())), ("shm_size", size)]),
    ]
}

fn linux() -> impl Strategy<Value = Value> {
    let seccomp = prop_oneof![
        Just(Vec::new()),
        Just(vec![("seccomp_unconfined", Some(true.into()))]),
        text().prop_map(|profile| vec![("seccomp_profile", Some(profile))]),
    ];
    (ipc(), seccomp).prop_map(|(ipc, seccomp)| block([ipc, seccomp].concat()))
}

fn artifact() -> impl Strategy<Value = Value> {
    (text(), of(text()), any::<bool>()).prop_map(|(uri, dest, extract)| {
        block(vec![("uri", Some(uri)), ("dest_path", dest), ("extract", Some(extract.into()))])
    })
}

fn image() -> impl Strategy<Value = Value> {
    (text(), of(any::<bool>()), of(name()), labels()).prop_map(|(id, force, secret, labels)| {
        block(vec![
            ("id", Some(id)),
            ("force_pull", force.map(Value::from)),
            ("pull_secret", secret.map(|name| Value::Secret(name.into()))),
            ("labels", labels),
        ])
    })
}

fn mount() -> impl Strategy<Value = Value> {
    (name(), text(), any::<bool>()).prop_map(|(name, path, read_only)| {
        block(vec![
            ("name", Some(name.into())),
            ("path", Some(path)),
            ("read_only", Some(read_only.into())),
        ])
    })
}

fn container() -> impl Strategy<Value = Value> {
    let resources = (of(number(1..9999)), of(number(1..999_999)), of(int(0..9)))
        .prop_map(|(cpus, mem, gpus)| block(vec![("cpus", cpus), ("mem", mem), ("gpus", gpus)]));
    let limits = (of(limit()), of(limit()))
        .prop_map(|(cpus, mem)| block(vec![("cpus", cpus), ("mem", mem)]));
    let first = (name(), command(), resources, of(limits), of(image()), environment());
    let second = (of(text()), labels(), of(any::<bool>()), vec(endpoint(), 0..3));
    let third = (
        vec(mount(), 0..3),
        of(health_check()),
        vec(artifact(), 0..2),
        of(number(0..99_999)),
        of(linux()),
    );
    (first, second, third).prop_map(|(first, second, third)| {
        let mut members = vec![
            ("name", Some(first.0.into())),
            ("resources", Some(first.2)),
            ("limits", first.3),
            ("image", first.4),
            ("environment", first.5),
            ("user", second.0),
            ("labels", second.1),
            ("tty", second.2.map(Value::from)),
            ("endpoint", Some(Value::list(second.3))),
            ("volume_mount", Some(Value::list(third.0))),
            ("health_check", third.1),
            ("artifact", Some(Value::list(third.2))),
            ("kill_grace_period", third.3),
            ("linux", third.4),
        ];
        members.extend(first.1);
        block(members)
    })
}

fn network() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(block(vec![("mode", Some("host".into()))])),
        labels().prop_map(|labels| {
            block(vec![("mode", Some("container/bridge".into())), ("labels", labels)])
        }),
        (of(name()), labels()).prop_map(|(name, labels)| block(vec![
            ("name", name.map(Value::from)),
            ("labels", labels)
        ])),
    ]
}

fn volume() -> impl Strategy<Value = Value> {
    let disk_constraint = text().prop_map(|value| {
        block(vec![
            ("field", Some("path".into())),
            ("operator", Some("LIKE".into())),
            ("value", Some(value)),
        ])
    });
    let disk = (int(0..9999), of(int(0..9999)), of(text()), vec(disk_constraint, 0..2)).prop_map(
        |(size, max, profile, constraints)| {
            block(vec![
                ("size", Some(size)),
                ("max_size", max),
                ("profile_name", profile),
                ("constraint", Some(Value::list(constraints))),
            ])
        },
    );
    let source = prop_oneof![
        Just(Vec::new()),
        text().prop_map(|path| vec![("host", Some(path))]),
        name().prop_map(|name| vec![("secret", Some(Value::Secret(name.into())))]),
        disk.prop_map(|disk| vec![("persistent", Some(disk))]),
    ];
    (name(), source)
        .prop_map(|(name, source)| block([vec![("name", Some(name.into()))], source].concat()))
}

const OPERATORS: &[&str] = &["UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS"];

fn placement() -> impl Strategy<Value = Value> {
    let operator = proptest::sample::select(OPERATORS).prop_map(|name| Some(Value::from(name)));
    let constraint = (text(), operator, of(text())).prop_map(|(field, operator, value)| {
        block(vec![("field", Some(field)), ("operator", operator), ("value", value)])
    });
    (strings(&["*", "a", "b"]), vec(constraint, 0..3)).prop_map(|(roles, mut constraints)| {
        // A set to Marathon.
        constraints.dedup();
        block(vec![
            ("accepted_resource_roles", Some(roles)),
            ("constraint", Some(Value::list(constraints))),
        ])
    })
}

fn scheduling() -> impl Strategy<Value = Members> {
    let upgrade = (number(0..1001), number(0..1001)).prop_map(|(min, max)| {
        block(vec![("minimum_health_capacity", Some(min)), ("maximum_over_capacity", Some(max))])
    });
    let backoff = (of(number(0..9999)), of(number(0..9999)))
        .prop_map(|(initial, factor)| block(vec![("initial", initial), ("factor", factor)]));
    let unreachable = prop_oneof![
        Just(block(vec![("disabled", Some(true.into()))])),
        (int(0..9999), int(0..9999)).prop_map(|(inactive, expunge)| {
            block(vec![("inactive_after", Some(inactive)), ("expunge_after", Some(expunge))])
        }),
    ];
    (of(placement()), of(upgrade), of(backoff), of(unreachable), any::<bool>()).prop_map(
        |(placement, upgrade, backoff, unreachable, oldest)| {
            vec![
                ("placement", placement),
                ("upgrade", upgrade),
                ("backoff", backoff),
                ("unreachable", unreachable),
                ("kill_selection", oldest.then(|| "OLDEST_FIRST".into())),
            ]
        },
    )
}

fn pod() -> impl Strategy<Value = Value> {
    let secrets = btree_map(name(), text(), 0..3).prop_map(|secrets| {
        let secret = |(name, source): (String, Value)| {
            block(vec![("name", Some(name.into())), ("source", Some(source))])
        };
        Value::list(secrets.into_iter().map(secret).collect())
    });
    let first = (int(0..99), of(text()), of(text()), labels(), environment(), secrets);
    let second = (vec(network(), 0..3), vec(volume(), 0..3), vec(container(), 1..3));
    let third = (of(number(100..9999)), of(ipc()), any::<bool>(), scheduling());
    (first, second, third).prop_map(|(first, second, third)| {
        let mut members = vec![
            ("id", Some("/shop/web".into())),
            ("instances", Some(first.0)),
            ("user", first.1),
            ("role", first.2),
            ("labels", first.3),
            ("environment", first.4),
            ("secret", Some(first.5)),
            ("network", Some(Value::list(second.0))),
            ("volume", Some(Value::list(second.1))),
            ("container", Some(Value::list(second.2))),
            ("executor_resources", third.0.map(|cpus| block(vec![("cpus", Some(cpus))]))),
            ("linux", third.1.map(block)),
            ("legacy_shared_cgroups", Some(third.2.into())),
        ];
        members.extend(third.3);
        complete(&block(members), &Surroundings::default())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn written_and_read_is_the_same(pod in pod()) {
        let definition = lower(&pod).unwrap();
        let lifted = lift(&definition);
        prop_assert_eq!(&lifted.faults, &[], "{}", definition);
        prop_assert_eq!(&lifted.dropped, &[], "{}", definition);
        prop_assert_eq!(lifted.pod, pod, "{}", definition);
    }
}

#[test]
fn a_pod_is_written_whole_and_no_more() {
    let pod: Value = serde_json::from_str(
        r#"{"id":"/p","environment":{"A":{"$sensitive":"x"},"B":{"$secret":"s"}},
            "secret":[{"name":"s","source":"/s"}],
            "container":[{"name":"c","command":"x","resources":{},"endpoint":[{"name":"e"}]}]}"#,
    )
    .unwrap();
    let expected = json!({
        "id": "/p",
        "environment": {"A": "x", "B": {"secret": "s"}},
        "secrets": {"s": {"source": "/s"}},
        "networks": [{"mode": "host"}],
        "containers": [{
            "name": "c",
            "exec": {"command": {"shell": "x"}},
            "resources": {"cpus": 1, "mem": 128, "disk": 0, "gpus": 0},
            "endpoints": [{"name": "e", "hostPort": 0, "protocol": ["tcp"]}],
        }],
        "scaling": {"kind": "fixed", "instances": 1},
        "scheduling": {
            "backoff": {"backoff": 1, "backoffFactor": 1.15, "maxLaunchDelay": 300},
            "upgrade": {"minimumHealthCapacity": 1, "maximumOverCapacity": 1},
            "placement": {},
            "killSelection": "YOUNGEST_FIRST",
            "unreachableStrategy": {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
        },
        "executorResources": {"cpus": 0.1, "mem": 32, "disk": 10},
    });
    assert_eq!(lower(&pod).unwrap(), expected);
}

#[test]
fn what_is_not_known_cannot_be_written() {
    let pod: Value = serde_json::from_str(
        r#"{"id":"/p","container":[{"name":"c","command":{"$unknown":true},"resources":{}}]}"#,
    )
    .unwrap();
    assert!(lower(&pod).unwrap_err().contains("container[\"c\"].command"));
}
