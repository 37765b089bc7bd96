//! What goes wrong with a state.

use crate::format::{FORMAT, Format};
use crate::lock::LockInfo;
use podform_model::{Address, Diagnostic, code};
use std::io;
use std::path::{Path, PathBuf};

/// Why a state cannot be read or written. The text does not hold the cause; see `source`.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried: a verb.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The state file is not a state.
    #[error("`{}` is not a valid state: line {line}, column {column}: {message}", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
    /// A record of the journal is broken, and it is not the last one.
    #[error("the journal `{}` is broken at byte {offset}: {message}", path.display())]
    Journal {
        /// The file.
        path: PathBuf,
        /// The first byte of the broken record.
        offset: u64,
        /// What is wrong with it.
        message: String,
    },
    /// A release with a format that this one cannot read wrote the file.
    #[error("`{}` has format {found}, written by podform {written_by}; this release reads {}.x", path.display(), FORMAT.breaking)]
    Format {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: Format,
        /// The release that wrote it.
        written_by: String,
    },
    /// A newer release wrote the file: this one can read but must not write it.
    #[error("`{}` has format {found}, written by podform {written_by}; this release can read it, but not write it", path.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: Format,
        /// The release that wrote it.
        written_by: String,
    },
    /// The journal belongs to another state.
    #[error("the journal `{}` belongs to the state with lineage {journal}, not to {state}", path.display())]
    Lineage {
        /// The journal.
        path: PathBuf,
        /// Its lineage.
        journal: String,
        /// The lineage of the state file.
        state: String,
    },
    /// The journal continues a newer version of the state file than there is.
    #[error("the journal `{}` continues serial {journal} of the state, but the state file has {}", path.display(), serial_or_none(*state))]
    Ahead {
        /// The journal.
        path: PathBuf,
        /// The serial that it continues.
        journal: u64,
        /// The serial of the state file; `None`: there is no state file.
        state: Option<u64>,
    },
    /// Writers kept changing the files while they were read.
    #[error("`{}` changes faster than it can be read", path.display())]
    Busy {
        /// The state file.
        path: PathBuf,
    },
    /// Another process holds the lock.
    #[error("the state `{}` is locked{}", path.display(), holder(info.as_deref()))]
    Locked {
        /// The state file.
        path: PathBuf,
        /// Who holds it, when it is known; `None` also for one who only reads.
        info: Option<Box<LockInfo>>,
    },
    /// The lock was taken away by `force-unlock`.
    #[error("the lock of the state `{}` was taken away by force-unlock", path.display())]
    LockLost {
        /// The state file.
        path: PathBuf,
    },
    /// There is no lock to take away.
    #[error("the state `{}` is not locked", path.display())]
    NotLocked {
        /// The state file.
        path: PathBuf,
    },
    /// The lock has another id.
    #[error("the lock of the state `{}` does not have the id `{given}`{}", path.display(), holder(info.as_deref()))]
    OtherLock {
        /// The state file.
        path: PathBuf,
        /// The id that was given.
        given: String,
        /// Who holds it.
        info: Option<Box<LockInfo>>,
    },
    /// An earlier write failed: what is on the disk is not known, so nothing more is written.
    #[error("an earlier write to `{}` failed, so nothing more is written", path.display())]
    Poisoned {
        /// The state file.
        path: PathBuf,
    },
    /// The key is not a key, or not the one of this state.
    #[error("{message}")]
    Key {
        /// What is wrong; never the key.
        message: String,
        /// The key file.
        path: PathBuf,
    },
    /// A record does not fit the state.
    #[error(transparent)]
    Record(#[from] RecordError),
}

/// Why a record does not fit a state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The state knows no such pod.
    #[error("`{0}` is not in the state")]
    UnknownPod(Address),
    /// The pod has no such instance.
    #[error("`{address}` has no instance `{instance}`")]
    UnknownInstance {
        /// The pod.
        address: Address,
        /// The id.
        instance: String,
    },
    /// An id was used twice.
    #[error("`{address}` has an instance `{instance}` already")]
    DuplicateInstance {
        /// The pod.
        address: Address,
        /// The id.
        instance: String,
    },
    /// The address that a pod shall get is taken.
    #[error("`{0}` is in the state already")]
    PodExists(Address),
    /// The pod still has instances.
    #[error("`{0}` still has instances")]
    HasInstances(Address),
    /// A sensitive value was about to be written.
    #[error("a record of `{0}` holds a sensitive value that was not digested")]
    Sensitive(Address),
}

impl Error {
    /// An error of the operating system.
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::Busy { .. } | Self::Poisoned { .. } => code::STATE_IO,
            Self::Corrupt { .. } | Self::Journal { .. } | Self::Record(_) => code::STATE_CORRUPT,
            Self::Format { .. } | Self::ReadOnly { .. } => code::STATE_VERSION,
            Self::Lineage { .. } | Self::Ahead { .. } => code::STATE_LINEAGE,
            Self::Locked { .. }
            | Self::LockLost { .. }
            | Self::NotLocked { .. }
            | Self::OtherLock { .. } => code::STATE_LOCKED,
            Self::Key { .. } => code::STATE_KEY,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Corrupt { path, .. } => {
                Some(format!("mend the file, or restore `{}.backup`", path.display()))
            }
            Self::Journal { path, offset, .. } => Some(format!(
                "keep a copy of `{0}`, then cut it with `truncate -s {offset} {0}`; run `podform plan` afterwards: it looks for what the lost records announced",
                path.display()
            )),
            Self::Format { written_by, .. } | Self::ReadOnly { written_by, .. } => {
                Some(format!("use podform {written_by} or a later release"))
            }
            Self::Lineage { path, .. } => Some(format!(
                "put the state file of that lineage beside `{}`, or move the journal away",
                path.display()
            )),
            Self::Ahead { path, .. } => Some(format!(
                "restore the state file that `{}` continues, or move the journal away and run `podform plan`",
                path.display()
            )),
            Self::Locked { info: Some(info), .. } => Some(format!(
                "wait with `-lock-timeout=5m`; when that process is certainly gone: `podform force-unlock {}`",
                info.id
            )),
            Self::Locked { info: None, .. } => Some("wait with `-lock-timeout=5m`".to_owned()),
            Self::OtherLock { info: Some(info), .. } => {
                Some(format!("run `podform force-unlock {}`", info.id))
            }
            Self::Poisoned { .. } | Self::LockLost { .. } => {
                Some("run `podform apply` again: it finds out what happened".to_owned())
            }
            Self::Key { path, .. } => Some(format!(
                "give the right key in `PODFORM_STATE_KEY` or put `{0}` back; or remove `{0}` to go on with a new key, and what was digested with the old one is unknown",
                path.display()
            )),
            _ => None,
        }
    }

    /// The error as a diagnostic with its causes in the detail.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.code(), self.to_string());
        diagnostic.help = self.help();
        diagnostic.detail = std::error::Error::source(self).map(ToString::to_string);
        diagnostic
    }
}

fn serial_or_none(serial: Option<u64>) -> String {
    serial.map_or_else(|| "vanished".to_owned(), |serial| format!("serial {serial}"))
}

fn holder(info: Option<&LockInfo>) -> String {
    info.map(|info| {
        format!(
            " by `{}` ({}, process {}, since {}, id {})",
            info.who, info.operation, info.pid, info.created, info.id
        )
    })
    .unwrap_or_default()
}
