//! Writing a state behind a journal.

use crate::disk::{Disk, DiskFile, replace};
use crate::error::{Error, RecordError};
use crate::format::encode;
use crate::journal::{Header, frame};
use crate::key::Key;
use crate::lock::{ExclusiveLock, LockInfo};
use crate::paths::{Paths, with};
use crate::record::Record;
use crate::state::{State, Version};
use crate::store::{Loaded, other_key, parse_key};
use sha2::{Digest, Sha256};
use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

/// The one who may write a state. It holds the lock until it is dropped.
#[derive(Debug)]
pub struct Writer {
    disk: Arc<dyn Disk>,
    lock: ExclusiveLock,
    state: State,
    /// Whether there is a state file, and the SHA-256 of what it says.
    written: Option<[u8; 32]>,
    journal: Journal,
    batches: u64,
    poisoned: bool,
}

/// Where the next record goes.
#[derive(Debug)]
enum Journal {
    /// Into a new journal; one that there may be is stale.
    New,
    /// After this many bytes of the journal that there is.
    After(u64),
    /// Into the open journal.
    Open(Box<dyn DiskFile>),
}

impl Writer {
    pub(crate) fn new(
        disk: Arc<dyn Disk>,
        lock: ExclusiveLock,
        loaded: Loaded,
    ) -> Result<Self, Error> {
        let paths = lock.paths();
        if let Some(stamp) = &loaded.stamp {
            stamp.check_writable(&paths.state)?;
        }
        let written = loaded.written;
        let mut state = loaded.state;
        if state.lineage.is_empty() {
            state.lineage = uuid::Uuid::new_v4().to_string();
        }
        let journal = loaded.valid.map_or(Journal::New, Journal::After);
        Ok(Self { disk, lock, state, written, journal, batches: loaded.batches, poisoned: false })
    }

    /// The state with everything that was appended.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Which version of the state it is.
    #[must_use]
    pub fn version(&self) -> Version {
        Version {
            lineage: self.state.lineage.clone(),
            serial: self.state.serial,
            batches: self.batches,
        }
    }

    /// The files.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        self.lock.paths()
    }

    /// The lock's descriptor, to be inherited by a child whose end the lock shall wait for.
    #[must_use]
    pub fn lock_fd(&self) -> BorrowedFd<'_> {
        self.lock.fd()
    }

    /// Who holds the lock: this process.
    #[must_use]
    pub fn lock_info(&self) -> &LockInfo {
        self.lock.info()
    }

    /// The key of the digests: the one that is given (hexadecimal), else the one in the key file,
    /// which is made when there is none. When the former key was lost, the digests that it made
    /// become unknown.
    ///
    /// # Errors
    /// [`Error::Key`]: it is not a key, or not the one of this state; or it cannot be made.
    pub fn key(&mut self, given: Option<&str>) -> Result<Key, Error> {
        let paths = self.paths().clone();
        let found = match given {
            Some(text) => Some(parse_key(text, &paths)?),
            None => Key::load(&paths.key)?,
        };
        let lost = found.is_none();
        let key = match found {
            Some(key) => key,
            None => Key::load_or_create(&paths.key)?,
        };
        let check = key.check(&self.state.lineage);
        match &self.state.key_check {
            Some(known) if *known == check => {}
            Some(_) if !lost => return Err(other_key(&paths)),
            _ => self.append(vec![Record::Key { check }])?,
        }
        Ok(key)
    }

    /// Makes records durable and applies them. When it returns `Ok`, all of them are both. What it
    /// writes does not depend on the size of the state.
    ///
    /// Outputs that hold a sensitive value are left out.
    ///
    /// # Errors
    /// [`Error::Record`]: a record does not fit the state; the ones before it are durable, it and
    /// the ones after it had no effect. Any other error: what is durable is not known, and nothing
    /// more is written by this writer.
    pub fn append(&mut self, records: Vec<Record>) -> Result<(), Error> {
        self.check()?;
        let mut batch = Vec::with_capacity(records.len());
        let mut refused = None;
        for record in records {
            match self.accept(record) {
                Ok(record) => batch.push(record),
                Err(error) => {
                    refused = Some(error);
                    break;
                }
            }
        }
        if !batch.is_empty() {
            self.poisoned = true;
            self.write_batch(&batch)?;
            self.poisoned = false;
            self.batches += 1;
        }
        refused.map_or(Ok(()), |error| Err(error.into()))
    }

    fn accept(&mut self, record: Record) -> Result<Record, RecordError> {
        let record = record.at_rest()?;
        self.state.apply(&record)?;
        Ok(record)
    }

    fn write_batch(&mut self, batch: &[Record]) -> Result<(), Error> {
        let path = self.paths().journal.clone();
        let failed = |e| Error::io("write", &path, e);
        let line = frame(&serde_json::to_vec(batch).map_err(|e| failed(e.into()))?);
        let mut file = match std::mem::replace(&mut self.journal, Journal::New) {
            Journal::Open(file) => file,
            Journal::After(length) => self.disk.extend(&path, length).map_err(failed)?,
            Journal::New => self.begin_journal().map_err(failed)?,
        };
        file.write(&line).and_then(|()| file.sync()).map_err(failed)?;
        self.journal = Journal::Open(file);
        Ok(())
    }

    /// Makes a journal with a header, which is durable before anything is written after it.
    fn begin_journal(&self) -> io::Result<Box<dyn DiskFile>> {
        let path = &self.paths().journal;
        let header = Header::new(self.state.lineage.clone(), self.state.serial);
        let text = frame(&serde_json::to_vec(&header)?);
        replace(&*self.disk, path, &text)?;
        self.disk.sync_folder(self.paths().folder())?;
        self.disk.extend(path, text.len() as u64)
    }

    /// Writes the state file with the next serial and drops the journal. Nothing is written when
    /// nothing was appended, and the state file stays when what was appended changes nothing.
    ///
    /// # Errors
    /// The files cannot be written. The records stay in the journal then.
    pub fn compact(&mut self) -> Result<(), Error> {
        self.check()?;
        if self.batches == 0 {
            return Ok(());
        }
        self.poisoned = true;
        if self.written != Some(digest(&encoded(self.paths(), &self.state)?)) {
            self.write_state()?;
        }
        let journal = &self.paths().journal;
        self.disk.remove(journal).map_err(|e| Error::io("remove", journal, e))?;
        self.journal = Journal::New;
        self.batches = 0;
        self.poisoned = false;
        Ok(())
    }

    fn write_state(&mut self) -> Result<(), Error> {
        let paths = self.paths().clone();
        let serial = self.state.serial;
        self.state.serial = serial.checked_add(1).ok_or_else(|| Error::Corrupt {
            path: paths.state.clone(),
            line: 1,
            column: 1,
            message: "the serial is too large".to_owned(),
        })?;
        let text = encoded(&paths, &self.state)?;
        if self.written.is_some() {
            self.back_up().map_err(|e| Error::io("write", &paths.backup, e))?;
        }
        replace(&*self.disk, &paths.state, &text)
            .map_err(|e| Error::io("write", &paths.state, e))?;
        self.sync_folder()?;
        self.written = Some(digest(&text));
        Ok(())
    }

    /// Gives the state file that there is a second name. It is never written to again, so both
    /// names keep its content; the next version gets a new file.
    fn back_up(&self) -> io::Result<()> {
        let paths = self.paths();
        let temporary = with(&paths.backup, ".tmp");
        if self.disk.link(&paths.state, &temporary).is_ok() {
            return self.disk.rename(&temporary, &paths.backup);
        }
        // Not every file system has second names.
        match self.disk.read(&paths.state)? {
            Some(text) => replace(&*self.disk, &paths.backup, &text),
            None => Ok(()),
        }
    }

    fn sync_folder(&self) -> Result<(), Error> {
        let folder = self.paths().folder();
        self.disk.sync_folder(folder).map_err(|e| Error::io("sync", folder, e))
    }

    fn check(&mut self) -> Result<(), Error> {
        if self.poisoned {
            return Err(Error::Poisoned { path: self.paths().state.clone() });
        }
        let lock = self.lock.check();
        self.poisoned = lock.is_err();
        lock
    }
}

pub(crate) fn digest(text: &[u8]) -> [u8; 32] {
    Sha256::digest(text).into()
}

pub(crate) fn encoded(paths: &Paths, state: &State) -> Result<Vec<u8>, Error> {
    encode(state).map_err(|e| Error::io("write", &paths.state, e.into()))
}
