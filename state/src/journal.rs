//! The text of the journal: a header and batches of records, one line each.
//!
//! A line is `LENGTH CHECKSUM JSON`: the length of the JSON in bytes as 8 hexadecimal digits, the
//! first 16 hexadecimal digits of its SHA-256, and the JSON, which holds no line break. One batch
//! is one line, so it is there as a whole or not at all.

use crate::error::Error;
use crate::format::Stamp;
use crate::record::Record;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::Path;

/// The bytes of `LENGTH CHECKSUM ` before the JSON.
const PREFIX: usize = 8 + 1 + 16 + 1;

/// Which state a journal continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    #[serde(flatten)]
    pub(crate) stamp: Stamp,
    /// The lineage of the state.
    pub lineage: String,
    /// The serial of the state file that the records come after; 0: there was none.
    pub serial: u64,
}

impl Header {
    /// The header that this release writes.
    #[must_use]
    pub fn new(lineage: impl Into<String>, serial: u64) -> Self {
        Self { stamp: Stamp::current(), lineage: lineage.into(), serial }
    }
}

/// What a journal says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Replay {
    /// Its header; `None`: the journal is empty, or its first write did not come to an end.
    pub header: Option<Header>,
    /// The batches and where each begins.
    pub batches: Vec<(u64, Vec<Record>)>,
    /// The bytes that are whole; what comes after is a write that did not come to an end.
    pub valid: u64,
}

/// One line: the length and checksum of `json` and `json` itself.
#[must_use]
pub fn frame(json: &[u8]) -> Vec<u8> {
    let mut line = format!("{:08x} {} ", json.len(), checksum(json)).into_bytes();
    line.extend_from_slice(json);
    line.push(b'\n');
    line
}

fn checksum(json: &[u8]) -> String {
    hex::encode(&Sha256::digest(json)[..8])
}

/// Reads a journal; `path` is for messages.
///
/// A last line that is not whole is a write that did not come to an end: it was never
/// acknowledged and is left out.
///
/// # Errors
/// [`Error::Journal`] when a line before the last is broken or does not say what it should,
/// [`Error::Format`] when another release wrote it.
pub fn decode(path: &Path, text: &[u8]) -> Result<Replay, Error> {
    let mut replay = Replay::default();
    let mut at = 0;
    while at < text.len() {
        let rest = &text[at..];
        let Some(json) = whole_line(rest) else {
            // The header is durable before the journal gets its name, so it is never torn.
            if is_last(rest) && replay.header.is_some() {
                break;
            }
            return Err(broken(path, at, "the checksum does not match"));
        };
        if replay.header.is_none() {
            replay.header = Some(header(path, at, json)?);
        } else {
            let batch = serde_json::from_slice(json)
                .map_err(|error| broken(path, at, &error.to_string()))?;
            replay.batches.push((at as u64, batch));
        }
        at += PREFIX + json.len() + 1;
    }
    replay.valid = at as u64;
    Ok(replay)
}

fn header(path: &Path, at: usize, json: &[u8]) -> Result<Header, Error> {
    let stamp: Stamp =
        serde_json::from_slice(json).map_err(|error| broken(path, at, &error.to_string()))?;
    stamp.check_readable(path)?;
    // A newer release may have written records that this one would have to overlook.
    stamp.check_writable(path)?;
    serde_json::from_slice(json).map_err(|error| broken(path, at, &error.to_string()))
}

fn broken(path: &Path, at: usize, message: &str) -> Error {
    Error::Journal { path: path.to_owned(), offset: at as u64, message: message.to_owned() }
}

/// The JSON of the line at the beginning of `text`, when all of it is there and right.
fn whole_line(text: &[u8]) -> Option<&[u8]> {
    let json = right_json(text)?;
    (text.get(PREFIX + json.len()) == Some(&b'\n')).then_some(json)
}

/// The JSON at the beginning of `text` when length and checksum are right, whatever comes after.
fn right_json(text: &[u8]) -> Option<&[u8]> {
    let (length, rest) = text.split_at_checked(8)?;
    let (sum, rest) = rest.strip_prefix(b" ")?.split_at_checked(16)?;
    let mut big_endian = [0; 4];
    hex::decode_to_slice(length, &mut big_endian).ok()?;
    let length = usize::try_from(u32::from_be_bytes(big_endian)).ok()?;
    let json = rest.strip_prefix(b" ")?.get(..length)?;
    (sum == checksum(json).as_bytes()).then_some(json)
}

/// Whether a broken line is a write that did not come to an end: nothing stands after its end.
fn is_last(text: &[u8]) -> bool {
    if let Some(json) = right_json(text) {
        // All is right but the end: with more after it, that was changed later.
        return PREFIX + json.len() == text.len();
    }
    text.iter().position(|&byte| byte == b'\n').is_none_or(|end| end + 1 == text.len())
}
