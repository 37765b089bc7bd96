//! What an agent tells operators, and a master when it registers again.

use super::{Agent, AgentTask, Executor, Phase, UpdateStream};
use crate::control::TaskLine;
use crate::master::Stock;
use crate::world::now_seconds;
use podform_mesos_proto::agent::{
    Container, Executor as ExecutorEntry, Framework as FrameworkEntry, GetAgent, GetContainers,
    GetExecutors, GetFrameworks, GetState, GetTasks, ResourceStatistics,
};
use podform_mesos_proto::{AgentInfo, ContainerId, ContainerStatus, ExecutorId, FrameworkId, Task};

impl Agent {
    /// The tasks whose end the framework has not acknowledged, with their framework's id.
    pub(crate) fn unfinished_tasks(&self) -> Vec<(String, Task)> {
        let mut tasks = Vec::new();
        let living = self.executors.values();
        for executor in self.ended_executors.iter().chain(living).filter(|known| !known.silent) {
            let framework = super::framework_id(&executor.framework);
            for entry in executor.tasks.values() {
                if self.is_unfinished(&framework, entry) {
                    tasks.push((framework.clone(), entry.task.clone()));
                }
            }
        }
        tasks
    }

    /// The tasks that may have processes, and those whose end is not acknowledged.
    pub(crate) fn live_tasks(&self) -> Vec<TaskLine> {
        let mut lines = Vec::new();
        for executor in self.ended_executors.iter().chain(self.executors.values()) {
            let framework = super::framework_id(&executor.framework);
            for (id, entry) in &executor.tasks {
                let stream = self.streams.get(&(framework.clone(), id.clone()));
                if !entry.is_live() && stream.is_none() {
                    continue;
                }
                lines.push(TaskLine {
                    id: id.clone(),
                    agent: self.id.clone(),
                    state: entry.task.state.name().to_owned(),
                    pid: entry.pid.filter(|_| entry.is_live()),
                    unacknowledged: stream.map(UpdateStream::states).unwrap_or_default(),
                });
            }
        }
        lines
    }

    fn is_unfinished(&self, framework: &str, entry: &AgentTask) -> bool {
        let key = (framework.to_owned(), entry.task.task_id.value.clone());
        entry.is_live() || self.streams.contains_key(&key)
    }

    /// GET_TASKS
    pub(super) fn get_tasks(&self) -> GetTasks {
        let mut out = GetTasks::default();
        for executor in self.executors.values().chain(&self.ended_executors) {
            let framework = super::framework_id(&executor.framework);
            for entry in executor.tasks.values() {
                let list = match entry.phase {
                    Phase::Queued => &mut out.queued_tasks,
                    Phase::Launching | Phase::Running => &mut out.launched_tasks,
                    Phase::Ended if self.is_unfinished(&framework, entry) => {
                        &mut out.terminated_tasks
                    }
                    Phase::Ended => &mut out.completed_tasks,
                };
                list.push(entry.task.clone());
            }
        }
        out
    }

    /// GET_EXECUTORS
    pub(super) fn get_executors(&self) -> GetExecutors {
        let entry = |executor: &Executor| ExecutorEntry { executor_info: executor.info.clone() };
        GetExecutors {
            executors: self.executors.values().map(entry).collect(),
            completed_executors: self.ended_executors.iter().map(entry).collect(),
        }
    }

    /// GET_FRAMEWORKS
    pub(super) fn get_frameworks(&self) -> GetFrameworks {
        let mut out = GetFrameworks::default();
        for (id, info) in &self.frameworks {
            let runs = self.executors.keys().any(|(framework, _)| framework == id)
                || self.streams.keys().any(|(framework, _)| framework == id);
            let list = if runs { &mut out.frameworks } else { &mut out.completed_frameworks };
            list.push(FrameworkEntry { framework_info: info.clone() });
        }
        out
    }

    /// GET_STATE
    pub(super) fn get_state(&self) -> GetState {
        GetState {
            get_tasks: Some(self.get_tasks()),
            get_executors: Some(self.get_executors()),
            get_frameworks: Some(self.get_frameworks()),
        }
    }

    /// GET_AGENT
    pub(super) fn get_agent(&self) -> GetAgent {
        let info = AgentInfo { checkpoint: None, ..self.info() };
        GetAgent { agent_info: Some(info), ..GetAgent::default() }
    }

    /// GET_CONTAINERS
    pub(super) fn get_containers(&self, show_nested: bool) -> GetContainers {
        let mut containers = Vec::new();
        for ((framework, id), executor) in &self.executors {
            containers.push(Container {
                framework_id: Some(FrameworkId::new(framework)),
                executor_id: Some(ExecutorId::new(id)),
                executor_name: Some(executor.info.name.clone().unwrap_or_default()),
                container_id: ContainerId::new(&executor.container),
                container_status: Some(ContainerStatus {
                    container_id: Some(ContainerId::new(&executor.container)),
                    ..ContainerStatus::default()
                }),
                resource_statistics: Some(statistics(&used_by(executor))),
            });
            let running = executor.tasks.values().filter(|entry| entry.phase == Phase::Running);
            for entry in running.filter(|_| show_nested) {
                containers.push(nested(entry));
            }
        }
        GetContainers { containers }
    }
}

fn used_by(executor: &Executor) -> Stock {
    let mut used = Stock::of(&executor.info.resources);
    for entry in executor.tasks.values().filter(|entry| entry.is_live()) {
        used.add_all(&entry.info.resources);
    }
    used
}

fn nested(entry: &AgentTask) -> Container {
    let id = entry.container.clone().unwrap_or_default();
    Container {
        container_id: ContainerId::new(&id.value),
        container_status: Some(ContainerStatus {
            container_id: Some(id),
            executor_pid: entry.pid,
            ..ContainerStatus::default()
        }),
        resource_statistics: Some(statistics(&Stock::of(&entry.info.resources))),
        ..Container::default()
    }
}

/// The limits of a container. What it really uses the stand-in does not measure, and leaves out.
fn statistics(stock: &Stock) -> ResourceStatistics {
    let bytes = u64::try_from(stock.thousandths("mem")).unwrap_or_default() * 1024 * 1024 / 1000;
    ResourceStatistics {
        timestamp: now_seconds(),
        cpus_soft_limit: Some(stock.thousandths("cpus") as f64 / 1000.0),
        mem_limit_bytes: Some(bytes),
        mem_soft_limit_bytes: Some(bytes),
        ..ResourceStatistics::default()
    }
}
