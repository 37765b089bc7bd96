//! GET_STATE for a reader that follows its tasks: all else of the answer (what tasks and executors use, run and run in) is skipped
//! while it is read, and never held.

use crate::master::{Executor, GetAgents, GetFrameworks, GetState, GetTasks};
use crate::wire::message;
use crate::{
    AgentId, ContainerStatus, DiscoveryInfo, ExecutorId, FrameworkId, HealthCheck, KillPolicy,
    Labels, NetworkInfo, Task, TaskId, TaskState, TaskStatus, TimeInfo,
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
        opt discovery: Box<DiscoveryInfo>,
        /// When it is killed for being unhealthy.
        opt health_check: Box<HealthCheck>,
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

impl From<GetState> for State {
    fn from(state: GetState) -> Self {
        Self {
            get_tasks: state.get_tasks.map(Tasks::from),
            get_executors: state.get_executors.map(|all| Executors {
                executors: all.executors.into_iter().map(FollowedExecutor::from).collect(),
            }),
            get_frameworks: state.get_frameworks,
            get_agents: state.get_agents,
        }
    }
}

impl From<GetTasks> for Tasks {
    fn from(all: GetTasks) -> Self {
        let list = |tasks: Vec<Task>| tasks.into_iter().map(FollowedTask::from).collect();
        Self {
            tasks: list(all.tasks),
            unreachable_tasks: list(all.unreachable_tasks),
            completed_tasks: list(all.completed_tasks),
        }
    }
}

impl From<Task> for FollowedTask {
    fn from(task: Task) -> Self {
        Self {
            name: task.name,
            task_id: task.task_id,
            framework_id: task.framework_id,
            executor_id: task.executor_id,
            agent_id: task.agent_id,
            state: task.state,
            statuses: task.statuses.into_iter().map(FollowedStatus::from).collect(),
            labels: task.labels,
            discovery: task.discovery,
            health_check: task.health_check,
            kill_policy: task.kill_policy,
        }
    }
}

impl From<TaskStatus> for FollowedStatus {
    fn from(status: TaskStatus) -> Self {
        let container =
            |status: ContainerStatus| FollowedContainer { network_infos: status.network_infos };
        Self {
            state: status.state,
            message: status.message,
            timestamp: status.timestamp,
            healthy: status.healthy,
            container_status: status.container_status.map(container),
            unreachable_time: status.unreachable_time,
        }
    }
}

impl From<Executor> for FollowedExecutor {
    fn from(executor: Executor) -> Self {
        let info = executor.executor_info;
        Self {
            executor_info: FollowedExecutorInfo {
                executor_id: info.executor_id,
                framework_id: info.framework_id,
                name: info.name,
            },
            agent_id: executor.agent_id,
        }
    }
}
