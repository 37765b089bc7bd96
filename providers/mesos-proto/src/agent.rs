//! The agent's operator API: calls and answers of `POST /api/v1` (`agent.proto`).

use crate::bytes::Bytes;
use crate::command::CommandInfo;
use crate::container::{ContainerInfo, TtyInfo};
use crate::framework::{AgentInfo, FrameworkInfo};
use crate::ids::{ContainerId, ExecutorId, FrameworkId};
use crate::master::{
    DrainConfig, FilePath, FileRange, GetFlags, GetHealth, GetLoggingLevel, GetMetrics, GetVersion,
    ListFiles, LoggingLevel, MetricsTimeout, ReadFile,
};
use crate::offer::{DurationInfo, TimeInfo};
use crate::resource::{Resource, Scalar};
use crate::status::{ContainerStatus, Reason, TaskResourceLimitation, TaskState};
use crate::task::{ExecutorInfo, Task};
use crate::wire::{message, names};

names! {
    /// `Call.Type` and `Response.Type`
    CallType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        GetHealth = "GET_HEALTH", GetFlags = "GET_FLAGS", GetVersion = "GET_VERSION", GetMetrics = "GET_METRICS",
        GetLoggingLevel = "GET_LOGGING_LEVEL", SetLoggingLevel = "SET_LOGGING_LEVEL", ListFiles = "LIST_FILES",
        ReadFile = "READ_FILE", GetState = "GET_STATE", GetContainers = "GET_CONTAINERS", GetFrameworks = "GET_FRAMEWORKS",
        GetExecutors = "GET_EXECUTORS", GetOperations = "GET_OPERATIONS", GetTasks = "GET_TASKS", GetAgent = "GET_AGENT",
        GetResourceProviders = "GET_RESOURCE_PROVIDERS", LaunchNestedContainer = "LAUNCH_NESTED_CONTAINER",
        WaitNestedContainer = "WAIT_NESTED_CONTAINER", KillNestedContainer = "KILL_NESTED_CONTAINER",
        RemoveNestedContainer = "REMOVE_NESTED_CONTAINER", LaunchNestedContainerSession = "LAUNCH_NESTED_CONTAINER_SESSION",
        AttachContainerInput = "ATTACH_CONTAINER_INPUT", AttachContainerOutput = "ATTACH_CONTAINER_OUTPUT",
        LaunchContainer = "LAUNCH_CONTAINER", WaitContainer = "WAIT_CONTAINER", KillContainer = "KILL_CONTAINER",
        RemoveContainer = "REMOVE_CONTAINER", PruneImages = "PRUNE_IMAGES",
    }

    /// `Call.AttachContainerInput.Type`
    AttachInputType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// The first record: which container.
        ContainerId = "CONTAINER_ID",
        /// Every further one.
        ProcessIo = "PROCESS_IO",
    }

    /// `ProcessIO.Type`
    ProcessIoType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Output or input.
        Data = "DATA",
        /// Heartbeat or window size.
        Control = "CONTROL",
    }

    /// `ProcessIO.Data.Type`
    ProcessDataType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// Input.
        Stdin = "STDIN",
        /// Output.
        Stdout = "STDOUT",
        /// Error output.
        Stderr = "STDERR",
    }

    /// `ProcessIO.Control.Type`
    ProcessControlType {
        /// Not known to the reader.
        Unknown = "UNKNOWN",
        /// The window's size.
        TtyInfo = "TTY_INFO",
        /// A sign of life.
        Heartbeat = "HEARTBEAT",
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
        /// GET_CONTAINERS
        opt get_containers: ShowContainers,
        /// LAUNCH_NESTED_CONTAINER
        opt launch_nested_container: LaunchContainer,
        /// WAIT_NESTED_CONTAINER
        opt wait_nested_container: OneContainer,
        /// KILL_NESTED_CONTAINER
        opt kill_nested_container: KillContainer,
        /// REMOVE_NESTED_CONTAINER
        opt remove_nested_container: OneContainer,
        /// LAUNCH_NESTED_CONTAINER_SESSION
        opt launch_nested_container_session: LaunchContainer,
        /// ATTACH_CONTAINER_INPUT
        opt attach_container_input: AttachContainerInput,
        /// ATTACH_CONTAINER_OUTPUT
        opt attach_container_output: OneContainer,
        /// LAUNCH_CONTAINER
        opt launch_container: LaunchContainer,
        /// WAIT_CONTAINER
        opt wait_container: OneContainer,
        /// KILL_CONTAINER
        opt kill_container: KillContainer,
        /// REMOVE_CONTAINER
        opt remove_container: OneContainer,
    }

    /// `Call.GetContainers`
    ShowContainers {
        /// Whether nested ones are shown.
        opt show_nested: bool,
        /// Whether ones without an executor are shown.
        opt show_standalone: bool,
    }

    /// `Call.LaunchNestedContainer`, `.LaunchNestedContainerSession` and `.LaunchContainer`
    LaunchContainer {
        /// Its id, chosen by the caller, with its parents.
        req container_id: ContainerId,
        /// What it runs.
        opt command: CommandInfo,
        /// What it may use.
        list resources: Resource,
        /// What it runs in.
        opt container: ContainerInfo,
        /// How much it may use beyond that.
        map limits: Scalar,
    }

    /// A call about one container.
    OneContainer {
        /// Its id, with its parents.
        req container_id: ContainerId,
    }

    /// `Call.KillNestedContainer` and `.KillContainer`
    KillContainer {
        /// Its id, with its parents.
        req container_id: ContainerId,
        /// The signal; none: SIGKILL.
        opt signal: i32,
    }

    /// `Call.AttachContainerInput`
    AttachContainerInput {
        /// Which field is set.
        opt r#type: AttachInputType,
        /// CONTAINER_ID
        opt container_id: ContainerId,
        /// PROCESS_IO
        opt process_io: ProcessIo,
    }

    /// `ProcessIO`
    ProcessIo {
        /// Which field is set.
        opt r#type: ProcessIoType,
        /// DATA
        opt data: ProcessData,
        /// CONTROL
        opt control: ProcessControl,
    }

    /// `ProcessIO.Data`
    ProcessData {
        /// Which stream.
        opt r#type: ProcessDataType,
        /// The bytes; none: end of input.
        opt data: Bytes,
    }

    /// `ProcessIO.Control`
    ProcessControl {
        /// Which field is set.
        opt r#type: ProcessControlType,
        /// TTY_INFO
        opt tty_info: TtyInfo,
        /// HEARTBEAT
        opt heartbeat: ProcessHeartbeat,
    }

    /// `ProcessIO.Control.Heartbeat`
    ProcessHeartbeat {
        /// Time between two.
        opt interval: DurationInfo,
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
        /// GET_CONTAINERS
        opt get_containers: GetContainers,
        /// GET_FRAMEWORKS
        opt get_frameworks: GetFrameworks,
        /// GET_EXECUTORS
        opt get_executors: GetExecutors,
        /// GET_OPERATIONS
        opt get_operations: crate::master::GetOperations,
        /// GET_TASKS
        opt get_tasks: GetTasks,
        /// GET_AGENT
        opt get_agent: GetAgent,
        /// GET_RESOURCE_PROVIDERS; what is within is not read.
        opt get_resource_providers: crate::framework::Empty,
        /// WAIT_NESTED_CONTAINER
        opt wait_nested_container: WaitContainer,
        /// WAIT_CONTAINER
        opt wait_container: WaitContainer,
    }

    /// `Response.GetState`
    GetState {
        /// Tasks.
        opt get_tasks: GetTasks,
        /// Executors.
        opt get_executors: GetExecutors,
        /// Frameworks.
        opt get_frameworks: GetFrameworks,
    }

    /// `Response.GetTasks`
    GetTasks {
        /// Being authorised.
        lists pending_tasks: Task,
        /// Waiting for their executor.
        lists queued_tasks: Task,
        /// Running.
        lists launched_tasks: Task,
        /// Ended, not yet acknowledged.
        lists terminated_tasks: Task,
        /// Ended and acknowledged.
        lists completed_tasks: Task,
    }

    /// `Response.GetExecutors`
    GetExecutors {
        /// Executors.
        lists executors: Executor,
        /// The last ones that ended.
        lists completed_executors: Executor,
    }

    /// `Response.GetExecutors.Executor`
    Executor {
        /// The executor.
        req executor_info: ExecutorInfo,
    }

    /// `Response.GetFrameworks`
    GetFrameworks {
        /// Frameworks with something here.
        lists frameworks: Framework,
        /// The last ones that have nothing here any more.
        lists completed_frameworks: Framework,
    }

    /// `Response.GetFrameworks.Framework`
    Framework {
        /// The framework.
        req framework_info: FrameworkInfo,
    }

    /// `Response.GetAgent`
    GetAgent {
        /// The agent.
        opt agent_info: AgentInfo,
        /// How it is being drained.
        opt drain_config: DrainConfig,
        /// Since when.
        opt estimated_drain_start_time: TimeInfo,
    }

    /// `Response.GetContainers`
    GetContainers {
        /// The containers.
        list containers: Container,
    }

    /// `Response.GetContainers.Container`
    Container {
        /// Whose.
        opt framework_id: FrameworkId,
        /// Of which executor.
        opt executor_id: ExecutorId,
        /// Its name.
        opt executor_name: String,
        /// Its id, without its parents.
        req container_id: ContainerId,
        /// Its networks, its id with its parents.
        opt container_status: ContainerStatus,
        /// What it uses.
        opt resource_statistics: ResourceStatistics,
    }

    /// `ResourceStatistics`; a choice of its fields.
    ResourceStatistics {
        /// Seconds since the epoch.
        req timestamp: f64,
        /// Seconds of processor time in user mode.
        opt cpus_user_time_secs: f64,
        /// Seconds of processor time in the kernel.
        opt cpus_system_time_secs: f64,
        /// Processors that it may use.
        opt cpus_limit: f64,
        /// Processors that it is given.
        opt cpus_soft_limit: f64,
        /// Times that it was held back.
        opt cpus_nr_throttled: u32,
        /// Seconds that it was held back.
        opt cpus_throttled_time_secs: f64,
        /// Bytes of memory in use.
        opt mem_total_bytes: u64,
        /// Bytes of resident memory.
        opt mem_rss_bytes: u64,
        /// Bytes of memory that it may use.
        opt mem_limit_bytes: u64,
        /// Bytes of memory that it is given.
        opt mem_soft_limit_bytes: u64,
        /// Bytes of disk that it may use.
        opt disk_limit_bytes: u64,
        /// Bytes of disk in use.
        opt disk_used_bytes: u64,
        /// Number of processes.
        opt processes: u32,
        /// Number of threads.
        opt threads: u32,
    }

    /// `Response.WaitNestedContainer` and `.WaitContainer`
    WaitContainer {
        /// Its `waitpid` word.
        opt exit_status: i32,
        /// The state that its task would have.
        opt state: TaskState,
        /// Why.
        opt reason: Reason,
        /// Which limit it broke.
        opt limitation: TaskResourceLimitation,
        /// More in words.
        opt message: String,
    }
}

impl Call {
    /// A call without a body.
    #[must_use]
    pub fn new(r#type: CallType) -> Self {
        Self { r#type: Some(r#type), ..Self::default() }
    }

    /// LIST_FILES
    pub fn list_files(path: impl Into<String>) -> Self {
        Self { list_files: Some(FilePath { path: path.into() }), ..Self::new(CallType::ListFiles) }
    }

    /// READ_FILE from `offset`, at most `length` bytes (servers give at most 64 KiB).
    pub fn read_file(path: impl Into<String>, offset: u64, length: u64) -> Self {
        let range = FileRange { path: path.into(), offset, length: Some(length) };
        Self { read_file: Some(range), ..Self::new(CallType::ReadFile) }
    }

    /// GET_CONTAINERS
    #[must_use]
    pub fn get_containers(show_nested: bool) -> Self {
        let show = ShowContainers { show_nested: Some(show_nested), show_standalone: None };
        Self { get_containers: Some(show), ..Self::new(CallType::GetContainers) }
    }
}

impl Response {
    /// An answer without its body.
    #[must_use]
    pub fn new(r#type: CallType) -> Self {
        Self { r#type: Some(r#type), ..Self::default() }
    }
}
