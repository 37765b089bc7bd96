//! Who may write when.

use crate::make::{begin, private, request};
use podform_state::{Error, ExclusiveLock, LockInfo, LockRequest, Paths, SharedLock, Store};
use std::time::Duration;
use tempfile::TempDir;

fn folder() -> (TempDir, Paths) {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    (folder, paths)
}

fn holder(error: &Error) -> Option<&LockInfo> {
    match error {
        Error::Locked { info, .. } => info.as_deref(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_second_writer_is_told_who_the_first_is() {
    let (_folder, paths) = folder();
    let writer = Store::open(&paths.state, &request()).unwrap();
    let error = Store::open(&paths.state, &request()).unwrap_err();
    assert_eq!(holder(&error), Some(writer.lock_info()));
    let text = format!("{error} {}", error.help().unwrap());
    for part in ["ann@host", "apply", &writer.lock_info().id, "force-unlock"] {
        assert!(text.contains(part), "{part} in {text}");
    }
    drop(writer);
    Store::open(&paths.state, &request()).unwrap();
}

#[test]
fn a_writer_waits_for_another_to_end() {
    let (_folder, paths) = folder();
    let lock = ExclusiveLock::take(&paths, &request()).unwrap();
    let patient = LockRequest { timeout: Duration::from_secs(60), ..request() };
    let waiting = {
        let paths = paths.clone();
        std::thread::spawn(move || ExclusiveLock::take(&paths, &patient).map(drop))
    };
    drop(lock);
    waiting.join().unwrap().unwrap();
}

#[test]
fn readers_share_and_keep_writers_out() {
    let (_folder, paths) = folder();
    let one = Store::read_locked(&paths.state, &request()).unwrap();
    let two = Store::read_locked(&paths.state, &request()).unwrap();
    assert!(one.lock.is_some() && two.lock.is_some());
    let error = Store::open(&paths.state, &request()).unwrap_err();
    assert_eq!(holder(&error), None);
    drop((one, two));
    let writer = Store::open(&paths.state, &request()).unwrap();
    assert!(SharedLock::take(&paths, &request()).is_err());
    Store::read(&paths.state).unwrap();
    drop(writer);
}

#[test]
fn force_unlock_needs_the_id_and_stops_the_holder() {
    let (_folder, paths) = folder();
    assert!(matches!(Store::force_unlock(&paths.state, "x"), Err(Error::NotLocked { .. })));
    let mut old = Store::open(&paths.state, &request()).unwrap();
    old.append(vec![begin("a", "g1")]).unwrap();
    let error = Store::force_unlock(&paths.state, "x").unwrap_err();
    assert!(error.help().unwrap().contains(&old.lock_info().id), "{error}");

    let id = old.lock_info().id.clone();
    assert_eq!(Store::force_unlock(&paths.state, &id).unwrap().who, "ann@host");
    let mut new = Store::open(&paths.state, &request()).unwrap();
    assert!(matches!(old.append(vec![private(serde_json::json!(1))]), Err(Error::LockLost { .. })));
    assert!(matches!(old.compact(), Err(Error::Poisoned { .. })));
    new.append(vec![begin("b", "g1")]).unwrap();
    drop(old);
    new.compact().unwrap();
    assert_eq!(Store::read(&paths.state).unwrap().state.pods.len(), 2);
    drop(new);
    assert!(matches!(Store::force_unlock(&paths.state, &id), Err(Error::NotLocked { .. })));
}
