//! Bytes that do not stay in memory.

use std::fmt;
use std::io;
use std::ops::Deref;
use zeroize::Zeroize as _;

/// Bytes that may hold secrets, as those of a message: they are overwritten when they are dropped,
/// and so is the memory that they outgrow. They only grow, so nothing was ever behind their end.
#[derive(Default, Clone, PartialEq, Eq)]
pub struct Wiped(Vec<u8>);

impl Wiped {
    /// None, with room for so many.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// Adds bytes at the end.
    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        let needed = self.0.len().saturating_add(bytes.len());
        let capacity = self.0.capacity();
        if needed > capacity {
            // A vector that grows by itself would leave a copy behind.
            let mut grown = Vec::with_capacity(needed.max(capacity.saturating_mul(2)));
            grown.extend_from_slice(&self.0);
            drop(Self(std::mem::replace(&mut self.0, grown)));
        }
        self.0.extend_from_slice(bytes);
    }

    /// The bytes, to be wiped by the caller.
    #[must_use]
    pub fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }
}

impl From<Vec<u8>> for Wiped {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Drop for Wiped {
    fn drop(&mut self) {
        self.0.as_mut_slice().zeroize();
    }
}

impl Deref for Wiped {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl fmt::Debug for Wiped {
    /// Shows how many there are, never which.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl io::Write for Wiped {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    #[test]
    fn they_grow_and_are_not_shown() {
        let mut bytes = Wiped::with_capacity(2);
        for at in 0..1000_u32 {
            bytes.write_all(&at.to_le_bytes()).unwrap();
        }
        assert!(bytes.chunks(4).eq((0..1000_u32).map(u32::to_le_bytes)));
        assert_eq!(format!("{bytes:?}"), "4000 bytes");
        assert_eq!(bytes.clone(), Wiped::from(bytes.into_vec()));
    }
}
