//! What goes wrong in a provider.

use podform_model::{Diagnostic, Diagnostics};
use serde::{Deserialize, Serialize};
use std::fmt;

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The settings are wrong.
    Config,
    /// The cluster cannot be reached or does not answer.
    Unreachable,
    /// The cluster refused, or answered what cannot be understood.
    Refused,
    /// The state belongs to another cluster, or nothing of it may be seen.
    OtherCluster,
    /// Another run took over.
    Superseded,
    /// The run was cancelled.
    Cancelled,
    /// The plugin is broken: it panicked, crashed, or broke its contract.
    Plugin,
}

/// A failure of a whole call, with its causes as texts so that it crosses a process boundary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    /// What kind.
    pub kind: ErrorKind,
    /// What failed: a lower-case fragment with the URL, path or address in backticks.
    pub message: String,
    /// The causes, outermost first.
    #[serde(default)]
    pub causes: Vec<String>,
    /// One imperative that works if typed.
    #[serde(default)]
    pub help: Option<String>,
    /// Findings about the user's input that made it fail.
    #[serde(default)]
    pub diagnostics: Diagnostics,
}

impl ProviderError {
    /// A failure without causes.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            causes: Vec::new(),
            help: None,
            diagnostics: Diagnostics::new(),
        }
    }

    /// A failure with an error and its sources as causes.
    pub fn from_error(
        kind: ErrorKind,
        message: impl Into<String>,
        error: &(dyn std::error::Error + 'static),
    ) -> Self {
        let causes = std::iter::once(error.to_string())
            .chain(podform_model::causes(error).map(ToString::to_string))
            .collect();
        Self { causes, ..Self::new(kind, message) }
    }

    /// Adds the imperative.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a finding.
    #[must_use]
    pub fn diagnostic(mut self, diagnostic: Diagnostic) -> Self {
        self.diagnostics.push(diagnostic);
        self
    }
}

impl fmt::Display for ProviderError {
    /// The message without its causes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ProviderError {}
