//! `csvdecode`.

use super::text::arg;
use super::{Fault, Function, Outcome, Parameter, bad, check_count, function};
use crate::value::{Entries, Ty, Val};
use std::collections::HashSet;
use std::sync::Arc;

pub(super) fn all() -> Vec<Function> {
    let list = Ty::list(Ty::Any);
    vec![function("csvdecode", &[Parameter::Text], list, decode)]
}

fn decode(arguments: &[Val]) -> Outcome {
    let rows = rows(arg(arguments, 0))?;
    let Some((_, header)) = rows.first() else {
        return Err(bad(0, "a line with the names of the columns is missing"));
    };
    let names: Vec<Arc<str>> =
        header.iter().map(|name| crate::value::normalise(name).into()).collect();
    let mut seen = HashSet::new();
    if let Some(name) = names.iter().find(|name| !seen.insert(&***name)) {
        return Err(bad(0, format!("two columns are named {name:?}")));
    }
    check_count(rows.len().saturating_mul(names.len()))?;
    let mut out = Vec::with_capacity(rows.len());
    for (line, row) in rows.iter().skip(1) {
        if row.len() != names.len() {
            let (found, wanted) = (row.len(), names.len());
            return Err(bad(0, format!("line {line} has {found} fields, expected {wanted}")));
        }
        let entries = names.iter().cloned().zip(row.iter().map(|field| Val::string(field)));
        out.push(Val::object(entries.collect::<Entries>()));
    }
    let row = names.into_iter().map(|name| (name, Ty::String.into())).collect();
    Ok(Val::list(out, Ty::object(row)))
}

/// The rows with their line; blank lines are none.
fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, Fault> {
    check_quotes(text)?;
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| bad(0, format!("not CSV: {error}")))?;
        let line = record.position().map_or(0, csv::Position::line);
        // Within quotes a line ends as it is written, but for carriage returns.
        let fields = record.iter().map(|field| field.replace("\r\n", "\n")).collect();
        out.push((line, fields));
    }
    Ok(out)
}

/// Refuses what the reader lets pass: a quote in a plain field, after a quoted one, or never closed.
fn check_quotes(text: &str) -> Result<(), Fault> {
    let mut line = 1;
    let (mut quoted, mut start, mut closed) = (false, true, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let fault = |what: &str| Err(bad(0, format!("line {line}: {what}")));
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
            }
            '"' if quoted => (quoted, closed) = (false, true),
            '"' if start => (quoted, start) = (true, false),
            '"' => return fault("a quote within a field that is not quoted"),
            ',' | '\n' if !quoted => (start, closed) = (true, false),
            '\r' if !quoted && chars.peek() == Some(&'\n') => {}
            _ if closed => return fault("text after the quote that closes a field"),
            _ => start = false,
        }
        line += usize::from(c == '\n');
    }
    if quoted { Err(bad(0, format!("line {line}: a quote is not closed"))) } else { Ok(()) }
}
