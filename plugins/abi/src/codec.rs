//! How messages become bytes.

use crate::Body;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// A codec by its id. A plugin says which it knows as a set of bits, bit `id - 1` for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[repr(u8)]
pub enum Codec {
    /// JSON (RFC 8259) in UTF-8.
    Json = 1,
}

impl Codec {
    /// The codec of an id.
    #[must_use]
    pub fn from_id(id: u32) -> Option<Self> {
        (id == 1).then_some(Self::Json)
    }

    /// Its bit in a plugin's set of codecs.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << (self as u32 - 1)
    }
}

/// A message that cannot be written or read. Never holds a part of the message, which may be
/// sensitive.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CodecError {
    /// The bytes are not a message of the expected type.
    #[error("the message is not {expected} ({problem} at line {line}, column {column})")]
    Malformed {
        /// What was expected.
        expected: &'static str,
        /// What kind of problem it is.
        problem: &'static str,
        /// Line in the message, from 1.
        line: usize,
        /// Column in that line, from 1.
        column: usize,
    },
    /// The message cannot be expressed.
    #[error("{what} cannot be written as JSON")]
    Inexpressible {
        /// What should have been written.
        what: &'static str,
    },
}

/// Writes a message. `what` names its kind in errors: `a request`.
///
/// # Errors
/// The message holds what the codec cannot express (a map whose keys are not text).
pub fn encode<T: Serialize>(
    codec: Codec,
    what: &'static str,
    message: &T,
) -> Result<Body, CodecError> {
    let Codec::Json = codec;
    let mut body = Body::with_capacity(256);
    serde_json::to_writer(&mut body, message).map_err(|_| CodecError::Inexpressible { what })?;
    Ok(body)
}

/// Reads a message. `expected` names its kind in errors: `a request`.
///
/// # Errors
/// The bytes are not such a message; the error says where, never what stands there.
pub fn decode<T: DeserializeOwned>(
    codec: Codec,
    expected: &'static str,
    bytes: &[u8],
) -> Result<T, CodecError> {
    let Codec::Json = codec;
    podform_model::json::from_slice(bytes).map_err(|error| CodecError::Malformed {
        expected,
        problem: match error.classify() {
            serde_json::error::Category::Eof => "it ends too early",
            serde_json::error::Category::Syntax => "it is not JSON",
            serde_json::error::Category::Data => "it does not fit",
            serde_json::error::Category::Io => "it cannot be read",
        },
        line: error.line(),
        column: error.column(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_never_shows_the_message() {
        let error = decode::<u32>(Codec::Json, "a number", b"\"hunter2\"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "the message is not a number (it does not fit at line 1, column 9)"
        );
        assert!(!format!("{error:?}").contains("hunter2"));
    }

    #[test]
    fn every_codec_has_its_own_bit() {
        assert_eq!(Codec::from_id(1), Some(Codec::Json));
        assert_eq!(Codec::from_id(0), None);
        assert_eq!(Codec::Json.bit(), 1);
    }

    #[test]
    fn text_longer_than_the_first_allocation_survives() {
        let text = "é".repeat(100_000);
        let body = encode(Codec::Json, "text", &text).unwrap();
        assert_eq!(decode::<String>(Codec::Json, "text", &body).unwrap(), text);
    }
}
