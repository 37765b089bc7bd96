//! GET_STATE for a reader that follows its tasks: all else of the answer (what tasks and executors use, run and run in) is skipped
//! while it is read, and never held.

use crate::master::{Executor, GetAgents, GetExecutors, GetFrameworks, GetState, GetTasks};
use crate::wire::message;
use crate::{
    AgentId, ContainerStatus, DiscoveryInfo, ExecutorId, ExecutorInfo, FrameworkId, HealthCheck,
    KillPolicy, Labels, NetworkInfo, Task, TaskId, TaskState, TaskStatus, TimeInfo,
};

message! {
    /// `Response` to GET_STATE.
    Response {
        /// GET_STATE
        opt get_state: State,
    }

    /// `Response.GetState`
    State {
        /// Tasks.
        opt get_tasks: Tasks,
        /// Executors.
        opt get_executors: Executors,
        /// Frameworks.
        opt get_frameworks: GetFrameworks,
        /// Agents.
        opt get_agents: GetAgents,
    }

    /// `Response.GetTasks`
    Tasks {
        /// Tasks on registered agents.
        lists tasks: FollowedTask,
        /// Tasks on agents that are unreachable.
        lists unreachable_tasks: FollowedTask,
        /// The last ones that ended.
        lists completed_tasks: FollowedTask,
    }

    /// `Task`, without what it uses and runs in.
    FollowedTask {
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
        /// The newest state known to the agent.
        req state: TaskState,
        /// What happened to it.
        list statuses: FollowedStatus,
        /// Labels.
        opt labels: Labels,
        /// How it is to be found.
        opt discovery: DiscoveryInfo,
        /// When it is killed for being unhealthy.
        opt health_check: HealthCheck,
        /// How it is killed.
        opt kill_policy: KillPolicy,
    }

    /// `TaskStatus`, without what says whose it is.
    FollowedStatus {
        /// How the task stands.
        req state: TaskState,
        /// More in words.
        opt message: String,
        /// Seconds since the epoch.
        opt timestamp: f64,
        /// The health check's result.
        opt healthy: bool,
        /// Its container.
        opt container_status: FollowedContainer,
        /// Since when its agent is unreachable.
        opt unreachable_time: TimeInfo,
    }

    /// `ContainerStatus`, the networks only.
    FollowedContainer {
        /// Its networks, with the addresses it has.
        list network_infos: NetworkInfo,
    }

    /// `Response.GetExecutors`
    Executors {
        /// Executors.
        lists executors: FollowedExecutor,
    }

    /// `Response.GetExecutors.Executor`
    FollowedExecutor {
        /// The executor.
        req executor_info: FollowedExecutorInfo,
        /// Where it runs.
        req agent_id: AgentId,
    }

    /// `ExecutorInfo`, without what it uses and runs in.
    FollowedExecutorInfo {
        /// Its id.
        req executor_id: ExecutorId,
        /// Its framework.
        opt framework_id: FrameworkId,
        /// A name for operators.
        opt name: String,
    }
}

impl From<State> for GetState {
    /// What was skipped is empty.
    fn from(state: State) -> Self {
        Self {
            get_tasks: state.get_tasks.map(GetTasks::from),
            get_executors: state.get_executors.map(|all| GetExecutors {
                executors: all.executors.into_iter().map(Executor::from).collect(),
            }),
            get_frameworks: state.get_frameworks,
            get_agents: state.get_agents,
        }
    }
}

impl From<Tasks> for GetTasks {
    fn from(all: Tasks) -> Self {
        let list = |tasks: Vec<FollowedTask>| tasks.into_iter().map(Task::from).collect();
        Self {
            tasks: list(all.tasks),
            unreachable_tasks: list(all.unreachable_tasks),
            completed_tasks: list(all.completed_tasks),
            ..Self::default()
        }
    }
}

impl From<FollowedTask> for Task {
    fn from(task: FollowedTask) -> Self {
        Self {
            name: task.name,
            task_id: task.task_id,
            framework_id: task.framework_id,
            executor_id: task.executor_id,
            agent_id: task.agent_id,
            state: task.state,
            statuses: task.statuses.into_iter().map(TaskStatus::from).collect(),
            labels: task.labels,
            discovery: task.discovery,
            health_check: task.health_check,
            kill_policy: task.kill_policy,
            ..Self::default()
        }
    }
}

impl From<FollowedStatus> for TaskStatus {
    fn from(status: FollowedStatus) -> Self {
        let container = |container: FollowedContainer| ContainerStatus {
            network_infos: container.network_infos,
            ..ContainerStatus::default()
        };
        Self {
            state: status.state,
            message: status.message,
            timestamp: status.timestamp,
            healthy: status.healthy,
            container_status: status.container_status.map(container),
            unreachable_time: status.unreachable_time,
            ..Self::default()
        }
    }
}

impl From<FollowedExecutor> for Executor {
    fn from(executor: FollowedExecutor) -> Self {
        let info = executor.executor_info;
        Self {
            executor_info: ExecutorInfo {
                executor_id: info.executor_id,
                framework_id: info.framework_id,
                name: info.name,
                ..ExecutorInfo::default()
            },
            agent_id: executor.agent_id,
        }
    }
}
