//! Findings are said as Marathon says them.

use super::*;
use crate::lift;
use podform_model::rules;
use serde_json::{Value as Json, json};

/// The details of a pod with these members of its own and of its container `c`.
fn details_of(pod: Json, container: Json) -> Vec<(String, Vec<String>)> {
    let mut first = json!({"name": "c", "resources": {}, "exec": {"command": {"shell": "x"}}});
    merge(&mut first, container);
    let mut definition = json!({"id": "/p", "containers": [first]});
    merge(&mut definition, pod);
    let lifted = lift(&definition);
    assert_eq!(lifted.faults, [], "{definition}");
    let findings = rules::check(&lifted.pod);
    details(&findings, &lifted.pod).into_iter().map(|d| (d.path, d.errors)).collect()
}

fn merge(into: &mut Json, from: Json) {
    let (Json::Object(into), Json::Object(from)) = (into, from) else { return };
    into.extend(from);
}

fn said(pod: Json, container: Json, path: &str, error: &str) {
    let details = details_of(pod.clone(), container.clone());
    let expected = vec![(path.to_owned(), vec![error.to_owned()])];
    assert_eq!(details, expected, "{pod} {container}");
}

#[test]
fn volumes_and_secrets() {
    let mount = json!({"volumeMounts": [{"name": "d", "mountPath": "d"}]});
    said(
        json!({}),
        mount.clone(),
        "/containers(0)/volumeMounts(0)/name",
        "Referenced Volume in VolumeMount should exist",
    );
    said(
        json!({"volumes": [{"name": "d"}]}),
        json!({}),
        "/volumes(0)",
        "volume must be referenced by at least one container",
    );
    said(
        json!({"volumes": [{"name": "d"}, {"name": "d"}]}),
        mount,
        "/volumes",
        "volume names must be unique",
    );
    said(
        json!({}),
        json!({"environment": {"A": {"secret": "s"}}}),
        "/containers(0)/environment/A/secret",
        "references an undefined secret",
    );
    said(
        json!({"environment": {"A": {"secret": "s"}}}),
        json!({}),
        "/environment/A/secret",
        "references an undefined secret",
    );
    said(
        json!({}),
        json!({"image": {"kind": "docker", "id": "i", "pullConfig": {"secret": "s"}}}),
        "/containers(0)/image/pullConfig",
        "pullConfig.secret must refer to an existing secret",
    );
    let file = details_of(
        json!({"volumes": [{"name": "e"}, {"name": "d", "secret": "s"}]}),
        json!({"volumeMounts": [{"name": "d", "mountPath": "d"}, {"name": "e", "mountPath": "e"}]}),
    );
    assert_eq!(file[0].0, "/podSecretVolumes(pod)");
    assert_eq!(file[1].0, "/podSecretVolumes(pod)(0)/secret");
    assert_eq!(file[1].1, ["volume.secret must refer to an existing secret"]);
}

#[test]
fn networks_and_endpoints() {
    let none = json!({});
    said(
        json!({"networks": [{"mode": "host"}, {"mode": "host"}]}),
        none.clone(),
        "/networks",
        "May specify a single host network, single bridge network, or else 1-to-n container networks",
    );
    said(
        json!({"networks": [{"mode": "host", "name": "a"}]}),
        none.clone(),
        "/networks",
        "Host networks may not have names or labels",
    );
    said(
        json!({"networks": [{"mode": "container/bridge", "name": "a"}]}),
        none.clone(),
        "/networks",
        "Bridge networks may not have names",
    );
    said(
        json!({"networks": [{"name": "a"}, {"name": "a"}]}),
        none,
        "/networks",
        "Duplicate networks are not allowed",
    );
    let endpoints = |list: Json| json!({ "endpoints": list });
    let host = json!({"networks": [{"mode": "host"}]});
    said(
        host.clone(),
        endpoints(json!([{"name": "a", "containerPort": 80}])),
        "/containers(0)/endpoints(0)/containerPort",
        "is not allowed when using host-mode networking",
    );
    said(
        host.clone(),
        endpoints(json!([{"name": "a"}, {"name": "a"}])),
        "/",
        "endpoint names nust be unique across all containers",
    );
    said(
        host.clone(),
        endpoints(json!([{"name": "a", "hostPort": 80}, {"name": "b", "hostPort": 80}])),
        "/",
        "host ports must be unique across all containers",
    );
    said(
        host,
        endpoints(json!([{"name": "a", "protocol": ["tcp", "tcp"]}])),
        "/containers(0)/endpoints(0)",
        "Duplicate protocols within the same endpoint are not allowed",
    );
    let one = json!({"networks": [{"name": "x"}]});
    said(
        one.clone(),
        endpoints(json!([{"name": "a"}])),
        "/containers(0)/endpoints(0)/containerPort",
        "is required when using container-mode networking",
    );
    said(
        one.clone(),
        endpoints(json!([{"name": "a", "containerPort": 80}, {"name": "b", "containerPort": 80}])),
        "/",
        "container ports must be unique across all containers",
    );
    said(
        one,
        endpoints(json!([{"name": "a", "containerPort": 80, "networkNames": ["y"]}])),
        "/containers(0)/endpoints(0)/networkNames(0)",
        "is not one of (x)",
    );
    let two = json!({"networks": [{"name": "x"}, {"name": "y"}]});
    said(
        two,
        endpoints(json!([{"name": "a", "containerPort": 80, "hostPort": 0}])),
        "/containers(0)/endpoints(0)",
        ONE_NETWORK,
    );
}

#[test]
fn what_only_podform_refuses_has_no_words_of_marathon() {
    let bridge = json!({"networks": [{"mode": "container/bridge"}]});
    assert_eq!(details_of(bridge, json!({"endpoints": [{"name": "a"}]})), []);
    let unused = json!({"secrets": {"s": {"source": "/s"}}});
    assert_eq!(details_of(unused, json!({})), []);
}

#[test]
fn containers() {
    let none = || json!({});
    said(
        json!({"containers": [{"name": "a", "resources": {}}, {"name": "a", "resources": {}}]}),
        none(),
        "/containers",
        "container names must be unique",
    );
    let check = |check: Json| json!({ "healthCheck": check });
    let command = json!({"command": {"shell": "x"}});
    said(
        none(),
        check(json!({})),
        "/containers(0)/healthCheck",
        "Only one of http, tcp, or command may be specified",
    );
    said(
        none(),
        check(json!({"exec": command, "intervalSeconds": 2})),
        "/containers(0)/healthCheck/timeoutSeconds",
        "got 20, expected less than 2",
    );
    said(
        none(),
        check(json!({"tcp": {"endpoint": "b"}})),
        "/containers(0)/healthCheck/tcp/endpoint",
        "contained in the container endpoints",
    );
    said(
        none(),
        json!({"resourceLimits": {"mem": 1}}),
        "/containers(0)/resourceLimits/mem",
        "resource limit must be greater than or equal to requested resource (128.0)",
    );
    said(
        json!({"legacySharedCgroups": true}),
        json!({"resourceLimits": {"mem": 128}}),
        "/containers(0)/resourceLimits",
        "resourceLimits cannot be defined if legacySharedCgroups is enabled",
    );
    let seccomp = |seccomp: Json| json!({"linuxInfo": {"seccomp": seccomp}});
    said(
        none(),
        seccomp(json!({"profileName": "p", "unconfined": true})),
        "/containers(0)/linuxInfo/seccomp",
        "Seccomp unconfined can NOT be true when Profile is defined",
    );
    said(
        none(),
        seccomp(json!({})),
        "/containers(0)/linuxInfo/seccomp",
        "Seccomp unconfined must be true when Profile is NOT defined",
    );
    let ipc = json!({"linuxInfo": {"ipcInfo": {"mode": "SHARE_PARENT", "shmSize": 1}}});
    let error = "ipcInfo shmSize can NOT be set when mode is SHARE_PARENT";
    said(none(), ipc.clone(), "/containers(0)/linuxInfo/ipcInfo", error);
    said(ipc, none(), "/linuxInfo/ipcInfo", error);
}

#[test]
fn constraints() {
    let of = |constraint: Json| {
        let details = details_of(
            json!({"scheduling": {"placement": {"constraints": [constraint]}}}),
            json!({}),
        );
        assert_eq!(
            details[1],
            ("/scheduling/placement/constraints".into(), vec![MUST_BE_EMPTY.into()])
        );
        assert_eq!(details[0].0, "/scheduling/placement/constraints(0)");
        details[0].1[0].clone()
    };
    assert_eq!(
        of(json!({"fieldName": "", "operator": "CLUSTER"})),
        "missing field for constraint declaration"
    );
    assert_eq!(
        of(json!({"fieldName": "a", "operator": "UNIQUE", "value": "1"})),
        "UNIQUE does not accept a value"
    );
    assert_eq!(
        of(json!({"fieldName": "a", "operator": "GROUP_BY", "value": "x"})),
        "GROUP BY must define an integer value or else no value at all"
    );
    assert_eq!(
        of(json!({"fieldName": "a", "operator": "MAX_PER"})),
        "MAX_PER requires an integer value"
    );
    assert_eq!(
        of(json!({"fieldName": "a", "operator": "LIKE"})),
        "LIKE and UNLIKE require a non-empty, regular expression value"
    );
    assert_eq!(
        of(json!({"fieldName": "a", "operator": "UNLIKE", "value": "("})),
        "is not a valid regular expression"
    );
    assert!(
        of(json!({"fieldName": "a", "operator": "IS", "value": "a b"}))
            .starts_with("IS only supports")
    );
}

#[test]
fn roles_and_persistent_volumes() {
    let roles = |roles: Json, role: &str| json!({"role": role, "scheduling": {"placement": {"acceptedResourceRoles": roles}}});
    said(
        roles(json!(["b"]), "a"),
        json!({}),
        "/acceptedResourceRoles",
        "acceptedResourceRoles can only contain * and a",
    );
    said(
        roles(json!(["b"]), "*"),
        json!({}),
        "/acceptedResourceRoles",
        "acceptedResourceRoles can only contain *",
    );
    let path = "/scheduling/placement/acceptedResourceRoles(0)";
    said(roles(json!([".."]), "a"), json!({}), path, "A role name must not be \"..\".");
    said(roles(json!(["-a"]), "a"), json!({}), path, "A role name must not start with a '-'.");
    let mount = json!({"volumeMounts": [{"name": "d", "mountPath": "d"}]});
    let resident = |role: &str, scheduling: Json| json!({"role": role, "scheduling": scheduling, "volumes": [{"name": "d", "persistent": {"size": 1}}]});
    said(resident("*", json!({})), mount.clone(), "/role", "Resident pods cannot have the role *");
    let upgrade = json!({"upgrade": {"minimumHealthCapacity": 0, "maximumOverCapacity": 0.1}});
    said(
        resident("*", upgrade),
        mount.clone(),
        "/upgrade/maximumOverCapacity",
        "got 0.1, expected 0.0",
    );
    let partial = json!({"upgrade": {"minimumHealthCapacity": 0}});
    said(
        resident("a", partial),
        mount.clone(),
        "/upgrade/maximumOverCapacity",
        "got 1.0, expected 0.0",
    );
    let enabled = json!({"unreachableStrategy": {}});
    said(
        resident("a", enabled),
        mount.clone(),
        "/",
        "unreachableStrategy must be disabled for pods with persistent volumes",
    );
    let accepted =
        details_of(resident("a", json!({"placement": {"acceptedResourceRoles": ["a"]}})), mount);
    let errors = vec![
        MUST_BE_EMPTY.into(),
        "A resident pod must have `acceptedResourceRoles = [\"*\"]`.".into(),
    ];
    assert_eq!(accepted, [("/acceptedResourceRoles".into(), errors)]);
}
