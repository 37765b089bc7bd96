//! The agents: what really runs, whatever the master believes.

mod driver;
mod environment;
mod files;
pub(crate) mod http;
mod kill;
mod launch;
mod prepare;
mod simulation;
mod updates;
mod views;

use crate::options::AgentOptions;
pub(crate) use environment::program;
use indexmap::IndexMap;
pub(crate) use launch::{Group, dropped_state, framework_id};
use podform_mesos_proto::{
    AgentId, AgentInfo, Attribute, ContainerId, ExecutorInfo, FrameworkInfo, NetworkInfo, Resource,
    Task, TaskInfo, Text, ValueType,
};
use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, watch};
pub(crate) use updates::{Report, UpdateStream, record};

/// One agent.
#[derive(Debug)]
pub(crate) struct Agent {
    /// As configured.
    pub(crate) options: AgentOptions,
    /// The port it listens on.
    pub(crate) port: u16,
    /// The id that a master gave it; kept for ever.
    pub(crate) id: String,
    /// Its work folder.
    pub(crate) work: PathBuf,
    /// Whether the master can reach it. While not, nothing passes in either direction.
    pub(crate) connected: bool,
    /// Closed while the agent is lost: its address then answers nothing.
    pub(crate) gate: watch::Sender<bool>,
    /// The frameworks that have run something here.
    pub(crate) frameworks: IndexMap<String, FrameworkInfo>,
    /// Executors by framework and executor id.
    pub(crate) executors: IndexMap<(String, String), Executor>,
    /// Executors that ended; their sandboxes stay.
    pub(crate) ended_executors: VecDeque<Executor>,
    /// Updates that wait for their acknowledgement, by framework and task id.
    pub(crate) streams: BTreeMap<(String, String), UpdateStream>,
    /// When a timer looks for updates that wait too long.
    pub(crate) wakes: Option<Instant>,
}

/// One executor: the supervisor of a pod.
#[derive(Debug)]
pub(crate) struct Executor {
    pub(crate) info: ExecutorInfo,
    pub(crate) framework: FrameworkInfo,
    pub(crate) container: String,
    pub(crate) sandbox: PathBuf,
    pub(crate) state: ExecutorState,
    /// The address of its network; the agent's on the host network.
    pub(crate) address: String,
    /// What a status shows of its network.
    pub(crate) networks: Vec<NetworkInfo>,
    /// Its tasks, in the order of arrival.
    pub(crate) tasks: IndexMap<String, AgentTask>,
    /// How many groups it was given.
    pub(crate) groups: u64,
    /// Set by the first task killed for its health; then every later terminal update says so.
    pub(crate) unhealthy: bool,
    /// The framework is gone: nothing is reported any more.
    pub(crate) silent: bool,
}

/// Where an executor is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExecutorState {
    Starting,
    Running,
    Terminating,
}

/// One task of an executor.
#[derive(Debug)]
pub(crate) struct AgentTask {
    pub(crate) info: TaskInfo,
    /// The agent's record of it.
    pub(crate) task: Task,
    /// Tasks of one group end together.
    pub(crate) group: u64,
    pub(crate) phase: Phase,
    pub(crate) container: Option<ContainerId>,
    pub(crate) sandbox: PathBuf,
    /// Set when its end was asked for.
    pub(crate) killing: bool,
    /// Set when the maximum time ran out.
    pub(crate) overtime: bool,
    /// Grace of a kill that came while it was being launched.
    pub(crate) pending_kill: Option<Duration>,
    pub(crate) pid: Option<u32>,
    pub(crate) watcher: Option<Watcher>,
    pub(crate) health: Health,
    /// Networks of its own, if it does not share the executor's.
    pub(crate) networks: Option<(String, Vec<NetworkInfo>)>,
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    Queued,
    Launching,
    Running,
    Ended,
}

/// What a health checker has seen.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Health {
    pub(crate) last: Option<bool>,
    pub(crate) failures: u32,
}

/// Who ends a container when it is told to.
#[derive(Debug, Clone)]
pub(crate) enum Watcher {
    /// The one that waits for the end of its process.
    Process(mpsc::UnboundedSender<Control>),
    /// The simulation: there is no process.
    Simulation,
}

/// What the watcher of a container is told.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Control {
    /// SIGTERM now, SIGKILL after the grace.
    Stop(Duration),
    /// SIGKILL now.
    Kill,
}

/// Names a task of an agent.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TaskKey {
    pub(crate) agent: usize,
    pub(crate) framework: String,
    pub(crate) executor: String,
    pub(crate) task: String,
}

impl Agent {
    /// What it tells the master about itself.
    pub(crate) fn info(&self) -> AgentInfo {
        AgentInfo {
            hostname: self.options.hostname.clone(),
            port: i32::from(self.port),
            resources: self.resources(),
            attributes: self.attributes(),
            id: Some(AgentId::new(&self.id)),
            checkpoint: Some(true),
            ..AgentInfo::default()
        }
    }

    /// All its resources.
    pub(crate) fn resources(&self) -> Vec<Resource> {
        let options = &self.options;
        let mut resources = Vec::new();
        for (name, amount) in [("cpus", options.cpus), ("mem", options.mem), ("disk", options.disk)]
        {
            if amount > 0.0 {
                resources.push(Resource::scalar(name, amount));
            }
        }
        if !options.ports.is_empty() {
            let ranges =
                options.ports.iter().map(|(begin, end)| (u64::from(*begin), u64::from(*end)));
            resources.push(Resource::ranges("ports", ranges));
        }
        resources
    }

    fn attributes(&self) -> Vec<Attribute> {
        let attribute = |(name, value): &(String, String)| Attribute {
            name: name.clone(),
            r#type: ValueType::Text,
            text: Some(Text { value: value.clone() }),
            ..Attribute::default()
        };
        self.options.attributes.iter().map(attribute).collect()
    }

    /// The address that it says it has.
    pub(crate) fn pid(&self) -> String {
        format!("slave(1)@127.0.0.1:{}", self.port)
    }

    /// An executor that runs or starts.
    pub(crate) fn executor(&mut self, framework: &str, executor: &str) -> Option<&mut Executor> {
        self.executors.get_mut(&(framework.to_owned(), executor.to_owned()))
    }

    /// A task of a living executor.
    pub(crate) fn task(&mut self, key: &TaskKey) -> Option<(&mut Executor, usize)> {
        let executor = self.executor(&key.framework, &key.executor)?;
        let index = executor.tasks.get_index_of(&key.task)?;
        Some((executor, index))
    }
}

impl AgentTask {
    /// Whether its container may still run.
    pub(crate) fn is_live(&self) -> bool {
        self.phase != Phase::Ended
    }
}
