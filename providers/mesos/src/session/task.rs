//! What is known of one task, and when a container counts as ready.

use crate::private::TaskRef;
use podform_mesos_proto::{NetworkInfo, Reason, TaskState, TaskStatus};

/// How long a container without a health check must have been running to be ready, in seconds.
pub(crate) const SETTLE: f64 = 2.0;

/// One task of an instance.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Task {
    /// Which container it is, and its id.
    pub(crate) about: TaskRef,
    /// The last state heard of; `None`: nothing was heard yet.
    pub(crate) state: Option<TaskState>,
    /// The last health heard of; `None`: no result yet.
    pub(crate) healthy: Option<bool>,
    /// Since when it is known to be running, in seconds.
    pub(crate) running_since: Option<f64>,
    /// The message of its last status.
    pub(crate) message: Option<String>,
    /// The reason of its last status.
    pub(crate) reason: Option<Reason>,
    /// Since when its agent cannot be reached, seconds since 1970.
    pub(crate) unreachable_since: Option<f64>,
    /// The addresses of its network, without a prefix length.
    pub(crate) addresses: Vec<String>,
}

/// Whether a container is ready.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Readiness {
    /// It is.
    Ready,
    /// It will be at this time if nothing happens.
    At(f64),
    /// Not before something is heard of it.
    Waiting,
    /// It ended otherwise than with status 0.
    Failed,
}

/// Whether a later word may bring a task in this terminal state back to life: the master guessed.
fn guessed(state: TaskState) -> bool {
    matches!(state, TaskState::Lost | TaskState::Gone | TaskState::GoneByOperator)
}

impl Task {
    /// A task of which nothing was heard yet.
    pub(crate) fn new(about: TaskRef) -> Self {
        Self {
            about,
            state: None,
            healthy: None,
            running_since: None,
            message: None,
            reason: None,
            unreachable_since: None,
            addresses: Vec::new(),
        }
    }

    /// Takes a status. Statuses may be repeated and, where the master made them, out of order: an
    /// end that the agent reported is final.
    pub(crate) fn hear(&mut self, status: &TaskStatus, now: f64) {
        if self.state.is_some_and(|state| state.is_terminal() && !guessed(state)) {
            return;
        }
        self.state = Some(status.state);
        self.message.clone_from(&status.message);
        self.reason = status.reason;
        self.unreachable_since =
            status.unreachable_time.as_ref().map(|time| time.nanoseconds as f64 / 1e9);
        if status.healthy.is_some() {
            self.healthy = status.healthy;
        }
        match status.state {
            TaskState::Running => {
                self.running_since.get_or_insert(now);
            }
            // Nothing is known while the agent is away; the wait begins anew.
            TaskState::Unreachable | TaskState::Unknown => self.running_since = None,
            _ => {}
        }
        let networks = status.container_status.iter().flat_map(|status| &status.network_infos);
        let heard = addresses(networks);
        if !heard.is_empty() {
            self.addresses = heard;
        }
    }

    /// Whether it has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.state.is_some_and(TaskState::is_terminal)
    }

    /// Whether its container is ready.
    pub(crate) fn readiness(&self, now: f64) -> Readiness {
        match self.state {
            Some(TaskState::Finished) => Readiness::Ready,
            Some(state) if state.is_terminal() => Readiness::Failed,
            Some(TaskState::Running) if self.about.checked => match self.healthy {
                Some(true) => Readiness::Ready,
                _ => Readiness::Waiting,
            },
            Some(TaskState::Running) => match self.running_since {
                Some(since) if now >= since + SETTLE => Readiness::Ready,
                Some(since) => Readiness::At(since + SETTLE),
                None => Readiness::Waiting,
            },
            _ => Readiness::Waiting,
        }
    }

    /// How it ended, for the user: `container "web": Command exited with status 1`.
    pub(crate) fn epitaph(&self) -> String {
        let state = self.state.map_or("unknown", TaskState::name);
        let unhealthy = self.state == Some(TaskState::Killed) && self.healthy == Some(false);
        let what = match self.message.as_deref().filter(|text| !text.is_empty()) {
            Some(text) => text.to_owned(),
            None => state.to_owned(),
        };
        let note = if unhealthy { " (its health check failed)" } else { "" };
        format!("container \"{}\": {what}{note}", self.about.container)
    }
}

/// The addresses on the networks of a container.
pub(crate) fn addresses<'a>(networks: impl Iterator<Item = &'a NetworkInfo>) -> Vec<String> {
    networks
        .flat_map(|network| &network.ip_addresses)
        .filter_map(|address| address.ip_address.as_deref())
        // An IPv6 address comes with the length of its prefix.
        .map(|address| address.split('/').next().unwrap_or(address).to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use podform_mesos_proto::TaskId;

    fn task(checked: bool) -> Task {
        Task::new(TaskRef { container: "web".into(), task_id: "t".into(), checked, grace_ms: None })
    }

    fn status(state: TaskState) -> TaskStatus {
        TaskStatus { task_id: TaskId::new("t"), state, ..TaskStatus::default() }
    }

    #[test]
    fn without_a_check_two_seconds_of_running_are_ready() {
        let mut task = task(false);
        assert_eq!(task.readiness(0.0), Readiness::Waiting);
        task.hear(&status(TaskState::Running), 10.0);
        assert_eq!(task.readiness(11.0), Readiness::At(12.0));
        task.hear(&status(TaskState::Running), 11.5);
        assert_eq!(task.readiness(12.0), Readiness::Ready);
    }

    #[test]
    fn with_a_check_health_decides() {
        let mut task = task(true);
        task.hear(&status(TaskState::Running), 0.0);
        assert_eq!(task.readiness(100.0), Readiness::Waiting);
        task.hear(&TaskStatus { healthy: Some(true), ..status(TaskState::Running) }, 1.0);
        assert_eq!(task.readiness(1.0), Readiness::Ready);
        task.hear(&TaskStatus { healthy: Some(false), ..status(TaskState::Running) }, 2.0);
        assert_eq!(task.readiness(2.0), Readiness::Waiting);
    }

    #[test]
    fn an_end_with_status_0_is_ready_and_any_other_failed() {
        let mut done = task(true);
        done.hear(&status(TaskState::Finished), 0.0);
        assert_eq!(done.readiness(0.0), Readiness::Ready);
        for state in [TaskState::Failed, TaskState::Killed, TaskState::Error, TaskState::Dropped] {
            let mut failed = task(false);
            failed.hear(&status(state), 0.0);
            assert_eq!(failed.readiness(9.0), Readiness::Failed, "{state}");
        }
    }

    #[test]
    fn an_end_is_final_unless_the_master_guessed_it() {
        let mut task = task(false);
        task.hear(&status(TaskState::Gone), 0.0);
        assert!(task.has_ended());
        task.hear(&status(TaskState::Running), 1.0);
        assert!(!task.has_ended());
        task.hear(&status(TaskState::Failed), 2.0);
        task.hear(&status(TaskState::Running), 3.0);
        assert_eq!(task.state, Some(TaskState::Failed));
    }

    #[test]
    fn an_unreachable_task_starts_its_wait_anew() {
        let mut task = task(false);
        task.hear(&status(TaskState::Running), 0.0);
        task.hear(&status(TaskState::Unreachable), 1.0);
        assert!(!task.has_ended());
        task.hear(&status(TaskState::Running), 5.0);
        assert_eq!(task.readiness(6.0), Readiness::At(7.0));
    }

    #[test]
    fn the_epitaph_is_mesos_own_text() {
        let mut task = task(true);
        task.hear(
            &TaskStatus {
                message: Some("Command exited with status 3".into()),
                ..status(TaskState::Failed)
            },
            0.0,
        );
        assert_eq!(task.epitaph(), "container \"web\": Command exited with status 3");
    }
}
