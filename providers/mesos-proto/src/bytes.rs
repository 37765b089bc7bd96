//! `bytes` fields: base64 on the wire, never shown.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize as _, Deserializer, Serializer, de};
use zeroize::{Zeroize as _, Zeroizing};

use crate::wire::{Wire, serde_by_wire};

/// The content of a `bytes` field. `Debug` shows only the length; the memory is overwritten on drop, because a field of this type may hold
/// a secret.
#[derive(Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bytes(Vec<u8>);

impl Bytes {
    /// The bytes.
    #[must_use]
    pub fn as_slice(&self) -> &[u8] {
        &self.0
    }

    /// Standard base64 with padding, as it stands in a message.
    #[must_use]
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// From standard base64 with padding; `None` if it is not.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok().map(Self)
    }

    /// Whether there is no byte.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl From<&[u8]> for Bytes {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.to_vec())
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bytes({} bytes)", self.0.len())
    }
}

impl Wire for Bytes {
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        Self::from_base64(&text)
            .ok_or_else(|| de::Error::custom("Failed to base64 decode bytes field"))
    }
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&Zeroizing::new(self.to_base64()))
    }
}

serde_by_wire!(Bytes);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_content() {
        assert_eq!(format!("{:?}", Bytes::from(&b"hunter2"[..])), "Bytes(7 bytes)");
    }

    #[test]
    fn base64_is_standard_with_padding() {
        assert_eq!(Bytes::from(vec![0xff, 0xfe]).to_base64(), "//4=");
        assert_eq!(Bytes::from_base64("//4"), None);
        let error = serde_json::from_str::<Bytes>("\"?\"").unwrap_err();
        assert!(error.to_string().contains("Failed to base64 decode bytes field"), "{error}");
    }
}
