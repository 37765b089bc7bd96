//! The client and its requests.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};

use crate::credentials::Cached;
use crate::redact::safe_url;
use crate::response::{Response, Streaming};
use crate::{Backoff, Credentials, Error, HttpSettings};

/// Statuses that a second attempt may mend, for requests that may be repeated.
const TEMPORARY: [u16; 4] = [429, 502, 503, 504];

/// The longest wait that a server's `Retry-After` gets.
const RETRY_AFTER_LIMIT: Duration = Duration::from_secs(30);

/// An HTTP client; clones share connections and credentials.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    settings: HttpSettings,
    credentials: Cached,
    /// Through the proxies of the environment, if it names some.
    outward: reqwest::Client,
    /// For loopback addresses: no proxy. Made when first needed.
    loopback: OnceLock<reqwest::Client>,
}

impl Client {
    /// A client; reads the certificate files, but not yet the credentials.
    ///
    /// # Errors
    /// A file cannot be read or is not what it should be, or the settings do not fit together.
    pub fn new(settings: HttpSettings, credentials: Credentials) -> Result<Self, Error> {
        let outward = crate::settings::build(&settings, true)?;
        Ok(Self(Arc::new(Shared {
            settings,
            credentials: Cached::new(credentials),
            outward,
            loopback: OnceLock::new(),
        })))
    }

    /// The settings that it was made with.
    #[must_use]
    pub fn settings(&self) -> &HttpSettings {
        &self.0.settings
    }

    /// A request to this URL.
    ///
    /// # Errors
    /// It is not an `http` or `https` URL.
    pub fn request(&self, method: Method, url: &str) -> Result<Request, Error> {
        let parsed = Url::parse(url)
            .ok()
            .filter(|parsed| matches!(parsed.scheme(), "http" | "https") && parsed.has_host());
        // What cannot be parsed may hold a password anywhere: only what stands before the first `@`-free part is shown.
        let shown = || Error::Url {
            url: url
                .rsplit('@')
                .next()
                .unwrap_or_default()
                .split('?')
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        Ok(Request {
            url: parsed.ok_or_else(shown)?,
            method,
            client: self.clone(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            repeatable: false,
            with_credentials: true,
            timeout: self.0.settings.request_timeout,
            limit: self.0.settings.response_limit,
        })
    }

    /// A GET of this URL, which may be repeated.
    ///
    /// # Errors
    /// It is not an `http` or `https` URL.
    pub fn get(&self, url: &str) -> Result<Request, Error> {
        Ok(self.request(Method::GET, url)?.repeatable())
    }

    /// A POST to this URL, which may not be repeated unless the caller says so.
    ///
    /// # Errors
    /// It is not an `http` or `https` URL.
    pub fn post(&self, url: &str) -> Result<Request, Error> {
        self.request(Method::POST, url)
    }

    fn transport(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        if !is_loopback(url) {
            return Ok(&self.0.outward);
        }
        if let Some(client) = self.0.loopback.get() {
            return Ok(client);
        }
        let client = crate::settings::build(&self.0.settings, false)?;
        Ok(self.0.loopback.get_or_init(|| client))
    }
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A request being put together.
#[must_use]
#[derive(Clone)]
pub struct Request {
    client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
    repeatable: bool,
    with_credentials: bool,
    timeout: Duration,
    limit: usize,
}

impl Request {
    /// Adds a header.
    ///
    /// # Errors
    /// The name or the value cannot stand in a header.
    pub fn header(mut self, name: &str, value: &str) -> Result<Self, Error> {
        let wrong =
            || Error::Settings { what: format!("the value of the header `{name}` cannot be sent") };
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        self.headers.insert(name, HeaderValue::from_str(value).map_err(|_| wrong())?);
        Ok(self)
    }

    /// Sets the body and its `Content-Type`, to the letter.
    pub fn body(mut self, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        self.headers.insert(reqwest::header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        self.body = body.into();
        self
    }

    /// Allows that the request is made again when it is not known whether a former attempt arrived.
    pub const fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Leaves the client's credentials away.
    pub const fn without_credentials(mut self) -> Self {
        self.with_credentials = false;
        self
    }

    /// How long one attempt may take, instead of what the settings say.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The most bytes of the answer, instead of what the settings say.
    pub const fn limit(mut self, limit: usize) -> Self {
        self.limit = limit;
        self
    }

    /// Sends the request and takes the whole answer, whatever its status.
    ///
    /// # Errors
    /// No connection, no answer in time, an answer above the limit, unreadable credentials.
    pub async fn send(self) -> Result<Response, Error> {
        let mut attempts = Attempts::new(&self);
        loop {
            let answer = match tokio::time::timeout(self.timeout, self.exchange()).await {
                Ok(answer) => answer,
                Err(_) => Err(self.timed_out()),
            };
            let again = match &answer {
                Ok(answer) => {
                    attempts.after_status(answer.status, answer.headers.get("retry-after"))
                }
                Err(error) => attempts.after_error(error),
            };
            match again {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return answer,
            }
        }
    }

    /// Sends the request and takes the head of the answer, whatever its status; the body is read from what this gives. Only a connection
    /// that was not made is tried again.
    ///
    /// # Errors
    /// No connection, no head of an answer in time, unreadable credentials.
    pub async fn stream(self) -> Result<Streaming, Error> {
        let mut attempts = Attempts::new(&self);
        loop {
            let answer = match tokio::time::timeout(self.timeout, self.open()).await {
                Ok(answer) => answer,
                Err(_) => Err(self.timed_out()),
            };
            match answer
                .as_ref()
                .err()
                .filter(|error| matches!(error, Error::Connect { .. }))
                .and_then(|error| attempts.after_error(error))
            {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return answer,
            }
        }
    }

    async fn exchange(&self) -> Result<Response, Error> {
        self.open().await?.collect().await
    }

    /// One attempt up to the head of the answer; two if the credentials' file was renewed meanwhile.
    /// (Vault answers 403 also where the token is no longer valid.)
    async fn open(&self) -> Result<Streaming, Error> {
        let cached = &self.client.0.credentials;
        let credentials = if self.with_credentials { cached.header()? } else { None };
        let answer = self.attempt(credentials.as_ref()).await?;
        if matches!(answer.status, 401 | 403)
            && self.with_credentials
            && cached.renew(credentials.as_ref())?
        {
            return self.attempt(cached.header()?.as_ref()).await;
        }
        Ok(answer)
    }

    async fn attempt(
        &self,
        credentials: Option<&(HeaderName, HeaderValue)>,
    ) -> Result<Streaming, Error> {
        let transport = self.client.transport(&self.url)?;
        let mut headers = self.headers.clone();
        headers.extend(credentials.cloned());
        let request = transport
            .request(self.method.clone(), self.url.clone())
            .headers(headers)
            .body(self.body.clone());
        let answer = request.send().await.map_err(|error| failure(&self.url, error))?;
        Ok(Streaming::new(answer, self.url.clone(), self.limit))
    }

    fn timed_out(&self) -> Error {
        Error::Timeout { url: safe_url(&self.url), after: self.timeout }
    }
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({} {})", self.method, safe_url(&self.url))
    }
}

/// The error of a failed attempt; reqwest's own text would show the URL again.
pub(crate) fn failure(url: &Url, error: reqwest::Error) -> Error {
    let (connect, url) = (error.is_connect(), safe_url(url));
    let source = Box::new(error.without_url());
    if connect { Error::Connect { url, source } } else { Error::Broken { url, source } }
}

/// Whether and when a request is made again.
struct Attempts {
    left: u32,
    repeatable: bool,
    backoff: Backoff,
}

impl Attempts {
    fn new(request: &Request) -> Self {
        Self {
            left: request.client.0.settings.retries,
            repeatable: request.repeatable,
            backoff: Backoff::default(),
        }
    }

    /// A request that was not sent may always be made again.
    fn after_error(&mut self, error: &Error) -> Option<Duration> {
        let may = match error {
            Error::Connect { .. } => true,
            Error::Timeout { .. } | Error::Broken { .. } => self.repeatable,
            _ => false,
        };
        if may { self.next() } else { None }
    }

    fn after_status(&mut self, status: u16, retry_after: Option<&str>) -> Option<Duration> {
        if !self.repeatable || !TEMPORARY.contains(&status) {
            return None;
        }
        let asked = retry_after.and_then(|text| text.trim().parse().ok()).map(Duration::from_secs);
        let delay = self.next()?;
        Some(asked.map_or(delay, |asked| asked.min(RETRY_AFTER_LIMIT).max(delay)))
    }

    fn next(&mut self) -> Option<Duration> {
        self.left = self.left.checked_sub(1)?;
        Some(self.backoff.next_delay())
    }
}
