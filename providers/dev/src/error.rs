//! What can go wrong with a development cluster.

use std::io;
use std::path::PathBuf;

/// The failure of the cluster's own machinery. What a framework does wrong is answered on the wire.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// An option's text is not understood.
    #[error("`{text}` is not {} {what}", if *what == "attribute" { "an" } else { "a" })]
    Option {
        /// What it should have been.
        what: &'static str,
        /// The text.
        text: String,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file or folder cannot be used.
    #[error("cannot {doing} `{}`", path.display())]
    File {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The folder belongs to somebody else or others may write to it.
    #[error("`{}` is not a private folder of this user", path.display())]
    NotPrivate {
        /// The folder.
        path: PathBuf,
    },
    /// The background process ended before the cluster was ready.
    #[error("the development cluster did not start: {reason}")]
    NotStarted {
        /// The end of its log.
        reason: String,
    },
    /// A thread or a process could not be started.
    #[error("cannot start the development cluster")]
    Spawn(#[source] io::Error),
    /// No cluster runs.
    #[error("no development cluster is running")]
    NotRunning,
    /// A running cluster does not answer as it should.
    #[error("the development cluster at {url} answered {answer}")]
    Answer {
        /// Its address.
        url: String,
        /// The status, or what was wrong.
        answer: String,
    },
    /// A fault hook cannot do what it was told.
    #[error("{reason}")]
    Refused {
        /// The cluster's words.
        reason: String,
    },
    /// A cluster that runs already was made with other options.
    #[error("a development cluster is running already at {url}")]
    AlreadyRunning {
        /// Its address.
        url: String,
    },
}
