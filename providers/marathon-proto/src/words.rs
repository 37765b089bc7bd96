//! podform's findings in the words of Marathon's validation.

use crate::marathon_path;
use podform_model::rules::Finding;
use podform_model::{AttributePath, Step, Value};

/// One entry of the `details` of Marathon's answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// Where, as `/containers(0)/resources`.
    pub path: String,
    /// What is wrong there.
    pub errors: Vec<String>,
}

/// A finding as Marathon would say it; empty for a rule that Marathon does not have.
#[must_use]
pub fn of(finding: &Finding, pod: &Value) -> Vec<Detail> {
    let path = marathon_path(pod, &finding.path);
    let parent = || marathon_path(pod, &block_of(&finding.path));
    match finding.rule {
        "secret_undeclared" => undeclared_secret(finding, pod),
        "constraint_value" | "constraint_field" => constraint(finding, pod),
        "accepted_role_name" => role_name(path, finding, pod),
        "accepted_roles" => accepted_roles(pod),
        "container_port_missing" => port_missing(path, pod),
        "volume_name" => vec![detail(format!("{path}/name"), "error.pattern")],
        "volume_unused" => {
            vec![detail(path, "volume must be referenced by at least one container")]
        }
        "resources_missing" => vec![detail(path, "error.path.missing")],
        "shm_mode_missing" => vec![detail(path, "error.path.missing")],
        "mount_undeclared" => {
            vec![detail(format!("{path}/name"), "Referenced Volume in VolumeMount should exist")]
        }
        "endpoint_network" => vec![detail(path, format!("is not one of ({})", networks(pod)))],
        "endpoint_one_network" => vec![detail(parent(), ONE_NETWORK)],
        "endpoint_protocol" => {
            vec![detail(parent(), "Duplicate protocols within the same endpoint are not allowed")]
        }
        "container_port_host" => {
            vec![detail(path, "is not allowed when using host-mode networking")]
        }
        "health_check_kind" => vec![detail(
            marathon_path(pod, &up_to(&finding.path, "health_check")),
            "Only one of http, tcp, or command may be specified",
        )],
        "health_check_timeout" => vec![detail(path, timeout(finding, pod))],
        "health_check_endpoint" => vec![detail(path, "contained in the container endpoints")],
        "limit_below_request" => vec![detail(path, limit(finding, pod))],
        "limit_shared_cgroups" => {
            vec![detail(path, "resourceLimits cannot be defined if legacySharedCgroups is enabled")]
        }
        "seccomp_both" => vec![detail(
            format!("{}/seccomp", parent()),
            "Seccomp unconfined can NOT be true when Profile is defined",
        )],
        "seccomp_neither" => vec![detail(
            format!("{}/seccomp", parent()),
            "Seccomp unconfined must be true when Profile is NOT defined",
        )],
        "shm_shared" => vec![detail(
            format!("{}/ipcInfo", parent()),
            "ipcInfo shmSize can NOT be set when mode is SHARE_PARENT",
        )],
        "resident_over_capacity" => vec![detail(
            "/upgrade/maximumOverCapacity".into(),
            format!("got {}, expected 0.0", double(at(pod, &finding.path))),
        )],
        rule => whole_pod(rule),
    }
}

/// The rules that Marathon checks last, when nothing else is wrong.
const LAST: [&str; 2] = ["resident_role", "accepted_roles"];

/// The `details` of Marathon's answer to a pod with these findings: one entry for each path, in
/// the order of the findings, without what Marathon would not have come to.
#[must_use]
pub fn details(findings: &[Finding], pod: &Value) -> Vec<Detail> {
    let of_stage = |last: bool| {
        let chosen = findings.iter().filter(|finding| LAST.contains(&finding.rule) == last);
        merged(chosen.flat_map(|finding| of(finding, pod)))
    };
    let first = of_stage(false);
    if first.is_empty() { of_stage(true) } else { first }
}

fn merged(details: impl Iterator<Item = Detail>) -> Vec<Detail> {
    let mut all: Vec<Detail> = Vec::new();
    for detail in details {
        match all.iter_mut().find(|known| known.path == detail.path) {
            None => all.push(detail),
            Some(known) => {
                for error in detail.errors {
                    if !known.errors.contains(&error) {
                        known.errors.push(error);
                    }
                }
            }
        }
    }
    all
}

const ONE_NETWORK: &str = "networkNames must be a single item list when hostPort is specified and more than 1 container network is defined";
const MUST_BE_EMPTY: &str = "must be empty";

/// Rules whose place in Marathon's answer does not depend on where they are broken.
fn whole_pod(rule: &str) -> Vec<Detail> {
    let (path, error) = match rule {
        "container_missing" => ("/containers", "must not be empty"),
        "container_unique" => ("/containers", "container names must be unique"),
        "volume_unique" => ("/volumes", "volume names must be unique"),
        "network_mix" => (
            "/networks",
            "May specify a single host network, single bridge network, or else 1-to-n container networks",
        ),
        "network_host" => ("/networks", "Host networks may not have names or labels"),
        "network_bridge" => ("/networks", "Bridge networks may not have names"),
        "network_unique" => ("/networks", "Duplicate networks are not allowed"),
        "endpoint_unique" => ("/", "endpoint names nust be unique across all containers"),
        "container_port_unique" => ("/", "container ports must be unique across all containers"),
        "host_port_unique" => ("/", "host ports must be unique across all containers"),
        "resident_role" => ("/role", "Resident pods cannot have the role *"),
        "resident_unreachable" => {
            ("/", "unreachableStrategy must be disabled for pods with persistent volumes")
        }
        "resident_accepted_roles" => {
            let rule = "A resident pod must have `acceptedResourceRoles = [\"*\"]`.";
            let errors = vec![MUST_BE_EMPTY.to_owned(), rule.to_owned()];
            return vec![Detail { path: "/acceptedResourceRoles".into(), errors }];
        }
        _ => return Vec::new(),
    };
    vec![detail(path.into(), error)]
}

fn detail(path: String, error: impl Into<String>) -> Detail {
    Detail { path, errors: vec![error.into()] }
}

/// The path of the block that an attribute stands in.
fn block_of(path: &AttributePath) -> AttributePath {
    let last = path.0.iter().rposition(|step| matches!(step, Step::Attr(_))).unwrap_or_default();
    AttributePath(path.0[..last].to_vec())
}

/// The path up to the block of this name.
fn up_to(path: &AttributePath, name: &str) -> AttributePath {
    let is_it = |step: &Step| matches!(step, Step::Attr(attr) if attr == name);
    let end = path.0.iter().position(is_it).map_or(path.0.len(), |at| at + 1);
    AttributePath(path.0[..end].to_vec())
}

/// The value at a path.
fn at<'a>(pod: &'a Value, path: &AttributePath) -> Option<&'a Value> {
    path.0.iter().try_fold(pod, |value, step| match step {
        Step::Attr(name) => value.get(name),
        Step::Index(index) => value.as_list()?.get(*index),
        Step::Key(key) => match value.as_list() {
            Some(items) => {
                items.iter().find(|item| item.get("name").and_then(Value::as_str) == Some(key))
            }
            None => value.get(key),
        },
    })
}

/// A number as Marathon prints doubles: `128.0`.
fn double(value: Option<&Value>) -> String {
    let number = value.and_then(Value::as_number).map_or(0.0, podform_model::Number::as_f64);
    format!("{number:?}")
}

fn networks(pod: &Value) -> String {
    let names = pod.items("network").iter().filter_map(|network| network.get("name")?.as_str());
    names.collect::<Vec<_>>().join(",")
}

fn port_missing(path: String, pod: &Value) -> Vec<Detail> {
    let container =
        |network: &Value| network.get("mode").and_then(Value::as_str) == Some("container");
    if pod.items("network").iter().any(container) {
        vec![detail(path, "is required when using container-mode networking")]
    } else {
        // Marathon takes it on a bridge, and never launches the pod.
        Vec::new()
    }
}

fn timeout(finding: &Finding, pod: &Value) -> String {
    let seconds = |path: Option<&AttributePath>| {
        let number = path.and_then(|path| at(pod, path)).and_then(Value::as_number);
        number.map(ToString::to_string).unwrap_or_default()
    };
    let interval = seconds(finding.related.first());
    format!("got {}, expected less than {interval}", seconds(Some(&finding.path)))
}

fn limit(finding: &Finding, pod: &Value) -> String {
    let request = double(finding.related.first().and_then(|path| at(pod, path)));
    format!("resource limit must be greater than or equal to requested resource ({request})")
}

fn undeclared_secret(finding: &Finding, pod: &Value) -> Vec<Detail> {
    let path = marathon_path(pod, &finding.path);
    let names: Vec<_> = finding.path.names().collect();
    match names[..] {
        ["volume", "secret"] => {
            let all = "/podSecretVolumes(pod)";
            let secret_volume = |volume: &&Value| volume.get("secret").is_some();
            let this = at(pod, &block_of(&finding.path));
            let volumes: Vec<_> = pod.items("volume").iter().filter(secret_volume).collect();
            let index = volumes.iter().position(|volume| Some(*volume) == this).unwrap_or_default();
            vec![
                detail(all.into(), MUST_BE_EMPTY),
                detail(
                    format!("{all}({index})/secret"),
                    "volume.secret must refer to an existing secret",
                ),
            ]
        }
        [.., "pull_secret"] => {
            vec![detail(path, "pullConfig.secret must refer to an existing secret")]
        }
        _ => vec![detail(format!("{path}/secret"), "references an undefined secret")],
    }
}

fn constraint(finding: &Finding, pod: &Value) -> Vec<Detail> {
    let item = block_of(&finding.path);
    let found = at(pod, &item);
    let text = |name: &str| found.and_then(|value| value.get(name)).and_then(Value::as_str);
    let error = match (finding.rule, text("operator"), text("value")) {
        ("constraint_field", ..) => "missing field for constraint declaration",
        (_, Some("UNIQUE"), _) => "UNIQUE does not accept a value",
        (_, Some("GROUP_BY"), _) => "GROUP BY must define an integer value or else no value at all",
        (_, Some("MAX_PER"), _) => "MAX_PER requires an integer value",
        (_, Some("LIKE" | "UNLIKE"), None) => {
            "LIKE and UNLIKE require a non-empty, regular expression value"
        }
        (_, Some("LIKE" | "UNLIKE"), Some(_)) => "is not a valid regular expression",
        _ => {
            "IS only supports Mesos text and float values (see http://mesos.apache.org/documentation/latest/attributes-resources/)"
        }
    };
    vec![
        detail(marathon_path(pod, &item), error),
        detail("/scheduling/placement/constraints".into(), MUST_BE_EMPTY),
    ]
}

fn role_name(path: String, finding: &Finding, pod: &Value) -> Vec<Detail> {
    let role = at(pod, &finding.path).and_then(Value::as_str).unwrap_or_default();
    let error = match role {
        "" | "." | ".." => format!("A role name must not be \"{role}\"."),
        _ if role.starts_with('-') => "A role name must not start with a '-'.".into(),
        _ if role.contains('/') => "A role name must not include a slash character.".into(),
        _ => "A role name must not include a whitespace character.".into(),
    };
    vec![detail(path, error)]
}

fn accepted_roles(pod: &Value) -> Vec<Detail> {
    let error = match pod.get("role").and_then(Value::as_str) {
        Some("*") => "acceptedResourceRoles can only contain *".to_owned(),
        Some(role) => format!("acceptedResourceRoles can only contain * and {role}"),
        None => return Vec::new(),
    };
    vec![detail("/acceptedResourceRoles".into(), error)]
}

#[cfg(test)]
mod tests;
