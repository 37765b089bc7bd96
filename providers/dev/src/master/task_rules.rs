//! What makes a task or an executor invalid, in the master's words and order.

use super::info_rules;
use super::resource_rules::{allocation, mixed};
use super::stock::Stock;
use podform_mesos_proto::{
    CheckType, CommandInfo, ContainerInfo, ContainerType, ExecutorInfo, ExecutorType, HealthCheck,
    Resource, Secret, SecretType, TaskInfo, Variable, VariableType, Volume, VolumeSourceType,
};

/// What the rules need to know besides the task.
pub(super) struct Place<'a> {
    /// The offer's agent.
    pub(super) agent: &'a str,
    /// Whether the framework has a task of this id that the master still holds.
    pub(super) is_known: &'a dyn Fn(&str) -> bool,
    /// Whether it has an unreachable one.
    pub(super) is_unreachable: &'a dyn Fn(&str) -> bool,
}

/// The first rule that a task breaks.
pub(super) fn task(task: &TaskInfo, place: &Place<'_>) -> Option<String> {
    let id = &task.task_id.value;
    info_rules::id(id)
        .or_else(|| (place.is_known)(id).then(|| format!("Task has duplicate ID: {id}")))
        .or_else(|| {
            (place.is_unreachable)(id)
                .then(|| format!("Task reuses the ID of an unreachable task: {id}"))
        })
        .or_else(|| {
            let (used, expected) = (&task.agent_id.value, place.agent);
            (used != expected).then(|| {
                format!("Task uses invalid agent {used} while agent {expected} is expected")
            })
        })
        .or_else(|| durations(task))
        .or_else(|| {
            let text = health_check(task.health_check.as_ref()?)?;
            Some(format!("Task uses invalid health check: {text}"))
        })
        .or_else(|| resources(&task.resources, "Task", "task"))
        .or_else(|| {
            let text = command(task.command.as_ref()?)?;
            Some(format!("Task's `CommandInfo` is invalid: {text}"))
        })
        .or_else(|| {
            let text = container(task.container.as_ref()?)?;
            Some(format!("Task's `ContainerInfo` is invalid: {text}"))
        })
        .or_else(|| limits(task))
        .or_else(|| in_group(task))
}

fn durations(task: &TaskInfo) -> Option<String> {
    let grace = task.kill_policy.as_ref().and_then(|policy| policy.grace_period.as_ref());
    if grace.is_some_and(|grace| grace.nanoseconds < 0) {
        return Some("Task's 'kill_policy.grace_period' must be non-negative".to_owned());
    }
    let most = task.max_completion_time.as_ref();
    most.is_some_and(|most| most.nanoseconds < 0)
        .then(|| "Task's `max_completion_time` must be non-negative".to_owned())
}

fn health_check(check: &HealthCheck) -> Option<String> {
    let missing = |kind: &str, field: &str| {
        Some(format!("Expecting '{field}' to be set for {kind} health check"))
    };
    let wrong_path = |path: &str| {
        (!path.starts_with('/'))
            .then(|| format!("The path '{path}' of HTTP health check must start with '/'"))
    };
    let text = match check.r#type {
        None => Some("HealthCheck must specify 'type'".to_owned()),
        Some(CheckType::Command) => match &check.command {
            None => missing("COMMAND", "command"),
            Some(info) if info.value.is_none() => {
                let what = if info.shell { "shell command" } else { "executable path" };
                Some(format!("Command health check must contain '{what}'"))
            }
            Some(info) => {
                command(info).map(|text| format!("Health check's `CommandInfo` is invalid: {text}"))
            }
        },
        Some(CheckType::Http) => match &check.http {
            None => missing("HTTP", "http"),
            Some(http) => match http.scheme.as_deref() {
                Some(scheme) if scheme != "http" && scheme != "https" => {
                    Some(format!("Unsupported HTTP health check scheme: '{scheme}'"))
                }
                _ => http.path.as_deref().and_then(wrong_path),
            },
        },
        Some(CheckType::Tcp) if check.tcp.is_none() => missing("TCP", "tcp"),
        Some(CheckType::Tcp) => None,
        Some(_) => Some("'UNKNOWN' is not a valid health check type".to_owned()),
    };
    text.or_else(|| {
        let spans = [
            ("delay_seconds", check.delay_seconds),
            ("grace_period_seconds", check.grace_period_seconds),
            ("interval_seconds", check.interval_seconds),
            ("timeout_seconds", check.timeout_seconds),
        ];
        let negative = spans.iter().find(|(_, seconds)| *seconds < 0.0);
        negative.map(|(name, _)| format!("Expecting '{name}' to be non-negative"))
    })
}

fn resources(list: &[Resource], who: &str, kind: &str) -> Option<String> {
    if list.is_empty() && who == "Task" {
        return Some("Task uses no resources".to_owned());
    }
    if let Some(text) = persistence(list) {
        return Some(format!("{who} uses duplicate persistence ID: {text}"));
    }
    if let Some(text) = allocation(&Stock::of(list)) {
        return Some(format!("Invalid {kind} resources: {text}"));
    }
    let name = mixed(list)?;
    Some(format!(
        "{who} mixes revocable and non-revocable resources: \
         Cannot use both revocable and non-revocable '{name}' at the same time"
    ))
}

/// A persistence id that a list uses twice.
pub(super) fn persistence(list: &[Resource]) -> Option<String> {
    let mut seen = std::collections::BTreeSet::new();
    let ids = list
        .iter()
        .filter_map(|resource| Some(resource.disk.as_ref()?.persistence.as_ref()?.id.as_str()));
    let mut repeated = ids.filter(|id| !seen.insert(*id));
    repeated.next().map(|id| format!("Persistence ID '{id}' is not unique"))
}

/// What is wrong with a command.
pub(super) fn command(command: &CommandInfo) -> Option<String> {
    let environment = command.environment.as_ref()?;
    environment.variables.iter().find_map(variable)
}

fn variable(variable: &Variable) -> Option<String> {
    let name = &variable.name;
    let about = |text: &str| Some(format!("Environment variable '{name}' {text}"));
    match (variable.r#type, &variable.secret, &variable.value) {
        (VariableType::Secret, None, _) => about("of type 'SECRET' must have a secret set"),
        (VariableType::Secret, _, Some(_)) => about("of type 'SECRET' must not have a value set"),
        (VariableType::Secret, Some(secret), None) => {
            if let Some(text) = self::secret(secret) {
                return about(&format!("specifies an invalid secret: {text}"));
            }
            let bytes = secret.value.as_ref().map(|value| value.data.as_slice());
            if bytes.is_some_and(|bytes| bytes.contains(&0)) {
                return about(
                    "specifies a secret containing null bytes, \
                     which is not allowed in the environment",
                );
            }
            None
        }
        (VariableType::Value, _, None) => about("of type 'VALUE' must have a value set"),
        (VariableType::Value, Some(_), _) => about("of type 'VALUE' must not have a secret set"),
        (VariableType::Value, None, Some(_)) => None,
        _ => Some("Environment variable of type 'UNKNOWN' is not allowed".to_owned()),
    }
}

fn secret(secret: &Secret) -> Option<String> {
    match (secret.r#type, &secret.reference, &secret.value) {
        (Some(SecretType::Reference), None, _) => {
            Some("Secret of type REFERENCE must have the 'reference' field set".to_owned())
        }
        (Some(SecretType::Reference), Some(reference), Some(_)) => {
            let name = &reference.name;
            Some(format!("Secret '{name}' of type REFERENCE must not have the 'value' field set"))
        }
        (Some(SecretType::Value), _, None) => {
            Some("Secret of type VALUE must have the 'value' field set".to_owned())
        }
        (Some(SecretType::Value), Some(_), _) => {
            Some("Secret of type VALUE must not have the 'reference' field set".to_owned())
        }
        _ => None,
    }
}

/// What is wrong with a container.
pub(super) fn container(container: &ContainerInfo) -> Option<String> {
    if let Some(text) = container.volumes.iter().find_map(volume) {
        return Some(format!("Invalid volume: {text}"));
    }
    (container.r#type == ContainerType::Docker && container.docker.is_none())
        .then(|| "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo".to_owned())
}

fn volume(volume: &Volume) -> Option<String> {
    let set = [volume.host_path.is_some(), volume.image.is_some(), volume.source.is_some()];
    if set.iter().filter(|is_set| **is_set).count() != 1 {
        let text = "Only one of them should be set: 'host_path', 'image' and 'source'";
        return Some(text.to_owned());
    }
    let source = volume.source.as_ref()?;
    let unset =
        |field: &str, kind: &str| Some(format!("'source.{field}' is not set for {kind} volume"));
    match source.r#type {
        Some(VolumeSourceType::DockerVolume) if source.docker_volume.is_none() => {
            unset("docker_volume", "DOCKER_VOLUME")
        }
        Some(VolumeSourceType::HostPath) if source.host_path.is_none() => {
            unset("host_path", "HOST_PATH")
        }
        Some(VolumeSourceType::SandboxPath) if source.sandbox_path.is_none() => {
            unset("sandbox_path", "SANDBOX_PATH")
        }
        Some(VolumeSourceType::Secret) if source.secret.is_none() => unset("secret", "SECRET"),
        Some(VolumeSourceType::CsiVolume) => match &source.csi_volume {
            None => unset("csi_volume", "CSI"),
            Some(csi) if csi.static_provisioning.is_none() => {
                unset("csi_volume.static_provisioning", "CSI")
            }
            Some(_) => None,
        },
        None | Some(VolumeSourceType::Unknown) => Some("'source.type' is unknown".to_owned()),
        Some(_) => None,
    }
}

fn limits(task: &TaskInfo) -> Option<String> {
    let stock = Stock::of(&task.resources);
    if task.limits.keys().any(|name| name != "cpus" && name != "mem") {
        let text = "Only cpus and mem may be included in a task's resource limits";
        return Some(text.to_owned());
    }
    for (name, long, short) in [("cpus", "CPU", "cpu"), ("mem", "memory", "memory")] {
        let Some(limit) = task.limits.get(name) else { continue };
        let request = stock.thousandths(name);
        if request == 0 {
            return Some(format!(
                "When a {long} limit is specified, a {long} request must also be specified"
            ));
        }
        if limit.value.is_finite()
            && podform_mesos_proto::resources::thousandths(limit.value) < request
        {
            return Some(format!(
                "The {short} limit must be greater than or equal to the {short} request"
            ));
        }
    }
    None
}

fn in_group(task: &TaskInfo) -> Option<String> {
    let container = task.container.as_deref();
    let own_network = container.is_some_and(|container| !container.network_infos.is_empty());
    let check = task.health_check.as_ref().and_then(|check| check.r#type);
    if own_network && matches!(check, Some(CheckType::Http | CheckType::Tcp)) {
        let text = "HTTP and TCP health checks are not supported for nested containers \
                    not joining parent's network";
        return Some(text.to_owned());
    }
    if container.is_some_and(|container| container.r#type == ContainerType::Docker) {
        return Some("Docker ContainerInfo is not supported on the task".to_owned());
    }
    (!task.limits.is_empty() && share_cgroups(container)).then(|| {
        "Resource limits may only be set for tasks within a task group when the 'share_cgroups' \
         field is set to 'false'."
            .to_owned()
    })
}

/// Whether a container is accounted to its parent's cgroup; unless it says no, it is.
pub(super) fn share_cgroups(container: Option<&ContainerInfo>) -> bool {
    let linux = container.and_then(|container| container.linux_info.as_ref());
    linux.and_then(|linux| linux.share_cgroups).unwrap_or(true)
}

/// The first rule that an executor breaks by itself.
pub(super) fn executor(executor: &ExecutorInfo, framework: &str) -> Option<String> {
    executor_type(executor)
        .or_else(|| info_rules::id(&executor.executor_id.value))
        .or_else(|| {
            let grace = executor.shutdown_grace_period.as_ref();
            grace
                .is_some_and(|grace| grace.nanoseconds < 0)
                .then(|| "ExecutorInfo's 'shutdown_grace_period' must be non-negative".to_owned())
        })
        .or_else(|| {
            let text = container(executor.container.as_ref()?)?;
            Some(format!("Executor's `ContainerInfo` is invalid: {text}"))
        })
        .or_else(|| match &executor.framework_id {
            None => Some("'ExecutorInfo.framework_id' must be set".to_owned()),
            Some(id) if id.value != framework => Some(format!(
                "ExecutorInfo has an invalid FrameworkID (Actual: {} vs Expected: {framework})",
                id.value
            )),
            Some(_) => None,
        })
        .or_else(|| resources(&executor.resources, "Executor", "executor"))
}

fn executor_type(executor: &ExecutorInfo) -> Option<String> {
    let container = executor.container.as_ref();
    let text = match executor.r#type {
        Some(ExecutorType::Default) if executor.command.is_some() => {
            "'ExecutorInfo.command' must not be set for 'DEFAULT' executor"
        }
        Some(ExecutorType::Default)
            if container.is_some_and(|container| container.r#type != ContainerType::Mesos) =>
        {
            "'ExecutorInfo.container.type' must be 'MESOS' for 'DEFAULT' executor"
        }
        Some(ExecutorType::Default)
            if container
                .and_then(|container| container.mesos.as_ref())
                .is_some_and(|mesos| mesos.image.is_some()) =>
        {
            "'ExecutorInfo.container.mesos.image' must not be set for 'DEFAULT' executor"
        }
        Some(ExecutorType::Custom) if executor.command.is_none() => {
            "'ExecutorInfo.command' must be set for 'CUSTOM' executor"
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What an executor of a group needs at least.
pub(super) fn executor_minimum(executor: &ExecutorInfo) -> Option<String> {
    let id = &executor.executor_id.value;
    let stock = Stock::of(&executor.resources);
    let amount = |name: &str, unit: &str| {
        let has = executor.resources.iter().any(|resource| resource.name == name);
        let amount = stock.thousandths(name);
        if has { format!("{}{unit}", amount as f64 / 1000.0) } else { "None".to_owned() }
    };
    if stock.thousandths("cpus") < 10 {
        let used = amount("cpus", "");
        return Some(format!(
            "Executor '{id}' uses less CPUs ({used}) than the minimum required (0.01)"
        ));
    }
    if stock.thousandths("mem") < 32_000 {
        let used = amount("mem", "MB");
        return Some(format!(
            "Executor '{id}' uses less memory ({used}) than the minimum required (32MB)"
        ));
    }
    (stock.thousandths("disk") == 0).then(|| format!("Executor '{id}' uses no disk"))
}
