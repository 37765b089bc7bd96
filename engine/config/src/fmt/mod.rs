//! The canonical style: what `podform fmt` and editors make of a text.
//!
//! The style is Terraform's. Only the spaces between tokens change, and four spellings that have a
//! better one: `"${x}"` becomes `x`, labels are quoted, and the types `list`, `map`, `set` and
//! `"string"` of a variable are written as they are today. A text is cut into tokens, then into
//! lines of three cells (what stands first, an assignment, a comment), and each pass sets spaces:
//! [`spaces`] within a line, [`lines`] at its start and before its cells.

mod clean;
mod lines;
mod piece;
#[cfg(any(test, feature = "sketch"))]
mod sketch;
mod spaces;
#[cfg(test)]
mod tests;

#[cfg(any(test, feature = "sketch"))]
pub use sketch::{Sketch, sketch};

use crate::source::{Names, SourceFile, Sources};
use podform_model::{Diagnostics, code};

/// The file's text in canonical style, or what keeps it from being read.
///
/// Formatting a formatted text changes nothing, and the text means what it meant. A file with a
/// syntax error is not formatted: too much of it could be lost.
#[must_use]
pub fn format(file: &SourceFile) -> (Option<String>, Diagnostics) {
    let mut diagnostics = Diagnostics::new();
    let file = match file.clone().checked() {
        Ok(file) => file,
        Err(diagnostic) => return (None, diagnostic.into()),
    };
    let text = file.text.clone();
    let sources = Sources { files: vec![file] };
    let read = crate::syntax::read(&sources, 0, &mut Names::default(), &mut diagnostics);
    diagnostics.0.retain(|found| found.code == code::SYNTAX);
    if read.is_none() && diagnostics.has_errors() {
        return (None, diagnostics);
    }
    (Some(styled(&text)), diagnostics)
}

/// A text that was read, in canonical style.
fn styled(text: &str) -> String {
    let pieces = clean::pieces(text);
    let mut lines = lines::split(pieces);
    lines::indent(&mut lines);
    for line in &mut lines {
        spaces::within(line);
    }
    lines::align(&mut lines);
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for piece in lines.iter().flat_map(lines::Line::pieces) {
        piece.write(&mut out);
    }
    out
}
