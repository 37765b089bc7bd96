//! Who a provider is, and its settings.

use podform_model::change::ChangeClass;
use podform_model::{Diagnostics, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// Who a provider is and what it can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// Its name, as in `provider "NAME"`.
    pub name: String,
    /// Its version, as semantic versioning writes it.
    pub version: String,
    /// One sentence about it.
    pub doc: String,
    /// Its settings. The nested `secret_store "KIND" "NAME"` blocks are understood by podform
    /// and passed as they are; list the kinds in `secret_stores`.
    pub settings: Vec<Setting>,
    /// The kinds of `secret_store` that it knows; empty: none.
    #[serde(default)]
    pub secret_stores: Vec<String>,
    /// What a change of each attribute does, by its way in the schema (`container.resources`);
    /// an attribute takes the class of the longest way above it, and `roll` without any.
    pub changes: BTreeMap<String, ChangeClass>,
    /// What it does not support (yet).
    #[serde(default)]
    pub unsupported: Vec<Unsupported>,
    /// How many pods may be in flight at once by default; `None`: no limit.
    #[serde(default)]
    pub parallelism: Option<u32>,
}

/// One setting of a provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its type: `string`, `bool`, `number`, `duration` (seconds), `list(string)`.
    #[serde(rename = "type")]
    pub ty: String,
    /// Its default; null: none.
    #[serde(default)]
    pub default: Value,
    /// Whether it must be set.
    #[serde(default)]
    pub required: bool,
    /// Its documentation.
    pub doc: String,
    /// The environment variable that fills it when it is not written.
    #[serde(default)]
    pub environment: Option<String>,
}

/// An attribute that a provider does not support.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unsupported {
    /// Its way in the schema: `volume.persistent`.
    pub attribute: String,
    /// Only these values of it; empty: any value but its default.
    #[serde(default)]
    pub values: Vec<String>,
    /// Why, as a fragment after the attribute's name: `is not supported yet`.
    pub reason: String,
}

/// The settings and what belongs to them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Configure {
    /// The provider's settings, evaluated and filled from the environment: a map. `secret_store`
    /// is a list of maps with `kind`, `name` (absent: the kind) and the store's own settings.
    pub settings: Value,
    /// The folder that relative paths in the settings are relative to.
    pub folder: String,
    /// The lineage of the state.
    pub lineage: String,
    /// What the provider asked to keep; null at first.
    pub private: serde_json::Value,
    /// The key for digests of sensitive values and secrets, hex of 32 bytes; `None` when it is
    /// lost: digests are unknown then. Never logged.
    pub key: Option<String>,
    /// The name of the user who runs podform.
    pub caller: String,
}

impl fmt::Debug for Configure {
    /// Shows everything but the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Configure")
            .field("settings", &self.settings)
            .field("lineage", &self.lineage)
            .finish_non_exhaustive()
    }
}

/// What the provider says to its settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Configured {
    /// Warnings; errors make the call fail.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}
