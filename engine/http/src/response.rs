//! Answers, whole and as a stream.

use bytes::Bytes;
use podform_model::Wiped;
use reqwest::Url;
use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::client::failure;
use crate::redact::{describe_json_error, excerpt, safe_url};

/// The most bytes of a refusal that are read: it is only shown.
const REFUSAL_LIMIT: usize = 64 * 1024;

/// Up to how many bytes of an announced body room is made for at once: 128 MiB.
const BELIEVED: usize = 128 << 20;

/// The headers of an answer. Their values are not shown by `Debug`.
#[derive(Clone, Default)]
pub struct Headers(HeaderMap);

impl Headers {
    /// The value of a header, if it is there and plain text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str().ok()
    }
}

impl std::fmt::Debug for Headers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.keys()).finish()
    }
}

/// A whole answer. Its body is overwritten when it is dropped, because it may hold secrets; `Debug` does not show it.
#[derive(Clone)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    url: Url,
}

impl Response {
    /// The URL that was asked.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Whether the status is 2xx.
    #[must_use]
    pub const fn is_success(&self) -> bool {
        self.status / 100 == 2
    }

    /// The answer, if its status is 2xx.
    ///
    /// # Errors
    /// [`Error::Status`] with the beginning of the body.
    pub fn success(self) -> Result<Self, Error> {
        if self.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The error that says that the server refused.
    #[must_use]
    pub fn refusal(&self) -> Error {
        Error::Status {
            url: safe_url(&self.url),
            status: self.status,
            excerpt: excerpt(&self.body),
        }
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Unreadable`], which does not show the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Error> {
        podform_model::json::from_slice(&self.body)
            .map_err(|error| self.unreadable(describe_json_error(&error)))
    }

    /// The error that says that the body is not what it should be.
    pub fn unreadable(&self, what: impl Into<String>) -> Error {
        Error::Unreadable { url: safe_url(&self.url), what: what.into() }
    }
}

impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Response({} of {}, {} bytes)", self.status, safe_url(&self.url), self.body.len())
    }
}

/// An answer whose body is still coming.
pub struct Streaming {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    answer: reqwest::Response,
    url: Url,
    limit: usize,
}

impl Streaming {
    pub(crate) fn new(mut answer: reqwest::Response, url: Url, limit: usize) -> Self {
        let headers = Headers(std::mem::take(answer.headers_mut()));
        Self { status: answer.status().as_u16(), headers, answer, url, limit }
    }

    /// The URL that was asked.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// The next bytes of the body; `None` at its end. There is no time limit: put one around it. Nothing is lost if it is given up while
    /// it waits.
    ///
    /// # Errors
    /// The connection broke, or the body ended too early.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>, Error> {
        self.answer.chunk().await.map_err(|error| self.broken(error))
    }

    /// The whole answer; of a refusal only as much as may be shown.
    ///
    /// # Errors
    /// The connection broke, or the body is above the limit.
    pub async fn collect(mut self) -> Result<Response, Error> {
        let success = self.status / 100 == 2;
        let limit = if success { self.limit } else { self.limit.min(REFUSAL_LIMIT) };
        let announced = self
            .answer
            .content_length()
            .and_then(|length| usize::try_from(length).ok())
            .unwrap_or(0);
        if announced > limit && success {
            return Err(self.too_long(limit));
        }
        // Room that nothing is written to takes no memory, but it must be had: no more on the server's word alone.
        let mut body = Wiped::with_capacity(announced.min(limit).min(BELIEVED));
        while let Some(chunk) = self.chunk().await? {
            let room = limit - body.len();
            let bytes = &chunk[..chunk.len().min(room)];
            body.extend_from_slice(bytes);
            if chunk.len() > room && success {
                return Err(self.too_long(limit));
            }
            if chunk.len() > room {
                break;
            }
        }
        Ok(Response {
            status: self.status,
            headers: self.headers,
            body: Bytes::from_owner(body),
            url: self.url,
        })
    }

    fn too_long(&self, limit: usize) -> Error {
        Error::TooLong { url: safe_url(&self.url), limit }
    }

    fn broken(&self, error: reqwest::Error) -> Error {
        failure(&self.url, error)
    }
}

impl std::fmt::Debug for Streaming {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Streaming({} of {})", self.status, safe_url(&self.url))
    }
}
