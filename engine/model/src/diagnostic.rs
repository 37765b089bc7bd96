//! What podform tells a user about the input.

use crate::{Address, AttributePath};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How bad a [`Diagnostic`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing can be done until it is mended.
    Error,
    /// The work goes on.
    Warning,
}

/// A place in a source and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Label {
    /// The name of the source, a path relative to the working folder, or `<argument>` and the like.
    pub file: Arc<str>,
    /// First byte of the span.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
    /// What this span is; may be empty.
    pub text: String,
}

/// One finding about the user's input. Plain data: it crosses the plugin boundary and `-json` as is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code `area::snake_case`, listed in [`crate::code`].
    pub code: String,
    /// A lower-case fragment, user text in backticks.
    pub summary: String,
    /// One imperative that works if typed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// More about it, in whole sentences: causes, lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Where; the first label is the main one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<Label>,
    /// The pod that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// The attribute of that pod; a rim that knows spans turns it into a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<AttributePath>,
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &str, summary: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, summary)
    }

    /// A warning.
    pub fn warning(code: &str, summary: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, summary)
    }

    fn new(severity: Severity, code: &str, summary: impl Into<String>) -> Self {
        Self {
            severity,
            code: code.to_owned(),
            summary: summary.into(),
            help: None,
            detail: None,
            labels: Vec::new(),
            address: None,
            path: None,
        }
    }

    /// Adds the imperative.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the longer explanation.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Adds a place.
    #[must_use]
    pub fn label(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    /// Names the pod.
    #[must_use]
    pub fn at(mut self, address: &Address) -> Self {
        self.address = Some(address.clone());
        self
    }

    /// Names the attribute.
    #[must_use]
    pub fn path(mut self, path: AttributePath) -> Self {
        self.path = Some(path);
        self
    }

    /// Whether it is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Findings in the order they were made. User input is accumulated, never stopped at the first.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Diagnostics(pub Vec<Diagnostic>);

impl Diagnostics {
    /// No findings.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.0.push(diagnostic);
    }

    /// Adds all of another.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether there is an error among them.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.0.iter().any(Diagnostic::is_error)
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.0.iter()
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}
