//! Why a secret could not be had.

use std::path::PathBuf;

/// Why a secret could not be had. Never holds a value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The provider's configuration has no such store.
    #[error("{message}")]
    NoStore {
        /// What is missing.
        message: String,
    },
    /// The secret, or the field of it, does not exist.
    #[error("{message}")]
    Missing {
        /// What is missing, and what to do.
        message: String,
    },
    /// The secret may not be read.
    #[error("{message}")]
    Forbidden {
        /// What is forbidden.
        message: String,
    },
    /// The reference cannot be right.
    #[error("`{source_text}` is not the path of a secret: {what}")]
    Reference {
        /// The text.
        source_text: String,
        /// What is wrong.
        what: String,
    },
    /// The store's file cannot be read.
    #[error("cannot read the secret file `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The store's file is not what it should be.
    #[error("the secret file `{}` is wrong{}: {what}", path.display(), position(*line, *column))]
    InvalidFile {
        /// The file.
        path: PathBuf,
        /// Where, from 1; 0: nowhere in particular.
        line: usize,
        /// Where, from 1.
        column: usize,
        /// What is wrong, without the text that stands there.
        what: String,
    },
    /// The store answers what cannot be used.
    #[error("the secret store `{store}` {what}")]
    Store {
        /// Its name.
        store: String,
        /// What is wrong.
        what: String,
    },
    /// The store cannot be reached.
    #[error("the secret store `{store}` cannot be asked")]
    Unavailable {
        /// Its name.
        store: String,
        /// Why.
        #[source]
        source: podform_http::Error,
    },
}

fn position(line: usize, column: usize) -> String {
    if line == 0 { String::new() } else { format!(" at line {line}, column {column}") }
}
