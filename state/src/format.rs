//! The text of the state file.

use crate::error::Error;
use crate::state::State;
use podform_model::json;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;

/// The format of the files that this release writes.
pub const FORMAT: Format = Format { breaking: 1, additive: 1 };

/// The version of a format. See `docs/format.md` for what the two numbers promise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Raised when an older release would misread the file.
    pub breaking: u32,
    /// Raised when something was added that an older release may overlook while it reads, but
    /// would lose if it wrote.
    pub additive: u32,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.breaking, self.additive)
    }
}

/// What stands before the state in its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// The format.
    pub(crate) format: Format,
    /// The release that wrote the file.
    #[serde(default = "unknown_release")]
    pub(crate) written_by: String,
}

fn unknown_release() -> String {
    "of an unknown release".to_owned()
}

impl Stamp {
    /// The stamp of this release.
    pub(crate) fn current() -> Self {
        Self { format: FORMAT, written_by: env!("CARGO_PKG_VERSION").to_owned() }
    }

    /// The stamp among the fields that are none of the state.
    fn of(state: &State) -> Option<Self> {
        let format = Format::deserialize(state.rest.get("format")?).ok()?;
        let written_by = state.rest.get("written_by").map(String::deserialize);
        Some(Self { format, written_by: written_by.unwrap_or_else(|| Ok(unknown_release())).ok()? })
    }

    /// Whether this release may read a file with this stamp.
    pub(crate) fn check_readable(&self, path: &Path) -> Result<(), Error> {
        if self.format.breaking == FORMAT.breaking {
            return Ok(());
        }
        Err(Error::Format {
            path: path.to_owned(),
            found: self.format,
            written_by: self.written_by.clone(),
        })
    }

    /// Whether this release may write over a file with this stamp.
    pub(crate) fn check_writable(&self, path: &Path) -> Result<(), Error> {
        if self.format.additive <= FORMAT.additive {
            return Ok(());
        }
        Err(Error::ReadOnly {
            path: path.to_owned(),
            found: self.format,
            written_by: self.written_by.clone(),
        })
    }
}

#[derive(Serialize)]
struct Writing<'a> {
    #[serde(flatten)]
    stamp: Stamp,
    #[serde(flatten)]
    state: &'a State,
}

/// A state file that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Decoded {
    pub(crate) stamp: Stamp,
    pub(crate) state: State,
}

/// The text of a state file.
///
/// # Errors
/// Only when a value cannot be written as JSON at all, which no value that was read can cause.
pub fn encode(state: &State) -> Result<Vec<u8>, serde_json::Error> {
    let mut text = serde_json::to_vec_pretty(&Writing { stamp: Stamp::current(), state })?;
    text.push(b'\n');
    Ok(text)
}

/// Reads the text of a state file; `path` is for messages.
///
/// # Errors
/// [`Error::Corrupt`] with line and column, or [`Error::Format`].
pub fn decode(path: &Path, text: &[u8]) -> Result<State, Error> {
    Ok(decode_stamped(path, text)?.state)
}

pub(crate) fn decode_stamped(path: &Path, text: &[u8]) -> Result<Decoded, Error> {
    let corrupt = |error: &serde_json::Error| Error::Corrupt {
        path: path.to_owned(),
        line: error.line(),
        column: error.column(),
        message: without_place(error),
    };
    let state: Result<State, _> = json::from_slice(text);
    let stamp = match state.as_ref().ok().and_then(Stamp::of) {
        Some(stamp) => stamp,
        None => json::from_slice(text).map_err(|error| corrupt(&error))?,
    };
    // First of all: a file of another format must be called that, not broken.
    stamp.check_readable(path)?;
    let mut state = state.map_err(|error| corrupt(&error))?;
    state.rest.remove("format");
    state.rest.remove("written_by");
    Ok(Decoded { stamp, state })
}

/// The message without the line and column that serde_json adds.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}
