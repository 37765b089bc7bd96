//! What podform remembers: the state file, its journal, its lock and its key.
//!
//! [`State`] is plain data and [`State::apply`] is the pure meaning of every [`Record`];
//! [`Store`] keeps it on a disk so that after a crash at any instruction the state is old or new,
//! never neither, and no acknowledged record is lost. The files are described in
//! `docs/format.md`.
#![forbid(unsafe_code)]

mod apply;
mod disk;
mod error;
mod format;
mod journal;
mod key;
mod lock;
mod paths;
mod pending;
mod record;
mod state;
mod store;
mod writer;

pub use disk::{Disk, DiskFile, RealDisk};
pub use error::{Error, RecordError};
pub use format::{FORMAT, Format, decode, encode};
pub use journal::{Header, Replay, decode as decode_journal, frame};
pub use key::Key;
pub use lock::{ExclusiveLock, LockInfo, LockRequest, SharedLock};
pub use paths::Paths;
pub use pending::{Pending, PendingList};
pub use record::Record;
pub use state::{State, Version};
pub use store::{Snapshot, Store};
pub use writer::Writer;
