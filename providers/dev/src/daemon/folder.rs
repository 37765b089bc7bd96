//! The private folder of a user's development cluster.

use super::{Lock, Running};
use crate::Error;
use rustix::fs::{FlockOperation, flock};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// Where the cluster of this user is: `$PODFORM_DEV_DIR`, else `podform-dev` in
/// `$XDG_RUNTIME_DIR`, else `/tmp/podform-dev-UID`.
#[must_use]
pub fn default_folder() -> PathBuf {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if let Some(folder) = set("PODFORM_DEV_DIR") {
        return PathBuf::from(folder);
    }
    match set("XDG_RUNTIME_DIR") {
        Some(folder) => Path::new(&folder).join("podform-dev"),
        None => PathBuf::from(format!("/tmp/podform-dev-{}", uid())),
    }
}

fn uid() -> u32 {
    rustix::process::geteuid().as_raw()
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    move |source| Error::File { doing, path: path.to_owned(), source }
}

/// Makes the folder if need be, and makes sure that nobody else can have put something into it.
pub(super) fn prepare(folder: &Path) -> Result<(), Error> {
    // Tasks of other users, which only root can start, must reach their sandboxes through it.
    let mode = if uid() == 0 { 0o711 } else { 0o700 };
    DirBuilder::new().recursive(true).mode(mode).create(folder).map_err(failed("make", folder))?;
    is_there(folder).map(|_| ())
}

/// Whether the folder is there; an error if it is not private.
pub(super) fn is_there(folder: &Path) -> Result<bool, Error> {
    let meta = match std::fs::symlink_metadata(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        meta => meta.map_err(failed("look at", folder))?,
    };
    if !meta.is_dir() || meta.uid() != uid() || meta.mode() & 0o022 != 0 {
        return Err(Error::NotPrivate { path: folder.to_owned() });
    }
    Ok(true)
}

/// Takes a lock, waiting for it.
pub(super) fn lock(folder: &Path, name: &str) -> Result<Lock, Error> {
    let path = folder.join(name);
    let file = open_lock(&path)?;
    flock(&file, FlockOperation::LockExclusive)
        .map_err(|error| failed("lock", &path)(error.into()))?;
    Ok(Lock(file))
}

/// Takes the lock of the process itself, without waiting.
pub(super) fn hold(folder: &Path) -> Result<Lock, Error> {
    let path = folder.join("dev.lock");
    let file = open_lock(&path)?;
    flock(&file, FlockOperation::NonBlockingLockExclusive)
        .map_err(|error| failed("lock", &path)(error.into()))?;
    Ok(Lock(file))
}

/// Whether a process holds the lock that it keeps as long as it lives.
pub(super) fn is_held(folder: &Path) -> Result<bool, Error> {
    let path = folder.join("dev.lock");
    let file = open_lock(&path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(false),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(true),
        Err(error) => Err(failed("lock", &path)(error.into())),
    }
}

fn open_lock(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("open", path))
}

/// What the process wrote when it was ready.
pub(super) fn read_running(folder: &Path) -> Result<Option<Running>, Error> {
    let path = folder.join("dev.json");
    match std::fs::read(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("read", &path)(source)),
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .map_err(|error| failed("understand", &path)(io::Error::other(error))),
    }
}

/// Writes what runs, whole or not at all.
pub(super) fn write_running(folder: &Path, running: &Running) -> Result<(), Error> {
    let path = folder.join("dev.json");
    let new = folder.join("dev.json.new");
    write_private(&new, &serde_json::to_vec_pretty(running).unwrap_or_default())?;
    std::fs::rename(&new, &path).map_err(failed("replace", &path))
}

/// Removes what was written about a cluster.
pub(super) fn forget(folder: &Path) -> Result<(), Error> {
    let path = folder.join("dev.json");
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(failed("remove", &path)(error))
        }
        _ => Ok(()),
    }
}

/// Removes the sandboxes of former clusters.
pub(super) fn clear_work(work: &Path) -> Result<(), Error> {
    match std::fs::remove_dir_all(work) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", work)(error)),
        _ => Ok(()),
    }
}

/// A new file for this user's eyes only.
pub(super) fn create_private(path: &Path) -> Result<File, Error> {
    OpenOptions::new()
        .create(true)
        .truncate(true)
        .write(true)
        .mode(0o600)
        .open(path)
        .map_err(failed("write", path))
}

/// Writes a file for this user's eyes only.
pub(super) fn write_private(path: &Path, text: &[u8]) -> Result<(), Error> {
    create_private(path)?.write_all(text).map_err(failed("write", path))
}
