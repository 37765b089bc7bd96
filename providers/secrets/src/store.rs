//! What every secret store can do.

use std::fmt;

use zeroize::Zeroizing;

use crate::{Error, Reference};

/// The value of a secret: overwritten when dropped, never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Zeroizing<Vec<u8>>);

impl SecretValue {
    /// Takes over the bytes.
    #[must_use]
    pub const fn new(bytes: Zeroizing<Vec<u8>>) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes, still overwritten when dropped.
    #[must_use]
    pub fn into_inner(self) -> Zeroizing<Vec<u8>> {
        self.0
    }
}

impl From<&str> for SecretValue {
    fn from(text: &str) -> Self {
        Self(Zeroizing::new(text.as_bytes().to_vec()))
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(***)")
    }
}

/// A secret that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its value.
    pub value: SecretValue,
    /// The store's version of it, where it has versions.
    pub version: Option<String>,
}

/// What a look at a secret brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Look {
    /// It still has the version that was known; its value was not read.
    Unchanged,
    /// It exists with this version, but its value may not be read here.
    Unreadable {
        /// The version.
        version: Option<String>,
    },
    /// It was read.
    Read(Found),
}

/// A secret store. Calls block; they may be made from any thread, also within a runtime.
pub trait Store: fmt::Debug + Send + Sync {
    /// Its name: the second label of its block, else its kind.
    fn name(&self) -> &str;

    /// Reads a secret.
    ///
    /// # Errors
    /// It does not exist, may not be read, or the store cannot be asked.
    fn read(&self, reference: &Reference) -> Result<Found, Error>;

    /// Looks at many secrets, each with the version that is known of it; reads a value only where that tells more. The answers stand in
    /// the order of the questions.
    fn look(&self, questions: &[(Reference, Option<String>)]) -> Vec<Result<Look, Error>> {
        questions.iter().map(|(reference, _)| self.read(reference).map(Look::Read)).collect()
    }
}
