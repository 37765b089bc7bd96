//! Locks and other processes. Apart from the suite: a process that is just being started has every
//! descriptor for a moment, and with them every lock of its parent.
#![expect(clippy::unwrap_used, reason = "a test may panic, in its helpers too")]

use podform_state::{Error, ExclusiveLock, LockInfo, LockRequest, Paths};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

fn folder() -> (TempDir, Paths) {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    (folder, paths)
}

fn request() -> LockRequest {
    LockRequest { operation: "apply".to_owned(), ..LockRequest::default() }
}

fn patient() -> LockRequest {
    LockRequest { timeout: Duration::from_secs(60), ..request() }
}

#[test]
fn a_child_that_inherits_the_descriptor_keeps_the_lock_until_it_ends() {
    let (_folder, paths) = folder();
    let lock = ExclusiveLock::take(&paths, &request()).unwrap();
    let inherited = lock.fd().try_clone_to_owned().unwrap();
    let mut child =
        Command::new("cat").stdin(Stdio::piped()).stdout(Stdio::from(inherited)).spawn().unwrap();
    drop(lock);
    assert!(matches!(ExclusiveLock::take(&paths, &request()), Err(Error::Locked { .. })));
    drop(child.stdin.take());
    child.wait().unwrap();
    ExclusiveLock::take(&paths, &patient()).unwrap();
}

#[test]
fn the_heirs_of_a_killed_holder_are_waited_for() {
    let (_folder, paths) = folder();
    let lock = ExclusiveLock::take(&paths, &request()).unwrap();
    let info = lock.info().clone();
    let inherited = lock.fd().try_clone_to_owned().unwrap();
    drop(lock);
    let mut ended = Command::new("true").spawn().unwrap();
    ended.wait().unwrap();
    // The file names a process that has ended, while another one still has the lock.
    let info = LockInfo { pid: ended.id(), ..info };
    std::fs::write(&paths.lock, serde_json::to_vec(&info).unwrap()).unwrap();
    let waiting = {
        let paths = paths.clone();
        std::thread::spawn(move || ExclusiveLock::take(&paths, &request()).map(drop))
    };
    drop(inherited);
    waiting.join().unwrap().unwrap();
}
