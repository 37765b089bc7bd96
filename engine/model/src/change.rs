//! What a change of an attribute does to a pod.

use serde::{Deserialize, Serialize};

/// The class of a change, least disturbing first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeClass {
    /// In place: no instance is touched.
    Update,
    /// In the orchestrator's memory only: lost on its fail-over, new instances only. Warned about.
    Memory,
    /// Instances are added or stopped; the others stay.
    Scale,
    /// Every instance is replaced, by the pod's `upgrade` rules.
    Roll,
    /// The pod is another: the old one is destroyed, a new one is created.
    Replace,
    /// Not possible once the pod exists.
    Refused,
}
