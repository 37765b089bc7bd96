//! The functions of the language, for people.

use crate::functions;

/// How a function is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// Its name.
    pub name: &'static str,
    /// How it is written, as `join(string, list, ...)`.
    pub usage: String,
    /// What it does, in Markdown; may be empty.
    pub doc: &'static str,
}

/// The function of this name.
#[must_use]
pub fn function(name: &str) -> Option<FunctionInfo> {
    let found = functions::find(name)?;
    Some(FunctionInfo { name: found.name, usage: found.usage(), doc: "" })
}

/// The names of all functions, sorted.
pub fn function_names() -> impl Iterator<Item = &'static str> {
    functions::names()
}
