//! Why a command fails: findings about the input, or a failure of the world.

use podform_model::{Diagnostic, Diagnostics, code};
use podform_provider::{ErrorKind, ProviderError};
use std::path::Path;

/// Everything that ends a command early, as diagnostics to show.
#[derive(Debug)]
pub struct Failure(pub Diagnostics);

/// The result of a command or of a part of it.
pub type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    /// One error.
    pub fn new(code: &str, summary: impl Into<String>) -> Self {
        Self(Diagnostic::error(code, summary).into())
    }

    /// Adds an imperative to the last finding.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        if let Some(last) = self.0.0.last_mut() {
            last.help = Some(help.into());
        }
        self
    }

    /// A file that could not be read or written.
    pub fn file(doing: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::new(code::CLI_IO, format!("cannot {doing} `{}`: {error}", path.display()))
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(diagnostic.into())
    }
}

impl From<Diagnostics> for Failure {
    fn from(diagnostics: Diagnostics) -> Self {
        Self(diagnostics)
    }
}

/// Turns the failure of a provider's call into diagnostics, with the provider's name.
#[must_use]
pub fn provider_diagnostics(provider: &str, error: &ProviderError) -> Diagnostics {
    let code = match error.kind {
        ErrorKind::Config => code::PROVIDER_CONFIG,
        ErrorKind::Unreachable => code::PROVIDER_UNREACHABLE,
        ErrorKind::OtherCluster => code::PROVIDER_OTHER_CLUSTER,
        ErrorKind::Plugin => code::PLUGIN_CRASHED,
        ErrorKind::Cancelled => code::CLI_CANCELLED,
        _ => code::PROVIDER_REFUSED,
    };
    let mut out = error.diagnostics.clone();
    if !out.has_errors() {
        let mut diagnostic =
            Diagnostic::error(code, format!("provider `{provider}`: {}", error.message));
        if !error.causes.is_empty() {
            diagnostic.detail = Some(error.causes.join("\n"));
        }
        diagnostic.help.clone_from(&error.help);
        out.push(diagnostic);
    }
    out
}
