//! Definitions are read as Marathon reads them.

use super::*;
use serde_json::json;

/// A definition with these members of its own and of its container `c`.
fn definition(pod: Json, container: Json) -> Json {
    let mut first = json!({"name": "c", "resources": {}});
    merge(&mut first, container);
    let mut definition = json!({"id": "/p", "containers": [first]});
    merge(&mut definition, pod);
    definition
}

fn merge(into: &mut Json, from: Json) {
    let (Json::Object(into), Json::Object(from)) = (into, from) else { return };
    into.extend(from);
}

fn faults(pod: Json, container: Json) -> Vec<(String, String)> {
    let lifted = lift(&definition(pod, container));
    lifted.faults.into_iter().map(|fault| (fault.path, fault.error)).collect()
}

fn dropped(pod: Json, container: Json) -> Vec<String> {
    let lifted = lift(&definition(pod, container));
    assert_eq!(lifted.faults, []);
    lifted.dropped.into_iter().map(|dropped| dropped.path).collect()
}

fn refused(pod: Json, container: Json, path: &str, error: &str) {
    let found = faults(pod.clone(), container.clone());
    assert_eq!(found, [(path.to_owned(), error.to_owned())], "{pod} {container}");
}

fn container(pod: Json, members: Json) -> Value {
    let lifted = lift(&definition(pod, members));
    assert_eq!(lifted.faults, []);
    lifted.written.named("container", "c").cloned().unwrap()
}

#[test]
fn errors_of_the_pod_have_marathons_paths_and_keys() {
    let none = || json!({});
    refused(json!({"id": "p"}), none(), "/id", "Path needs to be absolute");
    refused(json!({"id": "/"}), none(), "/id", "Path must contain at least one path element");
    refused(
        json!({"id": "/a/restart"}),
        none(),
        "/id",
        "must not end with any of the following reserved keywords: restart, tasks, versions, ., ..",
    );
    refused(json!({"id": "/A"}), none(), "/id", "error.pattern");
    refused(json!({"id": 5}), none(), "/id", "error.expected.jsstring");
    refused(json!({"user": ""}), none(), "/user", "must not be empty");
    refused(json!({"containers": []}), none(), "/containers", "error.minLength");
    refused(json!({"containers": null}), none(), "/containers", "error.path.missing");
    refused(json!({"containers": {}}), none(), "/containers", "error.expected.jsarray");
    refused(json!({"containers": [1]}), none(), "/containers(0)", "error.expected.jsobject");
    refused(json!({"labels": {"a": 1}}), none(), "/labels/a", "error.expected.jsstring");
    refused(json!({"secrets": {"s": {}}}), none(), "/secrets/s/source", "error.path.missing");
    refused(
        json!({"executorResources": {"mem": 16}}),
        none(),
        "/executorResources/mem",
        "error.min",
    );
    refused(
        json!({"networks": [{"mode": "user"}]}),
        none(),
        "/networks(0)/mode",
        "error.unknown.enum.literal",
    );
    refused(
        json!({"linuxInfo": {"seccomp": {}}}),
        none(),
        "/linuxInfo/seccomp",
        "Seccomp configuration on executor level is not supported",
    );
    refused(
        json!({"version": "nope"}),
        none(),
        "/version",
        "Invalid timestamp provided 'nope'. Expecting ISO-8601 datetime string.",
    );
    assert_eq!(lift(&json!("x")).faults[0].error, "error.expected.jsobject");
}

#[test]
fn errors_of_scheduling_have_marathons_paths_and_keys() {
    let of = |scheduling: Json, path: &str, error: &str| {
        refused(
            json!({ "scheduling": scheduling }),
            json!({}),
            &format!("/scheduling{path}"),
            error,
        );
    };
    of(json!({"killSelection": "YoungestFirst"}), "/killSelection", "error.unknown.enum.literal");
    of(
        json!({"upgrade": {"minimumHealthCapacity": 1.5}}),
        "/upgrade/minimumHealthCapacity",
        "error.max",
    );
    of(json!({"backoff": {"backoff": "1s"}}), "/backoff/backoff", "error.expected.jsnumber");
    of(json!({"unreachableStrategy": 5}), "/unreachableStrategy", "error.expected.jsstring");
    of(
        json!({"unreachableStrategy": {"inactiveAfterSeconds": -1}}),
        "/unreachableStrategy",
        "error.expected.jsstring",
    );
    let constraint = json!({"constraints": [{"fieldName": "a", "operator": "NEAR"}]});
    of(
        json!({ "placement": constraint }),
        "/placement/constraints(0)/operator",
        "error.unknown.enum.literal",
    );
    refused(json!({"scaling": {"instances": 2}}), json!({}), "/scaling", "error.expected.jsstring");
    refused(
        json!({"scaling": {"kind": "fixed", "instances": -1}}),
        json!({}),
        "/scaling/instances",
        "got -1, expected 0 or more",
    );
}

#[test]
fn errors_of_a_container_have_marathons_paths_and_keys() {
    let of = |members: Json, path: &str, error: &str| {
        refused(json!({}), members, &format!("/containers(0){path}"), error);
    };
    of(json!({"resources": null}), "/resources", "error.path.missing");
    of(json!({"name": "Web"}), "/name", "error.pattern");
    of(json!({"name": "a".repeat(64)}), "/name", "error.maxLength");
    of(json!({"resources": {"cpus": 0}}), "/resources/cpus", "error.min");
    of(json!({"resources": {"gpus": 1.5}}), "/resources/gpus", "error.expected.int");
    of(json!({"exec": {"command": "sleep 1"}}), "/exec/command/argv", "error.path.missing");
    of(json!({"exec": {"command": {"argv": []}}}), "/exec/command/argv", "error.minLength");
    of(json!({"exec": {}}), "/exec/command", "error.path.missing");
    of(json!({"image": {"kind": "APPC", "id": "i"}}), "/image/kind", "error.unknown.enum.literal");
    of(
        json!({"image": {"kind": "DOCKER", "id": "i", "pullConfig": {}}}),
        "/image/pullConfig/secret",
        "error.path.missing",
    );
    of(json!({"environment": {"bad name": "x"}}), "/environment/bad name", "error.pattern");
    of(json!({"environment": {"A": 5}}), "/environment/A/secret", "error.path.missing");
    of(
        json!({"endpoints": [{"name": "a", "containerPort": 0}]}),
        "/endpoints(0)/containerPort",
        "error.min",
    );
    of(
        json!({"endpoints": [{"name": "a", "containerPort": 70000}]}),
        "/endpoints(0)/containerPort",
        "error.max",
    );
    of(
        json!({"endpoints": [{"name": "a", "protocol": "tcp"}]}),
        "/endpoints(0)/protocol",
        "error.expected.jsarray",
    );
    of(
        json!({"endpoints": [{"name": "a", "protocol": []}]}),
        "/endpoints(0)/protocol",
        "error.minLength",
    );
    of(
        json!({"volumeMounts": [{"name": "a"}]}),
        "/volumeMounts(0)/mountPath",
        "error.path.missing",
    );
    of(json!({"tty": "yes"}), "/tty", "error.expected.jsboolean");
    of(
        json!({"resourceLimits": {"cpus": "lots"}}),
        "/resourceLimits/cpus",
        "is neither a number nor \"unlimited\"",
    );
    of(json!({"healthCheck": {"http": {}}}), "/healthCheck/http/endpoint", "error.path.missing");
    of(json!({"check": {"tcp": {}}}), "/check/tcp/endpoint", "error.path.missing");
    of(json!({"linuxInfo": {"ipcInfo": {}}}), "/linuxInfo/ipcInfo/mode", "error.path.missing");
}

#[test]
fn all_errors_are_told_at_once_with_our_paths() {
    let lifted = lift(&json!({"containers": [{"name": "a"}, {"name": "B", "resources": {}}]}));
    let found: Vec<_> =
        lifted.faults.iter().map(|f| (f.path.as_str(), f.attribute.to_string())).collect();
    assert_eq!(
        found,
        [
            ("/id", "id".to_owned()),
            ("/containers(0)/resources", "container[\"a\"].resources".to_owned()),
            ("/containers(1)/name", "container[\"B\"].name".to_owned()),
        ]
    );
    assert!(lifted.faults.iter().all(|fault| fault.stage == Stage::Reading));
}

#[test]
fn what_only_podform_refuses_is_told_apart() {
    let lifted = lift(&definition(json!({"volumes": [{"name": "d", "host": ""}]}), json!({})));
    let fault = &lifted.faults[0];
    assert_eq!(fault.stage, Stage::Podform);
    assert_eq!(
        (fault.path.as_str(), fault.error.as_str()),
        ("/volumes(0)/host", "must not be empty")
    );
    assert_eq!(fault.attribute.to_string(), "volume[\"d\"].host");
}

#[test]
fn swallowed_fields_are_told() {
    assert_eq!(dropped(json!({"dependencies": []}), json!({})), ["/dependencies"]);
    assert_eq!(dropped(json!({"version": "2015-04-09T12:30:00.000Z"}), json!({})), ["/version"]);
    assert_eq!(
        dropped(
            json!({"scaling": {"kind": "fixed", "instances": "3", "maxInstances": 5}}),
            json!({})
        ),
        ["/scaling/instances", "/scaling/maxInstances"]
    );
    assert_eq!(dropped(json!({}), json!({"cmd": "x"})), ["/containers(0)/cmd"]);
    assert_eq!(
        dropped(json!({}), json!({"exec": {"command": {"shell": "x", "argv": ["y"]}}})),
        ["/containers(0)/exec/command/argv"]
    );
    assert_eq!(
        dropped(json!({}), json!({"check": {"exec": {"command": {"shell": "x"}}}})),
        ["/containers(0)/check"]
    );
    assert_eq!(
        dropped(json!({}), json!({"environment": {"A": {"secret": "s", "x": 1}}})),
        ["/containers(0)/environment/A/x"]
    );
    assert_eq!(
        dropped(json!({"volumes": [{"name": "d", "external": {}}]}), json!({})),
        ["/volumes(0)/external"]
    );
    assert_eq!(
        dropped(json!({"scheduling": {"unreachableStrategy": "on"}}), json!({})),
        ["/scheduling/unreachableStrategy"]
    );
    assert_eq!(dropped(json!({}), json!({"labels": null, "user": null})), [] as [&str; 0]);
    assert_eq!(
        dropped(json!({}), json!({"linuxInfo": {"seccomp": {"profileName": 5}}})),
        ["/containers(0)/linuxInfo/seccomp"]
    );
}

#[test]
fn a_swallowed_field_suggests_the_one_that_was_meant() {
    let image = json!({"image": {"kind": "DOCKER", "id": "i", "force": true, "config": {}}});
    let lifted = lift(&definition(json!({}), image));
    let of = |path: &str| {
        lifted.dropped.iter().find(|d| d.path.ends_with(path)).unwrap().suggestion.clone()
    };
    assert_eq!(of("force").as_deref(), Some("forcePull"));
    assert_eq!(of("config"), None);
    let lifted = lift(&definition(json!({}), json!({"healthcheck": {}})));
    assert_eq!(lifted.dropped[0].suggestion.as_deref(), Some("healthCheck"));
}

#[test]
fn volumes_are_tried_in_marathons_order() {
    let volume = |json: Json| {
        let lifted = lift(&definition(json!({ "volumes": [json] }), json!({})));
        assert_eq!(lifted.faults, []);
        (format!("{:?}", lifted.written.items("volume")[0]), lifted.dropped.len())
    };
    assert_eq!(
        volume(json!({"name": "d", "secret": "s", "host": "/x"})),
        (r#"{"name": "d", "secret": secret.s}"#.into(), 1)
    );
    assert_eq!(
        volume(json!({"name": "d", "host": "/x"})),
        (r#"{"host": "/x", "name": "d"}"#.into(), 0)
    );
    assert_eq!(
        volume(json!({"name": "d", "persistent": {"type": "root"}})),
        (r#"{"name": "d"}"#.into(), 1)
    );
    let persistent =
        json!({"name": "d", "persistent": {"size": 5, "constraints": [["path", "LIKE", "/a"]]}});
    assert_eq!(
        volume(persistent).0,
        r#"{"name": "d", "persistent": {"constraint": [{"field": "path", "operator": "LIKE", "value": "/a"}], "size": 5}}"#
    );
}

#[test]
fn enums_have_no_case() {
    let check = json!({"healthCheck": {"http": {"endpoint": "e", "scheme": "https"}}});
    let found = container(json!({"scheduling": {"killSelection": "Oldest_First"}}), check);
    let scheme = found.get("health_check").unwrap().get("http").unwrap().get("scheme");
    assert_eq!(scheme, Some(&"HTTPS".into()));
}

#[test]
fn an_endpoint_without_protocol_has_none() {
    let found = container(json!({}), json!({"endpoints": [{"name": "e", "containerPort": null}]}));
    let endpoint = found.named("endpoint", "e").unwrap();
    assert_eq!(endpoint.get("protocol"), Some(&Value::list(Vec::new())));
    assert_eq!(endpoint.get("container_port"), None);
}

#[test]
fn times_are_cut_to_milliseconds() {
    let backoff = json!({"scheduling": {"backoff": {"backoff": 1.0005, "maxLaunchDelay": 1.5}}});
    let lifted = lift(&definition(backoff, json!({})));
    let backoff = lifted.written.get("backoff").unwrap();
    assert_eq!(format!("{backoff:?}"), r#"{"initial": 1, "max": 1.5}"#);
    assert_eq!(lifted.dropped.len(), 1);
}

#[test]
fn ids_and_sets_are_normal() {
    let placement = json!({"placement": {"acceptedResourceRoles": ["b", "a", "b"],
        "constraints": [{"fieldName": "f", "operator": "cluster"}, {"fieldName": "f", "operator": "CLUSTER"}]}});
    let lifted = lift(&definition(json!({"id": "//a//b/", "scheduling": placement}), json!({})));
    assert_eq!(lifted.written.get("id"), Some(&"/a/b".into()));
    let placement = lifted.written.get("placement").unwrap();
    assert_eq!(format!("{:?}", placement.get("accepted_resource_roles").unwrap()), r#"["a", "b"]"#);
    assert_eq!(placement.items("constraint").len(), 1);
}

#[test]
fn timestamps() {
    for good in ["2015-04-09T12:30Z", "2015-04-09T12:30:01.123456789+02:00", "2015-04-09T12:30:01Z"]
    {
        assert!(scalar::is_timestamp(good), "{good}");
    }
    for bad in [
        "",
        "2015-04-09",
        "2015-13-09T12:30Z",
        "2015-04-09T12:30",
        "2015-04-09T25:30Z",
        "2015-04-09T12:30:01.Z",
    ] {
        assert!(!scalar::is_timestamp(bad), "{bad}");
    }
}

#[test]
fn what_is_empty_is_not_written() {
    let pod =
        json!({"labels": {}, "volumes": [], "scheduling": {"placement": {"constraints": []}}});
    let lifted = lift(&definition(pod, json!({"environment": {}, "endpoints": []})));
    assert_eq!(
        format!("{:?}", lifted.written),
        r#"{"container": [{"name": "c", "resources": {}}], "id": "/p"}"#
    );
}
