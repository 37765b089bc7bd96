//! From text to the lowered form, with the faults where they are.
//!
//! hcl-edit reads. Where it fails it tells one place, often far from the fault: then [`scan`]
//! looks for what was never closed, the text is cut at its top-level blocks, and each is read
//! alone, so that one run finds the faults of several.

mod explain;
pub(crate) mod lex;
mod scan;

use crate::ir::{Body, Expr};
use crate::lower::Lowering;
use crate::source::{Names, Sources, Span};
use podform_model::{Diagnostic, Diagnostics, code};

/// The most keys of an object literal: the parser's time grows with their square.
const MAX_KEYS: usize = 10_000;
/// Smaller files cannot have so many keys.
const COUNT_FROM: usize = 2 * MAX_KEYS;

/// Reads one file; `None` when there is an error in it.
pub(crate) fn read(
    sources: &Sources,
    file: usize,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let text = &*sources.files.get(file)?.text;
    let file = u32::try_from(file).ok()?;
    if text.len() > COUNT_FROM {
        let scanned = scan::scan(text);
        if let Some(at) = scanned.crowded(MAX_KEYS) {
            diagnostics.push(crowded(sources, file, at));
            return None;
        }
    }
    let before = diagnostics.0.len();
    match hcl_edit::parser::parse_body(text) {
        Ok(parsed) => {
            let bound = Vec::new();
            let body =
                Lowering { sources, names, diagnostics, file, offset: 0, bound }.body(&parsed);
            let broken = diagnostics.0.iter().skip(before).any(|found| found.code == code::SYNTAX);
            (!broken).then_some(body)
        }
        Err(error) => {
            explain::failure(sources, file, text, &error, diagnostics);
            None
        }
    }
}

/// Reads an expression from text that is no file.
pub(crate) fn expression(text: &str) -> Result<Expr, String> {
    let parsed = hcl_edit::parser::parse_expr(text.trim())
        .map_err(|error| explain::message(error.message()))?;
    let sources = Sources { files: vec![crate::source::SourceFile::new("<value>", text.trim())] };
    let mut names = Names::default();
    let mut diagnostics = Diagnostics::new();
    let mut lowering = Lowering {
        sources: &sources,
        names: &mut names,
        diagnostics: &mut diagnostics,
        file: 0,
        offset: 0,
        bound: Vec::new(),
    };
    let expr = lowering.expr(&parsed);
    match diagnostics.0.into_iter().next() {
        Some(fault) => Err(fault.summary),
        None => Ok(expr),
    }
}

fn crowded(sources: &Sources, file: u32, at: usize) -> Diagnostic {
    let start = u32::try_from(at).unwrap_or_default();
    let label = sources.label(Span { file, start, end: start + 1 }, "this object");
    Diagnostic::error(code::SYNTAX, format!("an object literal may have at most {MAX_KEYS} keys"))
        .label(label)
        .help("put the data into a JSON file and read it with `jsondecode(file(\"data.json\"))`")
}
