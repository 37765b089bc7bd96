//! The Vault store against a real OpenBao in development mode, where `bao` is installed.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use podform_http::{Blocking, Client, Credentials, HttpSettings, Method, Response, SecretText};
use podform_model::observed::{SecretFact, SecretQuery, SecretStanding};
use podform_model::{SecretStamp, Value};
use podform_secrets::SecretStores;
use serde_json::json;

const ROOT: &str = "canary-root-token";

/// A running server; it ends with this.
struct Bao {
    child: Child,
    address: String,
    client: Client,
    blocking: Blocking,
    home: tempfile::TempDir,
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bao {
    /// `None`: it is not installed.
    fn start() -> Option<Self> {
        if Command::new("bao")
            .arg("version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_err()
        {
            println!("skipped: bao is not installed");
            return None;
        }
        let home = tempfile::tempdir().unwrap();
        // It also takes the next port; a few attempts, as another process may be faster.
        (0..5).find_map(|_| Self::start_on(free_port(), &home)).map(|(child, address)| {
            let token = Credentials::Header {
                name: "X-Vault-Token".into(),
                value: SecretText::Value(ROOT.to_owned().into()),
            };
            let client = Client::new(HttpSettings::default(), token).unwrap();
            Self { child, address, client, blocking: Blocking::new().unwrap(), home }
        })
    }

    fn start_on(port: u16, home: &tempfile::TempDir) -> Option<(Child, String)> {
        let mut child = Command::new("bao")
            .args(["server", "-dev", "-dev-no-store-token", &format!("-dev-root-token-id={ROOT}")])
            .arg(format!("-dev-listen-address=127.0.0.1:{port}"))
            .env("HOME", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let address = format!("http://127.0.0.1:{port}");
        let client =
            Client::new(HttpSettings { retries: 0, ..HttpSettings::default() }, Credentials::None)
                .unwrap();
        let blocking = Blocking::new().unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while Instant::now() < until && child.try_wait().unwrap().is_none() {
            let health = client.get(&format!("{address}/v1/sys/health")).unwrap();
            if blocking.run(health.send()).unwrap().is_ok_and(|answer| answer.status == 200) {
                return Some((child, address));
            }
            // Nothing tells when a server listens: ask again.
            std::thread::yield_now();
        }
        let _ = child.kill();
        let _ = child.wait();
        None
    }

    fn call(&self, method: Method, path: &str, body: &serde_json::Value) -> Response {
        let request = self.client.request(method, &format!("{}/v1/{path}", self.address)).unwrap();
        let request = request.body("application/json", body.to_string());
        self.blocking.run(request.send()).unwrap().unwrap().success().unwrap()
    }

    fn post(&self, path: &str, body: &serde_json::Value) -> serde_json::Value {
        let answer = self.call(Method::POST, path, body);
        if answer.body.is_empty() { serde_json::Value::Null } else { answer.json().unwrap() }
    }

    /// A token with these rules only.
    fn token(&self, name: &str, rules: &str) -> String {
        self.post(&format!("sys/policies/acl/{name}"), &json!({"policy": rules}));
        let answer =
            self.post("auth/token/create", &json!({"policies": [name], "no_default_policy": true}));
        answer["auth"]["client_token"].as_str().unwrap().to_owned()
    }

    fn stores(&self, token: &str, more: &[(&'static str, &str)]) -> SecretStores {
        let base = [("kind", "vault"), ("name", "vault"), ("address", self.address.as_str())];
        let pairs = base.iter().chain(more).map(|(key, value)| (*key, Value::string(*value)));
        let block = Value::object(pairs.chain([("token", Value::string(token).sensitive())]));
        let (stores, found) = SecretStores::from_settings(
            &Value::list(vec![block]),
            self.home.path(),
            &HttpSettings::default(),
        );
        assert!(found.is_empty(), "{found:?}");
        stores
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn query(source: &str, known: Option<&SecretStamp>) -> SecretQuery {
    SecretQuery {
        store: None,
        source: source.to_owned(),
        known_version: known.and_then(|stamp| stamp.version.clone()),
        known_digest: known.and_then(|stamp| stamp.digest.clone()),
    }
}

fn digest(value: &[u8]) -> Option<String> {
    Some(format!("digest of {} bytes", value.len()))
}

fn check(stores: &SecretStores, source: &str, known: Option<&SecretStamp>) -> SecretFact {
    stores.check(&query(source, known), &digest)
}

fn present(fact: SecretFact) -> SecretStamp {
    match fact.standing {
        SecretStanding::Present { stamp } => stamp,
        other => panic!("{other:?}"),
    }
}

fn missing(fact: SecretFact) -> String {
    match fact.standing {
        SecretStanding::Missing { message } => message,
        other => panic!("{other:?}"),
    }
}

fn unknown(fact: SecretFact) -> String {
    match fact.standing {
        SecretStanding::Unknown { message } => message,
        other => panic!("{other:?}"),
    }
}

fn value(stores: &SecretStores, source: &str) -> String {
    String::from_utf8(stores.resolve(None, source).unwrap().value.as_bytes().to_vec()).unwrap()
}

#[test]
fn secrets_of_the_second_version_have_versions() {
    let Some(bao) = Bao::start() else { return };
    let stores = bao.stores(ROOT, &[]);
    assert!(missing(check(&stores, "/shop/db", None)).contains("has no secret `secret/shop/db`"));
    bao.post(
        "secret/data/shop/db",
        &json!({"data": {"password": "canary-1", "port": 5432, "nested": {"a": 1}}}),
    );
    let first = present(check(&stores, "/shop/db#password", None));
    assert_eq!(
        (first.version.as_deref(), first.digest.as_deref()),
        (Some("1"), Some("digest of 8 bytes"))
    );
    assert_eq!(value(&stores, "/shop/db#password"), "canary-1");
    assert_eq!(value(&stores, "shop/db#port"), "5432");
    assert!(
        stores
            .resolve(None, "/shop/db#nested")
            .unwrap_err()
            .to_string()
            .contains("only texts and numbers")
    );
    assert!(
        missing(check(&stores, "/shop/db#user", None))
            .contains("it has `nested`, `password`, `port`")
    );

    bao.post("secret/data/shop/db", &json!({"data": {"password": "canary-22"}}));
    let second = present(check(&stores, "/shop/db#password", Some(&first)));
    assert_eq!(
        (second.version.as_deref(), second.digest.as_deref()),
        (Some("2"), Some("digest of 9 bytes"))
    );
    let recorded = SecretStamp { digest: Some("recorded".into()), ..second.clone() };
    assert_eq!(
        present(check(&stores, "/shop/db#password", Some(&recorded))),
        recorded,
        "the value is not read again"
    );

    bao.call(Method::DELETE, "secret/data/shop/db", &json!({}));
    assert!(missing(check(&stores, "/shop/db#password", Some(&second))).contains("is deleted"));
    bao.post("secret/undelete/shop/db", &json!({"versions": [2]}));
    assert_eq!(present(check(&stores, "/shop/db#password", Some(&second))), second);
    bao.call(Method::PUT, "secret/destroy/shop/db", &json!({"versions": [2]}));
    assert!(missing(check(&stores, "/shop/db#password", Some(&second))).contains("is deleted"));
}

#[test]
fn secrets_of_the_first_version_and_other_mounts_are_found() {
    let Some(bao) = Bao::start() else { return };
    bao.post("sys/mounts/team/kv", &json!({"type": "kv", "options": {"version": "1"}}));
    bao.post("team/kv/a%20b/%C3%A9", &json!({"value": "canary"}));
    for version in [&[("mount", "team/kv")][..], &[("mount", "/team/kv/"), ("kv_version", "1")]] {
        let stores = bao.stores(ROOT, version);
        assert_eq!(value(&stores, "/a b/é"), "canary");
        let stamp = present(check(&stores, "/a b/é", None));
        assert_eq!((stamp.version, stamp.digest.as_deref()), (None, Some("digest of 6 bytes")));
        assert!(missing(check(&stores, "/nothing", None)).contains("team/kv/nothing"));
    }
    let nowhere = bao.stores(ROOT, &[("mount", "nowhere"), ("kv_version", "2")]);
    assert!(unknown(check(&nowhere, "/a", None)).contains("has nothing mounted at `nowhere`"));
    assert!(
        unknown(check(&bao.stores(ROOT, &[("mount", "nowhere")]), "/a", None))
            .contains("nowhere/a")
    );
    let cubbyhole = bao.stores(ROOT, &[("mount", "cubbyhole")]);
    assert!(
        unknown(check(&cubbyhole, "/a", None)).contains("has no key-value engine at `cubbyhole`")
    );
    let namespace = bao.stores(ROOT, &[("namespace", "nowhere"), ("kv_version", "2")]);
    assert!(unknown(check(&namespace, "/a", None)).contains("has no namespace `nowhere`"));
}

#[test]
fn what_a_token_may_not_see_is_unknown() {
    let Some(bao) = Bao::start() else { return };
    bao.post("secret/data/shop/db", &json!({"data": {"value": "canary"}}));
    let data_only = bao.stores(
        &bao.token("data", r#"path "secret/data/shop/*" { capabilities = ["read"] }"#),
        &[],
    );
    let stamp = present(check(&data_only, "/shop/db", None));
    let older = SecretStamp { digest: Some("recorded".into()), ..stamp.clone() };
    assert_eq!(
        present(check(&data_only, "/shop/db", Some(&older))),
        stamp,
        "without metadata the value is read"
    );
    assert!(
        unknown(check(&data_only, "/other", None)).contains("may not read `secret/data/other`")
    );

    let metadata_only = bao.stores(
        &bao.token("meta", r#"path "secret/metadata/shop/*" { capabilities = ["read"] }"#),
        &[],
    );
    assert_eq!(present(check(&metadata_only, "/shop/db", Some(&older))), older);
    let moved = SecretStamp { version: Some("0".into()), ..older };
    let seen = present(check(&metadata_only, "/shop/db", Some(&moved)));
    assert_eq!(
        (seen.version.as_deref(), seen.digest),
        (Some("1"), None),
        "a version, but no digest"
    );
    assert!(
        unknown(check(&metadata_only, "/shop/db", None))
            .contains("may not read `secret/data/shop/db`")
    );

    let wrong = bao.stores("canary-wrong-token", &[("kv_version", "2")]);
    let message = unknown(check(&wrong, "/shop/db", None));
    assert!(message.contains("wrong, expired") && !message.contains("canary"), "{message}");
}

#[test]
fn many_secrets_are_asked_for_at_once_and_a_sealed_server_is_named() {
    let Some(bao) = Bao::start() else { return };
    for number in 0..20 {
        bao.post(
            &format!("secret/data/many/{number}"),
            &json!({"data": {"value": "x".repeat(number)}}),
        );
    }
    let stores = bao.stores(ROOT, &[]);
    let queries: Vec<_> = (0..21).map(|number| query(&format!("/many/{number}"), None)).collect();
    let mut facts = stores.check_all(&queries, &digest);
    assert!(missing(facts.pop().unwrap()).contains("many/20"));
    for (number, fact) in facts.into_iter().enumerate() {
        assert_eq!(present(fact).digest, Some(format!("digest of {number} bytes")));
    }
    bao.call(Method::PUT, "sys/seal", &json!({}));
    assert!(
        unknown(check(&bao.stores(ROOT, &[("kv_version", "2")]), "/many/1", None))
            .contains("is sealed")
    );
}

#[test]
fn a_renewed_token_file_is_read_again() {
    let Some(bao) = Bao::start() else { return };
    bao.post("secret/data/a", &json!({"data": {"value": "canary"}}));
    let file = bao.home.path().join("token");
    std::fs::write(&file, "canary-old\n").unwrap();
    let pairs = [("kind", "vault"), ("address", bao.address.as_str()), ("token_file", "token")];
    let block = Value::object(pairs.map(|(key, value)| (key, Value::string(value))));
    let read = |folder: &Path| {
        SecretStores::from_settings(
            &Value::list(vec![block.clone()]),
            folder,
            &HttpSettings::default(),
        )
        .0
    };
    let stores = read(bao.home.path());
    assert!(unknown(check(&stores, "/a", None)).contains("wrong, expired"));
    std::fs::write(&file, format!("{ROOT}\n")).unwrap();
    assert_eq!(value(&stores, "/a"), "canary");
}
