//! Looking at the cluster: what is asked and what was seen.

use crate::record::Generation;
use crate::{Address, Diagnostics, InstanceRecord, Intent, Outcome, SecretStamp, Tombstone, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What to look for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadRequest {
    /// The recorded pods of this provider.
    pub pods: Vec<RecordedPod>,
    /// The tombstones of this provider.
    #[serde(default)]
    pub tombstones: Vec<Tombstone>,
    /// Secrets to look at.
    #[serde(default)]
    pub secrets: Vec<SecretQuery>,
    /// The state is of a development cluster that is no more: everything recorded counts as gone.
    #[serde(default)]
    pub former_cluster: bool,
    /// The ids of live pods to describe, whoever runs them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<String>,
}

/// A recorded pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordedPod {
    /// The pod.
    pub address: Address,
    /// Its id.
    pub id: String,
    /// Every generation that the state knows of it.
    pub generations: Vec<Generation>,
    /// Its recorded instances.
    pub instances: Vec<InstanceRecord>,
}

/// A secret to look at. Two queries with one store and source are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SecretQuery {
    /// The `secret_store` by name; `None`: the only one.
    pub store: Option<String>,
    /// The path in it, with `#field`.
    pub source: String,
    /// The version that is recorded, so that an unchanged value need not be read.
    #[serde(default)]
    pub known_version: Option<String>,
    /// The digest that is recorded with it.
    #[serde(default)]
    pub known_digest: Option<String>,
}

/// What was seen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Observed {
    /// The time of the read, seconds since 1970.
    pub at: f64,
    /// One for each recorded instance.
    pub instances: Vec<ObservedInstance>,
    /// Live instances that carry the lineage's labels but are not recorded.
    #[serde(default)]
    pub surplus: Vec<Surplus>,
    /// One for each tombstone.
    #[serde(default)]
    pub tombstones: Vec<ObservedTombstone>,
    /// One for each secret query, in its order.
    #[serde(default)]
    pub secrets: Vec<SecretFact>,
    /// One for each live pod that was asked for; a provider that cannot tell leaves it empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub live: Vec<LivePod>,
    /// Warnings.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}

/// A live pod that was asked for by its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LivePod {
    /// Its id.
    pub id: String,
    /// What was found.
    #[serde(flatten)]
    pub standing: LiveStanding,
}

/// What was found of a live pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum LiveStanding {
    /// It runs.
    Found {
        /// Its version, as its youngest instance tells it; `None`: it does not.
        #[serde(default)]
        version: Option<String>,
        /// Its instances that have not ended.
        instances: Vec<LiveInstance>,
    },
    /// It does not run, or it is not clear which one is meant.
    Missing {
        /// What is so, as `no pod \`/db\` runs`.
        message: String,
        /// What to do about it.
        #[serde(default)]
        help: Option<String>,
    },
}

/// An instance of a live pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LiveInstance {
    /// What is known of it; nothing private is in it.
    pub record: InstanceRecord,
    /// What it is.
    pub standing: Standing,
    /// Whether all health checks succeed; `None`: no check, or no result yet.
    #[serde(default)]
    pub healthy: Option<bool>,
}

/// What a recorded instance is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedInstance {
    /// The pod.
    pub address: Address,
    /// The instance's id.
    pub id: String,
    /// What it is.
    pub standing: Standing,
    /// Why, in words for the user: `container "web" exited with status 1`.
    #[serde(default)]
    pub reason: String,
    /// Whether all health checks succeed; `None`: no check, or no result yet. Never plans an action.
    #[serde(default)]
    pub healthy: Option<bool>,
    /// Whether every container is ready by the rules of its pod.
    #[serde(default)]
    pub ready: bool,
    /// The record brought up to date (host, addresses), when it differs.
    #[serde(default)]
    pub record: Option<InstanceRecord>,
    /// Its containers.
    #[serde(default)]
    pub containers: Vec<ContainerFact>,
}

/// What an instance is: see the table of the plan's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It has a task that has not ended.
    Live,
    /// It ended: a task failed, was killed, or is gone by the master's word.
    Dead,
    /// All its containers ended with status 0.
    Finished,
    /// Its agent cannot be reached, since this time (seconds since 1970).
    Unreachable {
        /// Since when.
        since: f64,
    },
    /// It is absent although its agent is registered: to be confirmed before it is launched again.
    Gone,
    /// Nothing is known: its agent has not come back, or may not be seen. Nothing is done.
    Unknown,
}

/// One container of an instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ContainerFact {
    /// Its name.
    pub name: String,
    /// Its state in the orchestrator's word: `TASK_RUNNING`.
    pub state: String,
    /// Its health; `None`: no check, or no result yet.
    #[serde(default)]
    pub healthy: Option<bool>,
    /// Since when, seconds since 1970.
    #[serde(default)]
    pub since: Option<f64>,
    /// The orchestrator's message, as the exit status.
    #[serde(default)]
    pub message: Option<String>,
}

/// A live instance of ours that is not recorded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Surplus {
    /// The pod that its labels name.
    pub address: Address,
    /// The instance as its labels and the cluster describe it.
    pub instance: InstanceRecord,
}

/// What a tombstone's instance is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ObservedTombstone {
    /// The instance's id.
    pub id: String,
    /// What it is.
    pub standing: Standing,
}

/// What a secret is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SecretFact {
    /// The store that was asked, by name.
    pub store: String,
    /// The path in it.
    pub source: String,
    /// What was found.
    #[serde(flatten)]
    pub standing: SecretStanding,
}

/// What was found of a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum SecretStanding {
    /// It exists.
    Present {
        /// Its version and digest.
        stamp: SecretStamp,
    },
    /// It does not exist.
    Missing {
        /// What to do about it.
        message: String,
    },
    /// It may not be read, or the store cannot be asked: unknown.
    Unknown {
        /// Why.
        message: String,
    },
    /// The store is not configured.
    NoStore {
        /// What is missing.
        message: String,
    },
}

/// The intents of a former run whose outcome is not recorded.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettleRequest {
    /// The intents, oldest first.
    pub pending: Vec<Intent>,
    /// The recorded pods of this provider.
    pub pods: Vec<RecordedPod>,
    /// The tombstones of this provider.
    #[serde(default)]
    pub tombstones: Vec<Tombstone>,
    /// The state is of a development cluster that is no more.
    #[serde(default)]
    pub former_cluster: bool,
}

/// What became of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SettleAnswer {
    /// Outcomes of pending intents. An intent without outcome is still not known and stays pending.
    pub outcomes: Vec<Outcome>,
    /// What explicit reconciliation said of recorded instances, by id.
    #[serde(default)]
    pub standings: BTreeMap<String, Standing>,
    /// Warnings.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}

/// Which pods that run already are to be taken over.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportRequest {
    /// The pods.
    pub pods: Vec<ImportQuery>,
}

/// A pod that runs already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportQuery {
    /// The address that it gets.
    pub address: Address,
    /// Its id on the cluster.
    pub id: String,
}

/// What was found of them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportAnswer {
    /// One for each pod that can be taken over.
    pub pods: Vec<ImportedPod>,
    /// Why others cannot, each with its address.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}

/// A pod that runs and can be taken over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImportedPod {
    /// The address that it gets.
    pub address: Address,
    /// The generation that its youngest instance is of.
    pub generation: Generation,
    /// Its attributes in normal form; what the cluster does not show is unknown, and nothing in
    /// it is sensitive.
    pub value: Value,
    /// Its live instances.
    pub instances: Vec<InstanceRecord>,
}

/// Which of a container's outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogStream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// Which piece of which output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LogsRequest {
    /// The instance.
    pub instance: InstanceRecord,
    /// The container's name.
    pub container: String,
    /// The output.
    pub stream: LogStream,
    /// The first byte; `None`: so that the last `length` bytes come.
    pub offset: Option<u64>,
    /// How many bytes at most.
    pub length: u64,
}

/// A piece of output.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogsAnswer {
    /// The first byte's offset.
    pub offset: u64,
    /// The text; bytes that are not UTF-8 are replaced.
    pub text: String,
    /// The offset after the last byte: ask from here for more.
    pub next: u64,
}
