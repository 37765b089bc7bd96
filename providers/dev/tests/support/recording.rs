//! Recordings of a real master and agent: their files, and what to compare in them.

use serde_json::Value;
use std::path::{Path, PathBuf};

/// One call and its answer.
#[derive(Debug, Clone)]
pub(crate) struct Exchange {
    /// The file's name without its ending, as `02-accept-p`.
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) status: u16,
    pub(crate) answer_headers: Vec<(String, String)>,
    pub(crate) answer: String,
    /// The second in which it was answered.
    pub(crate) second: f64,
    /// The events of the stream that it opened.
    pub(crate) stream: Option<RecordedStream>,
}

/// A recorded event stream.
#[derive(Debug, Clone, Default)]
pub(crate) struct RecordedStream {
    /// Events with the receiver's clock.
    pub(crate) events: Vec<(f64, Value)>,
    /// When and how it ended.
    pub(crate) end: Option<(f64, String)>,
}

impl Exchange {
    pub(crate) fn call(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }

    pub(crate) fn kind(&self) -> String {
        self.call()["type"].as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn answer_header(&self, name: &str) -> Option<&str> {
        let mut found = self.answer_headers.iter().filter(|(key, _)| key == name);
        found.next().map(|(_, value)| value.as_str())
    }

    pub(crate) fn is_scheduler(&self) -> bool {
        self.path == "/api/v1/scheduler"
    }
}

/// Where the recordings are.
fn folder(scenario: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mesos-proto/tests/recordings").join(scenario)
}

/// The calls of a scenario, in order.
pub(crate) fn read(scenario: &str) -> Vec<Exchange> {
    let folder = folder(scenario);
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().into_string().ok())
        .filter_map(|name| name.strip_suffix(".http").map(str::to_owned))
        .collect();
    names.sort_by_key(|name| name.split('-').next().and_then(|n| n.parse::<u32>().ok()));
    names.iter().map(|name| exchange(&folder, name)).collect()
}

fn exchange(folder: &Path, name: &str) -> Exchange {
    let text = std::fs::read_to_string(folder.join(format!("{name}.http"))).unwrap();
    let lines = |mark: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(mark));
        lines.map(|line| line.strip_prefix(' ').unwrap_or(line).to_owned()).collect()
    };
    let (asked, answered) = (lines(">"), lines("<"));
    let (start, mut headers, mut body) = split(&asked);
    // A subscription was written without its headers.
    if body.is_empty() && headers.is_empty() {
        body = asked.get(1).cloned().unwrap_or_default();
        headers = super::json_headers();
    }
    let (status, answer_headers, answer) = split(&answered);
    let (method, path) = start.split_once(' ').unwrap();
    let date = answer_headers.iter().find(|(name, _)| name == "Date").map(|(_, date)| date);
    let stream = folder.join(format!("{name}-stream.jsonl"));
    Exchange {
        name: name.to_owned(),
        method: method.to_owned(),
        path: path.to_owned(),
        headers,
        body,
        status: status.split(' ').next().unwrap().parse().unwrap(),
        second: date.map(|date| seconds(date)).unwrap_or_default(),
        answer_headers,
        answer,
        stream: stream.exists().then(|| read_stream(&stream)),
    }
}

fn split(lines: &[String]) -> (String, Vec<(String, String)>, String) {
    let mut headers = Vec::new();
    let mut rest = lines[1..].iter();
    for line in rest.by_ref() {
        match line.split_once(": ") {
            Some((name, value)) if !line.starts_with('{') => {
                headers.push((name.to_owned(), value.to_owned()));
            }
            _ if line.is_empty() => break,
            _ => return (lines[0].clone(), Vec::new(), String::new()),
        }
    }
    let body: Vec<_> = rest.cloned().collect();
    (lines[0].clone(), headers, body.join("\n"))
}

/// `Mon, 23 Nov 2026 03:02:44 GMT` in seconds since the epoch.
fn seconds(date: &str) -> f64 {
    let time = jiff::fmt::strtime::parse("%a, %d %b %Y %H:%M:%S GMT", date).unwrap();
    let zoned = time.to_datetime().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap();
    zoned.timestamp().as_second() as f64
}

fn read_stream(path: &Path) -> RecordedStream {
    let mut stream = RecordedStream::default();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let entry: Value = serde_json::from_str(line).unwrap();
        let time = entry["t"].as_f64().unwrap();
        match entry["end"].as_str() {
            Some(end) => stream.end = Some((time, end.to_owned())),
            None => stream.events.push((time, entry["event"].clone())),
        }
    }
    stream
}

/// The id of the task that an update is about.
pub(crate) fn task_of(event: &Value) -> Option<&str> {
    event["update"]["status"]["task_id"]["value"].as_str()
}

/// Whether an update answers a question, and so comes only when asked.
pub(crate) fn is_answer(event: &Value) -> bool {
    event["update"]["status"]["reason"] == "REASON_RECONCILIATION"
}

/// Makes two messages comparable: what differs from run to run becomes a word, lists whose order
/// means nothing are sorted.
pub(crate) fn normalize(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let state = map.get("state").and_then(Value::as_str).map(str::to_owned);
            if let Some(status) = map.get_mut("container_status")
                && state.is_some_and(|state| state == "TASK_STARTING" || state == "TASK_KILLING")
            {
                // Whether the container already, or still, has an address is a race of the real agent.
                let id = status["container_id"].clone();
                *status = serde_json::json!({ "container_id": id });
            }
            if let Some(statistics) = map.get_mut("resource_statistics") {
                // The stand-in has no process for an executor, and measures nothing.
                let measured = ["cpus_user_time_secs", "cpus_system_time_secs", "mem_rss_bytes"];
                for name in measured {
                    statistics.as_object_mut().unwrap().remove(name);
                }
                map["container_status"].as_object_mut().unwrap().remove("executor_pid");
            }
            for (key, value) in map.iter_mut() {
                let word = match key.as_str() {
                    "uuid" | "status_update_uuid" => Some("<uuid>"),
                    "timestamp" | "start_time" | "elected_time" | "build_time" => Some("<time>"),
                    "registered_time" | "reregistered_time" | "unregistered_time" => Some("<time>"),
                    "unreachable_time" | "mtime" => Some("<time>"),
                    "executor_pid" => Some("<pid>"),
                    "container_id" => Some("<container>"),
                    "port" | "pid" => Some("<address>"),
                    _ => None,
                };
                match word {
                    Some(word) => *value = word.into(),
                    None => normalize(value),
                }
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                normalize(item);
            }
            let is_statuses = items.iter().any(|item| item.get("uuid").is_some());
            if !is_statuses {
                items.sort_by_key(|item| item.to_string());
            }
        }
        _ => {}
    }
}
