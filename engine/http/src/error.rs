//! Why a request failed.

use std::path::PathBuf;
use std::time::Duration;

/// Why a request failed. URLs carry neither user info nor query values.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of the settings cannot be read.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the settings is not what it should be.
    #[error("`{}` {what}", path.display())]
    InvalidFile {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// The settings do not fit together, or the client cannot be made from them.
    #[error("the HTTP settings are wrong: {what}")]
    Settings {
        /// What is wrong.
        what: String,
    },
    /// Not an `http` or `https` URL.
    #[error("`{url}` is not an http or https URL")]
    Url {
        /// The text.
        url: String,
    },
    /// No connection; the request was not sent.
    #[error("cannot connect to {url}")]
    Connect {
        /// Where to.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time; the request may have been carried out.
    #[error("no answer from {url} within {after:?}")]
    Timeout {
        /// Where to.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The connection broke; the request may have been carried out.
    #[error("the connection to {url} broke")]
    Broken {
        /// Where to.
        url: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The server refused.
    #[error("{url} answered {status}{}{excerpt}", if excerpt.is_empty() { "" } else { ": " })]
    Status {
        /// Who.
        url: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of the answer's body.
        excerpt: String,
    },
    /// The answer is longer than is kept.
    #[error("the answer of {url} is longer than {limit} bytes")]
    TooLong {
        /// Whose.
        url: String,
        /// The limit.
        limit: usize,
    },
    /// The answer is not what was expected.
    #[error("the answer of {url} cannot be read: {what}")]
    Unreadable {
        /// Whose.
        url: String,
        /// What is wrong, without the answer's content.
        what: String,
    },
}

impl Error {
    /// The HTTP status, if the server refused.
    #[must_use]
    pub const fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server was not reached or its answer did not arrive; then another server may be tried.
    #[must_use]
    pub const fn is_unreachable(&self) -> bool {
        matches!(self, Self::Connect { .. } | Self::Timeout { .. } | Self::Broken { .. })
    }
}
