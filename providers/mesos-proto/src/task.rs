//! `TaskInfo`, `ExecutorInfo`, discovery, and `Task` as operators see it.

use crate::bytes::Bytes;
use crate::check::{CheckInfo, HealthCheck};
use crate::command::CommandInfo;
use crate::container::ContainerInfo;
use crate::ids::{AgentId, ExecutorId, FrameworkId, TaskId};
use crate::offer::{DurationInfo, Labels};
use crate::resource::{Resource, Scalar};
use crate::status::{TaskState, TaskStatus};
use crate::wire::{message, names};

names! {
    /// `ExecutorInfo.Type`
    ExecutorType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// The executor that comes with Mesos.
        Default = "DEFAULT",
        /// One of the framework's own.
        Custom = "CUSTOM",
    }

    /// `DiscoveryInfo.Visibility`
    Visibility {
        /// For this framework only.
        Framework = "FRAMEWORK",
        /// For the cluster.
        Cluster = "CLUSTER",
        /// For the world.
        External = "EXTERNAL",
    }
}

message! {
    /// `ExecutorInfo`
    ExecutorInfo {
        /// Its type.
        opt r#type: ExecutorType,
        /// Its id, unique per framework and agent.
        req executor_id: ExecutorId,
        /// Its framework; filled in by the master for LAUNCH, required in LAUNCH_GROUP.
        opt framework_id: FrameworkId,
        /// For CUSTOM.
        opt command: CommandInfo,
        /// Networks and volumes of the group.
        opt container: Box<ContainerInfo>,
        /// What the executor itself uses.
        list resources: Resource,
        /// A name for operators.
        opt name: String,
        /// Deprecated.
        opt source: String,
        /// For CUSTOM.
        opt data: Bytes,
        /// How it is to be found.
        opt discovery: Box<DiscoveryInfo>,
        /// How long it may take to stop.
        opt shutdown_grace_period: DurationInfo,
        /// Labels.
        opt labels: Labels,
    }

    /// `TaskInfo`
    TaskInfo {
        /// A name for operators.
        req name: String,
        /// Its id.
        req task_id: TaskId,
        /// Where it runs.
        req agent_id: AgentId,
        /// What it uses.
        list resources: Resource,
        /// Its executor; not set in a group.
        opt executor: Box<ExecutorInfo>,
        /// What it runs.
        opt command: CommandInfo,
        /// What it runs in.
        opt container: Box<ContainerInfo>,
        /// When it is killed for being unhealthy.
        opt health_check: Box<HealthCheck>,
        /// What is reported of it.
        opt check: Box<CheckInfo>,
        /// How it is killed.
        opt kill_policy: KillPolicy,
        /// For custom executors.
        opt data: Bytes,
        /// Labels.
        opt labels: Labels,
        /// How it is to be found.
        opt discovery: Box<DiscoveryInfo>,
        /// How long it may run.
        opt max_completion_time: DurationInfo,
        /// How much it may use beyond `resources`: `cpus`, `mem`; may be infinite.
        map limits: Scalar,
    }

    /// `TaskGroupInfo`
    TaskGroupInfo {
        /// The tasks.
        list tasks: TaskInfo,
    }

    /// `KillPolicy`
    KillPolicy {
        /// From SIGTERM to SIGKILL; agents take 3 s if none is given.
        opt grace_period: DurationInfo,
    }

    /// `DiscoveryInfo`
    DiscoveryInfo {
        /// Who may see it.
        req visibility: Visibility,
        /// Its name.
        opt name: String,
        /// Free text.
        opt environment: String,
        /// Free text.
        opt location: String,
        /// Free text.
        opt version: String,
        /// Its ports.
        opt ports: Ports,
        /// Labels.
        opt labels: Labels,
    }

    /// `Ports`
    Ports {
        /// The ports.
        list ports: Port,
    }

    /// `Port`
    Port {
        /// Its number.
        req number: u32,
        /// Its name.
        opt name: String,
        /// Its protocol.
        opt protocol: String,
        /// Who may see it.
        opt visibility: Visibility,
        /// Labels.
        opt labels: Labels,
    }

    /// `Task`: what a master tells operators of a task. It has no command.
    Task {
        /// A name for operators.
        req name: String,
        /// Its id.
        req task_id: TaskId,
        /// Its framework.
        req framework_id: FrameworkId,
        /// Its executor.
        opt executor_id: ExecutorId,
        /// Where it runs.
        req agent_id: AgentId,
        /// The newest state known to the agent, which the framework may not have acknowledged.
        req state: TaskState,
        /// What it uses.
        list resources: Resource,
        /// What happened to it; of updates in a row with one state the latest.
        list statuses: TaskStatus,
        /// The state of the last update that was sent to the framework.
        opt status_update_state: TaskState,
        /// The 16 bytes of that update's UUID.
        opt status_update_uuid: Bytes,
        /// Labels.
        opt labels: Labels,
        /// How it is to be found.
        opt discovery: Box<DiscoveryInfo>,
        /// What it runs in.
        opt container: Box<ContainerInfo>,
        /// When it is killed for being unhealthy.
        opt health_check: Box<HealthCheck>,
        /// How it is killed.
        opt kill_policy: KillPolicy,
        /// The user it runs as, if its command names one.
        opt user: String,
        /// How much it may use beyond `resources`.
        map limits: Scalar,
    }
}
