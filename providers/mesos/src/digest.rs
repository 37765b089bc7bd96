//! Keyed digests of secrets and sensitive values.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The key for digests, made by podform and kept beside its state. Never shown.
#[derive(Clone)]
pub(crate) struct Key(Zeroizing<Vec<u8>>);

impl std::fmt::Debug for Key {
    /// Shows no byte of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// Reads a key from its hex text; `None` when it is not hex or empty.
    pub(crate) fn from_hex(text: &str) -> Option<Self> {
        let bytes = Zeroizing::new(hex::decode(text).ok()?);
        (!bytes.is_empty()).then_some(Self(bytes))
    }

    /// The digest of a secret's value: HMAC-SHA-256 over `secret`, a zero byte, and the value, in hex.
    pub(crate) fn secret(&self, value: &[u8]) -> String {
        // An HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("any key length is legal");
        mac.update(b"secret\0");
        mac.update(value);
        hex::encode(mac.finalize().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_keyed_and_stable() {
        let a = Key::from_hex(&"00".repeat(32)).unwrap();
        let b = Key::from_hex(&"01".repeat(32)).unwrap();
        assert_eq!(a.secret(b"x"), a.secret(b"x"));
        assert_ne!(a.secret(b"x"), b.secret(b"x"));
        assert_eq!(a.secret(b"x").len(), 64);
        assert!(!format!("{a:?}").contains("00"));
    }

    #[test]
    fn what_is_not_hex_is_no_key() {
        assert!(Key::from_hex("zz").is_none());
        assert!(Key::from_hex("").is_none());
    }
}
