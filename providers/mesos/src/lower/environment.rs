//! The environment of a container: the user's variables, and those that podform adds.

use super::endpoint::Assigned;
use super::{Place, Template, task_id};
use podform_mesos_proto::{Secret, Variable};
use podform_model::pod::{Container, EnvValue, Labels, Pod};
use std::collections::BTreeMap;

impl Template {
    /// All variables of a container, by name. What podform adds wins over what the user wrote.
    pub(super) fn environment(
        &self,
        container: &Container,
        id: &str,
        place: &Place,
        ports: &Assigned,
    ) -> Vec<Variable> {
        let mut variables = BTreeMap::new();
        for (name, value) in self.pod.environment.iter().chain(&container.environment) {
            variables.insert(name.clone(), self.variable(name, value));
        }
        for (name, value) in self.context(container, id, place, ports) {
            let variable = Variable::plain(name.clone(), value);
            variables.insert(name, variable);
        }
        variables.into_values().collect()
    }

    fn variable(&self, name: &str, value: &EnvValue) -> Variable {
        match value {
            EnvValue::Plain(text) => Variable::plain(name, text.as_str()),
            // Mesos leaves the command out of what it shows, but a plain one is in debug output.
            EnvValue::Sensitive(text) => Variable::secret(name, Secret::value(text.as_bytes())),
            EnvValue::Secret(secret) => Variable::secret(name, self.secret(secret)),
        }
    }

    fn context(
        &self,
        container: &Container,
        id: &str,
        place: &Place,
        ports: &Assigned,
    ) -> BTreeMap<String, String> {
        let prefix = &self.prefix;
        let own = |name: &str| format!("{prefix}_{name}");
        let resources = container.resources;
        let mut context = BTreeMap::from([
            ("HOST".to_owned(), place.host.clone()),
            ("MESOS_TASK_ID".to_owned(), task_id(id, container)),
            ("MESOS_EXECUTOR_ID".to_owned(), id.to_owned()),
            (own("APP_ID"), self.pod.id.clone()),
            (own("APP_VERSION"), place.generation.clone()),
            (own("CONTAINER_ID"), container.name.clone()),
            (own("CONTAINER_RESOURCE_CPUS"), format!("{:?}", resources.cpus)),
            (own("CONTAINER_RESOURCE_MEM"), format!("{:?}", resources.mem)),
            (own("CONTAINER_RESOURCE_DISK"), format!("{:?}", resources.disk)),
            (own("CONTAINER_RESOURCE_GPUS"), resources.gpus.to_string()),
        ]);
        context.extend(label_variables(prefix, &self.pod.labels, &container.labels));
        context.extend(endpoint_variables(&self.pod, ports));
        context
    }
}

/// Labels of the pod and the container, which wins, as variables.
fn label_variables(prefix: &str, pod: &Labels, container: &Labels) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pod.iter().chain(container) {
        // A variable may be seen by whoever sees the agent's processes: a sensitive label is not.
        let short = name.len() < 493 && value.len() < 512;
        if short && !value.is_sensitive() {
            labels.insert(upper(name, false), value.as_str().to_owned());
        }
    }
    let names = labels.keys().cloned().collect::<Vec<_>>().join(" ");
    let mut variables: BTreeMap<String, String> = labels
        .into_iter()
        .map(|(name, value)| (format!("{prefix}_APP_LABEL_{name}"), value))
        .collect();
    variables.insert(format!("{prefix}_APP_LABELS"), names);
    variables
}

/// The ports of all containers, for every container.
fn endpoint_variables(pod: &Pod, ports: &Assigned) -> BTreeMap<String, String> {
    let on_host = pod.on_host_network();
    let mut variables = BTreeMap::new();
    for (_, endpoint) in pod.endpoints() {
        let name = upper(&endpoint.name, true);
        let host = ports.get(&endpoint.name).copied();
        let inside = endpoint.container_port;
        if let Some(port) = if on_host { host } else { inside } {
            variables.insert(format!("ENDPOINT_{name}"), port.to_string());
        }
        if let Some(port) = host {
            variables.insert(format!("EP_HOST_{name}"), port.to_string());
        }
        if let Some(port) = inside {
            variables.insert(format!("EP_CONTAINER_{name}"), port.to_string());
        }
    }
    variables
}

/// A name as part of a variable's: upper case, everything else an underscore; runs of them are one
/// where `joined`.
fn upper(name: &str, joined: bool) -> String {
    let mut out = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            out.push(c.to_ascii_uppercase());
        } else if !(joined && out.ends_with('_')) {
            out.push('_');
        }
    }
    out
}

/// The names of variables that podform adds to every container of a pod, to warn of those that the
/// user wrote too.
pub(crate) fn reserved(pod: &Pod, prefix: &str) -> Vec<String> {
    let none = Assigned::new();
    let mut names: Vec<String> =
        ["HOST", "MESOS_TASK_ID", "MESOS_EXECUTOR_ID"].map(String::from).to_vec();
    names.extend(
        ["APP_ID", "APP_VERSION", "CONTAINER_ID", "APP_LABELS"]
            .map(|name| format!("{prefix}_{name}")),
    );
    for (_, endpoint) in pod.endpoints() {
        let name = upper(&endpoint.name, true);
        names.push(format!("ENDPOINT_{name}"));
        if endpoint.host_port.is_some() {
            names.push(format!("EP_HOST_{name}"));
        }
    }
    names.extend(endpoint_variables(pod, &none).into_keys());
    names
}
