//! Reading JSON.

use serde::Deserialize;

/// Reads JSON text. Its encoding is checked once, where [`serde_json::from_slice`] checks it string by string.
///
/// # Errors
/// It is not JSON, or not such a value; with line and column.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, serde_json::Error> {
    match std::str::from_utf8(bytes) {
        Ok(text) => serde_json::from_str(text),
        // It says where.
        Err(_) => serde_json::from_slice(bytes),
    }
}
