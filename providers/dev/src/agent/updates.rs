//! Status updates on the agent: made, kept until acknowledged, sent again.
//!
//! Each task has a queue; only its head is on the way to the framework, and it is repeated until the
//! framework acknowledges it.

use super::{Executor, TaskKey};
use crate::world::{World, now_seconds};
use podform_mesos_proto::{
    AgentId, Bytes, ContainerStatus, ExecutorId, Reason, Source, Task, TaskId, TaskState,
    TaskStatus,
};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The longest pause between two attempts to deliver an update.
const LONGEST: Duration = Duration::from_mins(10);

/// The least pause before what waits too long is looked for, so that many streams share a look.
const GLANCE: Duration = Duration::from_millis(10);

/// The updates of one task that the framework has not acknowledged.
#[derive(Debug)]
pub(crate) struct UpdateStream {
    queue: VecDeque<TaskStatus>,
    /// When the head is sent again.
    due: Instant,
    pause: Duration,
}

impl UpdateStream {
    /// The states that are waiting, the oldest first.
    pub(super) fn states(&self) -> Vec<String> {
        self.queue.iter().map(|status| status.state.name().to_owned()).collect()
    }
}

/// An update to make.
#[derive(Debug, Clone)]
pub(crate) struct Report {
    pub(crate) state: TaskState,
    pub(crate) message: Option<String>,
    pub(crate) source: Source,
    pub(crate) reason: Option<Reason>,
    pub(crate) healthy: Option<bool>,
}

impl Report {
    /// One that the executor makes.
    pub(crate) fn of_executor(state: TaskState) -> Self {
        let source = Source::Executor;
        Self { state, message: None, source, reason: None, healthy: None }
    }

    /// One that the agent makes.
    pub(crate) fn of_agent(state: TaskState, reason: Reason, message: &str) -> Self {
        let (source, reason) = (Source::Agent, Some(reason));
        Self { state, message: Some(message.to_owned()), source, reason, healthy: None }
    }

    /// With a message.
    pub(crate) fn message(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }
}

/// The raw bytes of a new random UUID.
pub(crate) fn new_uuid() -> Bytes {
    Bytes::from(uuid::Uuid::new_v4().as_bytes().to_vec())
}

/// Notes a status in a record of a task, as master and agent keep it.
pub(crate) fn record(task: &mut Task, status: &TaskStatus) {
    if task.statuses.last().is_some_and(|last| last.state == status.state) {
        task.statuses.pop();
    }
    task.statuses.reserve_exact(1);
    task.statuses.push(TaskStatus { data: None, ..status.clone() });
}

impl World {
    /// Makes an update of a task and puts it on its way.
    pub(crate) fn report(&mut self, key: &TaskKey, report: Report) {
        let Some(agent) = self.agents.get_mut(key.agent) else { return };
        let agent_id = agent.id.clone();
        let Some((executor, index)) = agent.task(key) else { return };
        let status = status_of(executor, index, &agent_id, report);
        let task = &mut executor.tasks[index].task;
        task.state = status.state;
        record(task, &status);
        if !executor.silent {
            self.enqueue(key.agent, &key.framework, status);
        }
    }

    /// Puts an update that the agent made for a task without an executor on its way.
    pub(crate) fn report_bare(&mut self, agent: usize, framework: &str, bare: BareReport<'_>) {
        let status = TaskStatus {
            task_id: TaskId::new(bare.task),
            executor_id: Some(ExecutorId::new(bare.executor)),
            agent_id: Some(AgentId::new(&self.agents[agent].id)),
            state: bare.report.state,
            message: bare.report.message,
            source: Some(bare.report.source),
            reason: bare.report.reason,
            timestamp: Some(now_seconds()),
            uuid: Some(new_uuid()),
            ..TaskStatus::default()
        };
        self.enqueue(agent, framework, status);
    }

    fn enqueue(&mut self, agent: usize, framework: &str, status: TaskStatus) {
        let key = (framework.to_owned(), status.task_id.value.clone());
        let pause = self.options.timing.resend;
        let stream = self.agents[agent]
            .streams
            .entry(key.clone())
            .or_insert_with(|| UpdateStream { queue: VecDeque::new(), due: Instant::now(), pause });
        stream.queue.push_back(status);
        if stream.queue.len() == 1 {
            self.forward(agent, &key);
        }
    }

    fn forward(&mut self, agent: usize, key: &(String, String)) {
        let Some(stream) = self.agents[agent].streams.get_mut(key) else { return };
        let (Some(head), Some(newest)) = (stream.queue.front().cloned(), stream.queue.back())
        else {
            return;
        };
        let newest = newest.state;
        let due = Instant::now() + stream.pause;
        stream.due = due;
        self.wake(agent, due);
        if self.agents[agent].connected {
            self.agents[agent].note_forwarded(key, &head);
            self.on_status_update(agent, &key.0, &head, newest);
        }
    }

    /// Lets a timer run until an update is due; one for each agent, not one for each update.
    fn wake(&mut self, agent: usize, due: Instant) {
        let due = due.max(Instant::now() + GLANCE);
        let known = &mut self.agents[agent];
        if known.wakes.is_some_and(|wakes| wakes <= due) {
            return;
        }
        known.wakes = Some(due);
        let pause = due.saturating_duration_since(Instant::now());
        self.after(pause, move |world| {
            // Another timer may have taken its place.
            if world.agents[agent].wakes == Some(due) {
                world.agents[agent].wakes = None;
                world.resend(agent);
            }
        });
    }

    /// Sends again what waits too long.
    fn resend(&mut self, agent: usize) {
        let now = Instant::now();
        let mut keys = Vec::new();
        for (key, stream) in &mut self.agents[agent].streams {
            if stream.due <= now {
                stream.pause = (stream.pause * 2).min(LONGEST);
                keys.push(key.clone());
            }
        }
        for key in keys {
            self.forward(agent, &key);
        }
        let next = self.agents[agent].streams.values().map(|stream| stream.due).min();
        if let Some(due) = next {
            self.wake(agent, due);
        }
    }

    /// Sends the head of every queue of a framework, or of all, again: after a new master was found,
    /// and when the agent hears that the framework subscribed anew.
    pub(crate) fn resume(&mut self, agent: usize, framework: Option<&str>) {
        let first = self.options.timing.resend;
        let streams = self.agents[agent].streams.iter_mut();
        let mut keys = Vec::new();
        for (key, stream) in streams {
            if framework.is_none_or(|framework| framework == key.0) {
                stream.pause = first;
                keys.push(key.clone());
            }
        }
        for key in keys {
            self.forward(agent, &key);
        }
    }

    /// The framework's acknowledgement arrived.
    pub(crate) fn on_acknowledged(
        &mut self,
        agent: usize,
        framework: &str,
        task: &str,
        uuid: &Bytes,
    ) {
        let key = (framework.to_owned(), task.to_owned());
        let first = self.options.timing.resend;
        let Some(stream) = self.agents[agent].streams.get_mut(&key) else { return };
        if stream.queue.front().is_none_or(|head| head.uuid.as_ref() != Some(uuid)) {
            return;
        }
        let ended = stream.queue.pop_front().is_some_and(|head| head.state.is_terminal());
        stream.pause = first;
        if ended || stream.queue.is_empty() {
            self.agents[agent].streams.remove(&key);
        } else {
            self.forward(agent, &key);
        }
    }
}

impl super::Agent {
    /// Remembers which update of a task the framework was sent last.
    fn note_forwarded(&mut self, key: &(String, String), status: &TaskStatus) {
        let executor = status.executor_id.as_ref().map(|id| id.value.as_str()).unwrap_or_default();
        let living = self.executors.get_mut(&(key.0.clone(), executor.to_owned()));
        // What just ended is most often asked for.
        let mut ended = self.ended_executors.iter_mut().rev();
        let same = |known: &&mut Executor| known.info.executor_id.value == executor;
        let found = living.or_else(|| ended.find(same));
        if let Some(entry) = found.and_then(|executor| executor.tasks.get_mut(&key.1)) {
            entry.task.status_update_state = Some(status.state);
            entry.task.status_update_uuid.clone_from(&status.uuid);
        }
    }
}

/// An update of a task that never got an executor.
#[derive(Debug)]
pub(crate) struct BareReport<'a> {
    pub(crate) task: &'a str,
    pub(crate) executor: &'a str,
    pub(crate) report: Report,
}

fn status_of(executor: &Executor, index: usize, agent: &str, report: Report) -> TaskStatus {
    let task = &executor.tasks[index];
    let by_executor = report.source == Source::Executor;
    // A container that does not exist yet, or no more, has only its id.
    let shows_address = matches!(report.state, TaskState::Running | TaskState::Killing);
    let networks = task.networks.as_ref().map_or(&executor.networks, |(_, networks)| networks);
    let container_status = by_executor.then(|| ContainerStatus {
        container_id: task.container.clone(),
        network_infos: if shows_address { networks.clone() } else { Vec::new() },
        executor_pid: if shows_address { task.pid } else { None },
        ..ContainerStatus::default()
    });
    TaskStatus {
        task_id: TaskId::new(&task.task.task_id.value),
        state: report.state,
        message: report.message,
        source: Some(report.source),
        reason: report.reason,
        agent_id: Some(AgentId::new(agent)),
        executor_id: Some(executor.info.executor_id.clone()),
        timestamp: Some(now_seconds()),
        uuid: Some(new_uuid()),
        healthy: report.healthy,
        container_status,
        ..TaskStatus::default()
    }
}
