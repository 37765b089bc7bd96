//! From text to the lowered form, with the faults where they are.
//!
//! [`Parser`] reads and goes on after a fault with the next argument or block, so that one run
//! finds the faults of several. Where brackets or quotes were left open, what it says is far from
//! the fault: there [`scan`] looks for what was never closed.

mod assemble;
mod body;
mod explain;
mod expr;
mod heredoc;
pub(crate) mod json;
pub(crate) mod lex;
mod parser;
pub(crate) mod scan;
mod template;
mod term;

use crate::ir::{Body, Expr};
use crate::source::{Names, SourceFile, Sources, Span};
use podform_model::{Diagnostics, code};

pub(crate) use parser::Parser;

/// Reads one file; `None` when there is an error in it.
pub(crate) fn read(
    sources: &Sources,
    file: usize,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let source = sources.files.get(file)?;
    let text = &*source.text;
    let file = u32::try_from(file).ok()?;
    if source.is_json() {
        return json::read(sources, file, text, names, diagnostics);
    }
    let mut parser = Parser::new(sources, names, file, text, parser::Places::From(0));
    let body = parser.file();
    let given_up = parser.too_deep || parser.is_large();
    let mut found = parser.diagnostics;
    let broken = found.iter().any(|found| found.code == code::SYNTAX);
    if broken && !given_up {
        found = explain::better(sources, file, text, found);
    }
    diagnostics.extend(found);
    (!broken).then_some(body)
}

/// Reads a file that holds one expression; `None` when there is an error in it.
pub(crate) fn read_expression(
    sources: &Sources,
    file: usize,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let text = &*sources.files.get(file)?.text;
    let file = u32::try_from(file).ok()?;
    let mut parser = Parser::new(sources, names, file, text, parser::Places::From(0));
    let expr = parser.only_expr();
    let found = parser.diagnostics;
    let broken = found.iter().any(|found| found.code == code::SYNTAX);
    diagnostics.extend(found);
    expr.ok().filter(|_| !broken)
}

/// Reads one file of the values of variables; `None` when there is an error in it.
pub(crate) fn read_values(
    sources: &Sources,
    file: usize,
    names: &mut Names,
    diagnostics: &mut Diagnostics,
) -> Option<Body> {
    let source = sources.files.get(file)?;
    if !source.is_json() {
        return read(sources, file, names, diagnostics);
    }
    json::read_values(sources, u32::try_from(file).ok()?, &source.text, names, diagnostics)
}

/// Reads an expression from text that is no file.
pub(crate) fn expression(text: &str) -> Result<Expr, String> {
    let text = text.trim();
    let sources = Sources { files: vec![SourceFile::new("<value>", text)] };
    let mut names = Names::default();
    let mut parser = Parser::new(&sources, &mut names, 0, text, parser::Places::From(0));
    let expr = parser.only_expr();
    match (expr, parser.diagnostics.0.into_iter().next()) {
        (Ok(expr), None) => Ok(expr),
        (_, fault) => Err(fault.map_or_else(String::new, |fault| fault.summary)),
    }
}

/// Reads the first of the files as a template, with names that are bound in it.
pub(crate) fn template(
    sources: &Sources,
    bound: Vec<crate::ir::Name>,
    diagnostics: &mut Diagnostics,
) -> Option<Expr> {
    let text = &*sources.files.first()?.text;
    let span = Span { file: 0, start: 0, end: u32::try_from(text.len()).ok()? };
    let mut names = Names::default();
    let mut parser = Parser::new(sources, &mut names, 0, text, parser::Places::From(0));
    parser.bound = bound;
    let kind = parser.template_file();
    diagnostics.extend(parser.diagnostics);
    kind.ok().map(|kind| Expr { span, kind })
}
