//! The client against servers that behave and servers that do not.
#![expect(clippy::unwrap_used, reason = "a test")]

mod loopback;

use std::time::Duration;

use loopback::{Reply, Server, answer};
use podform_http::{Blocking, Client, Credentials, Error, HttpSettings, Response, SecretText};

fn settings() -> HttpSettings {
    HttpSettings {
        retries: 2,
        response_limit: 100_000,
        request_timeout: Duration::from_secs(20),
        ..HttpSettings::default()
    }
}

fn client(credentials: Credentials) -> Client {
    Client::new(settings(), credentials).unwrap()
}

fn get(client: &Client, url: &str) -> Result<Response, Error> {
    Blocking::new().unwrap().run(client.get(url).unwrap().send()).unwrap()
}

#[test]
fn a_body_travels_with_its_content_type_to_the_letter() {
    let server = Server::start(vec![answer("202 Accepted", "X-Y: z\r\n", "done")]);
    let request = client(Credentials::None).post(&format!("{}/p?q=1", server.url)).unwrap();
    let request =
        request.body("application/json", "{}").header("Accept", "application/json").unwrap();
    let answer = Blocking::new().unwrap().run(request.send()).unwrap().unwrap();
    assert_eq!(
        (answer.status, answer.headers.get("x-y"), &answer.body[..]),
        (202, Some("z"), &b"done"[..])
    );
    let seen = server.requests().remove(0).to_lowercase();
    assert!(seen.starts_with("post /p?q=1 http/1.1\r\n") && seen.ends_with("\r\n\r\n{}"), "{seen}");
    assert!(
        seen.contains("content-type: application/json\r\n")
            && seen.contains("accept: application/json\r\n"),
        "{seen}"
    );
    assert!(!seen.contains("accept-encoding"), "{seen}");
}

#[test]
fn redirects_are_not_followed() {
    let server =
        Server::start(vec![answer("307 Temporary Redirect", "Location: //elsewhere:1/x\r\n", "")]);
    let answer = get(&client(Credentials::None), &server.url).unwrap();
    assert_eq!((answer.status, answer.headers.get("location")), (307, Some("//elsewhere:1/x")));
}

#[test]
fn only_what_may_be_repeated_is_repeated() {
    let busy = || answer("503 Service Unavailable", "", "later");
    let server = Server::start(vec![busy(), busy(), answer("200 OK", "", "now")]);
    assert_eq!(&get(&client(Credentials::None), &server.url).unwrap().body[..], b"now");
    let server = Server::start(vec![busy(), answer("200 OK", "", "now")]);
    let post = client(Credentials::None).post(&server.url).unwrap();
    assert_eq!(Blocking::new().unwrap().run(post.send()).unwrap().unwrap().status, 503);
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn a_renewed_secret_file_is_sent_after_a_401_and_never_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hunter2").unwrap();
    let client = client(Credentials::Token(SecretText::File(path.clone())));
    let server = Server::start(
        (0..3).map(|_| answer("401 Unauthorized", "", "401 Unauthorized.")).collect(),
    );
    let refused = get(&client, &server.url).unwrap().success().unwrap_err();
    assert_eq!(refused.status(), Some(401));
    assert!(!format!("{refused:?} {refused} {client:?}").contains("hunter2"));
    assert_eq!(server.requests().len(), 1, "an unchanged file is not tried again");
    std::fs::write(&path, "hunter3").unwrap();
    assert_eq!(get(&client, &server.url).unwrap().status, 401);
    let seen: Vec<_> =
        server.requests().iter().map(|request| request.contains("token=hunter3")).collect();
    assert_eq!(seen, [false, false, true]);
}

#[test]
fn answers_above_the_limit_are_errors_not_memory() {
    let endless = Reply::Endless(b"HTTP/1.1 200 OK\r\n\r\n".to_vec());
    let announced = Reply::Hold(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n".to_vec());
    let server = Server::start(vec![endless, announced]);
    for _ in 0..2 {
        let error = get(&client(Credentials::None), &server.url).unwrap_err();
        assert!(matches!(error, Error::TooLong { limit: 100_000, .. }), "{error}");
    }
    let server = Server::start(vec![Reply::Endless(b"HTTP/1.1 500 Oops\r\n\r\n".to_vec())]);
    let refusal = get(&client(Credentials::None), &server.url).unwrap();
    assert_eq!(
        (refusal.status, refusal.body.len()),
        (500, 65536),
        "of a refusal the beginning suffices"
    );
}

#[test]
fn broken_answers_are_errors() {
    let cut = || Reply::Bytes(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc".to_vec());
    let server = Server::start(vec![cut(), cut(), cut(), Reply::Bytes(b"SSH-2.0-x\r\n".to_vec())]);
    let error = get(&client(Credentials::None), &server.url).unwrap_err();
    assert!(matches!(error, Error::Broken { .. }) && error.is_unreachable(), "{error:?}");
    let no_retry =
        Client::new(HttpSettings { retries: 0, ..settings() }, Credentials::None).unwrap();
    assert!(matches!(get(&no_retry, &server.url), Err(Error::Broken { .. })));
    let server = Server::start(vec![answer("200 OK", "", "\"hunter2\"")]);
    let error = get(&no_retry, &server.url).unwrap().json::<u8>().unwrap_err().to_string();
    assert!(error.contains("cannot be read") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_server_that_says_nothing_is_given_up() {
    let server = Server::start(vec![Reply::Hold(Vec::new())]);
    let settings =
        HttpSettings { retries: 0, request_timeout: Duration::from_millis(50), ..settings() };
    let client = Client::new(settings, Credentials::None).unwrap();
    assert!(matches!(get(&client, &server.url), Err(Error::Timeout { .. })));
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(matches!(get(&client, &format!("http://{free}")), Err(Error::Connect { .. })));
}

#[test]
fn wrong_settings_are_named() {
    let error =
        |settings: HttpSettings| Client::new(settings, Credentials::None).unwrap_err().to_string();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.pem");
    std::fs::write(&file, "nothing").unwrap();
    assert!(
        error(HttpSettings { ca_file: Some(file.clone()), ..settings() })
            .contains("x.pem` holds no certificate")
    );
    assert!(
        error(HttpSettings { ca_file: Some("/nowhere".into()), ..settings() })
            .contains("cannot read `/nowhere`")
    );
    assert!(
        error(HttpSettings { client_cert_file: Some(file.clone()), ..settings() })
            .contains("need each other")
    );
    let pair = HttpSettings {
        client_cert_file: Some(file.clone()),
        client_key_file: Some(file),
        ..settings()
    };
    assert!(error(pair).contains("are not a client certificate and its key"));
    for url in ["ftp://h", "nonsense", "http://"] {
        assert!(matches!(client(Credentials::None).get(url), Err(Error::Url { .. })), "{url}");
    }
}
