//! The master's operator API: calls and answers of `POST /api/v1`, and its event stream (`master.proto`).

use crate::bytes::Bytes;
use crate::framework::{AgentInfo, FrameworkInfo, MasterInfo, OfferConstraints};
use crate::ids::{AgentId, FrameworkId, ResourceProviderId};
use crate::offer::{DurationInfo, InverseOffer, Offer, Operation, OperationStatus, TimeInfo, Uuid};
use crate::resource::Resource;
use crate::status::{TaskState, TaskStatus};
use crate::task::{ExecutorInfo, Task};
use crate::wire::{message, names};

/// The endpoint's path, on masters and agents.
pub const PATH: &str = "/api/v1";

names! {
    /// `Call.Type` and `Response.Type` (a response bears the name of its call)
    CallType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        GetHealth = "GET_HEALTH", GetFlags = "GET_FLAGS", GetVersion = "GET_VERSION", GetMetrics = "GET_METRICS",
        GetLoggingLevel = "GET_LOGGING_LEVEL", SetLoggingLevel = "SET_LOGGING_LEVEL", ListFiles = "LIST_FILES",
        ReadFile = "READ_FILE", GetState = "GET_STATE", GetAgents = "GET_AGENTS", GetFrameworks = "GET_FRAMEWORKS",
        GetExecutors = "GET_EXECUTORS", GetOperations = "GET_OPERATIONS", GetTasks = "GET_TASKS", GetRoles = "GET_ROLES",
        GetWeights = "GET_WEIGHTS", UpdateWeights = "UPDATE_WEIGHTS", GetMaster = "GET_MASTER", Subscribe = "SUBSCRIBE",
        ReserveResources = "RESERVE_RESOURCES", UnreserveResources = "UNRESERVE_RESOURCES", CreateVolumes = "CREATE_VOLUMES",
        DestroyVolumes = "DESTROY_VOLUMES", GrowVolume = "GROW_VOLUME", ShrinkVolume = "SHRINK_VOLUME",
        GetMaintenanceStatus = "GET_MAINTENANCE_STATUS", GetMaintenanceSchedule = "GET_MAINTENANCE_SCHEDULE",
        UpdateMaintenanceSchedule = "UPDATE_MAINTENANCE_SCHEDULE", StartMaintenance = "START_MAINTENANCE",
        StopMaintenance = "STOP_MAINTENANCE", GetQuota = "GET_QUOTA", UpdateQuota = "UPDATE_QUOTA", SetQuota = "SET_QUOTA",
        RemoveQuota = "REMOVE_QUOTA", Teardown = "TEARDOWN", MarkAgentGone = "MARK_AGENT_GONE", DrainAgent = "DRAIN_AGENT",
        DeactivateAgent = "DEACTIVATE_AGENT", ReactivateAgent = "REACTIVATE_AGENT",
    }

    /// `Event.Type`
    EventType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        Subscribed = "SUBSCRIBED", TaskAdded = "TASK_ADDED", TaskUpdated = "TASK_UPDATED", AgentAdded = "AGENT_ADDED",
        AgentRemoved = "AGENT_REMOVED", FrameworkAdded = "FRAMEWORK_ADDED", FrameworkUpdated = "FRAMEWORK_UPDATED",
        FrameworkRemoved = "FRAMEWORK_REMOVED", Heartbeat = "HEARTBEAT",
    }

    /// `DrainState`
    DrainState {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Tasks are being killed.
        Draining = "DRAINING",
        /// None is left.
        Drained = "DRAINED",
    }

    /// `AgentInfo.Capability.Type`
    AgentCapabilityType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        MultiRole = "MULTI_ROLE", HierarchicalRole = "HIERARCHICAL_ROLE", ReservationRefinement = "RESERVATION_REFINEMENT",
        ResourceProvider = "RESOURCE_PROVIDER", ResizeVolume = "RESIZE_VOLUME", AgentOperationFeedback = "AGENT_OPERATION_FEEDBACK",
        AgentDraining = "AGENT_DRAINING", TaskResourceLimits = "TASK_RESOURCE_LIMITS",
    }
}

message! {
    /// `Call`
    Call {
        /// What is asked for.
        opt r#type: CallType,
        /// GET_METRICS
        opt get_metrics: MetricsTimeout,
        /// SET_LOGGING_LEVEL
        opt set_logging_level: LoggingLevel,
        /// LIST_FILES
        opt list_files: FilePath,
        /// READ_FILE
        opt read_file: FileRange,
        /// RESERVE_RESOURCES
        opt reserve_resources: AgentResources,
        /// UNRESERVE_RESOURCES
        opt unreserve_resources: AgentResources,
        /// CREATE_VOLUMES
        opt create_volumes: AgentVolumes,
        /// DESTROY_VOLUMES
        opt destroy_volumes: AgentVolumes,
        /// TEARDOWN
        opt teardown: Teardown,
        /// MARK_AGENT_GONE
        opt mark_agent_gone: OneAgent,
        /// DRAIN_AGENT
        opt drain_agent: DrainAgent,
        /// DEACTIVATE_AGENT
        opt deactivate_agent: OneAgent,
        /// REACTIVATE_AGENT
        opt reactivate_agent: OneAgent,
    }

    /// `Call.GetMetrics`
    MetricsTimeout {
        /// How long to wait for slow ones.
        opt timeout: DurationInfo,
    }

    /// `Call.SetLoggingLevel`
    LoggingLevel {
        /// Higher says more.
        req level: u32,
        /// For how long.
        req duration: DurationInfo,
    }

    /// `Call.ListFiles`
    FilePath {
        /// The folder.
        req path: String,
    }

    /// `Call.ReadFile`
    FileRange {
        /// The file.
        req path: String,
        /// From which byte.
        req offset: u64,
        /// How many bytes at most; servers give at most 64 KiB.
        opt length: u64,
    }

    /// `Call.ReserveResources` and `.UnreserveResources`
    AgentResources {
        /// On which agent.
        req agent_id: AgentId,
        /// What is refined.
        list source: Resource,
        /// Which resources.
        list resources: Resource,
    }

    /// `Call.CreateVolumes` and `.DestroyVolumes`
    AgentVolumes {
        /// On which agent.
        req agent_id: AgentId,
        /// Which volumes.
        list volumes: Resource,
    }

    /// `Call.Teardown`
    Teardown {
        /// The framework that is ended.
        req framework_id: FrameworkId,
    }

    /// `Call.MarkAgentGone`, `.DeactivateAgent` and `.ReactivateAgent`
    OneAgent {
        /// Which agent.
        req agent_id: AgentId,
    }

    /// `Call.DrainAgent`
    DrainAgent {
        /// Which agent.
        req agent_id: AgentId,
        /// How long tasks may take to end, whatever their own policy says.
        opt max_grace_period: ProtoDuration,
        /// Whether the agent is marked gone afterwards.
        def mark_gone: bool = false,
    }

    /// `google.protobuf.Duration`; unlike [`DurationInfo`].
    ProtoDuration {
        /// Seconds.
        opt seconds: i64,
        /// Nanoseconds of the rest.
        opt nanos: i32,
    }

    /// `Response`
    Response {
        /// Whose answer it is.
        opt r#type: CallType,
        /// GET_HEALTH
        opt get_health: GetHealth,
        /// GET_FLAGS
        opt get_flags: GetFlags,
        /// GET_VERSION
        opt get_version: GetVersion,
        /// GET_METRICS
        opt get_metrics: GetMetrics,
        /// GET_LOGGING_LEVEL
        opt get_logging_level: GetLoggingLevel,
        /// LIST_FILES
        opt list_files: ListFiles,
        /// READ_FILE
        opt read_file: ReadFile,
        /// GET_STATE
        opt get_state: GetState,
        /// GET_AGENTS
        opt get_agents: GetAgents,
        /// GET_FRAMEWORKS
        opt get_frameworks: GetFrameworks,
        /// GET_EXECUTORS
        opt get_executors: GetExecutors,
        /// GET_OPERATIONS
        opt get_operations: GetOperations,
        /// GET_TASKS
        opt get_tasks: GetTasks,
        /// GET_ROLES
        opt get_roles: GetRoles,
        /// GET_WEIGHTS
        opt get_weights: GetWeights,
        /// GET_MASTER
        opt get_master: GetMaster,
        /// GET_MAINTENANCE_STATUS
        opt get_maintenance_status: GetMaintenanceStatus,
        /// GET_MAINTENANCE_SCHEDULE
        opt get_maintenance_schedule: GetMaintenanceSchedule,
        /// GET_QUOTA
        opt get_quota: GetQuota,
    }

    /// `Response.GetHealth`
    GetHealth {
        /// Always true: one that is not does not answer.
        req healthy: bool,
    }

    /// `Response.GetFlags`
    GetFlags {
        /// The flags.
        list flags: Flag,
    }

    /// `Flag`
    Flag {
        /// Its name.
        req name: String,
        /// Its value.
        opt value: String,
    }

    /// `Response.GetVersion`
    GetVersion {
        /// The version.
        req version_info: VersionInfo,
    }

    /// `VersionInfo`
    VersionInfo {
        /// Three numbers.
        req version: String,
        /// When it was built.
        opt build_date: String,
        /// When it was built, in seconds since the epoch.
        opt build_time: f64,
        /// Who built it.
        opt build_user: String,
        /// From which commit.
        opt git_sha: String,
        /// From which branch.
        opt git_branch: String,
        /// From which tag.
        opt git_tag: String,
    }

    /// `Response.GetMetrics`
    GetMetrics {
        /// The metrics.
        list metrics: Metric,
    }

    /// `Metric`
    Metric {
        /// Its name.
        req name: String,
        /// Its value.
        opt value: f64,
    }

    /// `Response.GetLoggingLevel`
    GetLoggingLevel {
        /// Higher says more.
        req level: u32,
    }

    /// `Response.ListFiles`
    ListFiles {
        /// The folder's entries.
        list file_infos: FileInfo,
    }

    /// `FileInfo`
    FileInfo {
        /// Its whole path.
        req path: String,
        /// Number of links.
        opt nlink: i32,
        /// Bytes.
        opt size: u64,
        /// When it was changed.
        opt mtime: TimeInfo,
        /// Type and permissions.
        opt mode: u32,
        /// The owner's name.
        opt uid: String,
        /// The group's name.
        opt gid: String,
    }

    /// `Response.ReadFile`
    ReadFile {
        /// The file's size now.
        req size: u64,
        /// What was read; empty at or past the end.
        req data: Bytes,
    }

    /// `Response.GetState`
    GetState {
        /// Tasks.
        opt get_tasks: GetTasks,
        /// Executors.
        opt get_executors: GetExecutors,
        /// Frameworks.
        opt get_frameworks: GetFrameworks,
        /// Agents.
        opt get_agents: GetAgents,
    }

    /// `Response.GetAgents`
    GetAgents {
        /// Registered agents.
        lists agents: Agent,
        /// Agents known from the registry that have not come back since the master's election.
        lists recovered_agents: AgentInfo,
    }

    /// `Response.GetAgents.Agent`
    Agent {
        /// What it says of itself.
        req agent_info: AgentInfo,
        /// False while its connection is lost, and while drained or deactivated.
        req active: bool,
        /// Whether it gets no tasks by an operator's wish.
        opt deactivated: bool,
        /// Its version.
        req version: String,
        /// `slave(1)@ip:port`: the address of its own API.
        opt pid: String,
        /// Since when.
        opt registered_time: TimeInfo,
        /// Since when, after it came back.
        opt reregistered_time: TimeInfo,
        /// All it has.
        list total_resources: Resource,
        /// What is in use.
        list allocated_resources: Resource,
        /// What is offered now.
        list offered_resources: Resource,
        /// What it can do.
        list capabilities: AgentCapability,
        /// Its resource providers.
        list resource_providers: ResourceProvider,
        /// Whether it is being drained.
        opt drain_info: DrainInfo,
        /// When draining started, as far as the master knows.
        opt estimated_drain_start_time: TimeInfo,
    }

    /// `AgentInfo.Capability`
    AgentCapability {
        /// Which one.
        opt r#type: AgentCapabilityType,
    }

    /// `Response.GetAgents.Agent.ResourceProvider`
    ResourceProvider {
        /// What it is.
        req resource_provider_info: ResourceProviderInfo,
        /// All it has.
        list total_resources: Resource,
    }

    /// `ResourceProviderInfo`
    ResourceProviderInfo {
        /// Its id.
        opt id: ResourceProviderId,
        /// Its type.
        req r#type: String,
        /// Its name.
        req name: String,
    }

    /// `DrainInfo`
    DrainInfo {
        /// How far it is.
        req state: DrainState,
        /// How it was asked for.
        req config: DrainConfig,
    }

    /// `DrainConfig`
    DrainConfig {
        /// How long tasks may take to end.
        opt max_grace_period: DurationInfo,
        /// Whether the agent is marked gone afterwards.
        def mark_gone: bool = false,
    }

    /// `Response.GetFrameworks`
    GetFrameworks {
        /// Frameworks.
        lists frameworks: Framework,
        /// The last ones that were removed.
        lists completed_frameworks: Framework,
    }

    /// `Response.GetFrameworks.Framework`
    Framework {
        /// What it says of itself, with its id.
        req framework_info: FrameworkInfo,
        /// Whether it gets offers.
        req active: bool,
        /// Whether it is subscribed.
        req connected: bool,
        /// Whether it is known from agents only, since the master's election.
        opt recovered: bool,
        /// Since when.
        opt registered_time: TimeInfo,
        /// Since when, after it came back.
        opt reregistered_time: TimeInfo,
        /// When it was removed.
        opt unregistered_time: TimeInfo,
        /// What it is offered now.
        list offers: Offer,
        /// What it is asked to leave.
        list inverse_offers: InverseOffer,
        /// What it uses.
        list allocated_resources: Resource,
        /// What it is offered now.
        list offered_resources: Resource,
        /// Its constraints.
        opt offer_constraints: OfferConstraints,
    }

    /// `Response.GetExecutors`
    GetExecutors {
        /// Executors.
        lists executors: Executor,
    }

    /// `Response.GetExecutors.Executor`
    Executor {
        /// The executor.
        req executor_info: ExecutorInfo,
        /// Where it runs.
        req agent_id: AgentId,
    }

    /// `Response.GetOperations`
    GetOperations {
        /// The operations.
        list operations: OperationEntry,
    }

    /// `Operation`
    OperationEntry {
        /// Whose.
        opt framework_id: FrameworkId,
        /// Where.
        opt agent_id: AgentId,
        /// What was asked.
        req info: Operation,
        /// How it stands.
        req latest_status: OperationStatus,
        /// What happened to it.
        list statuses: OperationStatus,
        /// Its id within Mesos.
        opt uuid: Uuid,
    }

    /// `Response.GetTasks`
    GetTasks {
        /// Tasks still being authorised.
        list pending_tasks: Task,
        /// Tasks on registered agents, also ended ones that are not yet acknowledged.
        lists tasks: Task,
        /// Tasks on agents that are unreachable.
        lists unreachable_tasks: Task,
        /// The last ones that ended.
        lists completed_tasks: Task,
        /// Deprecated.
        list orphan_tasks: Task,
    }

    /// `Response.GetRoles`
    GetRoles {
        /// The roles.
        list roles: Role,
    }

    /// `Role`
    Role {
        /// Its name.
        req name: String,
        /// Its weight.
        req weight: f64,
        /// Frameworks that have it.
        list frameworks: FrameworkId,
        /// What they use.
        list resources: Resource,
    }

    /// `Response.GetWeights`
    GetWeights {
        /// The weights.
        list weight_infos: WeightInfo,
    }

    /// `WeightInfo`
    WeightInfo {
        /// The role.
        opt role: String,
        /// Its weight.
        req weight: f64,
    }

    /// `Response.GetMaster`
    GetMaster {
        /// The master.
        opt master_info: MasterInfo,
        /// When it started, in seconds since the epoch.
        opt start_time: f64,
        /// When it was elected, in seconds since the epoch.
        opt elected_time: f64,
    }

    /// `Response.GetMaintenanceStatus`; what is within is not read.
    GetMaintenanceStatus {
        /// The status.
        req status: crate::framework::Empty,
    }

    /// `Response.GetMaintenanceSchedule`; what is within is not read.
    GetMaintenanceSchedule {
        /// The schedule.
        req schedule: crate::framework::Empty,
    }

    /// `Response.GetQuota`; what is within is not read.
    GetQuota {
        /// The quota.
        req status: crate::framework::Empty,
    }

    /// `Event`
    Event {
        /// Which field is set; none: a type of a newer master.
        opt r#type: EventType,
        /// SUBSCRIBED
        opt subscribed: Subscribed,
        /// TASK_ADDED
        opt task_added: TaskAdded,
        /// TASK_UPDATED
        opt task_updated: TaskUpdated,
        /// AGENT_ADDED
        opt agent_added: AgentAdded,
        /// AGENT_REMOVED
        opt agent_removed: AgentRemoved,
        /// FRAMEWORK_ADDED
        opt framework_added: FrameworkChanged,
        /// FRAMEWORK_UPDATED
        opt framework_updated: FrameworkChanged,
        /// FRAMEWORK_REMOVED
        opt framework_removed: FrameworkRemoved,
    }

    /// `Event.Subscribed`
    Subscribed {
        /// How everything stands now.
        opt get_state: GetState,
        /// Seconds between heartbeats.
        opt heartbeat_interval_seconds: f64,
    }

    /// `Event.TaskAdded`
    TaskAdded {
        /// The task.
        req task: Task,
    }

    /// `Event.TaskUpdated`
    TaskUpdated {
        /// Whose.
        req framework_id: FrameworkId,
        /// The update.
        req status: TaskStatus,
        /// The latest state known.
        req state: TaskState,
    }

    /// `Event.AgentAdded`
    AgentAdded {
        /// The agent.
        req agent: Agent,
    }

    /// `Event.AgentRemoved`
    AgentRemoved {
        /// The agent.
        req agent_id: AgentId,
    }

    /// `Event.FrameworkAdded` and `.FrameworkUpdated`
    FrameworkChanged {
        /// The framework.
        req framework: Framework,
    }

    /// `Event.FrameworkRemoved`
    FrameworkRemoved {
        /// The framework.
        req framework_info: FrameworkInfo,
    }
}

impl Call {
    /// A call without a body.
    #[must_use]
    pub fn new(r#type: CallType) -> Self {
        Self { r#type: Some(r#type), ..Self::default() }
    }

    /// TEARDOWN
    #[must_use]
    pub fn teardown(framework_id: FrameworkId) -> Self {
        Self { teardown: Some(Teardown { framework_id }), ..Self::new(CallType::Teardown) }
    }

    /// MARK_AGENT_GONE
    #[must_use]
    pub fn mark_agent_gone(agent_id: AgentId) -> Self {
        Self { mark_agent_gone: Some(OneAgent { agent_id }), ..Self::new(CallType::MarkAgentGone) }
    }
}

impl Response {
    /// An answer without its body.
    #[must_use]
    pub fn new(r#type: CallType) -> Self {
        Self { r#type: Some(r#type), ..Self::default() }
    }
}

impl From<AgentCapabilityType> for AgentCapability {
    fn from(capability: AgentCapabilityType) -> Self {
        Self { r#type: Some(capability) }
    }
}
