//! What the provider keeps in the state: about itself, and about each instance.

use podform_model::{InstanceRecord, Opaque};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The provider's own data in the state, durable through `Intent::Private` before its first use.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Private {
    /// The id of our framework; `None`: none was registered yet, or it was torn down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) framework_id: Option<String>,
    /// The user of the first apply: what containers run as when nothing names a user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<String>,
    /// The agents that instances were ever launched on: they tell one cluster from another.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) agents: BTreeSet<String>,
    /// The roles that the framework subscribes with.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) roles: BTreeSet<String>,
    /// The framework is being torn down: its id must not be used again.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) ending: bool,
    /// Fields of a newer release, kept as they are.
    #[serde(flatten)]
    pub(crate) rest: BTreeMap<String, serde_json::Value>,
}

impl Private {
    /// Reads it from the state; null is an empty one.
    ///
    /// # Errors
    /// It is not what this provider writes.
    pub(crate) fn from_json(value: &serde_json::Value) -> Result<Self, serde_json::Error> {
        if value.is_null() { Ok(Self::default()) } else { serde_json::from_value(value.clone()) }
    }

    /// As it is written to the state.
    pub(crate) fn to_json(&self) -> serde_json::Value {
        // A struct of strings and sets always serialises.
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// One container of an instance and its task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TaskRef {
    /// The container's name.
    pub(crate) container: String,
    /// The task's id.
    pub(crate) task_id: String,
    /// Whether it has a health check.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) checked: bool,
    /// How long it has between SIGTERM and SIGKILL, in milliseconds; `None`: Mesos's 3 seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) grace_ms: Option<u64>,
}

/// What the provider keeps about an instance, in [`InstanceRecord::private`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct InstancePrivate {
    /// The framework that launched it.
    pub(crate) framework_id: String,
    /// Its tasks, in the order of the containers.
    pub(crate) tasks: Vec<TaskRef>,
    /// The agent's API, `host:port`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) agent_url: Option<String>,
    /// Whether the instance has addresses of its own: it is on a container network or a bridge.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) own_network: bool,
    /// The endpoints that are reached at the instance's own address: container ports by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) container_ports: BTreeMap<String, u16>,
}

impl InstancePrivate {
    /// What is kept about an instance; empty when another wrote it.
    pub(crate) fn of(record: &InstanceRecord) -> Self {
        record.private.read().unwrap_or_default()
    }

    /// As it is written to the record.
    pub(crate) fn kept(&self) -> Opaque {
        Opaque::of(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_data_reads_back_and_keeps_what_it_does_not_know() {
        let json = serde_json::json!({"framework_id": "podform-1", "agents": ["S0"], "later": 1});
        let private = Private::from_json(&json).unwrap();
        assert_eq!(private.framework_id.as_deref(), Some("podform-1"));
        assert_eq!(private.to_json(), json);
        assert_eq!(Private::from_json(&serde_json::Value::Null).unwrap(), Private::default());
        assert!(Private::from_json(&serde_json::json!([1])).is_err());
    }
}
