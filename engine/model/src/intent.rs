//! The two records of the write-ahead log that a provider makes: intents and outcomes.

use crate::{Address, Diagnostic, InstanceRecord};
use serde::{Deserialize, Serialize};

/// What is about to be done. It is durable before the call that does it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "intent", rename_all = "snake_case")]
pub enum Intent {
    /// An instance will be launched, with these ids. Its status is `launching`.
    Launch {
        /// The pod.
        address: Address,
        /// The instance as far as it is known now.
        instance: InstanceRecord,
    },
    /// An instance will be stopped.
    Stop {
        /// The pod.
        address: Address,
        /// The instance's id.
        instance: String,
    },
    /// The provider's private data changes to this before something is done with it (a framework
    /// id before its first use). There is no outcome: the new data holds from now on.
    Private {
        /// The new private data.
        data: serde_json::Value,
    },
}

/// What became of an intent, or of a whole step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The instance is there as this record says: ready, or not yet ready but alive.
    Launched {
        /// The pod.
        address: Address,
        /// The instance, whole.
        instance: InstanceRecord,
    },
    /// The instance is not there and will not come: launching it failed, or it ended.
    Gone {
        /// The pod.
        address: Address,
        /// The instance's id.
        instance: String,
        /// Why, in words for the user.
        reason: String,
    },
    /// The instance was given up while it could not be reached: it becomes a tombstone.
    Buried {
        /// The pod.
        address: Address,
        /// The instance's id.
        instance: String,
    },
    /// A tombstone's instance is certainly gone or was stopped: it is forgotten.
    Exhumed {
        /// The instance's id.
        instance: String,
    },
    /// An instance that carried our labels but was not in the state is ours again.
    Adopted {
        /// The pod.
        address: Address,
        /// The instance.
        instance: InstanceRecord,
    },
    /// All of a step is done.
    Done {
        /// The pod.
        address: Address,
    },
    /// A step failed; what its instances are now was said before.
    Failed {
        /// The pod.
        address: Address,
        /// Why.
        diagnostic: Diagnostic,
    },
}
