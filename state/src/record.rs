//! The records of the journal: every way in which a state changes.

use crate::error::RecordError;
use podform_model::record::Generation;
use podform_model::{
    Address, InstanceRecord, Intent, Outcome, ProviderRef, SecretStamp, Value, value,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One change of the state. [`crate::State::apply`] is what it means.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
pub enum Record {
    /// A step begins to bring a pod to a configuration. Creates the pod when it is new, and ends a
    /// deletion that had begun.
    Begin {
        /// The pod.
        address: Address,
        /// Its provider. It may change only while the pod has no instance.
        provider: ProviderRef,
        /// Its id.
        id: String,
        /// The generation that is wanted from now on.
        generation: Generation,
        /// Its configuration in normal form, sensitive leaves already digested.
        configuration: Value,
        /// The pods that it depends on.
        #[serde(default)]
        depends_on: BTreeSet<Address>,
        /// What its secrets are, by the name of the `secret` block.
        #[serde(default)]
        secrets: BTreeMap<String, SecretStamp>,
        /// `lifecycle.create_before_destroy`.
        #[serde(default)]
        create_before_destroy: bool,
        /// `lifecycle.prevent_destroy`.
        #[serde(default)]
        prevent_destroy: bool,
        /// Whether `lifecycle.destroy = false` holds.
        #[serde(default)]
        forget: bool,
        /// The timeout for its deletion in seconds.
        #[serde(default)]
        delete_timeout: Option<f64>,
    },
    /// A step begins to delete a pod: the pod leaves the state when the step is done.
    BeginDelete {
        /// The pod.
        address: Address,
    },
    /// A provider announces what it is about to do.
    Intent {
        /// The provider.
        provider: ProviderRef,
        /// What.
        intent: Intent,
        /// When, seconds since 1970.
        at: f64,
    },
    /// A provider says what became of it.
    Outcome {
        /// The provider.
        provider: ProviderRef,
        /// What.
        outcome: Outcome,
    },
    /// The cluster was looked at and an instance's record brought up to date; its status stays.
    Refreshed {
        /// The pod.
        address: Address,
        /// The instance.
        instance: InstanceRecord,
    },
    /// The pod is no longer managed; its instances live on as tombstones that are never touched.
    Forget {
        /// The pod.
        address: Address,
    },
    /// A pod without instances leaves the state.
    Remove {
        /// The pod.
        address: Address,
    },
    /// A pod gets another address.
    Move {
        /// The address that it had.
        from: Address,
        /// The address that it gets; no pod may have it.
        to: Address,
    },
    /// All outputs, in place of the former ones. What holds a sensitive value is not kept.
    Outputs {
        /// The outputs by name.
        outputs: BTreeMap<String, Value>,
    },
    /// What identifies the cluster, in place of what was recorded.
    Cluster {
        /// The facts.
        cluster: serde_json::Value,
    },
    /// Digests are made with another key from now on. The ones that were made with the former key
    /// say nothing any more and become unknown.
    Key {
        /// See [`crate::Key::check`].
        check: String,
    },
}

impl Record {
    /// The record as it may be written: without outputs that hold a sensitive value.
    ///
    /// # Errors
    /// A sensitive value stands where it cannot be left out.
    pub(crate) fn at_rest(self) -> Result<Self, RecordError> {
        match self {
            Self::Outputs { mut outputs } => {
                outputs.retain(|_, output| !output.has_sensitive());
                Ok(Self::Outputs { outputs })
            }
            Self::Begin { configuration, address, .. } if holds_sensitive(&configuration) => {
                Err(RecordError::Sensitive(address))
            }
            other => Ok(other),
        }
    }
}

/// Whether there is a sensitive value in clear (behind its mark) anywhere inside.
fn holds_sensitive(value: &Value) -> bool {
    let in_map = |map: &value::Map| map.values().any(holds_sensitive);
    match value {
        Value::Sensitive(_) => true,
        Value::List(items) => items.iter().any(holds_sensitive),
        Value::Map(map) => in_map(map),
        _ => false,
    }
}
