//! A crash or failure at every operation: the state is old or new, never neither, and nothing that
//! was acknowledged is lost.

use crate::fault::{Fault, FaultDisk};
use crate::make::{begin, done, gone, launch, launched, private, request, stop};
use podform_model::Value;
use podform_state::{Disk, Error, ExclusiveLock, Paths, Record, Snapshot, State, Store, Writer};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// What a run does.
enum Act {
    Append(Vec<Record>),
    Compact,
    /// Ends the process and starts another.
    Reopen,
}

fn acts() -> Vec<Act> {
    use Act::{Append, Compact, Reopen};
    vec![
        Append(vec![private(serde_json::json!({"framework_id": "podform-1"}))]),
        Append(vec![begin("a", "g1"), begin("b", "g1")]),
        Append(vec![launch("a", "i1", "g1", 0), launch("b", "i2", "g1", 0)]),
        Append(vec![launched("a", "i1", "g1", 0)]),
        Reopen,
        Append(vec![launched("b", "i2", "g1", 0), done("a"), done("b")]),
        Compact,
        Append(vec![stop("a", "i1")]),
        Append(vec![Record::Outputs {
            outputs: BTreeMap::from([("x".to_owned(), Value::string("y"))]),
        }]),
        Compact,
        Reopen,
        Append(vec![gone("a", "i1")]),
        Append(vec![Record::Remove { address: crate::make::address("a") }]),
        Compact,
    ]
}

/// What is remembered, apart from which version of the file it is.
fn content(state: &State) -> State {
    State { lineage: String::new(), serial: 0, ..state.clone() }
}

struct Run {
    /// What was acknowledged last.
    acknowledged: State,
    /// What was being done when the run ended, if it did not reach its end.
    attempted: Option<State>,
}

/// Runs the acts until one fails.
fn run(disk: &FaultDisk, paths: &Paths) -> Run {
    let mut model = State::default();
    let mut writer = open(disk, paths).unwrap();
    for act in acts() {
        let before = model.clone();
        let result = match act {
            Act::Append(records) => {
                for record in &records {
                    model.apply(record).unwrap();
                }
                writer.append(records)
            }
            Act::Compact => writer.compact(),
            Act::Reopen => {
                drop(writer);
                writer = open(disk, paths).unwrap();
                Ok(())
            }
        };
        if let Err(error) = result {
            assert!(matches!(error, Error::Io { .. }), "{error}");
            check_poisoned(&mut writer);
            return Run { acknowledged: before, attempted: Some(model) };
        }
        assert_eq!(content(writer.state()), content(&model));
    }
    Run { acknowledged: model, attempted: None }
}

fn check_poisoned(writer: &mut Writer) {
    let record = private(serde_json::json!(1));
    assert!(matches!(writer.append(vec![record]), Err(Error::Poisoned { .. })));
    assert!(matches!(writer.compact(), Err(Error::Poisoned { .. })));
}

fn open(disk: &FaultDisk, paths: &Paths) -> Result<Writer, Error> {
    let lock = ExclusiveLock::take(paths, &request())?;
    Store::open_on(Arc::new(disk.clone()), lock)
}

/// What is on the disk is what was acknowledged or what was attempted, and work goes on from it.
fn check(disk: &FaultDisk, paths: &Paths, run: &Run, what: &str) {
    let snapshot = Store::read_on(disk, paths).unwrap_or_else(|e| panic!("{what}: {e}"));
    let found = content(&snapshot.state);
    let acknowledged = found == content(&run.acknowledged);
    let attempted = run.attempted.as_ref().is_some_and(|state| found == content(state));
    assert!(acknowledged || attempted, "{what}: neither old nor new: {found:#?}");
    check_goes_on(disk, paths, snapshot, what);
}

fn check_goes_on(disk: &FaultDisk, paths: &Paths, snapshot: Snapshot, what: &str) {
    let mut expected = snapshot.state;
    let record = private(serde_json::json!({"framework_id": "podform-2"}));
    expected.apply(&record).unwrap();
    let mut writer = open(disk, paths).unwrap_or_else(|e| panic!("{what}: {e}"));
    writer.append(vec![record]).unwrap();
    let read = || content(&Store::read_on(disk, paths).unwrap().state);
    assert_eq!(read(), content(&expected), "{what}");
    writer.compact().unwrap();
    assert_eq!(read(), content(&expected), "{what}");
}

fn for_every_operation(fault: Fault, check: impl Fn(&FaultDisk, &Paths, &Run, &str)) {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let whole = FaultDisk::default();
    let ended = run(&whole, &paths);
    assert!(ended.attempted.is_none());
    let operations = whole.operations();
    assert!(operations > 40, "{operations} operations");
    for n in 0..operations {
        let disk = FaultDisk::default().with_fault(n, fault);
        let run = run(&disk, &paths);
        check(&disk, &paths, &run, &format!("{fault:?} at operation {n}"));
    }
}

#[test]
fn a_crash_at_any_operation_leaves_the_old_or_the_new_state() {
    for fault in [Fault::Freeze, Fault::Half] {
        for_every_operation(fault, |disk, paths, run, what| {
            for (i, survivor) in disk.survivors().iter().enumerate() {
                check(survivor, paths, run, &format!("{what}, survivor {i}"));
            }
        });
    }
}

#[test]
fn a_failure_of_any_operation_is_told_and_leaves_the_old_or_the_new_state() {
    for_every_operation(Fault::Fail, |disk, paths, run, what| {
        // The copy of the previous state has a second way when names cannot be shared.
        check(disk, paths, run, what);
    });
}

#[test]
fn a_power_failure_after_the_end_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let disk = FaultDisk::default();
    let run = run(&disk, &paths);
    for survivor in disk.survivors() {
        check(&survivor, &paths, &run, "at the end");
    }
}

#[test]
fn the_backup_is_the_previous_version() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let disk = FaultDisk::default();
    let mut writer = open(&disk, &paths).unwrap();
    let read = |path: &Path| disk.read(path).unwrap();
    writer.append(vec![begin("a", "g1")]).unwrap();
    writer.compact().unwrap();
    assert_eq!(read(&paths.backup), None);
    let first = read(&paths.state);
    writer.append(vec![begin("a", "g2")]).unwrap();
    writer.compact().unwrap();
    assert_eq!(read(&paths.backup), first);
    assert_eq!(read(&paths.journal), None);
}

#[test]
fn what_an_append_writes_does_not_depend_on_the_size_of_the_state() {
    let cost = |pods: usize| {
        let folder = tempfile::tempdir().unwrap();
        let paths = Paths::of(&folder.path().join("podform.state.json"));
        let disk = FaultDisk::default();
        let mut writer = open(&disk, &paths).unwrap();
        let fill = (0..pods).map(|i| begin(&format!("p{i}"), "g1")).collect();
        writer.append(fill).unwrap();
        let before = disk.written();
        writer.append(vec![launch("p0", "i1", "g1", 0)]).unwrap();
        writer.append(vec![launched("p0", "i1", "g1", 0), done("p0")]).unwrap();
        disk.written() - before
    };
    assert_eq!(cost(1), cost(1000));
}
