//! Journals that end in the middle, and journals that someone changed.

use crate::make::{begin, launch, private, request};
use podform_state::{Error, Header, Paths, Record, State, Store, decode_journal, frame};
use std::path::Path;

fn batches() -> Vec<Vec<Record>> {
    vec![
        vec![begin("a", "g1"), begin("b", "g1")],
        vec![launch("a", "i1", "g1", 0)],
        vec![private(serde_json::json!({"text": "with \n a line break and ünïcode"}))],
    ]
}

/// A journal and the bytes after which each of its lines ends.
fn journal() -> (Vec<u8>, Vec<usize>) {
    let mut text = frame(&serde_json::to_vec(&Header::new("l", 0)).unwrap());
    let mut ends = vec![text.len()];
    for batch in batches() {
        text.extend(frame(&serde_json::to_vec(&batch).unwrap()));
        ends.push(text.len());
    }
    (text, ends)
}

fn state_of(batches: &[Vec<Record>]) -> State {
    let mut state = State::new("l");
    for record in batches.iter().flatten() {
        state.apply(record).unwrap();
    }
    state
}

#[test]
fn a_journal_cut_at_any_byte_keeps_every_whole_batch_and_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let (text, ends) = journal();
    for cut in 0..=text.len() {
        std::fs::write(&paths.journal, &text[..cut]).unwrap();
        // The header is durable before the file has its name: part of one is another file.
        if (1..ends[0]).contains(&cut) {
            let error = Store::read(&paths.state).unwrap_err();
            assert!(matches!(error, Error::Journal { offset: 0, .. }), "cut at {cut}: {error}");
            continue;
        }
        let whole = ends.iter().filter(|&&end| end <= cut).count().saturating_sub(1);
        let expected = state_of(&batches()[..whole]);
        let snapshot = Store::read(&paths.state).unwrap();
        assert_eq!(snapshot.state.pods, expected.pods, "cut at {cut}");
        assert_eq!(snapshot.version.batches, whole as u64);

        let mut writer = Store::open(&paths.state, &request()).unwrap();
        writer.append(vec![begin("c", "g1")]).unwrap();
        drop(writer);
        let after = Store::read(&paths.state).unwrap().state;
        assert_eq!(after.pods.len(), expected.pods.len() + 1, "cut at {cut}");
        assert_eq!(after.pending, expected.pending, "cut at {cut}");
    }
}

#[test]
fn a_byte_changed_before_the_last_line_is_an_error_with_its_offset() {
    let (text, ends) = journal();
    let last = ends[ends.len() - 2];
    for at in 0..last {
        for change in [1_u8, 0x20, 0x80] {
            let mut text = text.clone();
            text[at] ^= change;
            // Hexadecimal digits mean the same in either case.
            if text[at].eq_ignore_ascii_case(&(text[at] ^ change)) {
                continue;
            }
            let line = ends.iter().filter(|&&end| end <= at).max().copied().unwrap_or(0);
            match decode_journal(Path::new("j"), &text) {
                Err(Error::Journal { offset, .. }) => assert_eq!(offset, line as u64, "byte {at}"),
                other => panic!("byte {at}: {other:?}"),
            }
        }
    }
}

#[test]
fn a_byte_changed_in_the_last_line_never_gives_another_record() {
    let (text, ends) = journal();
    for at in ends[ends.len() - 2]..text.len() {
        let mut changed = text.clone();
        changed[at] ^= 1;
        match decode_journal(Path::new("j"), &changed) {
            Ok(replay) => {
                let read: Vec<_> = replay.batches.into_iter().map(|(_, batch)| batch).collect();
                assert_eq!(read, batches()[..read.len()], "byte {at}");
            }
            Err(Error::Journal { .. }) => {}
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
}

#[test]
fn a_right_line_with_something_after_it_was_changed() {
    let (mut text, ends) = journal();
    let last = ends[ends.len() - 2] as u64;
    text.pop();
    text.extend(b"!!");
    assert!(
        matches!(decode_journal(Path::new("j"), &text), Err(Error::Journal { offset, .. }) if offset == last)
    );
}

#[test]
fn a_record_that_does_not_fit_the_state_is_an_error_with_its_offset() {
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::of(&folder.path().join("podform.state.json"));
    let (mut text, _) = journal();
    let offset = text.len() as u64;
    text.extend(frame(&serde_json::to_vec(&vec![launch("x", "i", "g", 0)]).unwrap()));
    std::fs::write(&paths.journal, &text).unwrap();
    let error = Store::read(&paths.state).unwrap_err();
    assert!(matches!(error, Error::Journal { offset: at, .. } if at == offset), "{error}");
    assert!(error.to_string().contains("`pod.x` is not in the state"), "{error}");
}
