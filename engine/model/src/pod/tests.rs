//! The typed pod is read whole, and its computed defaults are right.

use super::*;

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn completed(text: &str) -> Value {
    complete(&value(text), &Surroundings::default())
}

const EVERYTHING: &str = r#"{
  "id": "/shop/web", "instances": 3, "user": "www", "role": "shop", "labels": {"a": "b"},
  "environment": {"PLAIN": "x", "HIDDEN": {"$sensitive": "hunter2"}, "DB": {"$secret": "db"}},
  "secret": [{"name": "db", "source": "/shop/db#key", "store": "vault"}],
  "network": [{"name": "blue", "labels": {"n": "l"}}, {"name": "green"}],
  "volume": [
    {"name": "tmp"}, {"name": "logs", "host": "/var/log"}, {"name": "key", "secret": {"$secret": "db"}},
    {"name": "data", "persistent": {"size": 64, "max_size": 128, "profile_name": "fast",
      "constraint": [{"field": "path", "operator": "LIKE", "value": "/mnt/.*"}]}}],
  "executor_resources": {"cpus": 0.2},
  "container": [{
    "name": "web", "argv": ["serve", {"$sensitive": "--token=hunter2"}], "override_entrypoint": true,
    "resources": {"cpus": 0.5, "gpus": 1}, "limits": {"cpus": "unlimited", "mem": 256.5},
    "image": {"id": "nginx:1.27", "force_pull": true, "pull_secret": {"$secret": "db"}, "labels": {"i": "l"}},
    "environment": {"OWN": "1"}, "user": "nobody", "labels": {"c": "d"}, "tty": true,
    "endpoint": [{"name": "http", "container_port": 80, "host_port": 8080, "network_names": ["blue"], "labels": {"VIP_0": "/web:80"}}],
    "volume_mount": [{"name": "tmp", "path": "tmp", "read_only": true}],
    "health_check": {"http": {"endpoint": "http", "path": "/up", "scheme": "HTTPS"}, "interval": 5, "timeout": 2},
    "artifact": [{"uri": "http://h/x.tgz", "dest_path": "x", "extract": false}],
    "kill_grace_period": 2.5,
    "linux": {"ipc_mode": "PRIVATE", "shm_size": 16, "seccomp_profile": "p"}}],
  "placement": {"accepted_resource_roles": ["*"], "constraint": [{"field": "rack", "operator": "MAX_PER", "value": "2"}]},
  "upgrade": {"minimum_health_capacity": 0.25, "maximum_over_capacity": 0},
  "backoff": {"initial": 0.5}, "kill_selection": "OLDEST_FIRST",
  "linux": {"ipc_mode": "SHARE_PARENT"}, "legacy_shared_cgroups": true
}"#;

#[test]
fn everything_is_read() {
    let pod = Pod::from_value(&value(EVERYTHING)).unwrap();
    assert_eq!((pod.id.as_str(), pod.instances), ("/shop/web", 3));
    assert_eq!(pod.environment["PLAIN"], EnvValue::Plain("x".into()));
    assert_eq!(pod.environment["HIDDEN"], EnvValue::Sensitive("hunter2".into()));
    assert_eq!(pod.environment["DB"], EnvValue::Secret("db".into()));
    assert_eq!(pod.secrets["db"].store.as_deref(), Some("vault"));
    assert!(
        matches!(&pod.networks[0], Network::Container { name: Some(n), labels } if n == "blue" && labels["n"] == "l")
    );
    assert!(!pod.on_host_network() && pod.is_resident());
    assert_eq!(pod.volume("tmp").unwrap().source, VolumeSource::Ephemeral);
    assert_eq!(pod.volume("logs").unwrap().source, VolumeSource::Host(Masked::plain("/var/log")));
    assert_eq!(pod.volume("key").unwrap().source, VolumeSource::Secret("db".into()));
    let VolumeSource::Persistent(disk) = &pod.volume("data").unwrap().source else { panic!() };
    assert_eq!((disk.size, disk.kind, disk.max_size), (64, DiskKind::Mount, Some(128)));
    assert_eq!(disk.constraints[0].operator, Operator::Like);
    assert_eq!(pod.executor_resources, ExecutorResources { cpus: 0.2, mem: 32.0, disk: 10.0 });
    assert_eq!(pod.placement.constraints[0].operator, Operator::MaxPer);
    assert_eq!(pod.upgrade.minimum_health_capacity, 0.25);
    assert_eq!(pod.backoff, Backoff { initial: 0.5, factor: 1.15, max: 300.0 });
    assert_eq!(pod.kill_selection, KillSelection::OldestFirst);
    assert_eq!(pod.unreachable, Unreachable::Disabled, "resident");
    assert_eq!(pod.linux, Ipc { mode: Some(IpcMode::ShareParent), shm_size: None });
    assert!(pod.legacy_shared_cgroups);
}

#[test]
fn every_part_of_a_container_is_read() {
    let pod = Pod::from_value(&value(EVERYTHING)).unwrap();
    let web = pod.container("web").unwrap();
    assert_eq!(
        web.command,
        Some(Command::Argv(vec![Masked::plain("serve"), Masked::sensitive("--token=hunter2")]))
    );
    assert_eq!(web.override_entrypoint, Some(true));
    assert_eq!(web.resources, Resources { cpus: 0.5, mem: 128.0, disk: 0.0, gpus: 1 });
    assert_eq!(
        web.limits,
        Some(Limits { cpus: Some(Limit::Unlimited), mem: Some(Limit::AtMost(256.5)) })
    );
    let image = web.image.as_ref().unwrap();
    assert!(image.force_pull && image.id == "nginx:1.27");
    assert_eq!(image.pull_secret.as_deref(), Some("db"));
    let endpoint = &web.endpoints[0];
    assert_eq!((endpoint.container_port, endpoint.host_port), (Some(80), Some(8080)));
    assert_eq!(endpoint.protocol, [Masked::plain("tcp")]);
    assert_eq!(endpoint.network_names, [Masked::plain("blue")]);
    assert!(web.volume_mounts[0].read_only && web.tty);
    let check = web.health_check.as_ref().unwrap();
    assert!(
        matches!(&check.kind, CheckKind::Http { endpoint, https: true, .. } if endpoint == "http")
    );
    assert_eq!((check.grace_period, check.interval, check.timeout), (300.0, 5.0, 2.0));
    assert!(!web.artifacts[0].extract && !web.artifacts[0].cache);
    assert_eq!(web.kill_grace_period, Some(2.5));
    assert_eq!(web.ipc, Ipc { mode: Some(IpcMode::Private), shm_size: Some(16) });
    assert_eq!(web.seccomp, Some(Seccomp::Profile(Masked::plain("p"))));
    assert_eq!(pod.endpoints().count(), 1);
}

#[test]
fn debug_hides_what_is_sensitive() {
    let pod = Pod::from_value(&value(EVERYTHING)).unwrap();
    let shown = format!("{pod:?}");
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("nginx:1.27"));
    let hidden = r#"{"id":"/p","environment":{"$sensitive":{"A":"hunter2"}},"labels":{"$sensitive":{"A":"hunter2"}},
        "container":[{"name":"a","command":{"$sensitive":"hunter2"},"resources":{}}]}"#;
    let pod = Pod::from_value(&value(hidden)).unwrap();
    assert!(!format!("{pod:?}").contains("hunter2"));
    assert_eq!(pod.environment["A"], EnvValue::Sensitive("hunter2".into()));
}

#[test]
fn what_is_not_known_is_named() {
    let of = |text: &str| Pod::from_value(&value(text)).unwrap_err();
    assert_eq!(of(r#"{"id":"/p","container":[]}"#), "`container` is missing");
    assert_eq!(
        of(r#"{"id":"/p","container":[{"name":"a","resources":{"cpus":{"$unknown":true}}}]}"#),
        "`container[\"a\"].resources.cpus`: expected a number, found a value known after apply"
    );
    assert_eq!(
        of(
            r#"{"id":"/p","container":[{"name":"a","resources":{}}],"environment":{"A":{"$digest":"00"}}}"#
        ),
        "`environment[\"A\"]`: expected a string, found a sensitive value"
    );
    assert_eq!(of("7"), "the pod: expected a block, found a number");
}

#[test]
fn defaults_depend_on_the_networks() {
    let pod = |network: &str| {
        let text = format!(
            r#"{{"id":"/p","container":[{{"name":"a","resources":{{}},"endpoint":[{{"name":"e"}}]}}]{network}}}"#
        );
        completed(&text)
    };
    let port = |pod: &Value| {
        pod.named("container", "a")
            .unwrap()
            .named("endpoint", "e")
            .unwrap()
            .get("host_port")
            .cloned()
    };
    let none = pod("");
    assert_eq!(none.get("network"), Some(&value(r#"[{"mode":"host"}]"#)));
    assert_eq!(port(&none), Some(0_i64.into()));
    assert_eq!(port(&pod(r#","network":[{"mode":"container/bridge"}]"#)), Some(0_i64.into()));
    assert_eq!(port(&pod(r#","network":[{}]"#)), None);
    assert_eq!(port(&pod(r#","network":{"$unknown":true}"#)), Some(Value::Unknown));
    let alone = completed(r#"{"id":"/p","container":[{"name":"a","resources":{}}]}"#);
    assert_eq!(alone.get("network"), None);
}

#[test]
fn defaults_come_from_the_provider() {
    let given = value(r#"{"id":"/p","network":[{}],"container":[{"name":"a","resources":{}}]}"#);
    let around = Surroundings { role: Some("shop"), default_network: Some("blue") };
    let pod = complete(&given, &around);
    assert_eq!(pod.get("role").and_then(Value::as_str), Some("shop"));
    assert_eq!(pod.items("network")[0].get("name").and_then(Value::as_str), Some("blue"));
    assert_eq!(complete(&pod, &Surroundings::default()), pod, "twice is once");
}

#[test]
fn defaults_depend_on_persistent_volumes() {
    let pod = |volume: &str| {
        let text = format!(
            r#"{{"id":"/p","container":[{{"name":"a","resources":{{}}}}],"volume":{volume}}}"#
        );
        let pod = completed(&text);
        let get = |block: &str, name: &str| pod.get(block).unwrap().get(name).cloned().unwrap();
        (get("upgrade", "minimum_health_capacity"), get("unreachable", "disabled"))
    };
    let half = Value::Number("0.5".parse().unwrap());
    assert_eq!(pod(r#"[{"name":"d"}]"#), (1_i64.into(), false.into()));
    assert_eq!(pod(r#"[{"name":"d","persistent":{"size":1}}]"#), (half, true.into()));
    assert_eq!(pod(r#"[{"$unknown":true}]"#), (Value::Unknown, Value::Unknown));
    let timed = completed(
        r#"{"id":"/p","container":[],"volume":[{"name":"d","persistent":{"size":1}}],"unreachable":{"inactive_after":5}}"#,
    );
    assert_eq!(timed.get("unreachable").unwrap().get("disabled"), Some(&false.into()));
}

#[test]
fn what_means_nothing_is_left_out() {
    let plain =
        completed(r#"{"id":"/p","container":[{"name":"a","resources":{},"image":{"id":"i"}}]}"#);
    let wordy = completed(
        r#"{"id":"/p","placement":{},"linux":{},"container":[{"name":"a","resources":{},"tty":false,
            "linux":{},"limits":{},"image":{"id":"i","force_pull":false}}]}"#,
    );
    assert_eq!(wordy, plain);
}
