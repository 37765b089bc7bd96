//! The oldest reads: `/state` and `/metrics/snapshot`, as far as tools look at them.

use super::stock::Stock;
use super::{Framework, Outstanding, Registered, VERSION, views};
use crate::world::{World, now_seconds};
use podform_mesos_proto::{Attribute, Task, TaskStatus};
use serde_json::{Map, Value, json};

impl World {
    /// `/state`: version, master, agents and frameworks, in the words of that time.
    pub(super) fn legacy_state(&self) -> Value {
        let master = &self.master;
        let pid = format!("master@127.0.0.1:{}", master.port);
        let frameworks = |list: Vec<&Framework>| -> Vec<Value> {
            list.into_iter().map(|framework| self.legacy_framework(framework)).collect()
        };
        json!({
            "version": VERSION,
            "build_user": "",
            "start_time": master.start_time,
            "elected_time": master.start_time,
            "id": master.id,
            "pid": pid,
            "hostname": "127.0.0.1",
            "capabilities": ["AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2"],
            "activated_slaves": master.agents.len() as f64,
            "deactivated_slaves": 0.0,
            "unreachable_slaves": master.unreachable.len() as f64,
            "leader": pid,
            "leader_info": {
                "id": master.id, "pid": pid, "port": master.port, "hostname": "127.0.0.1",
            },
            "slaves": master.agents.iter().map(|(id, agent)| self.legacy_agent(id, agent)).collect::<Vec<_>>(),
            "recovered_slaves": master.recovered.iter().map(|(id, info)| {
                json!({ "id": id, "hostname": info.hostname, "port": info.port })
            }).collect::<Vec<_>>(),
            "frameworks": frameworks(master.frameworks.values().collect()),
            "completed_frameworks": frameworks(master.completed.iter().collect()),
            "orphan_tasks": [],
            "unregistered_frameworks": [],
        })
    }

    fn legacy_agent(&self, id: &str, agent: &Registered) -> Value {
        let total = Stock::of(&agent.info.resources);
        json!({
            "id": id,
            "hostname": agent.info.hostname,
            "port": agent.info.port,
            "attributes": attributes(&agent.info.attributes),
            "pid": agent.pid,
            "registered_time": seconds(agent.registered),
            "resources": total.summary(),
            "used_resources": self.master.used_on(id).summary(),
            "offered_resources": self.master.offered_on(id).summary(),
            "reserved_resources": {},
            "unreserved_resources": total.summary(),
            "active": true,
            "deactivated": false,
            "version": VERSION,
            "capabilities": views::agent_capabilities().collect::<Vec<_>>(),
        })
    }

    fn legacy_framework(&self, framework: &Framework) -> Value {
        let id = framework.id();
        let info = &framework.info;
        let capabilities = info.capabilities.iter().filter_map(|entry| entry.r#type);
        let tasks = |list: Vec<&Task>| list.into_iter().map(task).collect::<Vec<_>>();
        let offers = self.master.offers.values().filter(|offer| offer.framework == id);
        let mut held = framework.books.used().clone();
        held.add(&self.master.offered_to(&id));
        json!({
            "id": id,
            "name": info.name,
            "used_resources": framework.books.used().clone().summary(),
            "offered_resources": self.master.offered_to(&id).summary(),
            "capabilities": capabilities.map(|kind| kind.name()).collect::<Vec<_>>(),
            "hostname": info.hostname.clone().unwrap_or_default(),
            "webui_url": info.webui_url.clone().unwrap_or_default(),
            "active": framework.stream.is_some(),
            "connected": framework.stream.is_some(),
            "recovered": framework.recovered,
            "user": info.user,
            "failover_timeout": info.failover_timeout,
            "checkpoint": info.checkpoint,
            "registered_time": seconds(framework.registered),
            "unregistered_time": seconds(framework.unregistered),
            "resources": held.summary(),
            "roles": framework.roles(),
            "tasks": tasks(framework.books.tasks().values().collect()),
            "unreachable_tasks": tasks(framework.unreachable.values().collect()),
            "completed_tasks": tasks(framework.completed.iter().collect()),
            "offers": offers.map(offer).collect::<Vec<_>>(),
            "executors": framework.books.executors().map(|(agent, executor, info)| json!({
                "executor_id": executor,
                "name": info.name.clone().unwrap_or_default(),
                "framework_id": id,
                "command": { "argv": [], "uris": [] },
                "resources": Stock::of(&info.resources).summary(),
                "type": "DEFAULT",
                "slave_id": agent,
            })).collect::<Vec<_>>(),
            "offer_constraints": {},
        })
    }

    /// A few of a master's metrics, by name.
    pub(super) fn metrics(&self) -> Vec<(String, f64)> {
        let master = &self.master;
        let (mut total, mut used) = (Stock::default(), Stock::default());
        for (id, agent) in &master.agents {
            total.add_all(&agent.info.resources);
            used.add(&master.used_on(id));
        }
        let connected = master.frameworks.values().filter(|known| known.stream.is_some()).count();
        let mut out = vec![
            ("master/elected".to_owned(), 1.0),
            ("master/uptime_secs".to_owned(), now_seconds() - master.start_time),
            ("master/slaves_active".to_owned(), master.agents.len() as f64),
            ("master/slaves_unreachable".to_owned(), master.unreachable.len() as f64),
            ("master/frameworks_connected".to_owned(), connected as f64),
            ("master/outstanding_offers".to_owned(), master.offers.len() as f64),
        ];
        for name in ["cpus", "mem", "disk"] {
            let amount = |stock: &Stock| stock.thousandths(name) as f64 / 1000.0;
            out.push((format!("master/{name}_total"), amount(&total)));
            out.push((format!("master/{name}_used"), amount(&used)));
        }
        out
    }

    /// `/metrics/snapshot`
    pub(super) fn legacy_metrics(&self) -> Value {
        let metrics = self.metrics().into_iter();
        Value::Object(metrics.map(|(name, value)| (name, value.into())).collect::<Map<_, _>>())
    }
}

fn seconds(nanoseconds: i64) -> f64 {
    nanoseconds as f64 / 1e9
}

fn attributes(attributes: &[Attribute]) -> Map<String, Value> {
    let text = |attribute: &Attribute| {
        let value = attribute.text.as_ref().map(|text| text.value.clone()).unwrap_or_default();
        (attribute.name.clone(), Value::from(value))
    };
    attributes.iter().map(text).collect()
}

fn offer(offer: &Outstanding) -> Value {
    json!({
        "id": offer.message.id.value,
        "framework_id": offer.framework,
        "allocation_info": { "role": offer.role },
        "slave_id": offer.agent,
        "resources": offer.resources.summary(),
    })
}

fn task(task: &Task) -> Value {
    json!({
        "id": task.task_id.value,
        "name": task.name,
        "framework_id": task.framework_id.value,
        "executor_id": task.executor_id.as_ref().map(|id| id.value.clone()).unwrap_or_default(),
        "slave_id": task.agent_id.value,
        "state": task.state.name(),
        "resources": Stock::of(&task.resources).summary(),
        "statuses": task.statuses.iter().map(status).collect::<Vec<_>>(),
    })
}

fn status(status: &TaskStatus) -> Value {
    let mut out = json!({ "state": status.state.name(), "timestamp": status.timestamp });
    if let Some(healthy) = status.healthy {
        out["healthy"] = healthy.into();
    }
    if let Some(container) = &status.container_status {
        out["container_status"] = serde_json::to_value(container).unwrap_or_default();
    }
    out
}
