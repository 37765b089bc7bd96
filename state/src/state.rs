//! The state as a value.

use crate::pending::PendingList;
use podform_model::{Address, Intent, PodRecord, ProviderRef, Tombstone, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that is remembered between two runs.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// The identity of the state, a UUID made once; empty as long as nothing was ever written.
    pub lineage: String,
    /// How often the state file was written; 0 before the first time.
    pub serial: u64,
    /// Proves that a key is the one of this state's digests; see [`crate::Key::check`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_check: Option<String>,
    /// What identifies the cluster; null at first.
    #[serde(default)]
    pub cluster: serde_json::Value,
    /// What each provider asked to keep.
    #[serde(default)]
    pub providers: BTreeMap<ProviderRef, serde_json::Value>,
    /// The pods.
    #[serde(default)]
    pub pods: BTreeMap<Address, PodRecord>,
    /// Live things that podform no longer manages.
    #[serde(default)]
    pub tombstones: Vec<Tombstone>,
    /// The outputs of the last apply; a sensitive one is not kept.
    #[serde(default)]
    pub outputs: BTreeMap<String, Value>,
    /// Intents whose outcome is not known, oldest first.
    #[serde(default)]
    pub pending: PendingList,
    /// Pods whose deletion has begun.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub deleting: BTreeSet<Address>,
    /// Fields of another release, kept as they are.
    #[serde(flatten)]
    pub rest: BTreeMap<String, serde_json::Value>,
}

/// Which version of which state a plan was made from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Version {
    /// The lineage; empty when there was no state.
    pub lineage: String,
    /// The serial of the state file.
    pub serial: u64,
    /// How many batches of records of the journal came on top of it.
    pub batches: u64,
}

impl Version {
    /// Whether nothing was ever written.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.serial == 0 && self.batches == 0
    }

    /// Whether a plan made from `self` still fits a state of version `now`. A state that does not
    /// exist yet gets its lineage from its first writer, so two fresh ones fit.
    #[must_use]
    pub fn fits(&self, now: &Self) -> bool {
        self == now || (self.is_fresh() && now.is_fresh())
    }
}

impl State {
    /// A state in which nothing is recorded.
    #[must_use]
    pub fn new(lineage: impl Into<String>) -> Self {
        Self { lineage: lineage.into(), ..Self::default() }
    }

    /// Whether there is nothing in it that lives: no pods, no tombstones, nothing pending.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pods.is_empty() && self.tombstones.is_empty() && self.pending.is_empty()
    }

    /// The pending intents of a provider, oldest first.
    pub fn pending_of<'a>(&'a self, provider: &'a ProviderRef) -> impl Iterator<Item = &'a Intent> {
        self.pending.iter().filter(move |p| &p.provider == provider).map(|p| &p.intent)
    }

    /// The pods of a provider.
    pub fn pods_of<'a>(
        &'a self,
        provider: &'a ProviderRef,
    ) -> impl Iterator<Item = (&'a Address, &'a PodRecord)> {
        self.pods.iter().filter(move |(_, pod)| &pod.provider == provider)
    }

    /// The tombstones of a provider.
    pub fn tombstones_of<'a>(
        &'a self,
        provider: &'a ProviderRef,
    ) -> impl Iterator<Item = &'a Tombstone> {
        self.tombstones.iter().filter(move |t| &t.provider == provider)
    }

    /// Every provider that something is recorded of: a pod, a tombstone, an intent or private data.
    #[must_use]
    pub fn providers_in_use(&self) -> BTreeSet<ProviderRef> {
        let pods = self.pods.values().map(|pod| &pod.provider);
        let tombstones = self.tombstones.iter().map(|tombstone| &tombstone.provider);
        let pending = self.pending.iter().map(|pending| &pending.provider);
        pods.chain(tombstones).chain(pending).chain(self.providers.keys()).cloned().collect()
    }
}
