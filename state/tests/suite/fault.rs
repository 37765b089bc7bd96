//! A disk in memory that knows what is durable, counts operations, and fails or freezes at one.

use podform_state::{Disk, DiskFile};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It fails, a write after half of its bytes; later operations work.
    Fail,
    /// It and all later ones have no effect: the process was killed.
    Freeze,
    /// A write has half of its effect, then as [`Fault::Freeze`].
    Half,
}

#[derive(Debug, Clone, Default)]
struct Content {
    /// What a reader sees.
    seen: Vec<u8>,
    /// What is certainly there after a power failure.
    durable: Vec<u8>,
}

type Names = BTreeMap<PathBuf, usize>;

#[derive(Debug, Default)]
struct Inner {
    contents: Vec<Content>,
    names: Names,
    /// The names at the last sync of the folder.
    synced: Names,
    /// What changed since: each is a name and the content that it got or lost.
    changes: Vec<Vec<(PathBuf, Option<usize>)>>,
    operations: usize,
    fault: Option<(usize, Fault)>,
    frozen: bool,
    written: u64,
}

/// The disk; a clone is the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct FaultDisk(Arc<Mutex<Inner>>);

#[derive(Debug)]
struct FaultFile {
    disk: FaultDisk,
    content: usize,
}

impl FaultDisk {
    pub(crate) fn with_fault(self, at: usize, fault: Fault) -> Self {
        self.lock().fault = Some((at, fault));
        self
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap()
    }

    /// How many operations there were.
    pub(crate) fn operations(&self) -> usize {
        self.lock().operations
    }

    /// How many bytes were written.
    pub(crate) fn written(&self) -> u64 {
        self.lock().written
    }

    /// Every disk that may be found after the machine stopped now. Of the changes of names since
    /// the folder was last synced there are the first ones, or all but one, or only one; of each
    /// file what was synced, all that was written, or half of the difference. The first disk is
    /// what a killed process leaves.
    pub(crate) fn survivors(&self) -> Vec<Self> {
        let inner = self.lock();
        let mut out = vec![inner.survivor(&inner.names, |content| content.seen.clone())];
        for names in inner.possible_names() {
            out.push(inner.survivor(&names, |content| content.durable.clone()));
            out.push(inner.survivor(&names, |content| content.seen.clone()));
            out.push(inner.survivor(&names, half));
            out.push(inner.survivor(&names, zeros));
        }
        out
    }
}

/// Half of what was not synced.
fn half(content: &Content) -> Vec<u8> {
    let (durable, seen) = (content.durable.len(), content.seen.len());
    if seen <= durable {
        return content.durable.clone();
    }
    content.seen[..durable.midpoint(seen)].to_vec()
}

/// The length of what was not synced, but only the second half of its bytes.
fn zeros(content: &Content) -> Vec<u8> {
    let kept = half(content).len();
    let mut bytes = content.seen.clone();
    let from = content.durable.len().min(kept);
    bytes[from..kept].fill(0);
    bytes
}

impl Inner {
    fn survivor(&self, names: &Names, read: impl Fn(&Content) -> Vec<u8>) -> FaultDisk {
        let contents = self
            .contents
            .iter()
            .map(|content| {
                let bytes = read(content);
                Content { seen: bytes.clone(), durable: bytes }
            })
            .collect();
        FaultDisk(Arc::new(Mutex::new(Self {
            contents,
            names: names.clone(),
            synced: names.clone(),
            ..Self::default()
        })))
    }

    /// Counts an operation. `Ok(true)`: do half of it, then fail.
    fn operation(&mut self) -> io::Result<bool> {
        if self.frozen {
            return Err(io::Error::other("the disk is frozen"));
        }
        let now = self.operations;
        self.operations += 1;
        match self.fault {
            Some((at, fault)) if at == now => {
                self.frozen = fault != Fault::Fail;
                match fault {
                    Fault::Freeze => Err(io::Error::other("the disk froze")),
                    Fault::Fail | Fault::Half => Ok(true),
                }
            }
            _ => Ok(false),
        }
    }

    /// Counts an operation that is done as a whole or not at all.
    fn whole(&mut self) -> io::Result<()> {
        if self.operation()? { Err(failed()) } else { Ok(()) }
    }

    fn possible_names(&self) -> Vec<Names> {
        let all = 0..self.changes.len();
        let mut out: Vec<_> = all.clone().map(|n| self.names_after(|i| i < n)).collect();
        out.extend(all.clone().map(|n| self.names_after(|i| i != n)));
        out.extend(all.map(|n| self.names_after(|i| i == n)));
        out.push(self.names.clone());
        out
    }

    fn names_after(&self, happened: impl Fn(usize) -> bool) -> Names {
        let mut names = self.synced.clone();
        for (_, change) in self.changes.iter().enumerate().filter(|(i, _)| happened(*i)) {
            apply(&mut names, change);
        }
        names
    }

    fn change(&mut self, change: Vec<(PathBuf, Option<usize>)>) {
        apply(&mut self.names, &change);
        self.changes.push(change);
    }

    fn find(&self, path: &Path) -> io::Result<usize> {
        self.names.get(path).copied().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

fn apply(names: &mut Names, change: &[(PathBuf, Option<usize>)]) {
    for (path, content) in change {
        match content {
            Some(content) => names.insert(path.clone(), *content),
            None => names.remove(path),
        };
    }
}

fn failed() -> io::Error {
    io::Error::other("the disk failed")
}

impl DiskFile for FaultFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut inner = self.disk.lock();
        let half = inner.operation()?;
        let bytes = if half { &bytes[..bytes.len() / 2] } else { bytes };
        inner.written += bytes.len() as u64;
        inner.contents[self.content].seen.extend_from_slice(bytes);
        if half { Err(failed()) } else { Ok(()) }
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut inner = self.disk.lock();
        inner.whole()?;
        let content = &mut inner.contents[self.content];
        content.durable = content.seen.clone();
        Ok(())
    }
}

impl Disk for FaultDisk {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let inner = self.lock();
        Ok(inner.names.get(path).map(|&at| inner.contents[at].seen.clone()))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut inner = self.lock();
        inner.whole()?;
        let content = inner.contents.len();
        inner.contents.push(Content::default());
        inner.change(vec![(path.to_owned(), Some(content))]);
        Ok(Box::new(FaultFile { disk: self.clone(), content }))
    }

    fn extend(&self, path: &Path, length: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut inner = self.lock();
        inner.whole()?;
        let content = inner.find(path)?;
        let length = usize::try_from(length).unwrap();
        inner.contents[content].seen.truncate(length);
        inner.contents[content].durable.truncate(length);
        Ok(Box::new(FaultFile { disk: self.clone(), content }))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        inner.whole()?;
        let content = inner.find(from)?;
        inner.change(vec![(to.to_owned(), Some(content))]);
        Ok(())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        inner.whole()?;
        let content = inner.find(from)?;
        inner.change(vec![(from.to_owned(), None), (to.to_owned(), Some(content))]);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        inner.whole()?;
        inner.change(vec![(path.to_owned(), None)]);
        Ok(())
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        let mut inner = self.lock();
        inner.whole()?;
        inner.synced = inner.names.clone();
        inner.changes.clear();
        Ok(())
    }
}
