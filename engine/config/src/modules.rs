//! Modules: where their text comes from, and the tree of those that a configuration calls.

mod load;
mod reader;
mod source;
mod tree;

pub(crate) use load::Loader;
pub use reader::{ModuleReader, NoModules};
pub use source::{ArchiveKind, ModuleSource, RemoteModule, SourceFault};
pub(crate) use tree::{ModuleId, ROOT, Tree};
