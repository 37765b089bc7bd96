//! TLS as operators set it up: an authority of their own, a client certificate, no verification.
#![expect(clippy::unwrap_used, reason = "a test")]

use podform_http::{Blocking, Client, Credentials, Error, HttpSettings, Response};
use rcgen::{BasicConstraints, CertificateParams, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

/// An authority, with the folder that its files are written to.
struct Authority {
    folder: tempfile::TempDir,
    certificate: CertificateDer<'static>,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), certificate.pem()).unwrap();
        let certificate = certificate.der().clone();
        Self { folder, certificate, issuer: Issuer::new(params, key) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A certificate for these names, and its key.
    fn issue(
        &self,
        names: &[&str],
        usage: ExtendedKeyUsagePurpose,
    ) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.extended_key_usages.push(usage);
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// Writes a client certificate and its key.
    fn client(&self) -> (PathBuf, PathBuf) {
        let (certificate, key) = self.issue(&["operator"], ExtendedKeyUsagePurpose::ClientAuth);
        std::fs::write(self.path("client.pem"), certificate.pem()).unwrap();
        std::fs::write(self.path("client.key"), key.serialize_pem()).unwrap();
        (self.path("client.pem"), self.path("client.key"))
    }

    /// Serves one connection; `clients` must show a certificate of this authority. Gives the URL.
    fn serve(&self, names: &[&str], clients: bool) -> String {
        let (certificate, key) = self.issue(names, ExtendedKeyUsagePurpose::ServerAuth);
        let chain = vec![certificate.der().clone()];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let versions = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap();
        let builder = if clients {
            let mut roots = RootCertStore::empty();
            roots.add(self.certificate.clone()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            versions.with_client_cert_verifier(verifier.build().unwrap())
        } else {
            versions.with_no_client_auth()
        };
        let config = Arc::new(builder.with_single_cert(chain, key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || answer_one(&listener, config));
        url
    }
}

/// A client that does not trust the server ends the connection, which is no failure here.
fn answer_one(listener: &TcpListener, config: Arc<ServerConfig>) {
    let Ok((connection, _)) = listener.accept() else { return };
    let mut stream = StreamOwned::new(ServerConnection::new(config).unwrap(), connection);
    let mut seen = Vec::new();
    let mut piece = [0; 1024];
    while !seen.ends_with(b"\r\n\r\n") {
        match stream.read(&mut piece) {
            Ok(length @ 1..) => seen.extend_from_slice(&piece[..length]),
            _ => return,
        }
    }
    let _ =
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nsafe");
    stream.conn.send_close_notify();
    let _ = stream.flush();
}

fn get(settings: HttpSettings, url: &str) -> Result<Response, Error> {
    let settings = HttpSettings { retries: 0, ..settings };
    let client = Client::new(settings, Credentials::None).unwrap();
    Blocking::new().unwrap().run(client.get(url).unwrap().send()).unwrap()
}

fn trusting(authority: &Authority) -> HttpSettings {
    HttpSettings { ca_file: Some(authority.path("ca.pem")), ..HttpSettings::default() }
}

/// The error with its causes, as a user reads it.
fn refused(result: Result<Response, Error>) -> String {
    let error = result.unwrap_err();
    podform_model::with_causes(&error)
}

#[test]
fn an_authority_of_ones_own_is_trusted_and_only_that_one() {
    let authority = Authority::new();
    let url = authority.serve(&["127.0.0.1"], false);
    assert_eq!(&get(trusting(&authority), &url).unwrap().body[..], b"safe");

    let url = authority.serve(&["127.0.0.1"], false);
    let text = refused(get(HttpSettings::default(), &url));
    assert!(text.contains("certificate"), "{text}");

    let url = authority.serve(&["127.0.0.1"], false);
    let text = refused(get(trusting(&Authority::new()), &url));
    assert!(text.contains("certificate"), "{text}");
}

#[test]
fn a_certificate_for_another_name_is_refused_unless_nothing_is_verified() {
    let authority = Authority::new();
    let url = authority.serve(&["mesos.example"], false);
    let text = refused(get(trusting(&authority), &url));
    assert!(text.contains("mesos.example"), "{text}");

    let url = authority.serve(&["mesos.example"], false);
    let settings = HttpSettings { insecure_skip_verify: true, ..HttpSettings::default() };
    assert_eq!(get(settings, &url).unwrap().status, 200);
}

#[test]
fn a_client_certificate_opens_what_asks_for_one() {
    let authority = Authority::new();
    let (certificate, key) = authority.client();
    let url = authority.serve(&["127.0.0.1"], true);
    let settings = HttpSettings {
        client_cert_file: Some(certificate),
        client_key_file: Some(key),
        ..trusting(&authority)
    };
    assert_eq!(get(settings, &url).unwrap().status, 200);

    let url = authority.serve(&["127.0.0.1"], true);
    let text = refused(get(trusting(&authority), &url));
    assert!(text.to_lowercase().contains("certificate"), "{text}");
}
