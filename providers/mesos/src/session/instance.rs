//! One instance of a pod within a session.

use super::task::{Readiness, Task};
use crate::private::InstancePrivate;
use podform_mesos_proto::scheduler::{Call, Kill, ReconcileTask};
use podform_mesos_proto::{
    AgentId, DurationInfo, FrameworkId, KillPolicy, TaskId, TaskState, TaskStatus,
};
use podform_model::{InstanceRecord, InstanceStatus};

/// Why an instance is looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// It was launched in this session.
    New,
    /// It was there before and stays.
    Kept,
    /// It was there before and goes.
    Leaving,
    /// It seems gone: the master must say so before its slot is filled.
    Doubted,
}

/// One instance.
#[derive(Debug, Clone)]
pub(crate) struct Instance {
    /// What is recorded of it.
    pub(crate) record: InstanceRecord,
    /// What the provider keeps about it.
    pub(crate) private: InstancePrivate,
    /// Its tasks, in the order of the containers.
    pub(crate) tasks: Vec<Task>,
    /// Why it is looked after.
    pub(crate) part: Part,
    /// It was ready once.
    pub(crate) ready: bool,
    /// When KILL is sent again, and how often it was sent; `None`: it was not.
    pub(crate) kill: Option<(f64, u32)>,
    /// When something was heard of it last.
    pub(crate) heard: f64,
    /// How often its slot failed before.
    pub(crate) failures: u32,
}

impl Instance {
    /// An instance from its record.
    pub(crate) fn new(record: InstanceRecord, part: Part) -> Self {
        let private = InstancePrivate::of(&record);
        let mut tasks: Vec<Task> = private.tasks.iter().cloned().map(Task::new).collect();
        let ready = record.status == InstanceStatus::Ready && part != Part::Doubted;
        if ready {
            // What was ready counts as ready until the cluster says otherwise.
            for task in &mut tasks {
                task.state = Some(TaskState::Running);
                task.running_since = Some(f64::NEG_INFINITY);
                task.healthy = task.about.checked.then_some(true);
            }
        }
        Self {
            record,
            private,
            tasks,
            part,
            ready,
            kill: None,
            heard: f64::NEG_INFINITY,
            failures: 0,
        }
    }

    /// The agent's id, when it is known.
    pub(crate) fn agent(&self) -> Option<AgentId> {
        self.record.agent_id.as_deref().map(AgentId::new)
    }

    /// Whether all its tasks have ended.
    pub(crate) fn has_ended(&self) -> bool {
        !self.tasks.is_empty() && self.tasks.iter().all(Task::has_ended)
    }

    /// Whether nothing was heard of any task.
    pub(crate) fn is_silent(&self) -> bool {
        self.tasks.iter().all(|task| task.state.is_none())
    }

    /// Whether every task that has not ended is on an agent that cannot be reached.
    pub(crate) fn is_unreachable(&self) -> bool {
        let mut rest = self.tasks.iter().filter(|task| !task.has_ended()).peekable();
        rest.peek().is_some() && rest.all(|task| task.state == Some(TaskState::Unreachable))
    }

    /// Since when its agent cannot be reached, seconds since 1970.
    pub(crate) fn unreachable_since(&self) -> Option<f64> {
        self.tasks.iter().find_map(|task| task.unreachable_since)
    }

    /// Whether the master does not know what became of a task.
    pub(crate) fn is_unknown(&self) -> bool {
        let unknown = [TaskState::Unknown, TaskState::Unreachable];
        self.tasks.iter().any(|task| task.state.is_some_and(|state| unknown.contains(&state)))
    }

    /// Whether a task is certainly alive.
    pub(crate) fn is_alive(&self) -> bool {
        use TaskState::{Killing, Running, Staging, Starting};
        let alive = [Staging, Starting, Running, Killing];
        self.tasks.iter().any(|task| task.state.is_some_and(|state| alive.contains(&state)))
    }

    /// Takes a status of one of its tasks.
    pub(crate) fn hear(&mut self, status: &TaskStatus, now: f64) {
        let about = |task: &&mut Task| task.about.task_id == status.task_id.value;
        if let Some(task) = self.tasks.iter_mut().find(about) {
            task.hear(status, now);
            self.heard = now;
        }
        self.note_addresses();
    }

    /// Its readiness: that of its slowest container.
    pub(crate) fn readiness(&self, now: f64) -> Readiness {
        let mut all = Readiness::Ready;
        for task in &self.tasks {
            all = match (all, task.readiness(now)) {
                (Readiness::Failed, _) | (_, Readiness::Failed) => Readiness::Failed,
                (Readiness::Waiting, _) | (_, Readiness::Waiting) => Readiness::Waiting,
                (Readiness::At(a), Readiness::At(b)) => Readiness::At(a.max(b)),
                (Readiness::At(a), Readiness::Ready) | (Readiness::Ready, Readiness::At(a)) => {
                    Readiness::At(a)
                }
                (Readiness::Ready, Readiness::Ready) => Readiness::Ready,
            };
        }
        all
    }

    /// The task that explains an end: the first that failed by itself, else one that was killed.
    pub(crate) fn culprit(&self) -> Option<&Task> {
        let rank = |task: &&Task| match task.state {
            Some(TaskState::Finished) | None => 4,
            Some(TaskState::Killed) if task.healthy == Some(false) => 1,
            Some(TaskState::Killed) => 3,
            Some(state) if state.is_terminal() => 0,
            _ => 2,
        };
        self.tasks.iter().min_by_key(rank)
    }

    /// Why it ended, for the user.
    pub(crate) fn epitaph(&self) -> String {
        if self.tasks.iter().all(|task| task.state == Some(TaskState::Finished)) {
            return "all its containers finished with status 0".into();
        }
        self.culprit().map_or_else(|| "it ended".into(), Task::epitaph)
    }

    /// One KILL for each task that has not ended, each with its own grace.
    pub(crate) fn kills(&self, framework: &FrameworkId) -> Vec<Call> {
        let kill = |task: &Task| Kill {
            task_id: TaskId::new(&task.about.task_id),
            agent_id: self.agent(),
            kill_policy: task.about.grace_ms.map(|grace| KillPolicy {
                grace_period: Some(DurationInfo { nanoseconds: nanoseconds(grace) }),
            }),
        };
        let running = self.tasks.iter().filter(|task| !task.has_ended());
        running.map(|task| Call::kill(framework, kill(task))).collect()
    }

    /// Its tasks to ask the master about.
    pub(crate) fn questions(&self) -> impl Iterator<Item = ReconcileTask> + '_ {
        self.tasks.iter().filter(|task| !task.has_ended()).map(|task| ReconcileTask {
            task_id: TaskId::new(&task.about.task_id),
            agent_id: self.agent(),
        })
    }

    /// The record with what is known now.
    pub(crate) fn recorded(&self, status: InstanceStatus) -> InstanceRecord {
        InstanceRecord { status, ..self.record.clone() }
    }

    /// Brings addresses into the record: those of the pod's network, and the endpoints on it.
    fn note_addresses(&mut self) {
        let Some(heard) = self.tasks.iter().find(|task| !task.addresses.is_empty()) else {
            return;
        };
        crate::address::note(&mut self.record, &self.private, &heard.addresses);
    }
}

/// Milliseconds as Mesos counts.
pub(crate) fn nanoseconds(milliseconds: u64) -> i64 {
    i64::try_from(milliseconds.saturating_mul(1_000_000)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::private::TaskRef;

    pub(crate) fn record(status: InstanceStatus) -> InstanceRecord {
        let private = InstancePrivate {
            framework_id: "f".into(),
            tasks: ["a", "b"]
                .map(|name| TaskRef {
                    container: name.into(),
                    task_id: format!("t.{name}"),
                    checked: false,
                    grace_ms: (name == "b").then_some(5000),
                })
                .to_vec(),
            ..InstancePrivate::default()
        };
        InstanceRecord {
            slot: 0,
            generation: "g".into(),
            id: "t".into(),
            status,
            agent_id: Some("S0".into()),
            host: None,
            started_at: None,
            endpoints: Default::default(),
            network_ips: Vec::new(),
            private: private.kept(),
            rest: Default::default(),
        }
    }

    fn status(task: &str, state: TaskState, message: &str) -> TaskStatus {
        TaskStatus {
            task_id: TaskId::new(task),
            state,
            message: Some(message.into()),
            ..TaskStatus::default()
        }
    }

    #[test]
    fn an_instance_is_ready_when_its_slowest_container_is() {
        let mut instance = Instance::new(record(InstanceStatus::Launching), Part::New);
        assert!(instance.is_silent());
        instance.hear(&status("t.a", TaskState::Running, ""), 1.0);
        assert_eq!(instance.readiness(9.0), Readiness::Waiting);
        instance.hear(&status("t.b", TaskState::Running, ""), 2.0);
        assert_eq!(instance.readiness(3.5), Readiness::At(4.0));
        assert_eq!(instance.readiness(4.0), Readiness::Ready);
    }

    #[test]
    fn what_was_ready_counts_until_the_cluster_says_otherwise() {
        let instance = Instance::new(record(InstanceStatus::Ready), Part::Kept);
        assert_eq!(instance.readiness(0.0), Readiness::Ready);
        assert!(Instance::new(record(InstanceStatus::Ready), Part::Doubted).is_silent());
    }

    #[test]
    fn the_culprit_is_who_failed_not_who_was_killed_with_it() {
        let mut instance = Instance::new(record(InstanceStatus::Launching), Part::New);
        instance.hear(
            &status("t.a", TaskState::Killed, "Command terminated with signal Terminated"),
            1.0,
        );
        instance.hear(&status("t.b", TaskState::Failed, "Command exited with status 7"), 2.0);
        assert!(instance.has_ended());
        assert_eq!(instance.epitaph(), "container \"b\": Command exited with status 7");
    }

    #[test]
    fn one_kill_for_each_running_task_with_its_grace() {
        let mut instance = Instance::new(record(InstanceStatus::Ready), Part::Leaving);
        let kills = instance.kills(&FrameworkId::new("f"));
        assert_eq!(kills.len(), 2);
        let grace = |call: &Call| call.kill.as_ref().unwrap().kill_policy.clone();
        assert_eq!(grace(&kills[0]), None);
        let five = grace(&kills[1]).unwrap().grace_period.unwrap();
        assert_eq!(five.nanoseconds, 5_000_000_000);
        instance.hear(&status("t.a", TaskState::Finished, ""), 1.0);
        assert_eq!(instance.kills(&FrameworkId::new("f")).len(), 1);
    }

    #[test]
    fn unreachable_is_not_ended() {
        let mut instance = Instance::new(record(InstanceStatus::Ready), Part::Leaving);
        for task in ["t.a", "t.b"] {
            instance.hear(&status(task, TaskState::Unreachable, ""), 1.0);
        }
        assert!(instance.is_unreachable());
        assert!(!instance.has_ended());
        assert!(!instance.is_alive());
    }
}
