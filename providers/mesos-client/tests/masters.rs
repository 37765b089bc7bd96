//! The client against masters and agents that behave and ones that do not.
#![expect(clippy::unwrap_used, reason = "a test")]

#[path = "../../../engine/http/tests/loopback/mod.rs"]
mod loopback;

use std::time::Duration;

use loopback::{Reply, Server, answer};
use podform_http::HttpSettings;
use podform_mesos_client::{ClientSettings, Error, EventStream, MesosClient, Subscription};
use podform_mesos_proto::scheduler::{Call, EventType, Subscribe};
use podform_mesos_proto::{FrameworkId, OfferId, master, recordio};

const SUBSCRIBED: &str = r#"{"type":"SUBSCRIBED","subscribed":{"framework_id":{"value":"f"},"heartbeat_interval_seconds":15.0}}"#;
const HEARTBEAT: &str = r#"{"type":"HEARTBEAT"}"#;
const HEALTHY: &str = r#"{"type":"GET_HEALTH","get_health":{"healthy":true}}"#;

fn client(urls: &[&str]) -> MesosClient {
    let http = HttpSettings {
        retries: 1,
        response_limit: 100_000,
        request_timeout: Duration::from_secs(20),
        ..HttpSettings::default()
    };
    let masters = urls.iter().map(|url| (*url).to_owned()).collect();
    MesosClient::new(ClientSettings { masters, http, ..ClientSettings::default() }).unwrap()
}

/// The head of a stream and these records.
fn stream(records: &[&str]) -> Vec<u8> {
    let mut bytes =
        b"HTTP/1.1 200 OK\r\nMesos-Stream-Id: s-1\r\nContent-Type: application/json\r\n\r\n"
            .to_vec();
    bytes.extend(records.iter().flat_map(|record| recordio::encode(record.as_bytes())));
    bytes
}

async fn subscribe(server: &Server) -> Result<(Subscription, EventStream), Error> {
    client(&[&server.url]).subscribe(&Call::subscribe(Subscribe::default())).await
}

#[tokio::test]
async fn the_leader_is_found_among_masters_and_the_body_goes_with_it() {
    let leader = Server::start(vec![answer("200 OK", "", HEALTHY), answer("200 OK", "", HEALTHY)]);
    let location =
        format!("Location: {}/master/api/v1\r\n", leader.url.trim_start_matches("http:"));
    let follower = Server::start(vec![answer("307 Temporary Redirect", &location, "")]);
    let starting = Server::start(vec![answer("503 Service Unavailable", "", "No leader elected")]);
    let dead = format!(
        "http://{}",
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    );
    let client = client(&[&dead, &starting.url, &follower.url]);
    for _ in 0..2 {
        let answer = client.master(&master::Call::new(master::CallType::GetHealth)).await.unwrap();
        assert!(answer.get_health.unwrap().healthy);
    }
    assert_eq!(client.leader(), Some(format!("{}/", leader.url)));
    assert_eq!(follower.requests().len(), 1, "the second call goes to the leader at once");
    for request in leader.requests() {
        assert!(
            request.starts_with("POST /api/v1 HTTP/1.1")
                && request.ends_with(r#"{"type":"GET_HEALTH"}"#),
            "{request}"
        );
    }
}

#[tokio::test]
async fn without_a_leader_the_reason_is_told() {
    let call = master::Call::new(master::CallType::GetHealth);
    let server = Server::start(
        (0..2).map(|_| answer("503 Service Unavailable", "", "No leader elected")).collect(),
    );
    let error = client(&[&server.url]).master(&call).await.unwrap_err();
    assert!(
        matches!(&error, Error::NoLeader { text, .. } if text == "No leader elected")
            && error.is_temporary(),
        "{error}"
    );
    let dead = format!(
        "http://{}",
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    );
    assert!(matches!(client(&[&dead]).master(&call).await, Err(Error::Unreachable { .. })));
    let circle = Server::start(
        (0..12)
            .map(|_| answer("307 Temporary Redirect", "Location: /master/api/v1\r\n", ""))
            .collect(),
    );
    assert!(matches!(client(&[&circle.url]).master(&call).await, Err(Error::RedirectLoop { .. })));
}

#[tokio::test]
async fn what_was_perhaps_carried_out_is_not_sent_again() {
    let server = Server::start(vec![Reply::Bytes(Vec::new()), answer("200 OK", "", "")]);
    let error = client(&[&server.url])
        .master(&master::Call::teardown(FrameworkId::new("f")))
        .await
        .unwrap_err();
    assert!(matches!(error, Error::Lost(_)), "{error}");
    assert_eq!(server.requests().len(), 1);
    let server = Server::start(vec![
        answer("400 Bad Request", "", "No framework found with specified ID"),
        answer("401 Unauthorized", "", "401 Unauthorized."),
    ]);
    let teardown = || async {
        client(&[&server.url])
            .master(&master::Call::teardown(FrameworkId::new("f")))
            .await
            .unwrap_err()
    };
    assert!(
        matches!(teardown().await, Error::Refused { status: 400, text, .. } if text.starts_with("No framework"))
    );
    assert!(matches!(teardown().await, Error::Unauthorized { .. }));
}

#[tokio::test]
async fn events_come_in_order_and_calls_carry_the_stream_id() {
    let offer = r#"{"type":"RESCIND","rescind":{"offer_id":{"value":"o"}}}"#;
    let events = stream(&[SUBSCRIBED, HEARTBEAT, r#"{"type":"NEWER"}"#, offer]);
    let stale = "The stream ID 's-1' included in this request didn't match the stream ID currently associated with framework ID f";
    let replies = vec![
        Reply::Hold(events),
        answer("202 Accepted", "", ""),
        answer("400 Bad Request", "", stale),
        answer("403 Forbidden", "", "Framework is not subscribed"),
        answer("307 Temporary Redirect", "Location: //x:1/\r\n", ""),
        answer("400 Bad Request", "", "Failed to validate scheduler::Call: Not a valid UUID"),
        Reply::Bytes(Vec::new()),
    ];
    let server = Server::start(replies);
    let (subscription, mut events) = subscribe(&server).await.unwrap();
    assert_eq!(subscription.framework_id().as_str(), "f");
    let event = events.next().await.unwrap();
    assert_eq!(
        (event.r#type, event.rescind.unwrap().offer_id),
        (Some(EventType::Rescind), OfferId::new("o"))
    );
    let call = Call::revive(subscription.framework_id(), vec![]);
    subscription.call(&call).await.unwrap();
    for _ in 0..3 {
        assert!(subscription.call(&call).await.unwrap_err().is_stream_lost());
    }
    assert!(matches!(subscription.call(&call).await, Err(Error::Refused { status: 400, .. })));
    assert!(matches!(subscription.call(&call).await, Err(Error::Lost(_))));
    let seen = server.requests();
    assert!(!seen[0].to_lowercase().contains("mesos-stream-id"));
    assert!(
        seen[1..].iter().all(|request| request.to_lowercase().contains("mesos-stream-id: s-1\r\n"))
    );
}

#[tokio::test]
async fn the_end_of_a_subscription_is_told_with_its_reason() {
    let error = |text: &str| format!(r#"{{"type":"ERROR","error":{{"message":"{text}"}}}}"#);
    let server = Server::start(vec![
        Reply::Bytes(stream(&[&error("Framework has been removed")])),
        Reply::Bytes(stream(&[SUBSCRIBED, &error("Framework failed over")])),
        Reply::Bytes(stream(&[SUBSCRIBED])),
        answer("401 Unauthorized", "", "401 Unauthorized."),
    ]);
    assert!(subscribe(&server).await.unwrap_err().is_framework_removed());
    let (_, mut events) = subscribe(&server).await.unwrap();
    assert!(events.next().await.unwrap_err().is_failed_over());
    let (_, mut events) = subscribe(&server).await.unwrap();
    for _ in 0..2 {
        assert!(matches!(events.next().await, Err(Error::StreamLost { .. })));
    }
    assert!(matches!(subscribe(&server).await, Err(Error::Unauthorized { .. })));
}

#[tokio::test]
async fn a_stream_without_signs_of_life_is_lost() {
    let silent = SUBSCRIBED.replace("15.0", "0.01");
    let server = Server::start(vec![Reply::Hold(stream(&[&silent]))]);
    let (_, mut events) = subscribe(&server).await.unwrap();
    let error = events.next().await.unwrap_err();
    assert!(error.to_string().contains("nothing came for 50ms"), "{error}");
}

#[tokio::test]
async fn hostile_streams_are_errors() {
    let mut long = stream(&[SUBSCRIBED]);
    long.extend(b"100001\n");
    let mut noise = stream(&[SUBSCRIBED]);
    noise.extend(b"<html>");
    let no_id = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_vec();
    let mut cut = stream(&[SUBSCRIBED]);
    cut.extend(b"50\n{\"type\":");
    let server = Server::start(vec![
        Reply::Hold(long),
        Reply::Hold(noise),
        Reply::Bytes(cut),
        Reply::Hold(stream(&[SUBSCRIBED, "[1]"])),
        Reply::Bytes(no_id),
        Reply::Hold(stream(&[r#"{"type":"RESCIND"}"#])),
        Reply::Endless(stream(&[])),
    ]);
    for _ in 0..2 {
        let (_, mut events) = subscribe(&server).await.unwrap();
        assert!(matches!(events.next().await, Err(Error::Record { .. })));
    }
    let (_, mut events) = subscribe(&server).await.unwrap();
    assert!(events.next().await.unwrap_err().to_string().contains("ended within a record"));
    let (_, mut events) = subscribe(&server).await.unwrap();
    assert!(matches!(events.next().await, Err(Error::Unreadable { .. })));
    for _ in 0..2 {
        assert!(matches!(subscribe(&server).await, Err(Error::Unreadable { .. })));
    }
    assert!(matches!(subscribe(&server).await, Err(Error::Record { .. })));
}

#[tokio::test]
async fn sandbox_files_are_read_in_pieces_and_from_the_end() {
    let piece = |size: usize, data: &str| {
        let data = podform_mesos_proto::Bytes::from(data.as_bytes()).to_base64();
        answer(
            "200 OK",
            "",
            &format!(r#"{{"type":"READ_FILE","read_file":{{"size":{size},"data":"{data}"}}}}"#),
        )
    };
    let replies = vec![
        piece(8, "abcd"),
        piece(8, "efgh"),
        piece(8, ""),
        piece(8, "gh"),
        answer("404 Not Found", "", ""),
        piece(8, ""),
        answer("400 Bad Request", "", "Cannot read a directory.\n"),
    ];
    let server = Server::start(replies);
    let client = client(&[&server.url]);
    let agent = client
        .agent_address(&format!("slave(1)@{}", server.url.trim_start_matches("http://")))
        .unwrap();
    let file = client.read_file(&agent, "/x/stdout", 0, 100).await.unwrap();
    assert_eq!((file.data.as_slice(), file.size), (&b"abcdefgh"[..], 8));
    let tail = client.tail_file(&agent, "/x/stdout", 2).await.unwrap();
    assert_eq!((tail.offset, tail.data.as_slice()), (6, &b"gh"[..]));
    assert!(matches!(
        client.read_file(&agent, "/x/none", 0, 1).await,
        Err(Error::NoSuchFile { .. })
    ));
    assert!(client.read_file(&agent, "/x/stdout", 9, 1).await.unwrap().data.is_empty());
    assert!(matches!(
        client.read_file(&agent, "/x", 0, 1).await,
        Err(Error::Refused { status: 400, .. })
    ));
    assert!(server.requests()[1].contains(r#""offset":4"#), "{:?}", server.requests());
}
