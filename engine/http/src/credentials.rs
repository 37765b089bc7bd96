//! Who asks: the `Authorization` header and its kind.

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::Error;

/// The most bytes of a file with a secret.
const FILE_LIMIT: u64 = 1024 * 1024;

/// Where a secret text comes from.
#[derive(Clone)]
pub enum SecretText {
    /// A file; its content without a line feed at the end. Read again when a server answers 401 or 403.
    File(PathBuf),
    /// The text itself.
    Value(Zeroizing<String>),
}

impl SecretText {
    /// The text now.
    ///
    /// # Errors
    /// The file cannot be read, is not text, is empty or is longer than 1 MiB.
    pub fn read(&self) -> Result<Zeroizing<String>, Error> {
        match self {
            Self::Value(text) => Ok(text.clone()),
            Self::File(path) => read_file(path),
        }
    }
}

fn read_file(path: &PathBuf) -> Result<Zeroizing<String>, Error> {
    use std::io::Read as _;
    let unreadable = |source| Error::File { path: path.clone(), source };
    let invalid = |what: &str| Error::InvalidFile { path: path.clone(), what: what.to_owned() };
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    if length > FILE_LIMIT {
        return Err(invalid("is too long for a secret"));
    }
    // Room for all of it at once: a vector that grows leaves its former content behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1));
    file.take(FILE_LIMIT).read_to_end(&mut bytes).map_err(unreadable)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| invalid("is not UTF-8"))?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err(invalid("is empty"));
    }
    Ok(Zeroizing::new(text.to_owned()))
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "File({})", path.display()),
            Self::Value(_) => f.write_str("Value(***)"),
        }
    }
}

/// How a client shows who it is.
#[derive(Debug, Clone, Default)]
pub enum Credentials {
    /// Not at all.
    #[default]
    None,
    /// `Authorization: Basic …`
    Basic {
        /// The name.
        principal: String,
        /// The secret; Mesos cannot take one with a colon.
        secret: SecretText,
    },
    /// `Authorization: Bearer …`
    Bearer(SecretText),
    /// `Authorization: token=…`, as DC/OS wants it.
    Token(SecretText),
    /// Another header whose whole value is the secret, such as `X-Vault-Token`.
    Header {
        /// Its name.
        name: String,
        /// Its value.
        value: SecretText,
    },
}

impl Credentials {
    /// Whether they come from a file, which may be renewed while podform runs.
    const fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Basic { secret: SecretText::File(path), .. }
            | Self::Bearer(SecretText::File(path))
            | Self::Token(SecretText::File(path))
            | Self::Header { value: SecretText::File(path), .. } => Some(path),
            _ => None,
        }
    }

    /// The header now.
    fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
        let (name, text) = match self {
            Self::None => return Ok(None),
            Self::Basic { principal, secret } => (AUTHORIZATION, basic(principal, &secret.read()?)),
            Self::Bearer(token) => {
                (AUTHORIZATION, Zeroizing::new(format!("Bearer {}", *token.read()?)))
            }
            Self::Token(token) => {
                (AUTHORIZATION, Zeroizing::new(format!("token={}", *token.read()?)))
            }
            Self::Header { name, value } => {
                let wrong = |_| Error::Settings { what: format!("`{name}` is not a header") };
                (HeaderName::from_bytes(name.as_bytes()).map_err(wrong)?, value.read()?)
            }
        };
        let wrong = |_| match self.file() {
            Some(path) => Error::InvalidFile {
                path: path.clone(),
                what: "holds characters that a header cannot carry".to_owned(),
            },
            None => Error::Settings {
                what: "the credentials hold characters that a header cannot carry".to_owned(),
            },
        };
        let mut value = HeaderValue::from_str(&text).map_err(wrong)?;
        value.set_sensitive(true);
        Ok(Some((name, value)))
    }
}

fn basic(principal: &str, secret: &str) -> Zeroizing<String> {
    let pair = Zeroizing::new(format!("{principal}:{secret}"));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Zeroizing::new(format!("Basic {}", *encoded))
}

/// Credentials with the header made from them, so that a file is not read for each request.
#[derive(Debug, Default)]
pub(crate) struct Cached {
    credentials: Credentials,
    /// The `Debug` of a header value marked as sensitive does not show it.
    header: Mutex<Option<(HeaderName, HeaderValue)>>,
}

impl Cached {
    pub(crate) fn new(credentials: Credentials) -> Self {
        Self { credentials, header: Mutex::new(None) }
    }

    /// The header to send.
    pub(crate) fn header(&self) -> Result<Option<(HeaderName, HeaderValue)>, Error> {
        let mut cached = self.header.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if cached.is_none() {
            *cached = self.credentials.header()?;
        }
        Ok(cached.clone())
    }

    /// Reads the file again after a refusal; whether the header is another one than `refused` now.
    pub(crate) fn renew(&self, refused: Option<&(HeaderName, HeaderValue)>) -> Result<bool, Error> {
        if self.credentials.file().is_none() {
            return Ok(false);
        }
        // A file that cannot be read now (it is just being replaced) renews nothing.
        let Ok(new) = self.credentials.header() else { return Ok(false) };
        let changed = new.as_ref() != refused;
        *self.header.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = new;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header_of(credentials: &Credentials) -> String {
        credentials.header().unwrap().unwrap().1.to_str().unwrap().to_owned()
    }

    #[test]
    fn every_kind_makes_its_header() {
        let secret = || SecretText::Value(Zeroizing::new("open sesame".to_owned()));
        let basic = Credentials::Basic { principal: "me".to_owned(), secret: secret() };
        assert_eq!(header_of(&basic), "Basic bWU6b3BlbiBzZXNhbWU=");
        assert_eq!(header_of(&Credentials::Bearer(secret())), "Bearer open sesame");
        assert_eq!(header_of(&Credentials::Token(secret())), "token=open sesame");
        let header = Credentials::Header { name: "X-Vault-Token".to_owned(), value: secret() };
        assert_eq!(header_of(&header), "open sesame");
        assert!(Credentials::None.header().unwrap().is_none());
    }

    #[test]
    fn nothing_shows_a_secret() {
        let secret = SecretText::Value(Zeroizing::new("hunter2".to_owned()));
        let cached = Cached::new(Credentials::Bearer(secret));
        cached.header().unwrap();
        assert!(!format!("{cached:?}").contains("hunter2"), "{cached:?}");
    }

    #[test]
    fn a_file_is_read_without_its_line_feed_and_again_when_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        std::fs::write(&path, "one\r\n").unwrap();
        let cached = Cached::new(Credentials::Bearer(SecretText::File(path.clone())));
        let first = cached.header().unwrap();
        assert_eq!(first.as_ref().unwrap().1, "Bearer one");
        assert!(!cached.renew(first.as_ref()).unwrap(), "nothing has changed");
        std::fs::write(&path, "two").unwrap();
        assert_eq!(cached.header().unwrap(), first, "read once only");
        assert!(cached.renew(first.as_ref()).unwrap());
        assert_eq!(cached.header().unwrap().unwrap().1, "Bearer two");
    }

    #[test]
    fn files_that_cannot_be_secrets_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = |content: &[u8]| {
            let path = folder.path().join("token");
            std::fs::write(&path, content).unwrap();
            Credentials::Bearer(SecretText::File(path)).header().unwrap_err().to_string()
        };
        assert!(error(b"\n").ends_with("token` is empty"));
        assert!(error(b"\xff").ends_with("token` is not UTF-8"));
        assert!(error(b"a\nb").ends_with("token` holds characters that a header cannot carry"));
        assert!(error(&vec![b'a'; 1024 * 1024 + 1]).ends_with("token` is too long for a secret"));
        let missing = Credentials::Bearer(SecretText::File(folder.path().join("missing")))
            .header()
            .unwrap_err();
        assert!(matches!(missing, Error::File { .. }));
    }
}
