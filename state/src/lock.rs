//! The lock of a state: a separate file, locked by the operating system, which frees it when the
//! last process that holds its descriptor has ended.
//!
//! The lock is `flock`: it belongs to the open file, so a child that inherits the descriptor keeps
//! the lock until it has ended too. `force-unlock` cannot take an operating system's lock from a
//! process; it removes the file, and a writer whose file is no longer the one under that name
//! writes nothing more.

use crate::error::Error;
use crate::paths::Paths;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long to wait between two attempts.
const INTERVAL: Duration = Duration::from_millis(25);

/// How long a lock is waited for, whatever the request says, when the process that took it has
/// ended: its plugin's process still has the descriptor and ends as soon as it notices.
const HEIR: Duration = Duration::from_secs(10);

/// Who asks for a lock.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LockRequest {
    /// What for: `apply`, `state rm`.
    pub operation: String,
    /// Who: `user@host`.
    pub who: String,
    /// How long to wait for another holder.
    pub timeout: Duration,
}

/// Who holds a lock; the content of the lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LockInfo {
    /// A random UUID, for `force-unlock`.
    pub id: String,
    /// What for.
    pub operation: String,
    /// Who: `user@host`.
    pub who: String,
    /// The process.
    pub pid: u32,
    /// The boot of the machine that it runs on, where that is known.
    #[serde(default)]
    pub boot: Option<String>,
    /// The release of podform.
    pub version: String,
    /// Since when (RFC 3339, UTC).
    pub created: String,
}

impl LockInfo {
    fn new(request: &LockRequest) -> Self {
        Self {
            id: uuid::Uuid::new_v4().to_string(),
            operation: request.operation.clone(),
            who: request.who.clone(),
            pid: std::process::id(),
            boot: boot(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            created: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        }
    }

    /// Whether the process that took the lock has certainly ended.
    fn has_ended(&self) -> bool {
        let Some(boot) = boot() else { return false };
        if self.boot.as_ref() != Some(&boot) {
            return false;
        }
        let pid = i32::try_from(self.pid).ok().and_then(rustix::process::Pid::from_raw);
        pid.is_some_and(|pid| {
            rustix::process::test_kill_process(pid) == Err(rustix::io::Errno::SRCH)
        })
    }
}

/// The identity of this machine's boot; process ids of another boot or machine say nothing.
fn boot() -> Option<String> {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    Some(text.trim().to_owned())
}

/// The lock of a writer. Without one nothing can be written.
#[derive(Debug)]
pub struct ExclusiveLock {
    file: File,
    paths: Paths,
    info: LockInfo,
}

/// The lock of a reader: while it is held there is no writer.
#[derive(Debug)]
pub struct SharedLock {
    file: File,
}

impl ExclusiveLock {
    /// Takes the lock, waiting at most as long as the request says.
    ///
    /// # Errors
    /// [`Error::Locked`] with the holder, or the lock file cannot be made.
    pub fn take(paths: &Paths, request: &LockRequest) -> Result<Self, Error> {
        let file = wait(paths, request, File::try_lock)?;
        let mut lock = Self { file, paths: paths.clone(), info: LockInfo::new(request) };
        lock.write_info().map_err(|e| Error::io("write", &paths.lock, e))?;
        Ok(lock)
    }

    fn write_info(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        let mut text = serde_json::to_vec_pretty(&self.info)?;
        text.push(b'\n');
        self.file.write_all(&text)
    }

    /// Who holds it: this process.
    #[must_use]
    pub fn info(&self) -> &LockInfo {
        &self.info
    }

    /// The files of the state that is locked.
    #[must_use]
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The descriptor, to be inherited by a child whose end the lock shall wait for.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// Whether the lock was not taken away.
    ///
    /// # Errors
    /// [`Error::LockLost`] when it was.
    pub fn check(&self) -> Result<(), Error> {
        if is_at(&self.file, &self.paths.lock) {
            return Ok(());
        }
        Err(Error::LockLost { path: self.paths.state.clone() })
    }
}

impl Drop for ExclusiveLock {
    fn drop(&mut self) {
        // The file stays: to remove it would let two processes lock two files of one name. That
        // nobody is named in it any more is a courtesy, so a failure does not matter.
        let _ = self.file.set_len(0);
    }
}

impl SharedLock {
    /// Takes the lock, waiting at most as long as the request says. `None` when the folder cannot
    /// be written to.
    ///
    /// # Errors
    /// [`Error::Locked`] with the holder, or the lock file cannot be made.
    pub fn take(paths: &Paths, request: &LockRequest) -> Result<Option<Self>, Error> {
        match wait(paths, request, File::try_lock_shared) {
            Ok(file) => {
                // Nobody writes now, so who is named in the file was killed.
                if file.metadata().is_ok_and(|metadata| metadata.len() > 0) {
                    let _ = file.set_len(0);
                }
                Ok(Some(Self { file }))
            }
            Err(Error::Io { source, .. }) if is_read_only(&source) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The descriptor, to be inherited by a child whose end the lock shall wait for.
    #[must_use]
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn is_read_only(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem)
}

/// Tries to lock until it works or the time is over.
fn wait(
    paths: &Paths,
    request: &LockRequest,
    lock: fn(&File) -> Result<(), TryLockError>,
) -> Result<File, Error> {
    let begin = Instant::now();
    loop {
        let mut file = open(&paths.lock).map_err(|e| Error::io("open", &paths.lock, e))?;
        match lock(&file) {
            // Another may have removed the file between the opening and the locking.
            Ok(()) if is_at(&file, &paths.lock) => return Ok(file),
            Ok(()) => continue,
            Err(TryLockError::Error(e)) => return Err(Error::io("lock", &paths.lock, e)),
            Err(TryLockError::WouldBlock) => {}
        }
        let info = read_info(&mut file);
        let heir = info.as_ref().is_some_and(LockInfo::has_ended);
        let patience = if heir { request.timeout.max(HEIR) } else { request.timeout };
        let left = patience.saturating_sub(begin.elapsed());
        if left.is_zero() {
            return Err(Error::Locked { path: paths.state.clone(), info: info.map(Box::new) });
        }
        std::thread::sleep(INTERVAL.min(left));
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Whether `file` is the one that has the name `path`.
fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(ours), Ok(there)) = (file.metadata(), std::fs::metadata(path)) else { return false };
    (ours.dev(), ours.ino()) == (there.dev(), there.ino())
}

fn read_info(file: &mut File) -> Option<LockInfo> {
    let mut text = Vec::new();
    file.rewind().ok()?;
    file.take(1 << 16).read_to_end(&mut text).ok()?;
    serde_json::from_slice(&text).ok()
}

/// Takes the lock with this id away from its holder, who writes nothing more from then on.
///
/// # Errors
/// [`Error::NotLocked`], or [`Error::OtherLock`] when another id holds it.
pub(crate) fn force_unlock(paths: &Paths, id: &str) -> Result<LockInfo, Error> {
    let state: PathBuf = paths.state.clone();
    let mut file = match OpenOptions::new().read(true).write(true).open(&paths.lock) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::NotLocked { path: state });
        }
        Err(error) => return Err(Error::io("open", &paths.lock, error)),
    };
    match file.try_lock() {
        Ok(()) => return Err(Error::NotLocked { path: state }),
        Err(TryLockError::Error(e)) => return Err(Error::io("lock", &paths.lock, e)),
        Err(TryLockError::WouldBlock) => {}
    }
    match read_info(&mut file) {
        Some(info) if info.id == id => {
            std::fs::remove_file(&paths.lock).map_err(|e| Error::io("remove", &paths.lock, e))?;
            Ok(info)
        }
        info => {
            Err(Error::OtherLock { path: state, given: id.to_owned(), info: info.map(Box::new) })
        }
    }
}
