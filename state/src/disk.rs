//! The few operations on files that a store needs, so that tests can put a failing disk in place.

use std::fmt::Debug;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// A file that is being written.
pub trait DiskFile: Send + Debug {
    /// Writes all bytes at the end.
    ///
    /// # Errors
    /// Of the operating system; a part of the bytes may be there.
    fn write(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns when the content is durable.
    ///
    /// # Errors
    /// Of the operating system; what is durable is not known then.
    fn sync(&mut self) -> io::Result<()>;
}

/// Operations on files.
pub trait Disk: Send + Sync + Debug {
    /// Reads a file; `None` when there is none.
    ///
    /// # Errors
    /// Of the operating system.
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>>;

    /// Makes a new, empty file that only its owner can read, in place of one that there is.
    ///
    /// # Errors
    /// Of the operating system.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file that there is, cuts it durably to `length` bytes and writes after them.
    ///
    /// # Errors
    /// Of the operating system.
    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>>;

    /// Gives a file a second name, in place of what had that name.
    ///
    /// # Errors
    /// Of the operating system.
    fn link(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Renames a file, in place of what had the name.
    ///
    /// # Errors
    /// Of the operating system.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Removes a file, if there is one.
    ///
    /// # Errors
    /// Of the operating system.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Returns when the names in a folder are durable.
    ///
    /// # Errors
    /// Of the operating system.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy, Default)]
pub struct RealDisk;

impl DiskFile for File {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.write_all(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        match std::fs::read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        // A file that there is may have another mode, or be a link to elsewhere.
        self.remove(path)?;
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        Ok(Box::new(file))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().append(true).open(path)?;
        if file.metadata()?.len() != length {
            file.set_len(length)?;
            file.sync_all()?;
        }
        Ok(Box::new(file))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.remove(to)?;
        std::fs::hard_link(from, to)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }
}

/// Writes a whole file so that it is there with all of its content or not at all.
///
/// The old content is untouched until the new one is durable. The caller makes the name durable
/// with [`Disk::sync_folder`].
pub(crate) fn replace(disk: &dyn Disk, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = crate::paths::with(path, ".tmp");
    let mut file = disk.create(&temporary)?;
    file.write(bytes)?;
    file.sync()?;
    drop(file);
    disk.rename(&temporary, path)
}
