//! Any bytes as a state file and as the lines of a journal: what is read is written and read as the same.
#![no_main]

use podform_state::{Header, State, decode, decode_journal, encode, frame};
use std::path::Path;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Ok(state) = decode(Path::new("s"), bytes) {
        stays(&state);
    }
    let _ = decode_journal(Path::new("j"), bytes);
    journal(bytes);
});

/// A state that is written is read as it was.
fn stays(state: &State) {
    let text = encode(state).expect("a state is written");
    let again = decode(Path::new("s"), &text).expect("what was written is read");
    assert_eq!(&again, state);
}

/// Each line as a batch of records with the checksum that it needs, applied to one state.
fn journal(bytes: &[u8]) {
    let header = serde_json::to_vec(&Header::new("l", 0)).expect("a header is written");
    let mut text = frame(&header);
    for line in bytes.split(|byte| *byte == b'\n') {
        text.extend(frame(line));
    }
    let Ok(replay) = decode_journal(Path::new("j"), &text) else { return };
    assert_eq!(replay.valid, text.len() as u64);
    let mut state = State::new("l");
    for record in replay.batches.iter().flat_map(|(_, batch)| batch) {
        let text = serde_json::to_vec(record).expect("a record is written");
        assert_eq!(&serde_json::from_slice::<podform_state::Record>(&text).expect("and read"), record);
        let before = state.clone();
        if state.apply(record).is_err() {
            assert_eq!(state, before);
        }
    }
    stays(&state);
}
