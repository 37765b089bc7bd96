//! What the master tells operators.

use super::stock::Stock;
use super::{Framework, Registered, VERSION, framework_ref};
use crate::http::Reply;
use crate::world::World;
use podform_mesos_proto::master::{
    Agent, AgentCapabilityType, Executor, Framework as FrameworkEntry, GetAgents, GetExecutors,
    GetFlags, GetFrameworks, GetMaster, GetRoles, GetState, GetTasks, GetVersion, Role,
    VersionInfo,
};
use podform_mesos_proto::{AgentId, Resource, TimeInfo};
use std::collections::BTreeSet;

/// What an agent of this version can do.
const AGENT_CAPABILITIES: [AgentCapabilityType; 8] = [
    AgentCapabilityType::MultiRole,
    AgentCapabilityType::HierarchicalRole,
    AgentCapabilityType::ReservationRefinement,
    AgentCapabilityType::ResourceProvider,
    AgentCapabilityType::ResizeVolume,
    AgentCapabilityType::AgentOperationFeedback,
    AgentCapabilityType::AgentDraining,
    AgentCapabilityType::TaskResourceLimits,
];

/// The names of what an agent of this version can do.
pub(super) fn agent_capabilities() -> impl Iterator<Item = &'static str> {
    AGENT_CAPABILITIES.iter().map(|capability| capability.name())
}

/// GET_VERSION, of masters and agents.
pub(crate) fn get_version() -> GetVersion {
    GetVersion {
        version_info: VersionInfo {
            version: VERSION.to_owned(),
            build_user: Some(String::new()),
            ..VersionInfo::default()
        },
    }
}

/// `/version`, of masters and agents.
pub(crate) fn version() -> Reply {
    Reply::json(serde_json::json!({ "build_user": "", "version": VERSION }).to_string())
}

/// Resources as operators see them: unreserved ones with the role `*`.
fn endpoint(stock: &Stock) -> Vec<Resource> {
    let shown = |mut resource: Resource| {
        if resource.reservations.is_empty() && resource.role.is_none() {
            resource.role = Some("*".to_owned());
        }
        resource
    };
    stock.to_resources().into_iter().map(shown).collect()
}

fn time(nanoseconds: i64) -> Option<TimeInfo> {
    (nanoseconds != 0).then_some(TimeInfo { nanoseconds })
}

impl World {
    /// GET_TASKS
    pub(super) fn get_tasks(&self) -> GetTasks {
        let mut out = GetTasks::default();
        for framework in self.master.frameworks.values().chain(&self.master.completed) {
            out.tasks.extend(framework.books.tasks().values().cloned());
            out.unreachable_tasks.extend(framework.unreachable.values().cloned());
            out.completed_tasks.extend(framework.completed.iter().cloned());
        }
        out
    }

    /// GET_EXECUTORS
    pub(super) fn get_executors(&self) -> GetExecutors {
        let mut executors = Vec::new();
        for framework in self.master.frameworks.values() {
            for (agent, _, info) in framework.books.executors() {
                executors
                    .push(Executor { executor_info: info.clone(), agent_id: AgentId::new(agent) });
            }
        }
        GetExecutors { executors }
    }

    /// GET_FRAMEWORKS
    pub(super) fn get_frameworks(&self) -> GetFrameworks {
        GetFrameworks {
            frameworks: self.master.frameworks.values().map(|one| self.framework(one)).collect(),
            completed_frameworks: self
                .master
                .completed
                .iter()
                .map(|one| self.framework(one))
                .collect(),
        }
    }

    fn framework(&self, framework: &Framework) -> FrameworkEntry {
        let id = framework.id();
        let offers = self.master.offers.values().filter(|offer| offer.framework == id);
        FrameworkEntry {
            framework_info: framework.info.clone(),
            active: framework.stream.is_some(),
            connected: framework.stream.is_some(),
            recovered: Some(framework.recovered),
            registered_time: time(framework.registered),
            reregistered_time: time(framework.reregistered),
            unregistered_time: time(framework.unregistered),
            offers: offers.map(|offer| offer.message.clone()).collect(),
            inverse_offers: Vec::new(),
            allocated_resources: endpoint(framework.books.used()),
            offered_resources: endpoint(&self.master.offered_to(&id)),
            offer_constraints: Some(podform_mesos_proto::OfferConstraints::default()),
        }
    }

    /// GET_AGENTS
    pub(super) fn get_agents(&self) -> GetAgents {
        GetAgents {
            agents: self.master.agents.values().map(|agent| self.agent(agent)).collect(),
            recovered_agents: self.master.recovered.values().cloned().collect(),
        }
    }

    fn agent(&self, agent: &Registered) -> Agent {
        let id = agent.info.id.as_ref().map(|id| id.value.clone()).unwrap_or_default();
        Agent {
            agent_info: agent.info.clone(),
            active: true,
            deactivated: Some(false),
            version: VERSION.to_owned(),
            pid: Some(agent.pid.clone()),
            registered_time: time(agent.registered),
            reregistered_time: agent.reregistered.and_then(time),
            total_resources: endpoint(&Stock::of(&agent.info.resources)),
            allocated_resources: endpoint(&self.master.used_on(&id)),
            offered_resources: endpoint(&self.master.offered_on(&id)),
            capabilities: AGENT_CAPABILITIES
                .iter()
                .map(|capability| (*capability).into())
                .collect(),
            ..Agent::default()
        }
    }

    /// GET_ROLES
    pub(super) fn get_roles(&self) -> GetRoles {
        let mut names: BTreeSet<String> = BTreeSet::from(["*".to_owned()]);
        names.extend(self.master.frameworks.values().flat_map(Framework::roles));
        let role = |name: String| {
            let with_role =
                self.master.frameworks.iter().filter(|(_, known)| known.roles().contains(&name));
            let mut held = Stock::default();
            let mut frameworks = Vec::new();
            for (id, framework) in with_role {
                frameworks.push(framework_ref(id));
                held.add(&framework.books.used().in_role(&name));
                held.add(&self.master.offered_to(id).in_role(&name));
            }
            let scalars = held.allocated(None).scalars();
            Role { name, weight: 1.0, frameworks, resources: scalars.to_resources() }
        };
        GetRoles { roles: names.into_iter().map(role).collect() }
    }

    /// GET_MASTER
    pub(super) fn get_master(&self) -> GetMaster {
        GetMaster {
            master_info: Some(self.master.info()),
            start_time: Some(self.master.start_time),
            elected_time: Some(self.master.start_time),
        }
    }

    /// GET_STATE
    pub(super) fn get_state(&self) -> GetState {
        GetState {
            get_tasks: Some(self.get_tasks()),
            get_executors: Some(self.get_executors()),
            get_frameworks: Some(self.get_frameworks()),
            get_agents: Some(self.get_agents()),
        }
    }

    /// GET_FLAGS: those that say how this master differs from others.
    pub(super) fn get_flags(&self) -> GetFlags {
        let authenticates = self.options.credentials.is_some().to_string();
        let seconds = format!("{}secs", self.options.timing.allocation.as_secs_f64());
        let flag = |name: &str, value: &str| podform_mesos_proto::master::Flag {
            name: name.to_owned(),
            value: Some(value.to_owned()),
        };
        let flags = vec![
            flag("allocation_interval", &seconds),
            flag("authenticate_http_frameworks", &authenticates),
            flag("authenticate_http_readonly", &authenticates),
            flag("authenticate_http_readwrite", &authenticates),
            flag("hostname", "127.0.0.1"),
            flag("ip", "127.0.0.1"),
            flag("port", &self.master.port.to_string()),
            flag("registry", "in_memory"),
        ];
        GetFlags { flags }
    }
}
