//! The one HTTP client of podform: TLS, credentials, retry, redaction.
