//! Validation and refinement of proposals.

use crate::{Address, AttributePath, Diagnostics, SecretStamp, Value};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Pods to check offline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidateRequest {
    /// The pods.
    pub pods: Vec<PodValue>,
}

/// A pod and its attributes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PodValue {
    /// The pod.
    pub address: Address,
    /// Its attributes in normal form; may hold unknowns.
    pub value: Value,
}

/// The pods that may change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanRequest {
    /// Only the pods whose desired attributes differ from the recorded ones, or of which instances
    /// will be launched.
    pub proposals: Vec<Proposal>,
}

/// What the engine proposes for one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The pod.
    pub address: Address,
    /// The configuration that was applied last; `None`: the pod is new.
    pub prior: Option<Value>,
    /// The configuration that is wanted, in normal form; may hold unknowns.
    pub planned: Value,
    /// How many instances the engine would launch.
    pub launches: u32,
    /// The secrets of the pod as they were just read, by the name of its `secret` block.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretStamp>,
}

/// What the provider makes of the proposals.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PlanAnswer {
    /// One for each pod whose planned value changes, or that needs another pod. A pod that is not
    /// named stays as proposed.
    #[serde(default)]
    pub refinements: Vec<Refinement>,
    /// Findings about pods (with `address` and `path`), the placement preview among them.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}

/// How a proposal is refined.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Refinement {
    /// The pod.
    pub address: Address,
    /// Its planned attributes, whole.
    pub planned: Value,
    /// Attributes whose change needs another pod.
    #[serde(default)]
    pub replace: Vec<AttributePath>,
}
