//! Readers without lock beside a writer.

use crate::fault::FaultDisk;
use crate::make::{private, provider, request};
use podform_state::{Disk, DiskFile, ExclusiveLock, Paths, Store, Writer};
use std::cell::Cell;
use std::fmt;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

/// A disk on which something happens just before the n-th read.
struct Between<F> {
    disk: FaultDisk,
    at: usize,
    reads: Mutex<usize>,
    happen: F,
}

impl<F> fmt::Debug for Between<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Between")
    }
}

impl<F: Fn() + Send + Sync> Disk for Between<F> {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        let now = {
            let mut reads = self.reads.lock().unwrap();
            *reads += 1;
            *reads - 1
        };
        if now == self.at {
            (self.happen)();
        }
        self.disk.read(path)
    }

    fn create(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        unreachable!("a reader writes nothing")
    }

    fn extend(&self, _: &Path, _: u64) -> io::Result<Box<dyn DiskFile>> {
        unreachable!("a reader writes nothing")
    }

    fn link(&self, _: &Path, _: &Path) -> io::Result<()> {
        unreachable!("a reader writes nothing")
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        unreachable!("a reader writes nothing")
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        unreachable!("a reader writes nothing")
    }

    fn sync_folder(&self, _: &Path) -> io::Result<()> {
        unreachable!("a reader writes nothing")
    }
}

/// What a writer does while a reader reads.
type Work = fn(&mut Writer);

fn append(writer: &mut Writer, value: u64) {
    writer.append(vec![private(value.into())]).unwrap();
}

#[test]
fn what_was_acknowledged_before_a_read_is_in_it_whatever_a_writer_does_meanwhile() {
    let works: [Work; 4] = [
        |writer| writer.compact().unwrap(),
        |writer| append(writer, 2),
        |writer| {
            writer.compact().unwrap();
            append(writer, 2);
        },
        |writer| {
            append(writer, 2);
            writer.compact().unwrap();
            append(writer, 3);
            writer.compact().unwrap();
        },
    ];
    for (number, work) in works.into_iter().enumerate() {
        for compacted in [false, true] {
            for at in 0..6 {
                let seen = read_beside(work, compacted, at);
                assert!((1..=3).contains(&seen), "work {number}, read {at}: {seen}");
            }
        }
    }
}

/// What a reader sees of the private data when the work is done just before its n-th read.
fn read_beside(work: Work, compacted: bool, at: usize) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let disk = FaultDisk::default();
    let lock = ExclusiveLock::take(&paths, &request()).unwrap();
    let mut writer = Store::open_on(Arc::new(disk.clone()), lock).unwrap();
    append(&mut writer, 0);
    if compacted {
        writer.compact().unwrap();
    }
    append(&mut writer, 1);
    let writer = Mutex::new(Cell::new(Some(writer)));
    let happen = || {
        if let Some(mut writer) = writer.lock().unwrap().take() {
            work(&mut writer);
        }
    };
    let between = Between { disk, at, reads: Mutex::new(0), happen };
    let state = Store::read_on(&between, &paths).unwrap().state;
    state.providers[&provider()].as_u64().unwrap()
}
