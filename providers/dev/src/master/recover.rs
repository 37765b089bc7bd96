//! Agents that come and go, and the master's own fail-over.

use super::accept::OwnUpdate;
use super::{Framework, Master, Registered};
use crate::agent::framework_id;
use crate::log::say;
use crate::world::{World, now_nanos, now_seconds};
use podform_mesos_proto::scheduler::{Event, Failure};
use podform_mesos_proto::{
    AgentId, ExecutorId, FrameworkCapabilityType, FrameworkInfo, Reason, Source, Task, TaskState,
    TaskStatus, TimeInfo,
};
use std::collections::BTreeMap;

/// How an agent is lost.
#[derive(Debug, Clone, Copy)]
enum Loss {
    /// It answers no more, since that time (nanoseconds); it may come back.
    Unreachable(i64),
    /// It never comes back.
    Gone,
}

impl World {
    /// An agent registers for the first time: it gets its id.
    pub(crate) fn register_agent(&mut self, index: usize) {
        let id = format!("{}-S{}", self.master.id, index);
        self.agents[index].id.clone_from(&id);
        self.agents[index].connected = true;
        say!(self, "agent {id} registered at 127.0.0.1:{}", self.agents[index].port);
        self.enter_agent(index, None);
    }

    fn enter_agent(&mut self, index: usize, reregistered: Option<i64>) {
        let agent = &self.agents[index];
        let id = agent.id.clone();
        let registered = Registered {
            index,
            info: agent.info(),
            pid: agent.pid(),
            registered: now_nanos(),
            reregistered,
        };
        self.master.agents.insert(id.clone(), registered);
        self.allocate_of(&id);
    }

    /// The master gives an agent up, as after it answered no ping.
    pub(crate) fn lose_agent(&mut self, id: &str) -> bool {
        let Some(registered) = self.master.agents.shift_remove(id) else { return false };
        let agent = &mut self.agents[registered.index];
        agent.connected = false;
        agent.gate.send_replace(false);
        say!(self, "agent {id} is lost");
        let since = now_nanos();
        self.master.unreachable.insert(id.to_owned(), since);
        self.take_out(id, Loss::Unreachable(since));
        true
    }

    /// An operator says that an agent will never come back. Whatever runs on it is ended. False for
    /// an agent that nobody knows.
    pub(super) fn mark_agent_gone(&mut self, id: &str) -> bool {
        if self.master.gone.contains(id) {
            return true;
        }
        let Some(index) = self.agents.iter().position(|agent| agent.id == id) else { return false };
        say!(self, "agent {id} is marked gone");
        self.master.agents.shift_remove(id);
        self.master.recovered.shift_remove(id);
        self.master.unreachable.remove(id);
        self.master.gone.insert(id.to_owned());
        self.take_out(id, Loss::Gone);
        // A gone agent is told to shut down; one behind a broken network would not hear of it.
        if self.agents[index].connected {
            let frameworks: Vec<_> = self.agents[index].frameworks.keys().cloned().collect();
            for framework in frameworks {
                self.on_shutdown_framework(index, &framework);
            }
        }
        self.agents[index].connected = false;
        self.agents[index].gate.send_replace(false);
        true
    }

    /// Tells every framework what it lost with an agent.
    fn take_out(&mut self, id: &str, loss: Loss) {
        for framework in self.master.frameworks.values_mut() {
            framework.lose(id, loss);
        }
        self.rescind_of(id);
        for framework in self.master.frameworks.values() {
            let agent_id = Some(AgentId::new(id));
            framework.send(&Event::failure(Failure { agent_id, executor_id: None, status: None }));
        }
    }

    /// A lost agent can reach the master again.
    pub(crate) fn return_agent(&mut self, id: &str) -> bool {
        let Some(index) = self.agents.iter().position(|agent| agent.id == id) else { return false };
        if self.agents[index].connected || !self.master.unreachable.contains_key(id) {
            return false;
        }
        self.agents[index].gate.send_replace(true);
        self.reregister_agent(index);
        true
    }

    /// An agent registers again and tells what it runs.
    fn reregister_agent(&mut self, index: usize) {
        let id = self.agents[index].id.clone();
        self.agents[index].connected = true;
        say!(self, "agent {id} registered again");
        let was_unreachable = self.master.unreachable.remove(&id).is_some();
        let was_recovered = self.master.recovered.shift_remove(&id).is_some();
        let mut executors = Vec::new();
        let mut tasks = Vec::new();
        let mut infos = BTreeMap::new();
        let agent = &self.agents[index];
        for ((framework, _), known) in &agent.executors {
            executors.push((framework.clone(), known.info.clone()));
            infos.insert(framework.clone(), known.framework.clone());
        }
        for (framework, task) in agent.unfinished_tasks() {
            if let Some(info) = agent.frameworks.get(&framework) {
                infos.insert(framework.clone(), info.clone());
            }
            tasks.push((framework, task));
        }
        let gone: Vec<_> = infos
            .keys()
            .filter(|framework| self.master.completed.iter().any(|old| old.id() == **framework))
            .cloned()
            .collect();
        for info in infos.into_values() {
            self.recover_framework(info);
        }
        for (framework, info) in executors {
            if let Some(known) = self.master.frameworks.get_mut(&framework) {
                known.books.insert_executor(&id, info);
            }
        }
        for (framework, task) in tasks {
            if let Some(known) = self.master.frameworks.get_mut(&framework) {
                known.recover_task(task, was_unreachable, was_recovered);
            }
        }
        self.enter_agent(index, Some(now_nanos()));
        for framework in gone {
            self.on_shutdown_framework(index, &framework);
        }
        self.resume(index, None);
    }

    fn recover_framework(&mut self, info: FrameworkInfo) {
        let id = framework_id(&info);
        let is_known = self.master.frameworks.contains_key(&id)
            || self.master.completed.iter().any(|framework| framework.id() == id);
        if !is_known {
            let framework = Framework {
                recovered: true,
                registered: 0,
                reregistered: 0,
                ..Framework::new(info)
            };
            self.master.frameworks.insert(id, framework);
        }
    }

    /// The master dies, and a new one takes its place on the same address. It knows the agents from
    /// the registry; everything else it must be told again.
    pub(crate) fn restart_master(&mut self) {
        say!(self, "the master restarts");
        let old = std::mem::replace(&mut self.master, Master::new(0));
        self.master.port = old.port;
        self.master.replaying_until = old.replaying_until;
        self.master.unreachable = old.unreachable;
        self.master.gone = old.gone;
        for framework in old.frameworks.values() {
            if let Some(stream) = &framework.stream {
                stream.sender.break_off();
            }
        }
        self.master.recovered = old.recovered;
        for (id, registered) in old.agents {
            self.master.recovered.insert(id, registered.info);
        }
        let pause = self.options.timing.reregister;
        let waiting: Vec<_> = self.master.recovered.keys().cloned().collect();
        let master = self.master.id.clone();
        for (place, id) in (1u32..).zip(waiting) {
            let Some(index) = self.agents.iter().position(|agent| agent.id == id) else { continue };
            self.agents[index].connected = false;
            let master = master.clone();
            self.after(pause * place, move |world| {
                if world.master.id == master && world.master.recovered.contains_key(&id) {
                    world.reregister_agent(index);
                }
            });
        }
    }

    /// Breaks the event streams of all frameworks.
    pub(crate) fn drop_streams(&mut self) -> usize {
        let open: Vec<_> = self
            .master
            .frameworks
            .iter()
            .filter(|(_, framework)| framework.stream.is_some())
            .map(|(id, _)| id.clone())
            .collect();
        for id in &open {
            let framework = self.master.frameworks.get(id);
            if let Some(stream) = framework.and_then(|framework| framework.stream.as_ref()) {
                stream.sender.break_off();
            }
            self.disconnect(id);
        }
        open.len()
    }
}

impl Framework {
    fn lose(&mut self, agent: &str, loss: Loss) {
        self.books.remove_executors_of(agent);
        let of_agent = |task: &Task| task.agent_id.value == agent;
        let ids = |tasks: &indexmap::IndexMap<String, Task>| -> Vec<String> {
            let mine = tasks.iter().filter(|(_, task)| of_agent(task));
            mine.map(|(id, _)| id.clone()).collect()
        };
        let mut lost = ids(self.books.tasks());
        if matches!(loss, Loss::Gone) {
            lost.extend(ids(&self.unreachable));
        }
        for id in lost {
            let known = self.books.remove_task(&id);
            if let Some(task) = known.or_else(|| self.unreachable.swap_remove(&id)) {
                self.lose_task(task, loss);
            }
        }
    }

    fn lose_task(&mut self, mut task: Task, loss: Loss) {
        let aware = self.info.has(FrameworkCapabilityType::PartitionAware);
        let (state, reason, message) = match loss {
            Loss::Unreachable(_) => {
                (TaskState::Unreachable, Reason::AgentRemoved, "health check timed out")
            }
            Loss::Gone if aware => (
                TaskState::GoneByOperator,
                Reason::AgentRemovedByOperator,
                "Agent has been marked gone",
            ),
            Loss::Gone => (TaskState::Lost, Reason::AgentRemoved, "Agent has been marked gone"),
        };
        let update = OwnUpdate {
            task: &task.task_id.value,
            agent: Some(&task.agent_id.value),
            state: if aware { state } else { TaskState::Lost },
            reason,
            message: message.to_owned(),
        };
        let unreachable_time = match loss {
            Loss::Unreachable(nanoseconds) => Some(TimeInfo { nanoseconds }),
            Loss::Gone => None,
        };
        let status = TaskStatus { unreachable_time, ..update.status() };
        task.state = status.state;
        crate::agent::record(&mut task, &status);
        let executor_id = task.executor_id.as_ref().map(|id| ExecutorId::new(&id.value));
        self.send(&Event::update(TaskStatus { executor_id, ..status }));
        match loss {
            Loss::Unreachable(_) => {
                self.unreachable.insert(task.task_id.value.clone(), task);
            }
            Loss::Gone => self.complete(task),
        }
    }

    /// Enters a task that an agent brought along.
    fn recover_task(&mut self, mut task: Task, was_unreachable: bool, was_recovered: bool) {
        let id = task.task_id.value.clone();
        self.unreachable.swap_remove(&id);
        if was_unreachable && !was_recovered {
            // The agent does not know what was forwarded; a real master shows the fields empty, too.
            task.status_update_state = None;
            task.status_update_uuid = None;
            self.send(&Event::update(back_again(&task)));
        }
        self.books.insert_task(task);
    }
}

fn back_again(task: &Task) -> TaskStatus {
    let last = task.statuses.last();
    TaskStatus {
        task_id: task.task_id.clone(),
        state: task.state,
        message: Some("Unreachable agent re-reregistered".to_owned()),
        source: Some(Source::Master),
        reason: Some(Reason::AgentReregistered),
        agent_id: Some(task.agent_id.clone()),
        executor_id: task.executor_id.clone(),
        timestamp: Some(now_seconds()),
        healthy: last.and_then(|last| last.healthy),
        container_status: last.and_then(|last| last.container_status.clone()),
        ..TaskStatus::default()
    }
}
