//! Bytes of a message: they may hold sensitive values, so they are wiped when they are dropped.

use std::io;
use zeroize::{Zeroize, Zeroizing};

/// The encoded bytes of a message; wiped when dropped.
pub type Body = Zeroizing<Vec<u8>>;

/// Collects a [`Body`] that is not known in length beforehand. Where a plain vector would leave
/// copies behind when it grows, this one wipes the outgrown memory.
#[derive(Default)]
pub struct BodyWriter {
    bytes: Body,
}

impl BodyWriter {
    /// An empty one with room for so many bytes.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(capacity)) }
    }

    /// The bytes written so far.
    #[must_use]
    pub fn finish(self) -> Body {
        self.bytes
    }

    /// How many bytes were written so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether nothing was written so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    fn reserve(&mut self, more: usize) {
        let needed = self.bytes.len().saturating_add(more);
        if needed <= self.bytes.capacity() {
            return;
        }
        // By no more than a quarter: what is never used is wiped too.
        let capacity = self.bytes.capacity();
        let mut grown = Vec::with_capacity(needed.max(capacity.saturating_add(capacity / 4)));
        grown.extend_from_slice(&self.bytes);
        self.bytes.zeroize();
        self.bytes = Zeroizing::new(grown);
    }
}

impl io::Write for BodyWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.reserve(bytes.len());
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
