//! A scheduler as plain as the recordings': raw HTTP, JSON as text.

#![allow(dead_code, reason = "each test uses a part")]

pub(crate) mod recording;

use podform_mesos_proto::recordio::Decoder;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// How long anything may take that a test waits for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// A whole answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.body))
    }
}

/// Sends a request and reads the answer's head.
fn open(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &str,
) -> (Answer, BufReader<TcpStream>) {
    let address = url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE * 3)).unwrap();
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    stream.write_all(text.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or(0);
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.push((name.trim().to_owned(), value.trim().to_owned()));
    }
    (Answer { status, headers, body: String::new() }, reader)
}

/// Sends a request and reads the whole answer, also a chunked one.
pub(crate) fn send(
    url: &str,
    method: &str,
    path: &str,
    headers: &[(String, String)],
    body: &str,
) -> Answer {
    let (mut answer, mut reader) = open(url, method, path, headers, body);
    let mut bytes = Vec::new();
    if answer.header("Transfer-Encoding") == Some("chunked") {
        while let Some(chunk) = read_chunk(&mut reader) {
            bytes.extend(chunk);
        }
    } else {
        let length =
            answer.header("Content-Length").and_then(|text| text.parse().ok()).unwrap_or(0);
        bytes.resize(length, 0);
        reader.read_exact(&mut bytes).unwrap();
    }
    answer.body = String::from_utf8(bytes).unwrap();
    answer
}

/// The next chunk; `None` at the end, in good order or not.
fn read_chunk(reader: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let length = usize::from_str_radix(line.trim(), 16).ok().filter(|length| *length > 0)?;
    let mut bytes = vec![0; length + 2];
    reader.read_exact(&mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

/// Posts JSON as the reference clients do.
pub(crate) fn post(url: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Answer {
    let mut headers = json_headers();
    headers.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    send(url, "POST", path, &headers, &body.to_string())
}

pub(crate) fn json_headers() -> Vec<(String, String)> {
    ["Content-Type", "Accept"].map(|name| (name.to_owned(), "application/json".to_owned())).to_vec()
}

/// An operator's read.
pub(crate) fn operator(url: &str, kind: &str) -> Value {
    let answer = post(url, "/api/v1", &[], &json!({ "type": kind }));
    assert_eq!(answer.status, 200, "{kind}: {}", answer.body);
    answer.json()
}

/// An open event stream, read by a thread of its own.
pub(crate) struct Stream {
    pub(crate) answer: Answer,
    pub(crate) id: String,
    pub(crate) framework: String,
    connection: TcpStream,
    receiver: Receiver<Value>,
    /// Everything that came, in order.
    pub(crate) seen: Vec<Value>,
    pub(crate) ended: bool,
}

impl Stream {
    /// Subscribes; the answer may also be a refusal or one error event.
    pub(crate) fn open(url: &str, headers: &[(String, String)], body: &str) -> Self {
        let (mut answer, mut reader) = open(url, "POST", "/api/v1/scheduler", headers, body);
        let connection = reader.get_ref().try_clone().unwrap();
        connection.set_read_timeout(None).unwrap();
        let (sender, receiver) = channel();
        if answer.header("Transfer-Encoding") == Some("chunked") {
            std::thread::spawn(move || {
                let mut decoder = Decoder::default();
                while let Some(chunk) = read_chunk(&mut reader) {
                    decoder.push(&chunk);
                    while let Some(record) = decoder.next_record().unwrap() {
                        if sender.send(serde_json::from_slice(record).unwrap()).is_err() {
                            return;
                        }
                    }
                }
            });
        } else {
            let length = answer.header("Content-Length").and_then(|text| text.parse().ok());
            let mut bytes = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut bytes).unwrap();
            answer.body = String::from_utf8(bytes).unwrap();
        }
        let id = answer.header("Mesos-Stream-Id").unwrap_or_default().to_owned();
        let framework = String::new();
        Self { answer, id, framework, connection, receiver, seen: Vec::new(), ended: false }
    }

    /// Subscribes a framework with the usual capabilities; `id` to come back.
    pub(crate) fn subscribe(url: &str, id: Option<&str>, failover_timeout: f64) -> Self {
        let mut body = json!({ "type": "SUBSCRIBE", "subscribe": { "framework_info": {
            "user": "root", "name": "test", "roles": ["*"], "checkpoint": true,
            "failover_timeout": failover_timeout,
            "capabilities": [
                { "type": "MULTI_ROLE" }, { "type": "PARTITION_AWARE" },
                { "type": "TASK_KILLING_STATE" }, { "type": "RESERVATION_REFINEMENT" },
            ],
        }}});
        if let Some(id) = id {
            body["framework_id"] = json!({ "value": id });
            body["subscribe"]["framework_info"]["id"] = json!({ "value": id });
        }
        let mut stream = Self::open(url, &json_headers(), &body.to_string());
        let subscribed = stream.wait("SUBSCRIBED", |event| event["type"] == "SUBSCRIBED");
        let id = &subscribed["subscribed"]["framework_id"]["value"];
        stream.framework = id.as_str().unwrap().to_owned();
        stream
    }

    /// The next event, if one comes in time.
    pub(crate) fn next(&mut self, patience: Duration) -> Option<Value> {
        use std::sync::mpsc::RecvTimeoutError;
        match self.receiver.recv_timeout(patience) {
            Ok(event) => {
                self.seen.push(event.clone());
                Some(event)
            }
            Err(RecvTimeoutError::Disconnected) => {
                self.ended = true;
                None
            }
            Err(RecvTimeoutError::Timeout) => None,
        }
    }

    /// The first event from now on that passes the test.
    pub(crate) fn wait(&mut self, what: &str, test: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        while let Some(event) = self.next(deadline.saturating_duration_since(Instant::now())) {
            if test(&event) {
                return event;
            }
        }
        panic!("no {what}; seen: {:#?}", self.seen);
    }

    /// Waits for the end of the stream.
    pub(crate) fn wait_end(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        while !self.ended {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the stream does not end; seen: {:#?}", self.seen);
            self.next(left);
        }
    }

    /// Sends a call of this framework.
    pub(crate) fn call(&self, url: &str, kind: &str, body: Value) -> Answer {
        let mut call = json!({ "type": kind, "framework_id": { "value": self.framework } });
        for (key, value) in body.as_object().unwrap() {
            call[key] = value.clone();
        }
        post(url, "/api/v1/scheduler", &[("Mesos-Stream-Id", &self.id)], &call)
    }

    /// Waits for an update of a task in a state; acknowledges it and every one before it.
    pub(crate) fn wait_state(&mut self, url: &str, task: &str, state: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        while let Some(event) = self.next(deadline.saturating_duration_since(Instant::now())) {
            let status = &event["update"]["status"];
            self.acknowledge(url, status);
            if status["task_id"]["value"] == task && status["state"] == state {
                return status.clone();
            }
        }
        panic!("no {state} of {task}; seen: {:#?}", self.seen);
    }

    /// Acknowledges an update that wants it.
    pub(crate) fn acknowledge(&self, url: &str, status: &Value) {
        if let Some(uuid) = status["uuid"].as_str() {
            let body = json!({ "acknowledge": {
                "agent_id": status["agent_id"], "task_id": status["task_id"], "uuid": uuid,
            }});
            self.call(url, "ACKNOWLEDGE", body);
        }
    }

    /// Closes the connection without a word.
    pub(crate) fn close(&mut self) {
        let _gone = self.connection.shutdown(std::net::Shutdown::Both);
    }

    /// The next offer that comes.
    pub(crate) fn wait_offer(&mut self) -> Value {
        let event = self.wait("offer", |event| event["type"] == "OFFERS");
        event["offers"]["offers"][0].clone()
    }
}

/// A task of a group, with `more` fields.
pub(crate) fn task(agent: &Value, id: &str, command: &str, more: Value) -> Value {
    let mut task = json!({
        "name": id, "task_id": { "value": id }, "agent_id": agent,
        "command": { "value": command },
        "resources": [scalar("cpus", 0.1), scalar("mem", 32.0)],
    });
    for (key, value) in more.as_object().unwrap() {
        task[key] = value.clone();
    }
    task
}

pub(crate) fn scalar(name: &str, value: f64) -> Value {
    json!({ "name": name, "type": "SCALAR", "scalar": { "value": value } })
}

/// The body of an ACCEPT that launches one group.
pub(crate) fn launch(offer: &Value, framework: &str, executor: &str, tasks: Vec<Value>) -> Value {
    json!({ "accept": {
        "offer_ids": [offer["id"]],
        "filters": { "refuse_seconds": 0.1 },
        "operations": [{ "type": "LAUNCH_GROUP", "launch_group": {
            "executor": {
                "type": "DEFAULT", "executor_id": { "value": executor },
                "framework_id": { "value": framework },
                "resources": [scalar("cpus", 0.1), scalar("mem", 32.0), scalar("disk", 10.0)],
            },
            "task_group": { "tasks": tasks },
        }}],
    }})
}
