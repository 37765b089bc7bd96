//! The functions of the language, for people.

use crate::functions;
use std::collections::HashMap;
use std::sync::OnceLock;

/// The reference of the functions: rows of ``| `usage` | what it is | example |``.
const REFERENCE: &str = include_str!("../../../docs/functions.md");

/// How a function is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// How it is written, as `join(separator, list, ...)`.
    pub usage: String,
    /// What it does, in Markdown; may be empty.
    pub doc: &'static str,
}

/// The function of this name.
#[must_use]
pub fn function(name: &str) -> Option<FunctionInfo> {
    let found = functions::find(name)?;
    let row = reference().get(found.name);
    let (usage, doc) = match row {
        Some((usage, doc)) => ((*usage).to_owned(), *doc),
        None => (found.usage(), ""),
    };
    Some(FunctionInfo { name: found.name, usage, doc })
}

/// The names of all functions, sorted.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    functions::names()
}

/// How each function is written and what it is, by its name.
fn reference() -> &'static HashMap<&'static str, (&'static str, &'static str)> {
    static ROWS: OnceLock<HashMap<&str, (&str, &str)>> = OnceLock::new();
    ROWS.get_or_init(|| REFERENCE.lines().filter_map(row).collect())
}

/// The name, usage and description of a row.
fn row(line: &'static str) -> Option<(&'static str, (&'static str, &'static str))> {
    let (usage, rest) = line.strip_prefix("| `")?.split_once("` | ")?;
    let (name, _) = usage.split_once('(')?;
    let (doc, _) = rest.split_once(" | ")?;
    Some((name, (usage, doc)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_function_is_described() {
        for name in function_names() {
            let found = function(name).unwrap();
            assert!(found.usage.starts_with(&format!("{name}(")), "{}", found.usage);
            assert!(!found.doc.is_empty(), "{name}");
        }
        assert_eq!(function("core::abs").unwrap().doc, "The number without its sign.");
    }
}
