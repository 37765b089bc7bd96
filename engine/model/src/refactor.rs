//! What a configuration says about the addresses of pods that exist already: `moved`, `removed`
//! and `import` blocks after evaluation.

use crate::{Address, Label, ProviderRef, Target};
use serde::{Deserialize, Serialize};

/// What the `moved`, `removed` and `import` blocks of all modules say.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Refactor {
    /// The `moved` blocks, without contradictions and circles.
    pub moved: Vec<Moved>,
    /// The `removed` blocks.
    pub removed: Vec<Removed>,
    /// The `import` blocks, one for each pod.
    pub imports: Vec<Import>,
}

/// A `moved` block. It holds in every instance of the module that it stands in; its targets are as
/// seen from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moved {
    /// The names of the modules on the way to the block's own; empty in the root module.
    pub base: Vec<String>,
    /// What had this address.
    pub from: Target,
    /// The address that it has now.
    pub to: Target,
    /// The block.
    pub label: Label,
}

/// A `removed` block. It holds in every instance of the module that it stands in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Removed {
    /// The names of the modules on the way to the block's own; empty in the root module.
    pub base: Vec<String>,
    /// The pod block or module, with all its instances.
    pub from: Target,
    /// `false`: its pods are forgotten instead of destroyed.
    pub destroy: bool,
    /// The block.
    pub label: Label,
}

/// An `import` block, for one pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Import {
    /// The pod that it becomes.
    pub to: Address,
    /// The id of the pod that runs.
    pub id: String,
    /// The provider that runs it; `None`: the pod is not declared, and several are configured.
    pub provider: Option<ProviderRef>,
    /// The block's `to`.
    pub label: Label,
}
