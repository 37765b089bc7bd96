//! Reconciliation: what the master says of tasks that it is asked about.

use super::Framework;
use super::accept::OwnUpdate;
use crate::world::{World, now_seconds};
use podform_mesos_proto::scheduler::{Event, Kill, Reconcile, ReconcileTask};
use podform_mesos_proto::{
    FrameworkCapabilityType, Reason, Source, Task, TaskState, TaskStatus, TimeInfo,
};

impl World {
    /// Answers a RECONCILE.
    pub(super) fn reconcile(&self, framework: &str, reconcile: &Reconcile) {
        let Some(known) = self.master.frameworks.get(framework) else { return };
        if reconcile.tasks.is_empty() {
            for task in known.books.tasks().values() {
                known.send(&Event::update(latest(task)));
            }
        }
        for entry in &reconcile.tasks {
            if let Some(status) = self.task_answer(known, entry) {
                known.send(&Event::update(status));
            }
        }
    }

    fn task_answer(&self, framework: &Framework, entry: &ReconcileTask) -> Option<TaskStatus> {
        let id = &entry.task_id.value;
        if let Some(task) = framework.books.tasks().get(id) {
            return Some(latest(task));
        }
        let agent = entry.agent_id.as_ref().map(|agent| agent.value.as_str());
        let master = &self.master;
        let waits = match agent {
            Some(agent) => master.recovered.contains_key(agent),
            None => !master.recovered.is_empty(),
        };
        if waits {
            return None;
        }
        let since = agent.and_then(|agent| master.unreachable.get(agent));
        let (state, text) = match agent {
            Some(agent) if master.agents.contains_key(agent) => {
                (TaskState::Gone, "Task is unknown to the agent")
            }
            Some(_) if since.is_some() => (TaskState::Unreachable, "Task is unreachable"),
            Some(agent) if master.gone.contains(agent) => {
                (TaskState::GoneByOperator, "Task is gone")
            }
            _ => (TaskState::Unknown, "Task is unknown"),
        };
        let aware = framework.info.has(FrameworkCapabilityType::PartitionAware);
        let update = OwnUpdate {
            task: id,
            agent,
            state: if aware { state } else { TaskState::Lost },
            reason: Reason::Reconciliation,
            message: format!("Reconciliation: {text}"),
        };
        let unreachable_time = since.map(|nanoseconds| TimeInfo { nanoseconds: *nanoseconds });
        Some(TaskStatus { unreachable_time, ..update.status() })
    }

    /// Carries out a KILL; of an unknown task it is a question about it.
    pub(super) fn kill(&mut self, framework: &str, kill: &Kill) {
        let Some(known) = self.master.frameworks.get(framework) else { return };
        let Some(task) = known.books.tasks().get(&kill.task_id.value) else {
            let entry =
                ReconcileTask { task_id: kill.task_id.clone(), agent_id: kill.agent_id.clone() };
            if let Some(status) = self.task_answer(known, &entry) {
                known.send(&Event::update(status));
            }
            return;
        };
        if kill.agent_id.as_ref().is_some_and(|agent| *agent != task.agent_id) {
            return;
        }
        let executor = task.executor_id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
        if let Some(agent) = self.master.agents.get(&task.agent_id.value) {
            let (index, key) = (agent.index, (framework.to_owned(), executor));
            self.on_kill(index, &key, &kill.task_id.value, kill.kill_policy.as_ref());
        }
    }
}

/// The last state that was forwarded, as an answer to a question.
fn latest(task: &Task) -> TaskStatus {
    let state = task.status_update_state.unwrap_or(task.state);
    let last = task.statuses.last();
    TaskStatus {
        task_id: task.task_id.clone(),
        state,
        message: Some("Reconciliation: Latest task state".to_owned()),
        source: Some(Source::Master),
        reason: Some(Reason::Reconciliation),
        agent_id: Some(task.agent_id.clone()),
        executor_id: task.executor_id.clone(),
        timestamp: Some(now_seconds()),
        healthy: last.and_then(|last| last.healthy),
        container_status: last.and_then(|last| last.container_status.clone()),
        ..TaskStatus::default()
    }
}
