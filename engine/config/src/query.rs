//! Questions about texts as they are written, for editors: what is declared and referred to, what
//! stands at a place, what may stand there.
//!
//! All of it works from an [`Outline`], which reads every text, broken or not; nothing here
//! evaluates or reports.

mod chains;
mod functions;
mod known;
pub(crate) mod language;
mod outline;
mod place;
mod reference;
mod symbols;
pub(crate) mod test_files;
#[cfg(test)]
mod tests;

pub use chains::{Chain, Link};
pub use functions::{FunctionInfo, function, function_names};
pub use known::{Expected, Known};
pub use outline::{Attribute, Block, Outline, Word};
pub use place::{Cursor, Place, Thing};
pub use reference::reference;
pub use symbols::{FileKind, Occurrence, Symbol, SymbolKind};

/// Whether a text can be the name of a declaration: a letter or `_`, then letters, digits, `_` and `-`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    crate::declare::is_identifier(text)
}
