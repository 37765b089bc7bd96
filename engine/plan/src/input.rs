//! What a plan is made from. Everything is a value: no clock, no randomness, no files.

use crate::moves::Arrivals;
use podform_model::change::ChangeClass;
use podform_model::observed::Observed;
use podform_model::proposal::Refinement;
use podform_model::record::Generation;
use podform_model::{
    Address, Answers, Desired, Intent, PodRecord, ProviderRef, Target, Tombstone, Value,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Everything that [`crate::plan()`] looks at.
#[derive(Clone, Copy)]
pub struct Inputs<'a> {
    /// What the configuration asks for.
    pub desired: &'a Desired,
    /// The recorded pods, at the addresses that they have now.
    pub pods: &'a BTreeMap<Address, PodRecord>,
    /// What the evaluation asked about pods, with what it was told.
    pub told: &'a Answers,
    /// How they came to these addresses.
    pub arrivals: &'a Arrivals,
    /// The recorded tombstones.
    pub tombstones: &'a [Tombstone],
    /// The recorded outputs; a sensitive one is not kept.
    pub outputs: &'a BTreeMap<String, Value>,
    /// What was just seen, by provider. Empty for a provider that was not read: its instances
    /// count as their records say.
    pub observed: &'a BTreeMap<ProviderRef, Observed>,
    /// Intents of a former run whose outcome is not recorded.
    pub pending: &'a [(ProviderRef, Intent)],
    /// What each provider said of itself.
    pub providers: &'a BTreeMap<ProviderRef, ProviderFacts>,
    /// What the providers made of the proposals; empty at first.
    pub refinements: &'a BTreeMap<Address, Refinement>,
    /// The keyed digest (HMAC) of a sensitive value; `None` when the key is lost, and then digests
    /// are unknown, never changed.
    pub digest: &'a dyn Fn(&Value) -> Option<String>,
    /// What the user asked for.
    pub options: &'a Options,
}

/// What the engine needs to know of a provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProviderFacts {
    /// What a change of each attribute does, by its way in the schema (`container.resources`); the
    /// longest way wins, and without any a change rolls.
    pub changes: BTreeMap<String, ChangeClass>,
    /// What it does not support.
    pub unsupported: Vec<Unsupported>,
    /// How many pods may be in flight at once; `None`: no limit.
    pub parallelism: Option<u32>,
}

/// An attribute that a provider does not support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// Its way in the schema: `volume.persistent`.
    pub attribute: String,
    /// Only these values of it; empty: any value but its default.
    pub values: Vec<String>,
    /// Why, as a fragment after the attribute's name.
    pub reason: String,
}

/// What kind of plan it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Bring the cluster to the configuration.
    #[default]
    Normal,
    /// Only bring the state up to date with the cluster.
    RefreshOnly,
    /// Destroy every recorded pod.
    Destroy,
}

/// What `-replace` names: a pod, or one of its instances as `pod.web#2`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaceTarget {
    /// The pod.
    pub address: Address,
    /// The instance's slot; `None`: all of the pod.
    pub slot: Option<u32>,
}

impl std::str::FromStr for ReplaceTarget {
    type Err = String;

    /// Reads `ADDRESS` or `ADDRESS#SLOT`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self { address, slot: None });
        }
        // A key may hold a `#`, so the slot is what stands after the last one.
        let (address, slot) = text.rsplit_once('#').unwrap_or((text, ""));
        let address: Address = address.parse().map_err(|_| match text.parse::<Address>() {
            Err(error) => error.to_string(),
            Ok(_) => String::new(),
        })?;
        let slot = slot
            .parse()
            .map_err(|_| format!("`{slot}` is not a slot; write it as `{address}#0`"))?;
        Ok(Self { address, slot: Some(slot) })
    }
}

/// What the user asked for, and what the rim decided.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Options {
    /// The kind of plan.
    pub mode: Mode,
    /// Only these pods and what they depend on; empty: all.
    pub targets: Vec<Target>,
    /// What is to be replaced although nothing asks for it.
    pub replace: Vec<ReplaceTarget>,
    /// Whether the cluster was looked at.
    pub refresh: bool,
    /// A random id, made at the rim: the id of every generation that this plan makes.
    pub generation: Generation,
    /// The time, seconds since 1970.
    pub now: f64,
}

impl Options {
    /// A normal plan of everything, with refresh.
    #[must_use]
    pub fn new(generation: impl Into<Generation>, now: f64) -> Self {
        Self {
            mode: Mode::Normal,
            targets: Vec::new(),
            replace: Vec::new(),
            refresh: true,
            generation: generation.into(),
            now,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replace_targets_are_read() {
        let whole: ReplaceTarget = "pod.web[\"a#1\"]".parse().unwrap();
        assert_eq!((whole.address.to_string().as_str(), whole.slot), ("pod.web[\"a#1\"]", None));
        let one: ReplaceTarget = "pod.web#2".parse().unwrap();
        assert_eq!((one.address, one.slot), (Address::pod("web"), Some(2)));
        for bad in ["web", "pod.web#", "pod.web#x", "pod.web#-1", "#1"] {
            let error = bad.parse::<ReplaceTarget>().unwrap_err();
            assert!(!error.is_empty(), "{bad}");
        }
    }
}
