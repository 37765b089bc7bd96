//! How requests are made.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::with_causes;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::Error;

/// Settings of a [`crate::Client`]; the names are those of the configuration language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HttpSettings {
    /// PEM file of the certificate authorities to trust, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// PEM file of the client's certificate and its chain; needs `client_key_file`.
    pub client_cert_file: Option<PathBuf>,
    /// PEM file of the client certificate's key.
    pub client_key_file: Option<PathBuf>,
    /// Whether server certificates are accepted unseen.
    pub insecure_skip_verify: bool,
    /// How long one attempt may take, from the connection to the last byte of the answer (of a stream: to its head).
    pub request_timeout: Duration,
    /// How often a request is made again after a failure that a second attempt may mend.
    pub retries: u32,
    /// The most bytes of an answer that are kept (streams have no limit here).
    pub response_limit: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            ca_file: None,
            client_cert_file: None,
            client_key_file: None,
            insecure_skip_verify: false,
            request_timeout: Duration::from_secs(30),
            retries: 3,
            response_limit: 256 * 1024 * 1024,
        }
    }
}

/// Makes reqwest's client.
pub(crate) fn build(settings: &HttpSettings, proxies: bool) -> Result<reqwest::Client, Error> {
    use_aws_lc();
    let mut builder = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .user_agent(concat!("podform/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(settings.request_timeout)
        .tcp_keepalive(Duration::from_secs(30));
    if !proxies {
        builder = builder.no_proxy();
    }
    if let Some(path) = &settings.ca_file {
        builder = builder.tls_certs_only(certificates(path)?);
    }
    if let Some(identity) = identity(settings)? {
        builder = builder.identity(identity);
    }
    if settings.insecure_skip_verify {
        builder = builder.tls_danger_accept_invalid_certs(true);
    }
    builder.build().map_err(|error| Error::Settings { what: with_causes(&error) })
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, Error> {
    let invalid = |what: &str| Error::InvalidFile { path: path.to_owned(), what: what.to_owned() };
    let pem = read(path)?;
    let certificates = reqwest::Certificate::from_pem_bundle(&pem)
        .map_err(|_| invalid("is not a PEM file of certificates"))?;
    if certificates.is_empty() { Err(invalid("holds no certificate")) } else { Ok(certificates) }
}

fn identity(settings: &HttpSettings) -> Result<Option<reqwest::Identity>, Error> {
    let (certificate, key) = match (&settings.client_cert_file, &settings.client_key_file) {
        (None, None) => return Ok(None),
        (Some(certificate), Some(key)) => (certificate, key),
        _ => {
            return Err(Error::Settings {
                what: "`client_cert_file` and `client_key_file` need each other".to_owned(),
            });
        }
    };
    let key_pem = read(key)?;
    let mut pem = Zeroizing::new(Vec::with_capacity(key_pem.len() + 64 * 1024));
    pem.extend_from_slice(&key_pem);
    pem.push(b'\n');
    pem.extend_from_slice(&read(certificate)?);
    let what = format!("and `{}` are not a client certificate and its key", certificate.display());
    let invalid = |_| Error::InvalidFile { path: key.clone(), what };
    reqwest::Identity::from_pem(&pem).map(Some).map_err(invalid)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    std::fs::read(path)
        .map(Zeroizing::new)
        .map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Chooses the cryptography of the process, unless someone did before: with two compiled in, TLS could not choose itself.
fn use_aws_lc() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        // Fails only if another one is installed, which is then used.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    });
}
