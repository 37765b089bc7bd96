//! The key of a state, and the digests that stand for sensitive values and secrets.

use crate::disk::{Disk, RealDisk};
use crate::error::Error;
use crate::paths::{folder_of, with};
use hmac::{Hmac, KeyInit, Mac};
use podform_model::Value;
use serde::Serialize;
use sha2::Sha256;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use zeroize::Zeroizing;

/// A key for HMAC-SHA-256, 32 bytes. It is overwritten in memory when it is dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl fmt::Debug for Key {
    /// Never shows the key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A key from 64 hexadecimal digits; white space around them does not matter. `None` when
    /// the text is anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = Self(Zeroizing::new([0; 32]));
        hex::decode_to_slice(text.trim(), &mut *key.0).ok()?;
        Some(key)
    }

    /// A new random key.
    ///
    /// # Errors
    /// The operating system has no random bytes.
    pub fn generate() -> io::Result<Self> {
        let mut key = Self(Zeroizing::new([0; 32]));
        let mut filled = 0;
        while filled < key.0.len() {
            filled += rustix::rand::getrandom(
                &mut key.0[filled..],
                rustix::rand::GetRandomFlags::empty(),
            )?;
        }
        Ok(key)
    }

    /// The key as 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(hex::encode(*self.0))
    }

    /// Reads the key file; `None` when there is none.
    ///
    /// # Errors
    /// The file cannot be read, or is not a key.
    pub fn load(path: &Path) -> Result<Option<Self>, Error> {
        let bytes = RealDisk.read(path).map_err(|e| Error::io("read", path, e))?;
        let Some(bytes) = bytes.map(Zeroizing::new) else { return Ok(None) };
        let key = std::str::from_utf8(&bytes).ok().and_then(Self::from_hex);
        key.map(Some).ok_or_else(|| Error::Key {
            message: format!("`{}` does not hold a key (64 hexadecimal digits)", path.display()),
            path: path.to_owned(),
        })
    }

    /// Reads the key file, or makes it with a new key (mode 0600) when there is none. Of several
    /// processes that do so at once one makes it and all get the same key.
    ///
    /// # Errors
    /// The file cannot be read or made, or is not a key.
    pub fn load_or_create(path: &Path) -> Result<Self, Error> {
        if let Some(key) = Self::load(path)? {
            return Ok(key);
        }
        let key = Self::generate().map_err(|e| Error::io("find random bytes for", path, e))?;
        let temporary = with(path, &format!(".{}.tmp", std::process::id()));
        let made = key.save_as(&temporary, path);
        RealDisk.remove(&temporary).map_err(|e| Error::io("remove", &temporary, e))?;
        match made {
            Ok(()) => Ok(key),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Self::load(path)?
                .ok_or_else(|| Error::io("read", path, io::ErrorKind::NotFound.into())),
            Err(error) => Err(Error::io("write", path, error)),
        }
    }

    /// Writes the key to `temporary` and gives it the name `path` unless that is taken.
    fn save_as(&self, temporary: &Path, path: &Path) -> io::Result<()> {
        let mut file = RealDisk.create(temporary)?;
        file.write(self.to_hex().as_bytes())?;
        file.write(b"\n")?;
        file.sync()?;
        std::fs::hard_link(temporary, path)?;
        RealDisk.sync_folder(folder_of(path))
    }

    fn digest(&self, domain: &str, feed: impl FnOnce(&mut Feed) -> io::Result<()>) -> String {
        let mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&*self.0)
            .expect("HMAC takes a key of any length");
        let mut feed_to = Feed(mac);
        feed_to.0.update(domain.as_bytes());
        feed_to.0.update(b"\0");
        feed(&mut feed_to).expect("a MAC takes all bytes, and every value has a JSON text");
        hex::encode(feed_to.0.finalize().into_bytes())
    }

    /// The digest of a value: HMAC-SHA-256 in hexadecimal digits over `value`, a zero byte, and
    /// the value's JSON text with every sensitive mark taken off. Its text is never kept in memory.
    #[must_use]
    pub fn digest_value(&self, value: &Value) -> String {
        self.digest("value", |feed| {
            let mut serializer = serde_json::Serializer::new(feed);
            Ok(revealed(value).serialize(&mut serializer)?)
        })
    }

    /// The digest of a secret: HMAC-SHA-256 in hexadecimal digits over `secret`, a zero byte, and
    /// the bytes.
    #[must_use]
    pub fn digest_bytes(&self, bytes: &[u8]) -> String {
        self.digest("secret", |feed| feed.write_all(bytes))
    }

    /// What a state keeps to know the key again: a digest of its lineage.
    #[must_use]
    pub fn check(&self, lineage: &str) -> String {
        self.digest("key", |feed| feed.write_all(lineage.as_bytes()))
    }

    /// The value as it may be at rest: a digest stands for each sensitive value. One that is
    /// unknown, or holds something unknown, becomes unknown.
    #[must_use]
    pub fn redact(&self, value: &Value) -> Value {
        value.transform(&mut |value| match value {
            Value::Sensitive(inner) => self.redact_sensitive(inner.reveal()),
            other => other,
        })
    }

    fn redact_sensitive(&self, value: &Value) -> Value {
        match value {
            Value::Digest(_) => value.clone(),
            value if revealed(value).has_unknown() => Value::Unknown,
            value => Value::Digest(self.digest_value(value).into()),
        }
    }
}

/// Writes into a MAC, so that no buffer holds the text.
struct Feed(Hmac<Sha256>);

impl Write for Feed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The value without any sensitive mark inside.
fn revealed(value: &Value) -> Value {
    value.transform(&mut |value| match value {
        Value::Sensitive(inner) => revealed(&inner),
        other => other,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> Key {
        Key::from_bytes([7; 32])
    }

    #[test]
    fn digests_are_hmac_sha256_over_domain_and_text() {
        // Computed with `printf 'secret\0hunter2' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0707…`.
        assert_eq!(
            key().digest_bytes(b"hunter2"),
            "646bbf52d7a7e543a6d5a4f94ee5db618efa95933cdc1a12d09ccf5269cf22bc"
        );
        assert_eq!(
            key().digest_value(&Value::string("hunter2")),
            "a9cffa9277d8208765d6f13433e74cbadd2497a0fdeaeb880894f25ecbbfa91c"
        );
    }

    #[test]
    fn marks_do_not_change_a_digest_but_the_kind_of_thing_does() {
        let plain = Value::list(vec![Value::string("a")]);
        let marked = Value::list(vec![Value::string("a").sensitive()]).sensitive();
        assert_eq!(key().digest_value(&plain), key().digest_value(&marked));
        assert_ne!(key().digest_value(&Value::string("a")), key().digest_bytes(b"\"a\""));
    }

    #[test]
    fn redacting_leaves_no_sensitive_value() {
        let secret = Value::string("hunter2").sensitive();
        let value = Value::object([
            ("a", secret.clone()),
            ("b", Value::object([("c", secret.clone())]).sensitive()),
            ("d", Value::Unknown.sensitive()),
            ("e", Value::string("x")),
        ]);
        let redacted = key().redact(&value);
        assert!(!serde_json::to_string(&redacted).unwrap().contains("hunter2"));
        assert_eq!(
            redacted.get("a"),
            Some(&Value::Digest(key().digest_value(&Value::string("hunter2")).into()))
        );
        assert_eq!(redacted.get("d"), Some(&Value::Unknown));
        assert_eq!(redacted.get("e"), Some(&Value::string("x")));
        assert_eq!(key().redact(&redacted), redacted);
    }

    #[test]
    fn a_key_file_is_made_once_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("podform.state.key");
        assert!(Key::load(&path).unwrap().is_none());
        let key = Key::load_or_create(&path).unwrap();
        assert_eq!(*Key::load_or_create(&path).unwrap().to_hex(), *key.to_hex());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&path, "not a key").unwrap();
        assert!(matches!(Key::load(&path), Err(Error::Key { .. })));
    }

    #[test]
    fn debug_does_not_show_the_key() {
        assert!(!format!("{:?}", key()).contains('7'));
    }
}
