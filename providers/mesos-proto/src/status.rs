//! `TaskStatus` and what it reports.

use crate::bytes::Bytes;
use crate::check::CheckStatusInfo;
use crate::container::NetworkInfo;
use crate::ids::{AgentId, ContainerId, ExecutorId, TaskId};
use crate::offer::{Labels, TimeInfo};
use crate::resource::Resource;
use crate::wire::{message, names};

names! {
    /// `TaskState`
    TaskState {
        /// Accepted by the master.
        Staging = "TASK_STAGING",
        /// The executor has it.
        Starting = "TASK_STARTING",
        /// Its process runs.
        Running = "TASK_RUNNING",
        /// It is being killed.
        Killing = "TASK_KILLING",
        /// Ended with status 0.
        Finished = "TASK_FINISHED",
        /// Ended otherwise.
        Failed = "TASK_FAILED",
        /// Ended because it was killed.
        Killed = "TASK_KILLED",
        /// Refused by the master.
        Error = "TASK_ERROR",
        /// Lost; may come back, where the framework is not partition-aware or the agent was only late.
        Lost = "TASK_LOST",
        /// Never ran.
        Dropped = "TASK_DROPPED",
        /// Its agent is unreachable; may come back.
        Unreachable = "TASK_UNREACHABLE",
        /// Its agent does not have it.
        Gone = "TASK_GONE",
        /// Its agent was marked gone.
        GoneByOperator = "TASK_GONE_BY_OPERATOR",
        /// The master knows nothing of it.
        Unknown = "TASK_UNKNOWN",
    }

    /// `TaskStatus.Source`
    Source {
        /// Made by the master; never with a UUID.
        Master = "SOURCE_MASTER",
        /// Made by the agent.
        Agent = "SOURCE_AGENT",
        /// Made by the executor.
        Executor = "SOURCE_EXECUTOR",
    }

    /// `TaskStatus.Reason`
    Reason {
        CommandExecutorFailed = "REASON_COMMAND_EXECUTOR_FAILED",
        ContainerLaunchFailed = "REASON_CONTAINER_LAUNCH_FAILED",
        ContainerLimitation = "REASON_CONTAINER_LIMITATION",
        ContainerLimitationDisk = "REASON_CONTAINER_LIMITATION_DISK",
        ContainerLimitationMemory = "REASON_CONTAINER_LIMITATION_MEMORY",
        ContainerPreempted = "REASON_CONTAINER_PREEMPTED",
        ContainerUpdateFailed = "REASON_CONTAINER_UPDATE_FAILED",
        MaxCompletionTimeReached = "REASON_MAX_COMPLETION_TIME_REACHED",
        ExecutorRegistrationTimeout = "REASON_EXECUTOR_REGISTRATION_TIMEOUT",
        ExecutorReregistrationTimeout = "REASON_EXECUTOR_REREGISTRATION_TIMEOUT",
        ExecutorTerminated = "REASON_EXECUTOR_TERMINATED",
        ExecutorUnregistered = "REASON_EXECUTOR_UNREGISTERED",
        FrameworkRemoved = "REASON_FRAMEWORK_REMOVED",
        GcError = "REASON_GC_ERROR",
        InvalidFrameworkid = "REASON_INVALID_FRAMEWORKID",
        InvalidOffers = "REASON_INVALID_OFFERS",
        IoSwitchboardExited = "REASON_IO_SWITCHBOARD_EXITED",
        MasterDisconnected = "REASON_MASTER_DISCONNECTED",
        Reconciliation = "REASON_RECONCILIATION",
        ResourcesUnknown = "REASON_RESOURCES_UNKNOWN",
        AgentDisconnected = "REASON_AGENT_DISCONNECTED",
        AgentDraining = "REASON_AGENT_DRAINING",
        AgentRemoved = "REASON_AGENT_REMOVED",
        AgentRemovedByOperator = "REASON_AGENT_REMOVED_BY_OPERATOR",
        AgentReregistered = "REASON_AGENT_REREGISTERED",
        AgentRestarted = "REASON_AGENT_RESTARTED",
        AgentUnknown = "REASON_AGENT_UNKNOWN",
        TaskCheckStatusUpdated = "REASON_TASK_CHECK_STATUS_UPDATED",
        TaskHealthCheckStatusUpdated = "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED",
        TaskGroupInvalid = "REASON_TASK_GROUP_INVALID",
        TaskGroupUnauthorized = "REASON_TASK_GROUP_UNAUTHORIZED",
        TaskInvalid = "REASON_TASK_INVALID",
        TaskKilledDuringLaunch = "REASON_TASK_KILLED_DURING_LAUNCH",
        TaskUnauthorized = "REASON_TASK_UNAUTHORIZED",
        TaskUnknown = "REASON_TASK_UNKNOWN",
    }
}

impl TaskState {
    /// Whether a task in this state has ended for good, as Mesos counts it (`isTerminalState`). LOST counts, though it may come back;
    /// UNREACHABLE and UNKNOWN do not.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(
            self,
            Self::Finished
                | Self::Failed
                | Self::Killed
                | Self::Error
                | Self::Lost
                | Self::Dropped
                | Self::Gone
                | Self::GoneByOperator
        )
    }
}

message! {
    /// `TaskStatus`
    TaskStatus {
        /// Which task.
        req task_id: TaskId,
        /// How it stands.
        req state: TaskState,
        /// More in words.
        opt message: String,
        /// Who says so.
        opt source: Source,
        /// Why.
        opt reason: Reason,
        /// From custom executors.
        opt data: Bytes,
        /// Where it runs.
        opt agent_id: AgentId,
        /// Its executor.
        opt executor_id: ExecutorId,
        /// Seconds since the epoch.
        opt timestamp: f64,
        /// The 16 bytes of a UUID: the update is to be acknowledged with it, and comes again until it is. None: it must not be.
        opt uuid: Bytes,
        /// The health check's result; none: no check, or no result yet.
        opt healthy: bool,
        /// The check's result.
        opt check_status: CheckStatusInfo,
        /// Labels of the executor.
        opt labels: Labels,
        /// Its container; terminal updates may lack it.
        opt container_status: ContainerStatus,
        /// Since when its agent is unreachable.
        opt unreachable_time: TimeInfo,
        /// Which limit it broke.
        opt limitation: TaskResourceLimitation,
    }

    /// `ContainerStatus`
    ContainerStatus {
        /// Its id, with its parents.
        opt container_id: ContainerId,
        /// Its networks, with the addresses it has.
        list network_infos: NetworkInfo,
        /// Its cgroups.
        opt cgroup_info: CgroupInfo,
        /// The process on the agent.
        opt executor_pid: u32,
    }

    /// `CgroupInfo`
    CgroupInfo {
        /// Of `net_cls`.
        opt net_cls: NetCls,
    }

    /// `CgroupInfo.NetCls`
    NetCls {
        /// The class.
        opt classid: u32,
    }

    /// `TaskResourceLimitation`
    TaskResourceLimitation {
        /// The resources whose limit was broken.
        list resources: Resource,
    }
}
