//! Writes a pod as Marathon's definition.

use podform_model::Value;
use podform_model::pod::{
    Artifact, CheckKind, Command, Constraint, Container, DiskKind, Endpoint, EnvValue, Environment,
    HealthCheck, Image, Ipc, IpcMode, KillSelection, Labels, Limit, Limits, Masked, Network,
    Operator, Persistent, Pod, Seccomp, Unreachable, Volume, VolumeSource,
};
use serde_json::{Map, Value as Json, json};

/// Writes a pod in normal form as the definition that Marathon is sent.
///
/// Sensitive values are in it in clear: Marathon has no other way. `auto_rollback` and a secret's
/// `store` have no place in a definition and are left out.
///
/// # Errors
/// The path of a value that is unknown or missing, as a lower-case fragment.
pub fn lower(pod: &Value) -> Result<Json, String> {
    Ok(definition(&Pod::from_value(pod)?))
}

/// An object in the making; what is empty or absent is left out.
#[derive(Default)]
struct Object(Map<String, Json>);

impl Object {
    fn put(&mut self, name: &str, value: impl Into<Json>) {
        self.0.insert(name.to_owned(), value.into());
    }

    fn some(&mut self, name: &str, value: Option<impl Into<Json>>) {
        if let Some(value) = value {
            self.put(name, value);
        }
    }

    fn filled(&mut self, name: &str, value: Json) {
        let empty = match &value {
            Json::Array(items) => items.is_empty(),
            Json::Object(map) => map.is_empty(),
            _ => false,
        };
        if !empty {
            self.put(name, value);
        }
    }

    fn json(self) -> Json {
        Json::Object(self.0)
    }
}

fn text(text: &Masked) -> Json {
    Json::from(text.as_str())
}

fn texts(texts: &[Masked]) -> Json {
    texts.iter().map(text).collect()
}

fn labels(labels: &Labels) -> Json {
    labels.iter().map(|(key, value)| (key.clone(), text(value))).collect::<Map<_, _>>().into()
}

/// A number, whole ones without a fraction.
fn number(float: f64) -> Json {
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 53 bits")]
    if float.fract() == 0.0 && float.abs() < 9e15 { Json::from(float as i64) } else { json!(float) }
}

fn environment(variables: &Environment) -> Json {
    let value = |value: &EnvValue| match value {
        EnvValue::Plain(text) | EnvValue::Sensitive(text) => Json::from(text.as_str()),
        EnvValue::Secret(name) => json!({ "secret": name }),
    };
    variables.iter().map(|(key, v)| (key.clone(), value(v))).collect::<Map<_, _>>().into()
}

fn definition(pod: &Pod) -> Json {
    let mut out = Object::default();
    out.put("id", pod.id.as_str());
    out.some("user", pod.user.as_ref().map(text));
    out.some("role", pod.role.as_ref().map(text));
    out.filled("labels", labels(&pod.labels));
    out.filled("environment", environment(&pod.environment));
    let secrets = pod.secrets.iter();
    let secrets: Map<_, _> = secrets
        .map(|(name, secret)| (name.clone(), json!({ "source": secret.source.as_str() })))
        .collect();
    out.filled("secrets", secrets.into());
    out.filled("networks", pod.networks.iter().map(network).collect());
    out.filled("volumes", pod.volumes.iter().map(volume).collect());
    out.put("containers", pod.containers.iter().map(container).collect::<Json>());
    out.put("scaling", json!({ "kind": "fixed", "instances": pod.instances }));
    out.put("scheduling", scheduling(pod));
    let executor = pod.executor_resources;
    out.put("executorResources", json!({
        "cpus": number(executor.cpus), "mem": number(executor.mem), "disk": number(executor.disk),
    }));
    out.some("linuxInfo", ipc(pod.linux).map(|info| json!({ "ipcInfo": info })));
    out.some("legacySharedCgroups", pod.legacy_shared_cgroups.then_some(true));
    out.json()
}

fn network(network: &Network) -> Json {
    let mut out = Object::default();
    match network {
        Network::Host => out.put("mode", "host"),
        Network::Bridge { labels: given } => {
            out.put("mode", "container/bridge");
            out.filled("labels", labels(given));
        }
        Network::Container { name, labels: given } => {
            out.put("mode", "container");
            out.some("name", name.as_ref().map(text));
            out.filled("labels", labels(given));
        }
    }
    out.json()
}

fn volume(volume: &Volume) -> Json {
    let mut out = Object::default();
    out.put("name", volume.name.as_str());
    match &volume.source {
        VolumeSource::Ephemeral => {}
        VolumeSource::Host(path) => out.put("host", text(path)),
        VolumeSource::Secret(name) => out.put("secret", name.as_str()),
        VolumeSource::Persistent(disk) => out.put("persistent", persistent(disk)),
    }
    out.json()
}

fn persistent(disk: &Persistent) -> Json {
    let mut out = Object::default();
    out.put(
        "type",
        match disk.kind {
            DiskKind::Root => "root",
            DiskKind::Path => "path",
            DiskKind::Mount => "mount",
        },
    );
    out.put("size", disk.size);
    out.some("maxSize", disk.max_size);
    out.some("profileName", disk.profile_name.as_ref().map(text));
    let triple = |constraint: &Constraint| {
        let mut parts = vec![text(&constraint.field), operator(constraint.operator).into()];
        parts.extend(constraint.value.as_ref().map(text));
        Json::from(parts)
    };
    out.put("constraints", disk.constraints.iter().map(triple).collect::<Json>());
    out.json()
}

fn operator(operator: Operator) -> &'static str {
    match operator {
        Operator::Unique => "UNIQUE",
        Operator::Cluster => "CLUSTER",
        Operator::GroupBy => "GROUP_BY",
        Operator::Like => "LIKE",
        Operator::Unlike => "UNLIKE",
        Operator::MaxPer => "MAX_PER",
        Operator::Is => "IS",
    }
}

fn scheduling(pod: &Pod) -> Json {
    let constraint = |constraint: &Constraint| {
        let mut out = Object::default();
        out.put("fieldName", text(&constraint.field));
        out.put("operator", operator(constraint.operator));
        out.some("value", constraint.value.as_ref().map(text));
        out.json()
    };
    let mut placement = Object::default();
    placement.filled("constraints", pod.placement.constraints.iter().map(constraint).collect());
    placement.filled("acceptedResourceRoles", texts(&pod.placement.accepted_resource_roles));
    json!({
        "backoff": {
            "backoff": number(pod.backoff.initial),
            "backoffFactor": number(pod.backoff.factor),
            "maxLaunchDelay": number(pod.backoff.max),
        },
        "upgrade": {
            "minimumHealthCapacity": number(pod.upgrade.minimum_health_capacity),
            "maximumOverCapacity": number(pod.upgrade.maximum_over_capacity),
        },
        "placement": placement.json(),
        "killSelection": match pod.kill_selection {
            KillSelection::YoungestFirst => "YOUNGEST_FIRST",
            KillSelection::OldestFirst => "OLDEST_FIRST",
        },
        "unreachableStrategy": match pod.unreachable {
            Unreachable::Disabled => json!("disabled"),
            Unreachable::After { inactive, expunge } => json!({
                "inactiveAfterSeconds": number(inactive), "expungeAfterSeconds": number(expunge),
            }),
        },
    })
}

fn ipc(ipc: Ipc) -> Option<Json> {
    let mode = match ipc.mode? {
        IpcMode::Private => "PRIVATE",
        IpcMode::ShareParent => "SHARE_PARENT",
    };
    let mut out = Object::default();
    out.put("mode", mode);
    out.some("shmSize", ipc.shm_size);
    Some(out.json())
}

fn container(container: &Container) -> Json {
    let mut out = Object::default();
    out.put("name", container.name.as_str());
    if let Some(given) = &container.command {
        let mut exec = Object::default();
        exec.put("command", command(given));
        exec.some("overrideEntrypoint", container.override_entrypoint);
        out.put("exec", exec.json());
    }
    let resources = container.resources;
    out.put(
        "resources",
        json!({
            "cpus": number(resources.cpus), "mem": number(resources.mem),
            "disk": number(resources.disk), "gpus": resources.gpus,
        }),
    );
    out.some("resourceLimits", container.limits.map(limits));
    out.some("image", container.image.as_ref().map(image));
    out.filled("environment", environment(&container.environment));
    out.some("user", container.user.as_ref().map(text));
    out.filled("labels", labels(&container.labels));
    out.some("tty", container.tty.then_some(true));
    out.filled("endpoints", container.endpoints.iter().map(endpoint).collect());
    let mounts = container.volume_mounts.iter().map(|mount| {
        json!({ "name": mount.volume, "mountPath": mount.path.as_str(), "readOnly": mount.read_only })
    });
    out.filled("volumeMounts", mounts.collect());
    out.some("healthCheck", container.health_check.as_ref().map(health_check));
    out.filled("artifacts", container.artifacts.iter().map(artifact).collect());
    let period = container.kill_grace_period;
    let period = period.map(|seconds| json!({ "killGracePeriodSeconds": number(seconds) }));
    out.some("lifecycle", period);
    let mut linux = Object::default();
    linux.some("ipcInfo", ipc(container.ipc));
    linux.some(
        "seccomp",
        container.seccomp.as_ref().map(|seccomp| match seccomp {
            Seccomp::Profile(profile) => {
                json!({ "profileName": profile.as_str(), "unconfined": false })
            }
            Seccomp::Unconfined => json!({ "unconfined": true }),
        }),
    );
    out.filled("linuxInfo", linux.json());
    out.json()
}

fn command(command: &Command) -> Json {
    match command {
        Command::Shell(shell) => json!({ "shell": shell.as_str() }),
        Command::Argv(argv) => json!({ "argv": texts(argv) }),
    }
}

fn limits(limits: Limits) -> Json {
    let limit = |limit: Limit| match limit {
        Limit::AtMost(most) => number(most),
        Limit::Unlimited => json!("unlimited"),
    };
    let mut out = Object::default();
    out.some("cpus", limits.cpus.map(limit));
    out.some("mem", limits.mem.map(limit));
    out.json()
}

fn image(image: &Image) -> Json {
    let mut out = Object::default();
    out.put("kind", "DOCKER");
    out.put("id", text(&image.id));
    out.some("forcePull", image.force_pull.then_some(true));
    out.some("pullConfig", image.pull_secret.as_ref().map(|name| json!({ "secret": name })));
    out.filled("labels", labels(&image.labels));
    out.json()
}

fn endpoint(endpoint: &Endpoint) -> Json {
    let mut out = Object::default();
    out.put("name", endpoint.name.as_str());
    out.some("containerPort", endpoint.container_port);
    out.some("hostPort", endpoint.host_port);
    out.filled("protocol", texts(&endpoint.protocol));
    out.filled("labels", labels(&endpoint.labels));
    out.filled("networkNames", texts(&endpoint.network_names));
    out.json()
}

fn health_check(check: &HealthCheck) -> Json {
    let mut out = Object::default();
    match &check.kind {
        CheckKind::Http { endpoint, path, https } => {
            let mut http = Object::default();
            http.put("endpoint", endpoint.as_str());
            http.some("path", path.as_ref().map(text));
            http.put("scheme", if *https { "HTTPS" } else { "HTTP" });
            out.put("http", http.json());
        }
        CheckKind::Tcp { endpoint } => out.put("tcp", json!({ "endpoint": endpoint })),
        CheckKind::Command(given) => out.put("exec", json!({ "command": command(given) })),
    }
    out.put("gracePeriodSeconds", number(check.grace_period));
    out.put("intervalSeconds", number(check.interval));
    out.put("maxConsecutiveFailures", check.max_consecutive_failures);
    out.put("timeoutSeconds", number(check.timeout));
    out.put("delaySeconds", number(check.delay));
    out.json()
}

fn artifact(artifact: &Artifact) -> Json {
    let mut out = Object::default();
    out.put("uri", text(&artifact.uri));
    out.put("extract", artifact.extract);
    out.put("executable", artifact.executable);
    out.put("cache", artifact.cache);
    out.some("destPath", artifact.dest_path.as_ref().map(text));
    out.json()
}

#[cfg(test)]
mod tests;
