//! The files on a real disk.

use crate::make::{address, begin, done, launch, launched, private, request};
use podform_model::{Diagnostics, Value, code};
use podform_state::{Error, Key, Paths, Record, Snapshot, State, Store, Version, Writer};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn folder() -> (TempDir, Paths) {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    (folder, paths)
}

fn open(paths: &Paths) -> Writer {
    Store::open(&paths.state, &request()).unwrap()
}

fn read(paths: &Paths) -> Snapshot {
    Store::read(&paths.state).unwrap()
}

fn written(paths: &Paths, records: Vec<Record>) {
    let mut writer = open(paths);
    writer.append(records).unwrap();
    writer.compact().unwrap();
}

fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn edit(path: &Path, change: impl FnOnce(&mut serde_json::Value)) {
    let mut value = json(path);
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

fn names(folder: &TempDir) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn no_file_is_an_empty_state_and_reading_makes_none() {
    let (folder, paths) = folder();
    let snapshot = read(&paths);
    assert_eq!(snapshot.state, State::default());
    assert!(snapshot.version.is_fresh());
    assert_eq!(names(&folder), Vec::<String>::new());
}

#[test]
fn a_writer_that_writes_nothing_leaves_nothing_but_the_lock() {
    let (folder, paths) = folder();
    let mut writer = open(&paths);
    writer.compact().unwrap();
    writer.append(Vec::new()).unwrap();
    drop(writer);
    assert_eq!(names(&folder), ["podform.state.lock"]);
}

#[test]
fn the_first_apply_makes_a_state_of_serial_one_that_only_its_owner_reads() {
    let (folder, paths) = folder();
    let mut writer = open(&paths);
    writer.append(vec![begin("a", "g1"), launch("a", "i1", "g1", 0)]).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&paths.journal), 0o600);
    writer.append(vec![launched("a", "i1", "g1", 0), done("a")]).unwrap();
    writer.compact().unwrap();
    drop(writer);
    assert_eq!((mode(&paths.state), mode(&paths.lock)), (0o600, 0o600));
    assert_eq!(names(&folder), ["podform.state.json", "podform.state.lock"]);
    let snapshot = read(&paths);
    assert_eq!(snapshot.state.serial, 1);
    assert_eq!(snapshot.version.batches, 0);
    assert_eq!(snapshot.state.lineage.len(), 36);
    assert_eq!(snapshot.state.pods[&address("a")].instances.len(), 1);
}

#[test]
fn a_killed_writer_leaves_a_journal_that_readers_see_and_the_next_writer_continues() {
    let (_folder, paths) = folder();
    let mut writer = open(&paths);
    writer.append(vec![begin("a", "g1")]).unwrap();
    let lineage = writer.state().lineage.clone();
    drop(writer);
    let snapshot = read(&paths);
    assert_eq!(snapshot.version, Version { lineage: lineage.clone(), serial: 0, batches: 1 });
    assert!(snapshot.state.pods.contains_key(&address("a")));
    assert!(!paths.state.exists());

    let mut writer = open(&paths);
    assert_eq!(writer.version(), snapshot.version);
    writer.append(vec![begin("b", "g1")]).unwrap();
    writer.compact().unwrap();
    assert!(!paths.journal.exists());
    let state = read(&paths).state;
    assert_eq!((state.lineage, state.serial, state.pods.len()), (lineage, 1, 2));
}

#[test]
fn a_state_that_does_not_change_is_not_written() {
    let (_folder, paths) = folder();
    written(&paths, vec![private(serde_json::json!(1))]);
    let before = std::fs::read(&paths.state).unwrap();
    written(&paths, vec![private(serde_json::json!(1))]);
    assert_eq!(std::fs::read(&paths.state).unwrap(), before);
    assert!(!paths.journal.exists() && !paths.backup.exists());
}

#[test]
fn a_stale_journal_is_dropped() {
    let (_folder, paths) = folder();
    let mut writer = open(&paths);
    writer.append(vec![begin("a", "g1")]).unwrap();
    let journal = std::fs::read(&paths.journal).unwrap();
    writer.compact().unwrap();
    drop(writer);
    // As if the process was killed between the renaming and the removal.
    std::fs::write(&paths.journal, &journal).unwrap();
    assert_eq!(read(&paths).version.batches, 0);
    let mut writer = open(&paths);
    writer.append(vec![begin("b", "g1")]).unwrap();
    assert_eq!(read(&paths).state.pods.len(), 2);
}

#[test]
fn a_journal_of_another_or_of_a_newer_state_is_refused() {
    let (_folder, paths) = folder();
    written(&paths, vec![begin("a", "g1")]);
    let old = std::fs::read(&paths.state).unwrap();
    written(&paths, vec![begin("b", "g1")]);
    let mut writer = open(&paths);
    writer.append(vec![begin("c", "g1")]).unwrap();
    drop(writer);

    std::fs::write(&paths.state, &old).unwrap();
    let error = Store::read(&paths.state).unwrap_err();
    assert!(matches!(error, Error::Ahead { journal: 2, state: Some(1), .. }), "{error}");
    std::fs::remove_file(&paths.state).unwrap();
    let error = Store::read(&paths.state).unwrap_err();
    assert!(matches!(error, Error::Ahead { journal: 2, state: None, .. }), "{error}");

    std::fs::write(&paths.state, &old).unwrap();
    edit(&paths.state, |state| state["lineage"] = "other".into());
    let error = Store::read(&paths.state).unwrap_err();
    assert!(matches!(error, Error::Lineage { .. }), "{error}");
    assert_eq!(error.code(), code::STATE_LINEAGE);
}

#[test]
fn broken_json_is_an_error_with_place_and_help() {
    let (_folder, paths) = folder();
    written(&paths, vec![begin("a", "g1")]);
    let text = std::fs::read_to_string(&paths.state).unwrap();
    std::fs::write(&paths.state, text.replace("\"serial\": 1", "\"serial\": one")).unwrap();
    let diagnostic = Store::read(&paths.state).unwrap_err().diagnostic();
    assert_eq!(diagnostic.code, code::STATE_CORRUPT);
    assert!(diagnostic.summary.contains("podform.state.json"), "{}", diagnostic.summary);
    assert!(diagnostic.summary.contains("line 8, column"), "{}", diagnostic.summary);
    assert!(diagnostic.help.as_ref().unwrap().contains("podform.state.json.backup"));
    assert!(Diagnostics::from(diagnostic).has_errors());
    let error = Store::open(&paths.state, &request()).unwrap_err();
    assert!(matches!(error, Error::Corrupt { .. }), "{error}");
}

#[test]
fn a_newer_additive_format_is_read_but_not_written() {
    let (_folder, paths) = folder();
    written(&paths, vec![begin("a", "g1")]);
    edit(&paths.state, |state| {
        state["format"]["additive"] = 99.into();
        state["written_by"] = "9.9.9".into();
        state["news"] = true.into();
    });
    assert_eq!(read(&paths).state.pods.len(), 1);
    let error = Store::open(&paths.state, &request()).unwrap_err();
    assert!(matches!(error, Error::ReadOnly { .. }), "{error}");
    assert!(error.help().unwrap().contains("9.9.9"));
}

#[test]
fn another_breaking_format_is_refused_by_name_whatever_else_it_says() {
    let (_folder, paths) = folder();
    std::fs::write(
        &paths.state,
        r#"{"format": {"breaking": 7, "additive": 0}, "written_by": "7.0.0", "pods": 3}"#,
    )
    .unwrap();
    let error = Store::read(&paths.state).unwrap_err();
    assert_eq!(error.code(), code::STATE_VERSION);
    assert!(error.to_string().contains("7.0.0"), "{error}");
}

#[test]
fn unknown_fields_survive() {
    let (_folder, paths) = folder();
    written(&paths, vec![begin("a", "g1"), launch("a", "i1", "g1", 0)]);
    edit(&paths.state, |state| {
        state["x"] = 1.into();
        state["pods"]["pod.a"]["y"] = 2.into();
        state["pods"]["pod.a"]["instances"][0]["z"] = 3.into();
    });
    written(&paths, vec![launched("a", "i2", "g1", 1), begin("b", "g1")]);
    let state = json(&paths.state);
    assert_eq!(state["serial"], 2);
    assert_eq!(state["x"], 1);
    assert_eq!(state["pods"]["pod.a"]["y"], 2);
    assert_eq!(state["pods"]["pod.a"]["instances"][0]["z"], 3);
}

#[test]
fn a_sensitive_value_is_never_written() {
    let (folder, paths) = folder();
    let secret = Value::string("hunter2").sensitive();
    let outputs = BTreeMap::from([
        ("open".to_owned(), Value::string("x")),
        ("hidden".to_owned(), Value::list(vec![secret.clone()])),
    ]);
    let mut begun = begin("a", "g1");
    if let Record::Begin { configuration, .. } = &mut begun {
        configuration.set("password", secret);
    }
    let mut writer = open(&paths);
    let error = writer.append(vec![Record::Outputs { outputs }, begun]).unwrap_err();
    assert!(error.to_string().contains("not digested"), "{error}");
    writer.compact().unwrap();
    drop(writer);
    assert_eq!(read(&paths).state.outputs.keys().collect::<Vec<_>>(), ["open"]);
    for name in names(&folder) {
        let text = std::fs::read(folder.path().join(&name)).unwrap();
        assert!(!String::from_utf8_lossy(&text).contains("hunter2"), "{name}");
    }
}

#[test]
fn records_before_one_that_is_refused_are_durable() {
    let (_folder, paths) = folder();
    let mut writer = open(&paths);
    let records = vec![begin("a", "g1"), launch("x", "i", "g", 0), begin("b", "g1")];
    assert!(matches!(writer.append(records), Err(Error::Record(_))));
    writer.append(vec![begin("c", "g1")]).unwrap();
    let pods = read(&paths).state.pods;
    assert_eq!(pods.keys().collect::<Vec<_>>(), [&address("a"), &address("c")]);
}

#[test]
fn the_key_is_made_by_the_first_writer_and_known_again() {
    let (_folder, paths) = folder();
    assert!(read(&paths).key(None).unwrap().is_none());
    let mut writer = open(&paths);
    let key = writer.key(None).unwrap();
    writer.compact().unwrap();
    drop(writer);
    let same = |other: &Key| *other.to_hex() == *key.to_hex();
    assert!(same(&read(&paths).key(None).unwrap().unwrap()));
    assert!(same(&read(&paths).key(Some(&key.to_hex())).unwrap().unwrap()));
    let batches = {
        let mut writer = open(&paths);
        assert!(same(&writer.key(None).unwrap()));
        writer.version().batches
    };
    assert_eq!(batches, 0, "a known key writes nothing");
}

#[test]
fn a_wrong_key_is_refused() {
    let (_folder, paths) = folder();
    open(&paths).key(None).unwrap();
    let other = Key::from_bytes([1; 32]);
    let snapshot = read(&paths);
    assert!(matches!(snapshot.key(Some(&other.to_hex())), Err(Error::Key { .. })));
    assert!(matches!(snapshot.key(Some("zz")), Err(Error::Key { .. })));
    assert!(matches!(open(&paths).key(Some(&other.to_hex())), Err(Error::Key { .. })));
    std::fs::write(&paths.key, other.to_hex().as_bytes()).unwrap();
    let error = open(&paths).key(None).unwrap_err();
    assert_eq!(error.code(), code::STATE_KEY);
    assert!(!error.to_string().contains("0101"), "a key is never shown");
}

#[test]
fn a_lost_key_makes_digests_unknown_for_writers_and_readers() {
    let (_folder, paths) = folder();
    let mut writer = open(&paths);
    writer.key(None).unwrap();
    writer.append(vec![begin("a", "g1")]).unwrap();
    writer.compact().unwrap();
    drop(writer);
    std::fs::remove_file(&paths.key).unwrap();
    assert!(read(&paths).key(None).unwrap().is_none());
    let mut writer = open(&paths);
    writer.key(None).unwrap();
    let pod = &writer.state().pods[&address("a")];
    assert_eq!(pod.configurations["g1"].get("password"), Some(&Value::Unknown));
}

#[test]
fn a_linked_state_file_keeps_its_place_and_its_lock() {
    let (folder, paths) = folder();
    written(&paths, vec![begin("a", "g1")]);
    let elsewhere = tempfile::tempdir().unwrap();
    let link: PathBuf = elsewhere.path().join("podform.state.json");
    std::os::unix::fs::symlink(&paths.state, &link).unwrap();
    written(&Paths::of(&link), vec![begin("b", "g1")]);
    assert!(link.is_symlink());
    assert_eq!(read(&paths).state.pods.len(), 2);
    assert_eq!(names(&elsewhere), ["podform.state.json"]);
    assert!(names(&folder).contains(&"podform.state.json.backup".to_owned()));
}

#[test]
fn a_missing_folder_is_an_error_that_names_it() {
    let error = Store::open(Path::new("/nonexistent/podform.state.json"), &request()).unwrap_err();
    assert_eq!(error.code(), code::STATE_IO);
    assert!(error.to_string().contains("/nonexistent"), "{error}");
}
