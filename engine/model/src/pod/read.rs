//! Reads the typed pod from a value in normal form.

use super::{
    Artifact, Backoff, CheckKind, Command, Constraint, Container, DiskKind, Endpoint, EnvValue,
    Environment, ExecutorResources, HealthCheck, Image, Ipc, IpcMode, KillSelection, Labels, Limit,
    Limits, Masked, Network, Operator, Persistent, Placement, Pod, Resources, Seccomp,
    SecretSource, Unreachable, Upgrade, Volume, VolumeMount, VolumeSource,
};
use crate::{AttributePath, Number, Value};
use std::collections::BTreeMap;

type Read<T> = Result<T, String>;

/// A block and where it stands.
struct Block<'a> {
    value: &'a Value,
    path: AttributePath,
}

fn wrong<T>(path: &AttributePath, expected: &str, value: &Value) -> Read<T> {
    let name = if path.0.is_empty() { "the pod".to_owned() } else { format!("`{path}`") };
    Err(format!("{name}: expected {expected}, found {}", value.kind()))
}

impl<'a> Block<'a> {
    fn new(value: &'a Value, path: AttributePath) -> Read<Self> {
        if value.as_map().is_none() {
            return wrong(&path, "a block", value);
        }
        Ok(Self { value, path })
    }

    /// An attribute that is there, unless null.
    fn get(&self, name: &str) -> Option<&'a Value> {
        self.value.get(name).filter(|value| !value.is_null())
    }

    fn at(&self, name: &str) -> AttributePath {
        self.path.attr(name)
    }

    fn missing<T>(&self, name: &str) -> Read<T> {
        Err(format!("`{}` is missing", self.at(name)))
    }

    fn required<T>(&self, name: &str, value: Option<T>) -> Read<T> {
        value.map_or_else(|| self.missing(name), Ok)
    }

    fn optional<T>(
        &self,
        name: &str,
        read: impl FnOnce(&AttributePath, &'a Value) -> Read<T>,
    ) -> Read<Option<T>> {
        self.get(name).map(|value| read(&self.at(name), value)).transpose()
    }

    fn text(&self, name: &str) -> Read<Option<Masked>> {
        self.optional(name, masked)
    }

    fn name(&self, name: &str) -> Read<String> {
        let text = self.text(name)?;
        self.required(name, text).map(|text| text.as_str().to_owned())
    }

    fn required_text(&self, name: &str) -> Read<Masked> {
        let text = self.text(name)?;
        self.required(name, text)
    }

    fn flag(&self, name: &str) -> Read<Option<bool>> {
        self.optional(name, |path, value| {
            value.as_bool().map_or_else(|| wrong(path, "a bool", value), Ok)
        })
    }

    fn float(&self, name: &str) -> Read<f64> {
        let number = self.optional(name, |path, value| number(path, value).map(Number::as_f64))?;
        self.required(name, number)
    }

    fn seconds(&self, name: &str) -> Read<Option<f64>> {
        self.optional(name, |path, value| number(path, value).map(Number::as_f64))
    }

    fn int<T: TryFrom<u64>>(&self, name: &str) -> Read<Option<T>> {
        self.optional(name, |path, value| {
            let whole = number(path, value)?.as_u64().and_then(|whole| T::try_from(whole).ok());
            whole.map_or_else(|| wrong(path, "a whole number in range", value), Ok)
        })
    }

    fn required_int<T: TryFrom<u64>>(&self, name: &str) -> Read<T> {
        let int = self.int(name)?;
        self.required(name, int)
    }

    fn block(&self, name: &str) -> Read<Option<Self>> {
        self.optional(name, |path, value| Block::new(value, path.clone()))
    }

    fn required_block(&self, name: &str) -> Read<Self> {
        let block = self.block(name)?;
        self.required(name, block)
    }

    /// The items of a repeated block, each read by `read`.
    fn items<T>(&self, name: &str, read: impl Fn(&Self) -> Read<T>) -> Read<Vec<T>> {
        let items = list(&self.at(name), self.get(name))?;
        let item = |(at, value): (usize, &'a Value)| {
            let path = match value.get("name").and_then(Value::as_str) {
                Some(label) => self.at(name).key(label),
                None => self.at(name).index(at),
            };
            read(&Block::new(value, path)?)
        };
        items.iter().enumerate().map(item).collect()
    }

    fn texts(&self, name: &str) -> Read<Vec<Masked>> {
        let path = self.at(name);
        list(&path, self.get(name))?.iter().map(|item| masked(&path, item)).collect()
    }

    fn labels(&self, name: &str) -> Read<Labels> {
        let path = self.at(name);
        let Some(value) = self.get(name) else { return Ok(Labels::new()) };
        let Some(map) = value.as_map() else { return wrong(&path, "an object", value) };
        let hidden = matches!(value, Value::Sensitive(_));
        let entry = |(key, value): (&std::sync::Arc<str>, &Value)| {
            let mut text = masked(&path.key(&**key), value)?;
            text.sensitive |= hidden;
            Ok((key.to_string(), text))
        };
        map.iter().map(entry).collect()
    }

    fn environment(&self) -> Read<Environment> {
        let path = self.at("environment");
        let Some(value) = self.get("environment") else { return Ok(Environment::new()) };
        let Some(map) = value.as_map() else { return wrong(&path, "an object", value) };
        let hidden = matches!(value, Value::Sensitive(_));
        let entry = |(key, value): (&std::sync::Arc<str>, &Value)| {
            Ok((key.to_string(), variable(&path.key(&**key), value, hidden)?))
        };
        map.iter().map(entry).collect()
    }

    fn secret(&self, name: &str) -> Read<Option<String>> {
        self.optional(name, |path, value| match value.reveal() {
            Value::Secret(name) => Ok(name.to_string()),
            _ => wrong(path, "a secret reference", value),
        })
    }
}

fn masked(path: &AttributePath, value: &Value) -> Read<Masked> {
    let Some(text) = value.as_str() else { return wrong(path, "a string", value) };
    Ok(Masked { text: text.to_owned(), sensitive: matches!(value, Value::Sensitive(_)) })
}

fn number<'a>(path: &AttributePath, value: &'a Value) -> Read<&'a Number> {
    value.as_number().map_or_else(|| wrong(path, "a number", value), Ok)
}

fn list<'a>(path: &AttributePath, value: Option<&'a Value>) -> Read<&'a [Value]> {
    match value {
        None => Ok(&[]),
        Some(value) => value.as_list().map_or_else(|| wrong(path, "a list", value), Ok),
    }
}

fn variable(path: &AttributePath, value: &Value, hidden: bool) -> Read<EnvValue> {
    if let Value::Secret(name) = value.reveal() {
        return Ok(EnvValue::Secret(name.to_string()));
    }
    let text = masked(path, value)?;
    Ok(if text.sensitive || hidden {
        EnvValue::Sensitive(text.text)
    } else {
        EnvValue::Plain(text.text)
    })
}

pub(super) fn pod(value: &Value) -> Read<Pod> {
    let pod = Block::new(value, AttributePath::root())?;
    let containers = pod.items("container", container)?;
    if containers.is_empty() {
        return pod.missing("container");
    }
    let secret = |block: &Block<'_>| {
        let store = block.text("store")?.map(|store| store.text);
        Ok((block.name("name")?, SecretSource { source: block.required_text("source")?, store }))
    };
    Ok(Pod {
        id: pod.name("id")?,
        instances: pod.required_int("instances")?,
        user: pod.text("user")?,
        role: pod.text("role")?,
        labels: pod.labels("labels")?,
        environment: pod.environment()?,
        secrets: pod.items("secret", secret)?.into_iter().collect::<BTreeMap<_, _>>(),
        networks: pod.items("network", network)?,
        volumes: pod.items("volume", volume)?,
        executor_resources: executor_resources(&pod.required_block("executor_resources")?)?,
        containers,
        placement: pod.block("placement")?.as_ref().map(placement).transpose()?.unwrap_or_default(),
        upgrade: upgrade(&pod.required_block("upgrade")?)?,
        backoff: backoff(&pod.required_block("backoff")?)?,
        kill_selection: match pod.name("kill_selection")?.as_str() {
            "OLDEST_FIRST" => KillSelection::OldestFirst,
            _ => KillSelection::YoungestFirst,
        },
        unreachable: unreachable(&pod.required_block("unreachable")?)?,
        linux: pod.block("linux")?.as_ref().map(ipc).transpose()?.unwrap_or_default(),
        legacy_shared_cgroups: pod.flag("legacy_shared_cgroups")?.unwrap_or(false),
    })
}

fn network(block: &Block<'_>) -> Read<Network> {
    let labels = block.labels("labels")?;
    Ok(match block.name("mode")?.as_str() {
        "host" => Network::Host,
        "container/bridge" => Network::Bridge { labels },
        _ => Network::Container { name: block.text("name")?, labels },
    })
}

fn volume(block: &Block<'_>) -> Read<Volume> {
    let source = if let Some(disk) = block.block("persistent")? {
        VolumeSource::Persistent(persistent(&disk)?)
    } else if let Some(name) = block.secret("secret")? {
        VolumeSource::Secret(name)
    } else if let Some(path) = block.text("host")? {
        VolumeSource::Host(path)
    } else {
        VolumeSource::Ephemeral
    };
    Ok(Volume { name: block.name("name")?, source })
}

fn persistent(block: &Block<'_>) -> Read<Persistent> {
    Ok(Persistent {
        size: block.required_int("size")?,
        kind: match block.name("type")?.as_str() {
            "mount" => DiskKind::Mount,
            "path" => DiskKind::Path,
            _ => DiskKind::Root,
        },
        max_size: block.int("max_size")?,
        profile_name: block.text("profile_name")?,
        constraints: block.items("constraint", constraint)?,
    })
}

fn executor_resources(block: &Block<'_>) -> Read<ExecutorResources> {
    Ok(ExecutorResources {
        cpus: block.float("cpus")?,
        mem: block.float("mem")?,
        disk: block.float("disk")?,
    })
}

fn placement(block: &Block<'_>) -> Read<Placement> {
    Ok(Placement {
        accepted_resource_roles: block.texts("accepted_resource_roles")?,
        constraints: block.items("constraint", constraint)?,
    })
}

fn constraint(block: &Block<'_>) -> Read<Constraint> {
    let operator = match block.name("operator")?.as_str() {
        "UNIQUE" => Operator::Unique,
        "CLUSTER" => Operator::Cluster,
        "GROUP_BY" => Operator::GroupBy,
        "LIKE" => Operator::Like,
        "UNLIKE" => Operator::Unlike,
        "MAX_PER" => Operator::MaxPer,
        "IS" => Operator::Is,
        other => return Err(format!("`{}`: `{other}` is no operator", block.at("operator"))),
    };
    Ok(Constraint { field: block.required_text("field")?, operator, value: block.text("value")? })
}

fn upgrade(block: &Block<'_>) -> Read<Upgrade> {
    Ok(Upgrade {
        minimum_health_capacity: block.float("minimum_health_capacity")?,
        maximum_over_capacity: block.float("maximum_over_capacity")?,
        auto_rollback: block.flag("auto_rollback")?.unwrap_or(false),
    })
}

fn backoff(block: &Block<'_>) -> Read<Backoff> {
    Ok(Backoff {
        initial: block.float("initial")?,
        factor: block.float("factor")?,
        max: block.float("max")?,
    })
}

fn unreachable(block: &Block<'_>) -> Read<Unreachable> {
    if block.flag("disabled")? == Some(true) {
        return Ok(Unreachable::Disabled);
    }
    Ok(Unreachable::After {
        inactive: block.float("inactive_after")?,
        expunge: block.float("expunge_after")?,
    })
}

fn ipc(block: &Block<'_>) -> Read<Ipc> {
    let mode = block.text("ipc_mode")?.map(|mode| match mode.as_str() {
        "SHARE_PARENT" => IpcMode::ShareParent,
        _ => IpcMode::Private,
    });
    Ok(Ipc { mode, shm_size: block.int("shm_size")? })
}

fn seccomp(block: &Block<'_>) -> Read<Option<Seccomp>> {
    Ok(match (block.text("seccomp_profile")?, block.flag("seccomp_unconfined")?) {
        (Some(profile), _) => Some(Seccomp::Profile(profile)),
        (None, Some(true)) => Some(Seccomp::Unconfined),
        (None, _) => None,
    })
}

/// The `command` or `argv` of a block.
fn command(block: &Block<'_>) -> Read<Option<Command>> {
    if let Some(shell) = block.text("command")? {
        return Ok(Some(Command::Shell(shell)));
    }
    let argv = block.texts("argv")?;
    Ok((!argv.is_empty()).then_some(Command::Argv(argv)))
}

fn container(block: &Block<'_>) -> Read<Container> {
    let linux = block.block("linux")?;
    Ok(Container {
        name: block.name("name")?,
        command: command(block)?,
        override_entrypoint: block.flag("override_entrypoint")?,
        resources: resources(&block.required_block("resources")?)?,
        limits: block.block("limits")?.as_ref().map(limits).transpose()?,
        image: block.block("image")?.as_ref().map(image).transpose()?,
        environment: block.environment()?,
        user: block.text("user")?,
        labels: block.labels("labels")?,
        tty: block.flag("tty")?.unwrap_or(false),
        endpoints: block.items("endpoint", endpoint)?,
        volume_mounts: block.items("volume_mount", volume_mount)?,
        health_check: block.block("health_check")?.as_ref().map(health_check).transpose()?,
        artifacts: block.items("artifact", artifact)?,
        kill_grace_period: block.seconds("kill_grace_period")?,
        ipc: linux.as_ref().map(ipc).transpose()?.unwrap_or_default(),
        seccomp: linux.as_ref().map(seccomp).transpose()?.flatten(),
    })
}

fn resources(block: &Block<'_>) -> Read<Resources> {
    Ok(Resources {
        cpus: block.float("cpus")?,
        mem: block.float("mem")?,
        disk: block.float("disk")?,
        gpus: block.required_int("gpus")?,
    })
}

fn limits(block: &Block<'_>) -> Read<Limits> {
    let limit = |name: &str| {
        block.optional(name, |path, value| match value.as_str() {
            Some("unlimited") => Ok(Limit::Unlimited),
            _ => Ok(Limit::AtMost(number(path, value)?.as_f64())),
        })
    };
    Ok(Limits { cpus: limit("cpus")?, mem: limit("mem")? })
}

fn image(block: &Block<'_>) -> Read<Image> {
    Ok(Image {
        id: block.required_text("id")?,
        force_pull: block.flag("force_pull")?.unwrap_or(false),
        pull_secret: block.secret("pull_secret")?,
        labels: block.labels("labels")?,
    })
}

fn endpoint(block: &Block<'_>) -> Read<Endpoint> {
    Ok(Endpoint {
        name: block.name("name")?,
        container_port: block.int("container_port")?,
        host_port: block.int("host_port")?,
        protocol: block.texts("protocol")?,
        labels: block.labels("labels")?,
        network_names: block.texts("network_names")?,
    })
}

fn volume_mount(block: &Block<'_>) -> Read<VolumeMount> {
    Ok(VolumeMount {
        volume: block.name("name")?,
        path: block.required_text("path")?,
        read_only: block.flag("read_only")?.unwrap_or(false),
    })
}

fn health_check(block: &Block<'_>) -> Read<HealthCheck> {
    Ok(HealthCheck {
        kind: check_kind(block)?,
        grace_period: block.float("grace_period")?,
        interval: block.float("interval")?,
        timeout: block.float("timeout")?,
        delay: block.float("delay")?,
        max_consecutive_failures: block.required_int("max_consecutive_failures")?,
    })
}

fn check_kind(block: &Block<'_>) -> Read<CheckKind> {
    if let Some(http) = block.block("http")? {
        return Ok(CheckKind::Http {
            endpoint: http.name("endpoint")?,
            path: http.text("path")?,
            https: http.text("scheme")?.is_some_and(|scheme| scheme == "HTTPS"),
        });
    }
    if let Some(tcp) = block.block("tcp")? {
        return Ok(CheckKind::Tcp { endpoint: tcp.name("endpoint")? });
    }
    let command = command(block)?.map(CheckKind::Command);
    command.map_or_else(|| Err(format!("`{}` does not say what to check", block.path)), Ok)
}

fn artifact(block: &Block<'_>) -> Read<Artifact> {
    Ok(Artifact {
        uri: block.required_text("uri")?,
        dest_path: block.text("dest_path")?,
        extract: block.flag("extract")?.unwrap_or(true),
        executable: block.flag("executable")?.unwrap_or(false),
        cache: block.flag("cache")?.unwrap_or(false),
    })
}
