//! Any bytes as a stream of records and as every message of Mesos's API: what is read is written and read as the same.
#![no_main]

use podform_mesos_proto::recordio::{Decoder, encode};
use podform_mesos_proto::{agent, json, master, scheduler};
use serde::{Serialize, de::DeserializeOwned};

/// The most bytes of a record.
const LIMIT: usize = 1 << 16;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let records = records(bytes, bytes.len().max(1));
    assert_eq!(records, self::records(bytes, 3), "records do not depend on how the bytes come");
    for text in records.0.iter().map(Vec::as_slice).chain([bytes]) {
        stays::<scheduler::Event>(text);
        stays::<master::Event>(text);
        stays::<master::Response>(text);
        stays::<agent::Response>(text);
        stays::<agent::ProcessIo>(text);
        stays::<scheduler::Call>(text);
    }
});

/// The records of a stream that comes in pieces of this size, and whether it was right to its end.
fn records(bytes: &[u8], size: usize) -> (Vec<Vec<u8>>, bool) {
    let mut decoder = Decoder::new(LIMIT);
    let (mut found, mut again) = (Vec::new(), Vec::new());
    for piece in bytes.chunks(size) {
        decoder.push(piece);
        while let Ok(Some(record)) = decoder.next_record() {
            again.extend(encode(record));
            found.push(record.to_vec());
        }
    }
    let right = decoder.finish().is_ok();
    // A length may begin with zeroes, which are not written again.
    assert!(!right || again.len() <= bytes.len());
    (found, right)
}

/// A message that is written is read as it was.
fn stays<T: DeserializeOwned + Serialize>(text: &[u8]) {
    let Ok(message) = json::from_slice::<T>(text) else { return };
    let written = json::to_vec(&message).expect("a message is written");
    let again = json::from_slice::<T>(&written).expect("what was written is read");
    assert_eq!(json::to_vec(&again).expect("a message is written"), written);
}
