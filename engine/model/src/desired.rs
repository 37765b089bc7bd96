//! What the user wants: the configuration after evaluation and expansion.

use crate::{Address, AttributePath, DataAddress, DesiredData, Refactor, Value};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

/// Which configured provider: its local name and, when it has one, its alias: `mesos.eu`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProviderRef {
    /// The label of the `provider` block.
    pub name: String,
    /// Its `alias`.
    pub alias: Option<String>,
}

impl ProviderRef {
    /// The provider of this name without alias.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), alias: None }
    }
}

impl fmt::Display for ProviderRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.alias {
            Some(alias) => write!(f, ".{alias}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ProviderRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, alias) = match text.split_once('.') {
            Some((name, alias)) => (name, Some(alias)),
            None => (text, None),
        };
        if name.is_empty() || alias.is_some_and(str::is_empty) {
            return Err(format!("`{text}` is not a provider"));
        }
        Ok(Self { name: name.to_owned(), alias: alias.map(str::to_owned) })
    }
}

impl Serialize for ProviderRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ProviderRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Everything that a configuration asks for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The pods by address.
    pub pods: BTreeMap<Address, DesiredPod>,
    /// The settings of each configured provider, evaluated (secret stores included under
    /// `secret_store`, a list of maps with `kind` and `name`).
    pub providers: BTreeMap<ProviderRef, Value>,
    /// The outputs by name.
    pub outputs: BTreeMap<String, DesiredOutput>,
    /// What it says about pods that exist already.
    #[serde(default)]
    pub refactor: Refactor,
    /// The live pods that it reads, by block instance.
    #[serde(default)]
    pub data: BTreeMap<DataAddress, DesiredData>,
    /// Whether some of it is left out, because which instances there are depends on what is still
    /// to be read.
    #[serde(default)]
    pub partial: bool,
}

/// One desired pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesiredPod {
    /// Its provider.
    pub provider: ProviderRef,
    /// Its attributes in normal form: converted, defaults filled; may hold unknowns.
    pub value: Value,
    /// The pods that must be there first: `depends_on` and references.
    #[serde(default)]
    pub depends_on: BTreeSet<Address>,
    /// What each attribute refers to in other pods.
    #[serde(default)]
    pub references: Vec<Reference>,
    /// Its `lifecycle` block.
    #[serde(default)]
    pub lifecycle: Lifecycle,
    /// Its `timeouts` block.
    #[serde(default)]
    pub timeouts: Timeouts,
    /// The `data` blocks that it refers to, also through other things.
    #[serde(default)]
    pub data: BTreeSet<DataAddress>,
}

/// That an attribute of a pod refers to something another pod computes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Reference {
    /// The attribute that refers.
    pub from: AttributePath,
    /// The pod referred to.
    pub address: Address,
    /// What of it, as `instance[0].host`; empty: all of it.
    pub to: AttributePath,
}

/// The `lifecycle` block of a pod, its conditions already evaluated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifecycle {
    /// A plan that destroys the pod is refused.
    pub prevent_destroy: bool,
    /// Attributes whose differences are not planned; a single root path means all.
    pub ignore_changes: Vec<AttributePath>,
    /// A replacement is created before the old pod is destroyed.
    pub create_before_destroy: bool,
    /// A change of these replaces the pod.
    pub replace_triggered_by: Vec<Reference>,
    /// `false`: the pod is forgotten instead of destroyed.
    pub destroy: Option<bool>,
    /// Whether it has postconditions, which are evaluated again when its step is done.
    pub postconditions: bool,
}

/// The `timeouts` block of a pod, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Timeouts {
    /// Until the pod's instances are ready.
    pub create: f64,
    /// Until an update is rolled out.
    pub update: f64,
    /// Until its instances have ended.
    pub delete: f64,
}

impl std::default::Default for Timeouts {
    /// Ten minutes each.
    fn default() -> Self {
        Self { create: 600.0, update: 600.0, delete: 600.0 }
    }
}

/// One output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DesiredOutput {
    /// Its value; may hold unknowns.
    pub value: Value,
    /// Whether it is hidden where outputs are shown.
    #[serde(default)]
    pub sensitive: bool,
    /// Its `description`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}
