//! What is remembered of a pod: the records of a state.

use crate::{Address, Opaque, ProviderRef, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A random id for one revision of a pod, made at the rim.
pub type Generation = String;

/// A pod as the state remembers it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodRecord {
    /// Its provider.
    pub provider: ProviderRef,
    /// Its id, which never changes.
    pub id: String,
    /// The generation that was applied last.
    pub generation: Generation,
    /// The applied configurations, one per generation that still has an instance, and the last.
    /// In normal form; a sensitive leaf is a digest.
    pub configurations: BTreeMap<Generation, Value>,
    /// Its instances, by slot, then by generation.
    pub instances: Vec<InstanceRecord>,
    /// The pods that it depends on.
    #[serde(default)]
    pub depends_on: BTreeSet<Address>,
    /// What its secrets were when they were last delivered, by generation, then by the name of
    /// the `secret` block.
    #[serde(default)]
    pub secrets: BTreeMap<Generation, BTreeMap<String, SecretStamp>>,
    /// Whether `lifecycle.create_before_destroy` held at the last apply.
    #[serde(default)]
    pub create_before_destroy: bool,
    /// Whether `lifecycle.prevent_destroy` held at the last apply; shown, never enforced from here.
    #[serde(default)]
    pub prevent_destroy: bool,
    /// Whether `lifecycle.destroy = false` held at the last apply: once it is no longer in the
    /// configuration the pod is forgotten instead of destroyed.
    #[serde(default)]
    pub forget: bool,
    /// The timeout for its deletion in seconds, which the configuration no longer says then.
    #[serde(default)]
    pub delete_timeout: Option<f64>,
    /// The addresses that it had before it moved: the labels of its instances may name them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub formerly: BTreeSet<Address>,
    /// Fields of a newer release, kept as they are.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

/// What an instance was last known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstanceStatus {
    /// Its launch was announced; whether it happened is not known yet.
    Launching,
    /// It was ready once.
    Ready,
    /// It was launched but was not ready in time.
    NotReady,
    /// It is being stopped.
    Stopping,
}

/// One running copy of a pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InstanceRecord {
    /// Its number within the generation, from 0.
    pub slot: u32,
    /// The generation of the pod that it runs.
    pub generation: Generation,
    /// Its id, unique for each attempt to launch it (on Mesos the executor's).
    pub id: String,
    /// What it was last known to be.
    pub status: InstanceStatus,
    /// The agent that it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<String>,
    /// The agent's host name or address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// When it was launched, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<f64>,
    /// The address of each endpoint, `host:port` or `ip:port`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub endpoints: BTreeMap<String, String>,
    /// Its addresses on container networks.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub network_ips: Vec<String>,
    /// What the provider keeps about it (task ids, ports); opaque to the engine.
    #[serde(default, skip_serializing_if = "Opaque::is_null")]
    pub private: Opaque,
    /// Fields of a newer release, kept as they are.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

impl InstanceRecord {
    /// An instance whose launch is announced; nothing else is known of it yet.
    pub fn new(slot: u32, generation: impl Into<Generation>, id: impl Into<String>) -> Self {
        Self {
            slot,
            generation: generation.into(),
            id: id.into(),
            status: InstanceStatus::Launching,
            agent_id: None,
            host: None,
            started_at: None,
            endpoints: BTreeMap::new(),
            network_ips: Vec::new(),
            private: Opaque::NULL,
            rest: BTreeMap::new(),
        }
    }
}

/// A live thing that podform no longer manages: of a forgotten pod, or replaced while unreachable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tombstone {
    /// The provider.
    pub provider: ProviderRef,
    /// The pod that it was of.
    pub address: Address,
    /// The instance.
    pub instance: InstanceRecord,
    /// Whether it was given up while unreachable: if it returns it is stopped. `false`: its pod was
    /// forgotten, and it is never touched.
    pub stop_on_return: bool,
}

/// What a secret was when it was read: never its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretStamp {
    /// The `secret_store`, as `KIND` or `NAME`.
    pub store: String,
    /// The path in it.
    pub source: String,
    /// The store's version of it, where it has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// The keyed digest of the value (HMAC-SHA-256, hex), when it could be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
}
