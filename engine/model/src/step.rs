//! One step of an apply.

use crate::observed::Standing;
use crate::record::Generation;
use crate::{Address, InstanceRecord, SecretStamp, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The number of a step within a run.
pub type StepId = u32;

/// What a step does, for progress and messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The pod is new.
    Create,
    /// Attributes change in place, or instances are rolled to a new generation.
    Update,
    /// Instances are added or stopped.
    Scale,
    /// Instances that ended are launched again.
    Relaunch,
    /// All instances are stopped and the pod is forgotten.
    Delete,
}

/// A slot to fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Launch {
    /// The slot. Where an instance of the same generation in [`Step::stop`] still holds it, the
    /// launch waits until that one has ended or was given up.
    pub slot: u32,
    /// The generation that the instance will be of.
    pub generation: Generation,
}

/// One step: what one pod must come to. Every choice is made but the agent, ports, ids and time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its number.
    pub id: StepId,
    /// The pod.
    pub address: Address,
    /// The pod's id.
    pub pod_id: String,
    /// What it does.
    pub action: Action,
    /// The pod's attributes, fully known and with sensitive values in clear (behind their mark);
    /// `None` when it is deleted.
    pub value: Option<Value>,
    /// Every recorded instance that is not known to be gone, with its standing.
    pub existing: Vec<(InstanceRecord, Standing)>,
    /// The slots to fill, in this order.
    pub launch: Vec<Launch>,
    /// The ids of existing instances to stop. With `roll` they are stopped as new ones become
    /// ready, within the pod's `upgrade` rules; without, they are stopped at once. One that is
    /// unreachable or unknown is given up instead: [`crate::Outcome::Buried`].
    pub stop: Vec<String>,
    /// Whether launches and stops are interleaved by the pod's `upgrade` rules.
    pub roll: bool,
    /// The secrets as the plan saw them, by the name of the `secret` block: what is delivered must
    /// have the same digest.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretStamp>,
    /// How long the step may take, in seconds.
    pub timeout: f64,
}
