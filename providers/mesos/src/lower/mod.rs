//! From a pod to its task group: one executor, one task for each container.

mod command;
mod container;
mod endpoint;
mod environment;

pub(crate) use environment::reserved as reserved_variables;
#[cfg(test)]
mod tests;

use crate::offers::{Amounts, Demand, Grant};
use crate::private::{InstancePrivate, TaskRef};
use crate::session::instance::nanoseconds;
use crate::settings::{SecretDelivery, Settings};
use crate::stderr::Hidden;
use podform_mesos_proto::{
    AgentId, DurationInfo, ExecutorId, ExecutorInfo, ExecutorType, FrameworkId, KillPolicy, Labels,
    Scalar, Secret, TaskId, TaskInfo,
};
use podform_model::pod::{Container, EnvValue, Limit, Network, Pod};
use podform_model::{Address, InstanceRecord};
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// The labels by which podform knows its tasks.
pub(crate) mod label {
    /// The lineage of the state that the instance belongs to.
    pub(crate) const LINEAGE: &str = "podform_lineage";
    /// The address of the pod.
    pub(crate) const ADDRESS: &str = "podform_address";
    /// The generation of the pod.
    pub(crate) const GENERATION: &str = "podform_generation";
    /// The slot of the instance.
    pub(crate) const SLOT: &str = "podform_slot";
}

/// The values of a pod's secrets by the name of the `secret` block; overwritten on drop.
pub(crate) type SecretValues = BTreeMap<String, Zeroizing<Vec<u8>>>;

/// A pod ready to be launched: everything but agent, ports, ids and time.
pub(crate) struct Template {
    /// The pod's address.
    pub(crate) address: Address,
    /// The pod.
    pub(crate) pod: Pod,
    /// What one instance needs.
    pub(crate) demand: Demand,
    /// What must not be shown of its output.
    pub(crate) hidden: Hidden,
    secrets: SecretValues,
    lineage: String,
    user: String,
    bridge_network: String,
    prefix: String,
    delivery: SecretDelivery,
}

impl std::fmt::Debug for Template {
    /// Shows the address only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Template").field("address", &self.address).finish_non_exhaustive()
    }
}

/// Where and as what an instance is launched.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The framework.
    pub(crate) framework: FrameworkId,
    /// The agent.
    pub(crate) agent: AgentId,
    /// The agent's host name.
    pub(crate) host: String,
    /// The agent's API, `host:port`.
    pub(crate) agent_url: Option<String>,
    /// The slot.
    pub(crate) slot: u32,
    /// The generation.
    pub(crate) generation: String,
    /// What makes the ids of this attempt unique.
    pub(crate) unique: String,
    /// What the launch was given.
    pub(crate) grant: Grant,
    /// The time, seconds since 1970.
    pub(crate) now: f64,
}

/// A task group and what is recorded of it.
#[derive(Debug)]
pub(crate) struct Lowered {
    /// The executor.
    pub(crate) executor: ExecutorInfo,
    /// The tasks, in the order of the containers.
    pub(crate) tasks: Vec<TaskInfo>,
    /// The instance as far as it is known now.
    pub(crate) record: InstanceRecord,
}

/// The id of an instance and of its executor, unique for each attempt.
pub(crate) fn instance_id(pod_id: &str, unique: &str) -> String {
    let path = pod_id.trim_matches('/').replace('/', "_");
    // Mesos takes 255 bytes, and the task ids add the container's name.
    let path: String = path.chars().take(120).collect();
    format!("{path}.instance-{unique}")
}

/// What an instance of a pod needs, in a role.
pub(crate) fn demand(pod: &Pod, role: &str) -> Demand {
    let executor = pod.executor_resources;
    let given = |container: &Container| {
        let resources = container.resources;
        Amounts { cpus: resources.cpus, mem: resources.mem, disk: resources.disk }
    };
    let ports = pod.endpoints().filter_map(|(_, endpoint)| endpoint.host_port);
    Demand {
        role: role.to_owned(),
        accepted_roles: pod
            .placement
            .accepted_resource_roles
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
        executor: Amounts { cpus: executor.cpus, mem: executor.mem, disk: executor.disk },
        containers: pod.containers.iter().map(given).collect(),
        ports: ports.map(|port| (port != 0).then_some(port)).collect(),
    }
}

impl Template {
    /// Makes a pod ready. `user` is what containers run as when nothing names a user.
    pub(crate) fn new(
        address: Address,
        pod: Pod,
        settings: &Settings,
        lineage: &str,
        user: &str,
        secrets: SecretValues,
    ) -> Self {
        let role = pod.role.as_ref().map_or(settings.role.as_str(), |role| role.as_str());
        let demand = demand(&pod, role);
        let hidden = hidden(&pod, &secrets);
        Self {
            address,
            demand,
            hidden,
            pod,
            secrets,
            lineage: lineage.to_owned(),
            user: user.to_owned(),
            bridge_network: settings.bridge_network.clone(),
            prefix: settings.env_prefix.to_ascii_uppercase(),
            delivery: settings.secret_delivery,
        }
    }

    /// Makes the task group for one launch.
    pub(crate) fn lower(&self, place: &Place) -> Lowered {
        let id = instance_id(&self.pod.id, &place.unique);
        let ports = endpoint::assign(&self.pod, &place.grant.ports);
        let record = self.record(&id, place, &ports);
        let executor = ExecutorInfo {
            r#type: Some(ExecutorType::Default),
            executor_id: ExecutorId::new(&id),
            // A master fills this in for LAUNCH only, not for LAUNCH_GROUP.
            framework_id: Some(place.framework.clone()),
            name: Some(self.pod.id.clone()),
            resources: place.grant.executor.clone(),
            container: self.executor_container(&ports).map(Box::new),
            labels: labels(&self.pod.labels),
            ..ExecutorInfo::default()
        };
        let tasks = self
            .pod
            .containers
            .iter()
            .zip(&place.grant.containers)
            .map(|(container, resources)| TaskInfo {
                resources: resources.clone(),
                ..self.task(container, &id, place, &ports)
            })
            .collect();
        Lowered { executor, tasks, record }
    }

    fn task(
        &self,
        container: &Container,
        id: &str,
        place: &Place,
        ports: &endpoint::Assigned,
    ) -> TaskInfo {
        let grace = grace_ms(container);
        TaskInfo {
            name: container.name.clone(),
            task_id: TaskId::new(task_id(id, container)),
            agent_id: place.agent.clone(),
            command: Some(self.command(container, id, place, ports)),
            container: Some(self.task_container(container).into()),
            health_check: endpoint::health_check(&self.pod, container, ports).map(Box::new),
            kill_policy: grace.map(|grace| KillPolicy {
                grace_period: Some(DurationInfo { nanoseconds: nanoseconds(grace) }),
            }),
            labels: Some(self.task_labels(container, place)),
            discovery: Some(endpoint::discovery(&self.pod, container, ports).into()),
            limits: limits(container),
            ..TaskInfo::default()
        }
    }

    /// The container's labels and ours, which win.
    fn task_labels(&self, container: &Container, place: &Place) -> Labels {
        let mut all: BTreeMap<&str, String> = container
            .labels
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str().to_owned()))
            .collect();
        all.insert(label::LINEAGE, self.lineage.clone());
        all.insert(label::ADDRESS, self.address.to_string());
        all.insert(label::GENERATION, place.generation.clone());
        all.insert(label::SLOT, place.slot.to_string());
        Labels::new(all)
    }

    fn record(&self, id: &str, place: &Place, ports: &endpoint::Assigned) -> InstanceRecord {
        let own_network = !self.pod.on_host_network();
        let task = |container: &Container| TaskRef {
            container: container.name.clone(),
            task_id: task_id(id, container),
            checked: endpoint::health_check(&self.pod, container, ports).is_some(),
            grace_ms: grace_ms(container),
        };
        let unmapped = self.pod.endpoints().filter(|(_, endpoint)| endpoint.host_port.is_none());
        let private = InstancePrivate {
            framework_id: place.framework.value.clone(),
            tasks: self.pod.containers.iter().map(task).collect(),
            agent_url: place.agent_url.clone(),
            own_network,
            container_ports: unmapped
                .filter_map(|(_, endpoint)| Some((endpoint.name.clone(), endpoint.container_port?)))
                .collect(),
        };
        let on_host = ports
            .iter()
            .map(|(name, port)| (name.clone(), crate::address::join(&place.host, *port)));
        InstanceRecord {
            agent_id: Some(place.agent.value.clone()),
            host: Some(place.host.clone()),
            started_at: Some(place.now),
            endpoints: on_host.collect(),
            private: private.kept(),
            ..InstanceRecord::new(place.slot, place.generation.as_str(), id)
        }
    }

    /// A secret as it is sent.
    fn secret(&self, name: &str) -> Secret {
        if self.delivery == SecretDelivery::Reference
            && let Some(source) = self.pod.secrets.get(name)
        {
            let (path, key) = match source.source.split_once('#') {
                Some((path, key)) => (path, Some(key.to_owned())),
                None => (source.source.as_str(), None),
            };
            return Secret::reference(path, key);
        }
        // A launch is only made with all its secrets resolved.
        Secret::value(self.secrets.get(name).map(|value| value.as_slice()).unwrap_or_default())
    }
}

/// The id of a container's task.
fn task_id(instance: &str, container: &Container) -> String {
    format!("{instance}.{}", container.name)
}

/// The container's own grace in milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped to the range first"
)]
fn grace_ms(container: &Container) -> Option<u64> {
    container.kill_grace_period.map(|seconds| (seconds * 1000.0).round().clamp(0.0, 1e15) as u64)
}

/// Labels as they are sent; none at all is absent.
fn labels(labels: &podform_model::pod::Labels) -> Option<Labels> {
    (!labels.is_empty())
        .then(|| Labels::new(labels.iter().map(|(key, value)| (key.as_str(), value.as_str()))))
}

fn limits(container: &Container) -> BTreeMap<String, Scalar> {
    let Some(limits) = container.limits else { return BTreeMap::new() };
    let value = |limit| match limit {
        Limit::AtMost(value) => value,
        Limit::Unlimited => f64::INFINITY,
    };
    let named = [("cpus", limits.cpus), ("mem", limits.mem)];
    let set = named.into_iter().filter_map(|(name, limit)| Some((name, limit?)));
    set.map(|(name, limit)| (name.to_owned(), Scalar { value: value(limit) })).collect()
}

/// Everything of a pod that must not be shown: its secrets and sensitive variables.
fn hidden(pod: &Pod, secrets: &SecretValues) -> Hidden {
    let mut hidden = Hidden::default();
    for value in secrets.values() {
        hidden.add(&Zeroizing::new(String::from_utf8_lossy(value).into_owned()));
    }
    let environments =
        pod.containers.iter().map(|container| &container.environment).chain([&pod.environment]);
    for value in environments.flat_map(BTreeMap::values) {
        if let EnvValue::Sensitive(text) = value {
            hidden.add(text);
        }
    }
    hidden
}

/// Whether a network gives the pod addresses of its own.
fn is_own(network: &Network) -> bool {
    !matches!(network, Network::Host)
}
