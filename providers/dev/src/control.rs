//! The fault hooks: what an operator or a test does to the cluster, below `/dev` on the master's address.
//!
//! Each has a real counterpart: an agent behind a broken network, a crashed process, a new leader,
//! a broken connection, a master that replays its registry.

use crate::http::{Reply, Request};
use crate::world::World;
use serde::{Deserialize, Serialize};
use std::time::{Duration, Instant};

/// How a cluster stands, for people.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// Which cluster it is.
    pub uuid: String,
    /// The master's address.
    pub url: String,
    /// Whether its tasks are only simulated: no process runs.
    #[serde(default)]
    pub simulated: bool,
    /// Its agents, also lost ones.
    pub agents: Vec<AgentStatus>,
    /// Its frameworks.
    pub frameworks: Vec<FrameworkStatus>,
    /// The tasks that have not ended.
    pub tasks: Vec<TaskLine>,
}

/// How an agent stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// Its id.
    pub id: String,
    /// Its address.
    pub url: String,
    /// `registered`, `recovering`, `lost` or `gone`.
    pub state: String,
    /// What it has, in Mesos's notation.
    pub resources: String,
    /// What is in use of it.
    pub used: String,
    /// Its attributes, in Mesos's notation.
    pub attributes: String,
}

/// How a framework stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FrameworkStatus {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Whether its scheduler is connected.
    pub connected: bool,
}

/// How a task stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskLine {
    /// Its id.
    pub id: String,
    /// The agent it runs on.
    pub agent: String,
    /// Its state.
    pub state: String,
    /// Its main process.
    pub pid: Option<u32>,
    /// The states of the updates that its framework has not acknowledged, the oldest first. Until it
    /// does, the master does not learn of the later ones.
    pub unacknowledged: Vec<String>,
}

impl World {
    /// Answers a request below `/dev`.
    pub(crate) fn control(&mut self, hook: &str, request: &Request) -> Reply {
        if hook == "status" {
            return Reply::json(serde_json::to_vec(&self.status()).unwrap_or_default());
        }
        if request.method != "POST" {
            return Reply::text(405, "A fault hook is a POST").header("Allow", "POST");
        }
        let given = |name: &str| request.parameter(name).unwrap_or_default();
        let done = match hook {
            "lose-agent" => self.on_agent(&given("agent"), Self::lose_agent),
            "return-agent" => self.on_agent(&given("agent"), Self::return_agent),
            "restart-master" => {
                self.restart_master();
                Ok(())
            }
            "drop-stream" => {
                self.drop_streams();
                Ok(())
            }
            "kill" => self.kill_process(&given("task")),
            "unavailable" => self.be_unavailable(&given("seconds")),
            _ => Err("there is no such fault hook".to_owned()),
        };
        match done {
            Ok(()) => Reply::empty(200),
            Err(text) => Reply::text(404, text),
        }
    }

    fn on_agent(&mut self, name: &str, act: fn(&mut Self, &str) -> bool) -> Result<(), String> {
        let id = self.agent_named(name).ok_or_else(|| format!("there is no agent `{name}`"))?;
        if act(self, &id) {
            Ok(())
        } else {
            Err(format!("agent `{id}` is not in the state for this"))
        }
    }

    /// An agent by its id or by the end of it, as `S1`.
    fn agent_named(&self, name: &str) -> Option<String> {
        let mut found =
            self.agents.iter().map(|agent| &agent.id).filter(|id| {
                *id == name || (!name.is_empty() && id.ends_with(&format!("-{name}")))
            });
        let first = found.next().cloned();
        if found.next().is_some() { None } else { first }
    }

    /// Kills the main process of a task, as a crash would.
    pub(crate) fn kill_process(&mut self, task: &str) -> Result<(), String> {
        if self.crash(task) { Ok(()) } else { Err(format!("no task `{task}` is running")) }
    }

    fn be_unavailable(&mut self, seconds: &str) -> Result<(), String> {
        let seconds = seconds.parse::<f64>().ok();
        let span = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        let span = span.ok_or_else(|| "`seconds` is not a number of seconds".to_owned())?;
        self.master.replaying_until = Some(Instant::now() + span);
        Ok(())
    }

    /// How the cluster stands.
    pub(crate) fn status(&self) -> Status {
        let mut agents = Vec::new();
        let mut tasks = Vec::new();
        for agent in &self.agents {
            let state = if self.master.agents.contains_key(&agent.id) {
                "registered"
            } else if self.master.recovered.contains_key(&agent.id) {
                "recovering"
            } else if self.master.gone.contains(&agent.id) {
                "gone"
            } else {
                "lost"
            };
            let attributes = agent.options.attributes.iter();
            let attributes: Vec<_> =
                attributes.map(|(name, value)| format!("{name}:{value}")).collect();
            agents.push(AgentStatus {
                id: agent.id.clone(),
                url: format!("http://127.0.0.1:{}", agent.port),
                state: state.to_owned(),
                resources: crate::master::Stock::of(&agent.resources()).to_string(),
                used: self.master.used_on(&agent.id).allocated(None).to_string(),
                attributes: attributes.join(";"),
            });
            tasks.extend(agent.live_tasks());
        }
        let framework = |(id, known): (&String, &crate::master::Framework)| FrameworkStatus {
            id: id.clone(),
            name: known.info.name.clone(),
            connected: known.stream.is_some(),
        };
        Status {
            uuid: self.uuid.clone(),
            url: format!("http://127.0.0.1:{}", self.master.port),
            simulated: self.options.simulate,
            agents,
            frameworks: self.master.frameworks.iter().map(framework).collect(),
            tasks,
        }
    }
}
