//! The cluster as GET_STATE shows it, indexed for lookups: each record costs no more than a search.

use foldhash::{HashMap, HashSet};
use podform_mesos_proto::following::{FollowedStatus, FollowedTask, State};
use podform_mesos_proto::{NetworkInfo, TaskState};
use std::collections::BTreeMap;

/// What is known of a task.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen<'a> {
    /// The task.
    pub(crate) task: &'a FollowedTask,
    /// It stands among the unreachable ones.
    pub(crate) unreachable: bool,
}

impl<'a> Seen<'a> {
    /// Its state: an unreachable one is unreachable whatever it was last.
    pub(crate) fn state(&self) -> TaskState {
        if self.unreachable { TaskState::Unreachable } else { self.task.state }
    }

    /// The status that says most about its state.
    pub(crate) fn status(&self) -> Option<&'a FollowedStatus> {
        let state = self.state();
        let statuses = &self.task.statuses;
        statuses.iter().rev().find(|status| status.state == state).or_else(|| statuses.last())
    }

    /// The networks of its container, as that status shows them.
    pub(crate) fn networks(&self) -> impl Iterator<Item = &'a NetworkInfo> + use<'a> {
        let container = self.status().and_then(|status| status.container_status.as_ref());
        container.into_iter().flat_map(|container| &container.network_infos)
    }
}

/// Where our framework stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Among the frameworks.
    Known,
    /// Among the completed ones: all its tasks were killed.
    Completed,
    /// Nowhere.
    Unknown,
}

/// The cluster, indexed.
#[derive(Debug)]
pub(crate) struct View<'a> {
    /// Where our framework stands.
    pub(crate) framework: Standing,
    tasks: HashMap<&'a str, Seen<'a>>,
    executors: BTreeMap<&'a str, Vec<Seen<'a>>>,
    registered: HashMap<&'a str, &'a str>,
    recovered: HashSet<&'a str>,
    addresses: HashMap<&'a str, String>,
}

impl<'a> View<'a> {
    /// Indexes what belongs to a framework.
    pub(crate) fn new(state: &'a State, framework: Option<&str>) -> Self {
        let mut view = Self {
            framework: standing(state, framework),
            tasks: HashMap::default(),
            executors: BTreeMap::new(),
            registered: HashMap::default(),
            recovered: HashSet::default(),
            addresses: HashMap::default(),
        };
        if let Some(tasks) = &state.get_tasks {
            let lists = [
                (&tasks.completed_tasks, false),
                (&tasks.unreachable_tasks, true),
                (&tasks.tasks, false),
            ];
            for (list, unreachable) in lists {
                let ours =
                    |task: &&FollowedTask| framework == Some(task.framework_id.value.as_str());
                for task in list.iter().filter(ours) {
                    view.add(Seen { task, unreachable });
                }
            }
        }
        view.add_agents(state);
        view
    }

    fn add(&mut self, seen: Seen<'a>) {
        self.tasks.insert(&seen.task.task_id.value, seen);
        if let Some(executor) = &seen.task.executor_id {
            self.executors.entry(&executor.value).or_default().push(seen);
        }
    }

    fn add_agents(&mut self, state: &'a State) {
        let Some(agents) = &state.get_agents else { return };
        for agent in &agents.agents {
            let Some(id) = &agent.agent_info.id else { continue };
            self.registered.insert(&id.value, &agent.agent_info.hostname);
            if let Some((_, address)) = agent.pid.as_deref().and_then(|pid| pid.split_once('@')) {
                self.addresses.insert(&id.value, address.to_owned());
            }
        }
        let recovered = agents.recovered_agents.iter().filter_map(|agent| agent.id.as_ref());
        self.recovered.extend(recovered.map(|id| id.value.as_str()));
    }

    /// A task of the framework.
    pub(crate) fn task(&self, id: &str) -> Option<Seen<'a>> {
        self.tasks.get(id).copied()
    }

    /// The tasks of each executor of the framework.
    pub(crate) fn executors(&self) -> &BTreeMap<&'a str, Vec<Seen<'a>>> {
        &self.executors
    }

    /// The host name of an agent that is registered.
    pub(crate) fn host(&self, agent: &str) -> Option<&'a str> {
        self.registered.get(agent).copied()
    }

    /// The API of an agent that is registered, `host:port`.
    pub(crate) fn address(&self, agent: &str) -> Option<&str> {
        self.addresses.get(agent).map(String::as_str)
    }

    /// Whether an agent was known before a fail-over and has not come back yet.
    pub(crate) fn is_recovering(&self, agent: &str) -> bool {
        self.recovered.contains(agent)
    }
}

fn standing(state: &State, framework: Option<&str>) -> Standing {
    let Some(frameworks) = &state.get_frameworks else { return Standing::Unknown };
    let is_ours = |list: &[podform_mesos_proto::master::Framework]| {
        let mut ids = list.iter().filter_map(|framework| framework.framework_info.id.as_ref());
        ids.any(|id| Some(id.value.as_str()) == framework)
    };
    if is_ours(&frameworks.frameworks) {
        Standing::Known
    } else if is_ours(&frameworks.completed_frameworks) {
        Standing::Completed
    } else {
        Standing::Unknown
    }
}
