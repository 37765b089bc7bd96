//! Keeping a state on a disk: reading it, and opening it for writing.

use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::format::{Decoded, Stamp, decode_stamped};
use crate::journal::{self, Header, Replay};
use crate::key::Key;
use crate::lock::{self, ExclusiveLock, LockInfo, LockRequest, SharedLock};
use crate::paths::Paths;
use crate::state::{State, Version};
use crate::writer::{Writer, digest, encoded};
use std::path::Path;
use std::sync::Arc;

/// How often a reader without lock starts again when writers keep changing the files.
const ATTEMPTS: usize = 1000;

/// The local backend: a state file with its journal, lock and key.
#[derive(Debug, Clone, Copy)]
pub struct Store;

impl Store {
    /// Reads the state and what its journal adds. It takes no lock and never waits for one, so it
    /// works while a writer is at work and in a folder that cannot be written to; what it returns
    /// was durable (or about to be) at some moment during the call. No file: an empty state.
    ///
    /// # Errors
    /// The files cannot be read, are broken, or do not belong together.
    pub fn read(path: &Path) -> Result<Snapshot, Error> {
        Self::read_on(&RealDisk, &Paths::of(path))
    }

    /// As [`Store::read`], from any disk.
    ///
    /// # Errors
    /// As [`Store::read`].
    pub fn read_on(disk: &dyn Disk, paths: &Paths) -> Result<Snapshot, Error> {
        let mut before = read_file(disk, &paths.state)?;
        for _ in 0..ATTEMPTS {
            let journal = read_file(disk, &paths.journal)?;
            let after = read_file(disk, &paths.state)?;
            // The same state file before and after: the journal that was read between is its own.
            if before == after {
                drop(after);
                return Ok(Snapshot::new(paths, load(paths, before, journal, false)?));
            }
            before = after;
        }
        Err(Error::Busy { path: paths.state.clone() })
    }

    /// As [`Store::read`], but no writer works as long as the snapshot's lock is held. In a folder
    /// that cannot be written to there is no lock.
    ///
    /// # Errors
    /// As [`Store::read`], and [`Error::Locked`].
    pub fn read_locked(path: &Path, request: &LockRequest) -> Result<Snapshot, Error> {
        let paths = Paths::of(path);
        let Some(lock) = SharedLock::take(&paths, request)? else {
            return Self::read_on(&RealDisk, &paths);
        };
        // Nobody changes the files meanwhile.
        let state = read_file(&RealDisk, &paths.state)?;
        let journal = read_file(&RealDisk, &paths.journal)?;
        let snapshot = Snapshot::new(&paths, load(&paths, state, journal, false)?);
        Ok(Snapshot { lock: Some(lock), ..snapshot })
    }

    /// Takes the lock and opens the state for writing. Nothing is written yet.
    ///
    /// # Errors
    /// As [`Store::read`]; [`Error::Locked`]; [`Error::ReadOnly`] when a newer release wrote it.
    pub fn open(path: &Path, request: &LockRequest) -> Result<Writer, Error> {
        let lock = ExclusiveLock::take(&Paths::of(path), request)?;
        Self::open_on(Arc::new(RealDisk), lock)
    }

    /// As [`Store::open`], on any disk and with a lock that was taken before.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_on(disk: Arc<dyn Disk>, lock: ExclusiveLock) -> Result<Writer, Error> {
        let paths = lock.paths().clone();
        let state = read_file(&*disk, &paths.state)?;
        let journal = read_file(&*disk, &paths.journal)?;
        let loaded = load(&paths, state, journal, true)?;
        Writer::new(disk, lock, loaded)
    }

    /// Takes the lock with this id away from its holder, who writes nothing more from then on.
    /// Returns who it was.
    ///
    /// # Errors
    /// [`Error::NotLocked`], or [`Error::OtherLock`] when the lock has another id.
    pub fn force_unlock(path: &Path, id: &str) -> Result<LockInfo, Error> {
        lock::force_unlock(&Paths::of(path), id)
    }
}

/// A state as it was read.
#[derive(Debug)]
pub struct Snapshot {
    /// The state with everything that the journal adds.
    pub state: State,
    /// Which version it is.
    pub version: Version,
    /// The files.
    pub paths: Paths,
    /// The reader's lock, when one was taken.
    pub lock: Option<SharedLock>,
}

impl Snapshot {
    fn new(paths: &Paths, loaded: Loaded) -> Self {
        let version = Version {
            lineage: loaded.state.lineage.clone(),
            serial: loaded.state.serial,
            batches: loaded.batches,
        };
        Self { state: loaded.state, version, paths: paths.clone(), lock: None }
    }

    /// The key of the digests: the one that is given (hexadecimal), else the one in the key file.
    /// `None`: there is none (any more), so what digests stand for is unknown.
    ///
    /// # Errors
    /// [`Error::Key`]: it is not a key, or not the one of this state.
    pub fn key(&self, given: Option<&str>) -> Result<Option<Key>, Error> {
        let key = match given {
            Some(text) => Some(parse_key(text, &self.paths)?),
            None => Key::load(&self.paths.key)?,
        };
        if let Some(key) = &key
            && self.state.key_check.as_ref().is_some_and(|c| c != &key.check(&self.state.lineage))
        {
            return Err(other_key(&self.paths));
        }
        Ok(key)
    }
}

pub(crate) fn parse_key(text: &str, paths: &Paths) -> Result<Key, Error> {
    Key::from_hex(text).ok_or_else(|| Error::Key {
        message: "the given state key is not 64 hexadecimal digits".to_owned(),
        path: paths.key.clone(),
    })
}

pub(crate) fn other_key(paths: &Paths) -> Error {
    Error::Key {
        message: format!("the key is not the one of the state `{}`", paths.state.display()),
        path: paths.key.clone(),
    }
}

fn read_file(disk: &dyn Disk, path: &Path) -> Result<Option<Vec<u8>>, Error> {
    disk.read(path).map_err(|e| Error::io("read", path, e))
}

/// What the files say.
pub(crate) struct Loaded {
    /// What the state file says of itself; `None`: there is none.
    pub(crate) stamp: Option<Stamp>,
    /// The digest of what the state file says, for a writer.
    pub(crate) written: Option<[u8; 32]>,
    /// The state with what the journal adds.
    pub(crate) state: State,
    /// How many batches the journal adds.
    pub(crate) batches: u64,
    /// The bytes of the journal that are whole; `None`: it is absent, empty or stale.
    pub(crate) valid: Option<u64>,
}

fn load(
    paths: &Paths,
    state: Option<Vec<u8>>,
    journal: Option<Vec<u8>>,
    writing: bool,
) -> Result<Loaded, Error> {
    let base = state.as_deref().map(|text| decode_stamped(&paths.state, text)).transpose()?;
    drop(state);
    let replay = journal::decode(&paths.journal, &journal.unwrap_or_default())?;
    let (stamp, mut state) = match base {
        Some(Decoded { stamp, state }) => (Some(stamp), state),
        None => (None, State::default()),
    };
    let written = match &stamp {
        Some(_) if writing => Some(digest(&encoded(paths, &state)?)),
        _ => None,
    };
    let Some(header) = &replay.header else {
        return Ok(Loaded { stamp, written, state, batches: 0, valid: None });
    };
    if stamp.is_none() && header.serial == 0 {
        state.lineage.clone_from(&header.lineage);
    }
    if !continues(paths, header, stamp.as_ref().map(|_| &state))? {
        return Ok(Loaded { stamp, written, state, batches: 0, valid: None });
    }
    let batches = apply_all(paths, &replay, &mut state)?;
    Ok(Loaded { stamp, written, state, batches, valid: Some(replay.valid) })
}

/// Whether a journal comes after this state file; not when it is stale: then the state file holds
/// all that it says.
fn continues(paths: &Paths, header: &Header, base: Option<&State>) -> Result<bool, Error> {
    let path = paths.journal.clone();
    let serial = base.map_or(0, |base| base.serial);
    match base {
        Some(base) if base.lineage != header.lineage => Err(Error::Lineage {
            path,
            journal: header.lineage.clone(),
            state: base.lineage.clone(),
        }),
        _ if header.serial > serial => {
            Err(Error::Ahead { path, journal: header.serial, state: base.map(|base| base.serial) })
        }
        _ => Ok(header.serial == serial),
    }
}

fn apply_all(paths: &Paths, replay: &Replay, state: &mut State) -> Result<u64, Error> {
    for (offset, batch) in &replay.batches {
        for record in batch {
            state.apply(record).map_err(|error| Error::Journal {
                path: paths.journal.clone(),
                offset: *offset,
                message: error.to_string(),
            })?;
        }
    }
    Ok(replay.batches.len() as u64)
}
