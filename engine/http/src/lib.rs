//! The one HTTP client of podform: TLS, credentials, retry, redaction.
//!
//! Redirects are not followed (the caller knows where its credentials may go), bodies have limits, errors carry the URL without user
//! info and query values, the status and the beginning of the body, but never a header.
#![forbid(unsafe_code)]

mod blocking;
mod client;
mod credentials;
mod error;
mod redact;
mod response;
mod retry;
mod settings;

pub use blocking::Blocking;
pub use bytes::Bytes;
pub use client::{Client, Request};
pub use credentials::{Credentials, SecretText};
pub use error::Error;
pub use podform_model::with_causes;
pub use redact::{Redacted, describe_json_error, excerpt, safe_url};
pub use reqwest::{Method, Url};
pub use response::{Headers, Response, Streaming};
pub use retry::Backoff;
pub use settings::HttpSettings;
