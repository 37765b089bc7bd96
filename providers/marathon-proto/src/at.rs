//! Places in a definition, in Marathon's words and in ours, and what is found there.

use podform_model::{AttributePath, Step};

/// A place in a definition and in the pod.
#[derive(Debug, Clone, Default)]
pub(crate) struct At {
    /// As Marathon writes it: `/containers(0)/resources`; empty at the root.
    pub(crate) theirs: String,
    /// As podform does.
    pub(crate) ours: AttributePath,
}

impl At {
    /// A field that is an attribute of ours.
    pub(crate) fn field(&self, theirs: &str, ours: &str) -> Self {
        Self { theirs: format!("{}/{theirs}", self.theirs), ours: self.ours.attr(ours) }
    }

    /// A field whose object is none of ours: its members belong to the block above.
    pub(crate) fn within(&self, theirs: &str) -> Self {
        Self { theirs: format!("{}/{theirs}", self.theirs), ours: self.ours.clone() }
    }

    /// An entry of a map.
    pub(crate) fn entry(&self, key: &str) -> Self {
        Self { theirs: format!("{}/{key}", self.theirs), ours: self.ours.key(key) }
    }

    /// An item of an array.
    pub(crate) fn item(&self, index: usize, step: Step) -> Self {
        Self { theirs: format!("{}({index})", self.theirs), ours: self.ours.step(step) }
    }
}

/// Where a definition is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Marathon cannot read it: `Invalid JSON`.
    Reading,
    /// Marathon reads it and refuses it: `Object is not valid`.
    Rules,
    /// Marathon takes it, podform does not.
    Podform,
}

/// Why a definition is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where it is refused.
    pub stage: Stage,
    /// Marathon's path: `/containers(0)/resources`.
    pub path: String,
    /// Marathon's error (`error.path.missing`), or ours at [`Stage::Podform`].
    pub error: String,
    /// The attribute of the pod.
    pub attribute: AttributePath,
}

/// A field that Marathon swallows without a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// Marathon's path.
    pub path: String,
    /// What becomes of it, a fragment.
    pub reason: String,
    /// The field that was perhaps meant.
    pub suggestion: Option<String>,
}
