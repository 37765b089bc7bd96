//! The typed pod: what a provider works with when everything about a pod is known.
//!
//! [`Pod::from_value`] reads it from the normal form; `validate` and `plan` work with
//! [`Value`]s, which may be unknown.

mod complete;
mod debug;
mod read;

use crate::Value;
use std::collections::BTreeMap;
use std::ops::Deref;

pub use complete::{Surroundings, complete};

/// Text that is hidden in `Debug` when the user marked it sensitive.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Masked {
    text: String,
    sensitive: bool,
}

/// Labels by name.
pub type Labels = BTreeMap<String, Masked>;

/// Environment variables by name.
pub type Environment = BTreeMap<String, EnvValue>;

/// The value of an environment variable.
#[derive(Clone, PartialEq, Eq)]
pub enum EnvValue {
    /// Text that anyone may see.
    Plain(String),
    /// Text that is never shown.
    Sensitive(String),
    /// The value of the pod's secret of this name, resolved by whoever launches the pod.
    Secret(String),
}

/// A pod of which everything is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Pod {
    /// Its id, an absolute path.
    pub id: String,
    /// How many copies run.
    pub instances: u32,
    /// The user of containers that name none.
    pub user: Option<Masked>,
    /// Its role; `None`: the provider's.
    pub role: Option<Masked>,
    /// Labels of the executor.
    pub labels: Labels,
    /// Environment of all containers.
    pub environment: Environment,
    /// The declared secrets by name.
    pub secrets: BTreeMap<String, SecretSource>,
    /// The networks, in the order written.
    pub networks: Vec<Network>,
    /// The volumes, in the order written.
    pub volumes: Vec<Volume>,
    /// What the executor uses.
    pub executor_resources: ExecutorResources,
    /// The containers, in the order written; at least one.
    pub containers: Vec<Container>,
    /// Where instances may run.
    pub placement: Placement,
    /// How instances are replaced.
    pub upgrade: Upgrade,
    /// How long a failed instance waits.
    pub backoff: Backoff,
    /// Which instances go first when the pod is scaled down.
    pub kill_selection: KillSelection,
    /// When an unreachable instance is given up.
    pub unreachable: Unreachable,
    /// Linux settings of the executor.
    pub linux: Ipc,
    /// Whether all containers share one cgroup.
    pub legacy_shared_cgroups: bool,
}

/// Where a secret's value is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretSource {
    /// The path in the store, perhaps with `#key`.
    pub source: Masked,
    /// The `secret_store` to ask; `None`: the only one.
    pub store: Option<String>,
}

/// A network that the pod joins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Network {
    /// The agent's own.
    Host,
    /// The agent's bridge.
    Bridge {
        /// Labels for the network's plugin.
        labels: Labels,
    },
    /// A container network.
    Container {
        /// Its name; `None`: the provider's default.
        name: Option<Masked>,
        /// Labels for the network's plugin.
        labels: Labels,
    },
}

/// A volume of the pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// Its name.
    pub name: String,
    /// What it is.
    pub source: VolumeSource,
}

/// What a volume is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VolumeSource {
    /// A folder in the executor's sandbox.
    Ephemeral,
    /// A path on the agent, or relative to the executor's sandbox.
    Host(Masked),
    /// A file with the value of the secret of this name.
    Secret(String),
    /// Reserved disk.
    Persistent(Persistent),
}

/// Reserved disk that survives the pod's instances.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Persistent {
    /// Its size in MiB.
    pub size: u64,
    /// The kind of disk.
    pub kind: DiskKind,
    /// The most that a `mount` disk may have, in MiB.
    pub max_size: Option<u64>,
    /// The profile of the disk.
    pub profile_name: Option<Masked>,
    /// Constraints on the disk's path.
    pub constraints: Vec<Constraint>,
}

/// The kind of a disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskKind {
    /// The agent's own disk.
    Root,
    /// A folder of another disk.
    Path,
    /// A whole disk.
    Mount,
}

/// What the executor uses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ExecutorResources {
    /// CPUs.
    pub cpus: f64,
    /// Memory in MiB.
    pub mem: f64,
    /// Disk in MiB.
    pub disk: f64,
}

/// A container of the pod.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// Its name.
    pub name: String,
    /// What it runs; `None`: the image's entry point.
    pub command: Option<Command>,
    /// Whether the first item of an argv replaces the image's entry point.
    pub override_entrypoint: Option<bool>,
    /// What it is given.
    pub resources: Resources,
    /// How far it may go beyond, when limited.
    pub limits: Option<Limits>,
    /// The image that it runs from.
    pub image: Option<Image>,
    /// Its environment, over the pod's.
    pub environment: Environment,
    /// The user it runs as, over the pod's.
    pub user: Option<Masked>,
    /// Labels of its task.
    pub labels: Labels,
    /// Whether it gets a terminal.
    pub tty: bool,
    /// Its endpoints, in the order written.
    pub endpoints: Vec<Endpoint>,
    /// Its mounts, in the order written.
    pub volume_mounts: Vec<VolumeMount>,
    /// Its health check.
    pub health_check: Option<HealthCheck>,
    /// What is fetched before it starts.
    pub artifacts: Vec<Artifact>,
    /// The seconds between SIGTERM and SIGKILL.
    pub kill_grace_period: Option<f64>,
    /// Its IPC namespace.
    pub ipc: Ipc,
    /// Its seccomp profile.
    pub seccomp: Option<Seccomp>,
}

/// What is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// A command for the shell.
    Shell(Masked),
    /// A program and its arguments; at least one item.
    Argv(Vec<Masked>),
}

/// What a container is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Resources {
    /// CPUs.
    pub cpus: f64,
    /// Memory in MiB.
    pub mem: f64,
    /// Disk in MiB.
    pub disk: f64,
    /// GPUs.
    pub gpus: u32,
}

/// How far a container may go beyond its resources.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// CPUs.
    pub cpus: Option<Limit>,
    /// Memory in MiB.
    pub mem: Option<Limit>,
}

/// One limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Limit {
    /// At most this.
    AtMost(f64),
    /// None.
    Unlimited,
}

/// The image of a container; always a Docker image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Its name, as `nginx:1.27`.
    pub id: Masked,
    /// Whether the registry is asked even if the agent has it.
    pub force_pull: bool,
    /// The secret with the Docker `config.json` to pull with, by name.
    pub pull_secret: Option<String>,
    /// Its labels.
    pub labels: Labels,
}

/// A named port of a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name.
    pub name: String,
    /// The port within the pod's network.
    pub container_port: Option<u16>,
    /// The port on the agent: 0 is any, `None` none.
    pub host_port: Option<u16>,
    /// Its protocols; none: no discovery.
    pub protocol: Vec<Masked>,
    /// Labels of its discovery entries.
    pub labels: Labels,
    /// The container networks that it is on.
    pub network_names: Vec<Masked>,
}

/// A mount of a declared volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumeMount {
    /// The volume's name.
    pub volume: String,
    /// Where.
    pub path: Masked,
    /// Whether it cannot be written.
    pub read_only: bool,
}

/// How the agent finds out whether a container is healthy. Times are in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct HealthCheck {
    /// What is checked.
    pub kind: CheckKind,
    /// How long failures do not count at first.
    pub grace_period: f64,
    /// The time between checks.
    pub interval: f64,
    /// How long a check may take.
    pub timeout: f64,
    /// The time before the first check.
    pub delay: f64,
    /// After how many failures in a row the container is killed.
    pub max_consecutive_failures: u32,
}

/// What a health check checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckKind {
    /// A request.
    Http {
        /// An endpoint of the same container.
        endpoint: String,
        /// The path.
        path: Option<Masked>,
        /// Whether it is HTTPS.
        https: bool,
    },
    /// A connection.
    Tcp {
        /// An endpoint of the same container.
        endpoint: String,
    },
    /// A command in the container.
    Command(Command),
}

/// A file that is fetched into the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// Where from.
    pub uri: Masked,
    /// Its name in the sandbox.
    pub dest_path: Option<Masked>,
    /// Whether an archive is unpacked.
    pub extract: bool,
    /// Whether it is made executable.
    pub executable: bool,
    /// Whether the agent keeps it.
    pub cache: bool,
}

/// Where instances may run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    /// Roles whose resources may be used; none: any that the pod's role gets.
    pub accepted_resource_roles: Vec<Masked>,
    /// Constraints on the agent.
    pub constraints: Vec<Constraint>,
}

/// A constraint on the agent or on a disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    /// What is compared.
    pub field: Masked,
    /// How.
    pub operator: Operator,
    /// With what.
    pub value: Option<Masked>,
}

/// How a constraint compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// No two instances share the field's value.
    Unique,
    /// All instances share it.
    Cluster,
    /// Instances spread evenly over its values.
    GroupBy,
    /// It matches a regular expression.
    Like,
    /// It does not match one.
    Unlike,
    /// At most so many instances share it.
    MaxPer,
    /// It equals the value.
    Is,
}

/// How instances are replaced when the pod changes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Upgrade {
    /// The share of instances that stay ready, 0 to 1.
    pub minimum_health_capacity: f64,
    /// The share of instances that may run in addition, 0 to 1.
    pub maximum_over_capacity: f64,
    /// Whether a failed upgrade goes back.
    pub auto_rollback: bool,
}

/// How long a failed instance waits, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backoff {
    /// The first wait.
    pub initial: f64,
    /// What each further wait is multiplied by.
    pub factor: f64,
    /// The longest wait.
    pub max: f64,
}

/// Which instances are stopped first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KillSelection {
    /// The youngest.
    YoungestFirst,
    /// The oldest.
    OldestFirst,
}

/// When an unreachable instance is given up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unreachable {
    /// Never.
    Disabled,
    /// After these times, in seconds.
    After {
        /// Until a replacement is launched.
        inactive: f64,
        /// Until the old instance is forgotten.
        expunge: f64,
    },
}

/// An IPC namespace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ipc {
    /// Its own or shared; `None`: as Mesos has it.
    pub mode: Option<IpcMode>,
    /// The size of `/dev/shm` in MiB.
    pub shm_size: Option<u32>,
}

/// Whose IPC namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IpcMode {
    /// Its own.
    Private,
    /// The parent's: the pod's for a container, the agent's for the pod.
    ShareParent,
}

/// Which system calls a container may make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seccomp {
    /// Those of this profile.
    Profile(Masked),
    /// All.
    Unconfined,
}

impl Pod {
    /// Reads a pod in normal form; values that are computed from others are filled ([`complete`]).
    ///
    /// # Errors
    /// The path of a value that is unknown, missing or of another type, and what is wrong. The
    /// value itself is not in the text.
    pub fn from_value(value: &Value) -> Result<Self, String> {
        read::pod(&complete(value, &Surroundings::default()))
    }

    /// The container of this name.
    #[must_use]
    pub fn container(&self, name: &str) -> Option<&Container> {
        self.containers.iter().find(|container| container.name == name)
    }

    /// The volume of this name.
    #[must_use]
    pub fn volume(&self, name: &str) -> Option<&Volume> {
        self.volumes.iter().find(|volume| volume.name == name)
    }

    /// All endpoints with their containers, in the order written.
    pub fn endpoints(&self) -> impl Iterator<Item = (&Container, &Endpoint)> {
        self.containers.iter().flat_map(|c| c.endpoints.iter().map(move |endpoint| (c, endpoint)))
    }

    /// Whether the endpoints are on the agent's own network.
    #[must_use]
    pub fn on_host_network(&self) -> bool {
        self.networks.iter().all(|network| matches!(network, Network::Host))
    }

    /// Whether it has a persistent volume.
    #[must_use]
    pub fn is_resident(&self) -> bool {
        self.volumes.iter().any(|volume| matches!(volume.source, VolumeSource::Persistent(_)))
    }
}

impl Masked {
    /// Text that anyone may see.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), sensitive: false }
    }

    /// Text that is hidden.
    pub fn sensitive(text: impl Into<String>) -> Self {
        Self { text: text.into(), sensitive: true }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it is hidden.
    #[must_use]
    pub const fn is_sensitive(&self) -> bool {
        self.sensitive
    }
}

impl Deref for Masked {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl AsRef<str> for Masked {
    fn as_ref(&self) -> &str {
        &self.text
    }
}

impl PartialEq<str> for Masked {
    fn eq(&self, other: &str) -> bool {
        self.text == other
    }
}

impl PartialEq<&str> for Masked {
    fn eq(&self, other: &&str) -> bool {
        self.text == *other
    }
}

#[cfg(test)]
mod tests;
