//! Status updates on their way from agents to frameworks, and acknowledgements back.

use crate::world::World;
use podform_mesos_proto::scheduler::{Acknowledge, Event};
use podform_mesos_proto::{TaskState, TaskStatus};

impl World {
    /// An agent forwarded an update; `newest` is the newest state that it knows.
    pub(crate) fn on_status_update(
        &mut self,
        agent: usize,
        framework: &str,
        status: &TaskStatus,
        newest: TaskState,
    ) {
        if !self.agents[agent].connected || !self.master.agents.contains_key(&self.agents[agent].id)
        {
            return;
        }
        let Some(known) = self.master.frameworks.get_mut(framework) else { return };
        if let Some(task) = known.books.task_mut(&status.task_id.value) {
            if !task.state.is_terminal() {
                task.state = newest;
            }
            crate::agent::record(task, status);
            task.status_update_state = Some(status.state);
            task.status_update_uuid.clone_from(&status.uuid);
        }
        known.send(&Event::update(status.clone()));
    }

    /// A framework acknowledged an update.
    pub(super) fn acknowledge(&mut self, framework: &str, acknowledge: &Acknowledge) {
        let (agent, task) = (&acknowledge.agent_id.value, &acknowledge.task_id.value);
        let Some(registered) = self.master.agents.get(agent) else { return };
        let index = registered.index;
        if let Some(known) = self.master.frameworks.get_mut(framework) {
            let ended = known.books.tasks().get(task).is_some_and(|task| {
                task.status_update_state.is_some_and(TaskState::is_terminal)
                    && task.status_update_uuid.as_ref() == Some(&acknowledge.uuid)
            });
            if ended && let Some(task) = known.books.remove_task(task) {
                known.complete(task);
            }
        }
        if self.agents[index].connected {
            self.on_acknowledged(index, framework, task, &acknowledge.uuid);
        }
    }
}
