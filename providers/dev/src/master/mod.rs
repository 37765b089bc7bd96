//! The master: what it knows of frameworks, agents, offers and tasks, and what it says of them.

mod accept;
mod allocate;
mod books;
mod calls;
mod group_rules;
mod info_rules;
mod legacy;
mod operator;
mod reconcile;
mod recover;
mod resource_rules;
mod routes;
mod scheduler;
mod stock;
mod subscribe;
mod task_rules;
mod updates;
mod views;

use crate::http::StreamSender;
use crate::world::{World, new_id, now_nanos, now_seconds};
pub(crate) use allocate::run as allocate;
use books::Books;
use indexmap::IndexMap;
use podform_mesos_proto::scheduler::Event;
use podform_mesos_proto::{
    Address, AgentId, AgentInfo, ExecutorId, FrameworkCapabilityType, FrameworkId, FrameworkInfo,
    MasterCapabilityType, MasterInfo, Offer, Task, json, recordio, scheduler as wire,
};
pub(crate) use routes::{handler, read_call, refuse_accept};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;
pub(crate) use stock::Stock;
use tokio::sync::oneshot;
pub(crate) use views::{get_version, version};

/// The version that master and agents say they are: the one whose behaviour was recorded.
pub(crate) const VERSION: &str = "1.12.0";

/// How many removed frameworks are remembered.
const COMPLETED_FRAMEWORKS: usize = 50;

/// How many ended tasks of a framework are remembered.
const COMPLETED_TASKS: usize = 1000;

/// The master's state.
#[derive(Debug)]
pub(crate) struct Master {
    /// New at each start.
    pub(crate) id: String,
    pub(crate) port: u16,
    pub(crate) start_time: f64,
    /// By id, in the order of registration.
    pub(crate) frameworks: IndexMap<String, Framework>,
    /// Frameworks that were removed.
    pub(crate) completed: VecDeque<Framework>,
    /// Registered agents by id.
    pub(crate) agents: IndexMap<String, Registered>,
    /// Agents known from the registry that did not come back since this master started.
    pub(crate) recovered: IndexMap<String, AgentInfo>,
    /// Agents given up, and since when (nanoseconds).
    pub(crate) unreachable: BTreeMap<String, i64>,
    /// Agents that an operator declared gone.
    pub(crate) gone: BTreeSet<String>,
    /// Offers that nobody answered yet.
    pub(crate) offers: IndexMap<String, Outstanding>,
    /// Until when every call is answered with 503.
    pub(crate) replaying_until: Option<Instant>,
    frameworks_made: u64,
    offers_made: u64,
}

/// A framework.
#[derive(Debug)]
pub(crate) struct Framework {
    pub(crate) info: FrameworkInfo,
    pub(crate) stream: Option<Stream>,
    /// Known only from agents, since this master started.
    pub(crate) recovered: bool,
    pub(crate) registered: i64,
    pub(crate) reregistered: i64,
    pub(crate) unregistered: i64,
    pub(crate) suppressed: BTreeSet<String>,
    pub(crate) filters: Vec<Filter>,
    /// Its tasks and executors.
    pub(crate) books: Books,
    pub(crate) unreachable: IndexMap<String, Task>,
    pub(crate) completed: VecDeque<Task>,
    /// Counts subscriptions and disconnections; a timer of an older count does nothing.
    pub(crate) epoch: u64,
}

/// The open event stream of a framework.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) id: String,
    pub(crate) sender: StreamSender,
    /// Dropped with the stream, so that its heartbeats end with it.
    pub(crate) alive: oneshot::Sender<()>,
}

/// Resources that a framework does not want to be offered for a while.
#[derive(Debug)]
pub(crate) struct Filter {
    pub(crate) role: String,
    pub(crate) agent: String,
    pub(crate) refused: Stock,
    pub(crate) until: Instant,
}

/// A registered agent.
#[derive(Debug)]
pub(crate) struct Registered {
    /// Its place among the agents of the cluster.
    pub(crate) index: usize,
    pub(crate) info: AgentInfo,
    pub(crate) pid: String,
    pub(crate) registered: i64,
    pub(crate) reregistered: Option<i64>,
}

/// An offer that is out.
#[derive(Debug, Clone)]
pub(crate) struct Outstanding {
    pub(crate) framework: String,
    pub(crate) agent: String,
    pub(crate) role: String,
    /// Allocated to the role.
    pub(crate) resources: Stock,
    pub(crate) message: Offer,
}

impl Master {
    /// A master that starts now.
    pub(crate) fn new(port: u16) -> Self {
        Self {
            id: new_id(),
            port,
            start_time: now_seconds(),
            frameworks: IndexMap::new(),
            completed: VecDeque::new(),
            agents: IndexMap::new(),
            recovered: IndexMap::new(),
            unreachable: BTreeMap::new(),
            gone: BTreeSet::new(),
            offers: IndexMap::new(),
            replaying_until: None,
            frameworks_made: 0,
            offers_made: 0,
        }
    }

    /// What it tells about itself.
    pub(crate) fn info(&self) -> MasterInfo {
        let host = "127.0.0.1".to_owned();
        let (ip, port) = (Some(host.clone()), i32::from(self.port));
        MasterInfo {
            id: self.id.clone(),
            ip: u32::from_le_bytes([127, 0, 0, 1]),
            port: u32::from(self.port),
            pid: Some(format!("master@127.0.0.1:{}", self.port)),
            hostname: Some(host.clone()),
            version: Some(VERSION.to_owned()),
            address: Some(Address { hostname: Some(host), ip, port }),
            domain: None,
            capabilities: vec![
                MasterCapabilityType::AgentUpdate.into(),
                MasterCapabilityType::AgentDraining.into(),
                MasterCapabilityType::QuotaV2.into(),
            ],
        }
    }

    fn next_framework_id(&mut self) -> String {
        let id = format!("{}-{:04}", self.id, self.frameworks_made);
        self.frameworks_made += 1;
        id
    }

    fn next_offer_id(&mut self) -> String {
        let id = format!("{}-O{}", self.id, self.offers_made);
        self.offers_made += 1;
        id
    }

    /// What tasks and executors use on an agent.
    pub(crate) fn used_on(&self, agent: &str) -> Stock {
        let mut used = Stock::default();
        for framework in self.frameworks.values() {
            used.add(&framework.books.used_on(agent));
        }
        used
    }

    /// What is offered of an agent now.
    pub(crate) fn offered_on(&self, agent: &str) -> Stock {
        let mut offered = Stock::default();
        for offer in self.offers.values().filter(|offer| offer.agent == agent) {
            offered.add(&offer.resources);
        }
        offered
    }

    /// What a framework is offered now.
    pub(crate) fn offered_to(&self, framework: &str) -> Stock {
        let mut offered = Stock::default();
        for offer in self.offers.values().filter(|offer| offer.framework == framework) {
            offered.add(&offer.resources);
        }
        offered
    }
}

impl Framework {
    fn new(info: FrameworkInfo) -> Self {
        let now = now_nanos();
        Self {
            info,
            stream: None,
            recovered: false,
            registered: now,
            reregistered: now,
            unregistered: 0,
            suppressed: BTreeSet::new(),
            filters: Vec::new(),
            books: Books::default(),
            unreachable: IndexMap::new(),
            completed: VecDeque::new(),
            epoch: 0,
        }
    }

    /// Its id.
    pub(crate) fn id(&self) -> String {
        crate::agent::framework_id(&self.info)
    }

    /// The roles that it is subscribed to.
    pub(crate) fn roles(&self) -> Vec<String> {
        if self.info.has(FrameworkCapabilityType::MultiRole) {
            return self.info.roles.clone();
        }
        vec![self.info.role.clone().unwrap_or_else(|| "*".to_owned())]
    }

    /// Writes an event to its stream, if one is open.
    pub(crate) fn send(&self, event: &Event) {
        if let Some(stream) = &self.stream {
            send(&stream.sender, event);
        }
    }

    fn complete(&mut self, task: Task) {
        self.completed.push_back(task);
        while self.completed.len() > COMPLETED_TASKS {
            self.completed.pop_front();
        }
    }
}

/// Writes an event to a stream.
pub(crate) fn send(sender: &StreamSender, event: &Event) {
    if let Ok(text) = json::to_vec(event) {
        sender.send(recordio::encode(&text));
    }
}

impl World {
    /// Writes an event to a framework's stream, if one is open.
    pub(crate) fn send_to(&self, framework: &str, event: &Event) {
        if let Some(framework) = self.master.frameworks.get(framework) {
            framework.send(event);
        }
    }

    /// The agent says that an executor ended.
    pub(crate) fn on_executor_ended(
        &mut self,
        agent: usize,
        framework: &str,
        id: &str,
        status: i32,
    ) {
        if !self.agents[agent].connected {
            return;
        }
        let agent_id = self.agents[agent].id.clone();
        let Some(known) = self.master.frameworks.get_mut(framework) else { return };
        if known.books.remove_executor(&agent_id, id) {
            known.send(&Event::failure(wire::Failure {
                agent_id: Some(AgentId::new(agent_id)),
                executor_id: Some(ExecutorId::new(id)),
                status: Some(status),
            }));
        }
    }
}

/// The id of a framework as a message.
fn framework_ref(id: &str) -> FrameworkId {
    FrameworkId::new(id)
}
