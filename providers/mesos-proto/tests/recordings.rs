//! Every message that a real master, agent or client said (`recordings/`, see its README) is read and written again without loss.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test that reads its data")]

use std::fs;
use std::path::{Path, PathBuf};

use podform_mesos_proto::{
    ContainerStatus, ExecutorInfo, TaskStatus, agent, following, json, master, recordio, scheduler,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Fields that the messages do not have on purpose, by the end of their path.
const NOT_KEPT: &[&str] = &[
    // Statistics that nothing here uses.
    "resource_statistics.mem_anon_bytes",
    "resource_statistics.mem_cache_bytes",
    "resource_statistics.mem_critical_pressure_counter",
    "resource_statistics.mem_file_bytes",
    "resource_statistics.mem_kmem_tcp_usage_bytes",
    "resource_statistics.mem_kmem_usage_bytes",
    "resource_statistics.mem_low_pressure_counter",
    "resource_statistics.mem_mapped_file_bytes",
    "resource_statistics.mem_medium_pressure_counter",
    "resource_statistics.mem_swap_bytes",
    "resource_statistics.mem_unevictable_bytes",
    "resource_statistics.net_rx_bytes",
    "resource_statistics.net_rx_dropped",
    "resource_statistics.net_rx_errors",
    "resource_statistics.net_rx_packets",
    "resource_statistics.net_tx_bytes",
    "resource_statistics.net_tx_dropped",
    "resource_statistics.net_tx_errors",
    "resource_statistics.net_tx_packets",
    // Mistakes of the recorded client, which the master ignored too.
    "drain_agent.max_grace_period.nanoseconds",
];

/// Values that no type has, sent to see what the master says.
const UNKNOWN_TYPES: &[&str] = &["DANCE", "GET_NOTHING"];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

/// All recorded files with this ending, in order.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for scenario in fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
    {
        let paths = fs::read_dir(scenario).unwrap().map(|entry| entry.unwrap().path());
        found.extend(paths.filter(|path| path.extension().is_some_and(|found| found == extension)));
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

/// One recorded exchange.
struct Exchange {
    method_and_path: String,
    request: String,
    status: u16,
    answer: String,
}

fn exchange(path: &Path) -> Exchange {
    let text = fs::read_to_string(path).unwrap();
    let side = |mark: char| -> (Vec<String>, String) {
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix(mark))
            .map(|line| line.strip_prefix(' ').unwrap_or(line));
        let lines: Vec<String> = lines.map(str::to_owned).collect();
        let end = lines.iter().position(String::is_empty).unwrap_or(lines.len());
        let body = lines.get(end + 1..).unwrap_or_default().join("\n");
        // Some requests were kept without their headers.
        let body = if body.is_empty() {
            lines.iter().find(|line| line.starts_with('{')).cloned().unwrap_or_default()
        } else {
            body
        };
        (lines, body)
    };
    let ((requested, request), (answered, answer)) = (side('>'), side('<'));
    let status = answered[0].split(' ').next().unwrap().parse().unwrap();
    Exchange { method_and_path: requested[0].clone(), request, status, answer }
}

/// Reads a message, writes it again and gives what differs.
fn differences<T: DeserializeOwned + Serialize + Default + PartialEq>(text: &str) -> Vec<String> {
    let message: T = match json::from_slice(text.as_bytes()) {
        Ok(message) => message,
        Err(error) => return vec![format!("unreadable: {error}")],
    };
    let written = json::to_vec(&message).unwrap();
    assert!(json::from_slice::<T>(&written).unwrap() == message, "written and read again: {text}");
    let mut found = Vec::new();
    compare(
        "",
        &serde_json::from_str(text).unwrap(),
        &serde_json::from_slice(&written).unwrap(),
        &mut found,
    );
    found
}

/// Adds to `found` what the recorded value has and ours has not, or has otherwise.
fn compare(path: &str, recorded: &Value, ours: &Value, found: &mut Vec<String>) {
    match (recorded, ours) {
        (Value::Object(recorded), Value::Object(ours)) => {
            for (key, value) in recorded {
                let path = format!("{path}.{key}");
                match ours.get(key) {
                    Some(our) => compare(&path, value, our, found),
                    None if is_declared(&path, value) => {}
                    None => found.push(format!("{path} = {value} is lost")),
                }
            }
            let added = ours
                .iter()
                .filter(|(key, value)| !recorded.contains_key(*key) && !is_default(key, value));
            found.extend(added.map(|(key, value)| format!("{path}.{key} = {value} is added")));
        }
        (Value::Array(recorded), Value::Array(ours)) if recorded.len() == ours.len() => {
            for (recorded, ours) in recorded.iter().zip(ours) {
                compare(&format!("{path}[]"), recorded, ours, found);
            }
        }
        (Value::Number(recorded), Value::Number(ours)) if recorded.as_f64() == ours.as_f64() => {}
        _ if recorded == ours => {}
        // A number may be given as a string.
        (Value::String(text), Value::Number(number)) if text.parse().ok() == number.as_f64() => {}
        _ => found.push(format!("{path}: {recorded} became {ours}")),
    }
}

/// Whether a recorded value may be missing from ours.
fn is_declared(path: &str, value: &Value) -> bool {
    let empty = value.as_array().is_some_and(Vec::is_empty);
    let unknown_type =
        path == ".type" && value.as_str().is_some_and(|name| UNKNOWN_TYPES.contains(&name));
    empty || unknown_type || NOT_KEPT.iter().any(|end| path.ends_with(end))
}

/// Whether a field is a declared default, which a server always writes and the recorded client did not.
fn is_default(key: &str, value: &Value) -> bool {
    match key {
        "checkpoint" | "mark_gone" | "privileged" => value == false,
        "shell" | "extract" | "cached" => value == true,
        "failover_timeout" => value == 0.0,
        "refuse_seconds" => value == 5.0,
        "delay_seconds" => value == 15.0,
        "interval_seconds" | "grace_period_seconds" => value == 10.0,
        "timeout_seconds" => value == 20.0,
        "consecutive_failures" => value == 3,
        "type" => value == "VALUE",
        "protocol" => value == "IPv4",
        "network" => value == "HOST",
        _ => false,
    }
}

/// Panics with all differences of all messages, if there are any.
#[track_caller]
fn assert_none(all: &[String]) {
    assert!(all.is_empty(), "{} differences:\n{}", all.len(), all.join("\n"));
}

#[test]
fn every_exchange_is_read_and_written_without_loss() {
    let (mut calls, mut answers, mut all) = (0, 0, Vec::new());
    for path in files("http") {
        let exchange = exchange(&path);
        let name = path.file_name().unwrap().to_str().unwrap();
        let mut check = |found: Vec<String>, count: &mut usize| {
            *count += 1;
            all.extend(
                found.into_iter().map(|difference| format!("{}: {difference}", path.display())),
            );
        };
        let is_call =
            exchange.method_and_path.starts_with("POST") && exchange.request.starts_with("{\"");
        let is_answer = exchange.status == 200 && exchange.answer.starts_with('{');
        let streams = exchange.request.contains("SESSION")
            || exchange.request.contains("ATTACH_CONTAINER_OUTPUT");
        match exchange.method_and_path.split(' ').nth(1).unwrap() {
            path if path.ends_with("/api/v1/scheduler") && is_call => {
                check(differences::<scheduler::Call>(&exchange.request), &mut calls);
            }
            path if path.ends_with("/api/v1") && name.contains("agent-") => {
                if is_call {
                    check(differences::<agent::Call>(&exchange.request), &mut calls);
                }
                if is_answer && !streams {
                    check(differences::<agent::Response>(&exchange.answer), &mut answers);
                }
            }
            path if path.ends_with("/api/v1") => {
                if is_call {
                    check(differences::<master::Call>(&exchange.request), &mut calls);
                }
                if is_answer {
                    check(differences::<master::Response>(&exchange.answer), &mut answers);
                }
            }
            _ => {}
        }
    }
    assert_none(&all);
    assert!(calls > 300 && answers > 150, "{calls} calls and {answers} answers were read");
}

#[test]
fn every_event_is_read_and_written_without_loss() {
    let (mut events, mut all) = (0, Vec::new());
    for path in files("jsonl") {
        for line in fs::read_to_string(&path).unwrap().lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            let Some(event) = line.get("event") else { continue };
            let found = differences_of_event(&path, &event.to_string());
            events += 1;
            all.extend(
                found.into_iter().map(|difference| format!("{}: {difference}", path.display())),
            );
        }
    }
    assert_none(&all);
    assert!(events > 300, "{events} events were read");
}

/// Reads an event as what the stream of this file carries.
fn differences_of_event(path: &Path, text: &str) -> Vec<String> {
    let name = path.file_name().unwrap().to_str().unwrap();
    if name.contains("operator") {
        differences::<master::Event>(text)
    } else if name.contains("ATTACH") {
        differences::<agent::ProcessIo>(text)
    } else {
        differences::<scheduler::Event>(text)
    }
}

#[test]
fn every_recorded_stream_is_decoded_from_its_bytes() {
    let (mut records, mut all) = (0, Vec::new());
    // The attached output was refused: a text, not a stream.
    let streams = files("recordio")
        .into_iter()
        .filter(|path| !path.ends_with("10-agent-ATTACH_CONTAINER_OUTPUT-stream.recordio"));
    for path in streams {
        let bytes = fs::read(&path).unwrap();
        let (mut decoder, mut again) = (recordio::Decoder::default(), Vec::new());
        for piece in bytes.chunks(1000) {
            decoder.push(piece);
            while let Some(record) =
                decoder.next_record().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
            {
                records += 1;
                again.extend(recordio::encode(record));
                let text = String::from_utf8(record.to_vec()).unwrap();
                all.extend(
                    differences_of_event(&path, &text)
                        .into_iter()
                        .map(|found| format!("{}: {found}", path.display())),
                );
            }
        }
        decoder.finish().unwrap();
        assert_eq!(again, bytes, "{}", path.display());
    }
    assert_none(&all);
    assert!(records > 300, "{records} records were read");
}

/// An answer to GET_STATE with nothing in it that a reader that follows tasks does not keep.
fn followed(mut state: master::GetState) -> master::GetState {
    for task in state.get_tasks.iter_mut().flat_map(|all| {
        let lists = [&mut all.tasks, &mut all.unreachable_tasks, &mut all.completed_tasks];
        lists.into_iter().flatten()
    }) {
        let statuses = task.statuses.iter().map(|status| TaskStatus {
            state: status.state,
            message: status.message.clone(),
            timestamp: status.timestamp,
            healthy: status.healthy,
            unreachable_time: status.unreachable_time.clone(),
            container_status: status.container_status.as_ref().map(|status| ContainerStatus {
                network_infos: status.network_infos.clone(),
                ..ContainerStatus::default()
            }),
            ..TaskStatus::default()
        });
        task.statuses = statuses.collect();
        (task.resources, task.container, task.user) = (Vec::new(), None, None);
        (task.status_update_state, task.status_update_uuid) = (None, None);
        task.limits.clear();
    }
    for executor in state.get_executors.iter_mut().flat_map(|all| &mut all.executors) {
        let info = &mut executor.executor_info;
        *info = ExecutorInfo {
            executor_id: info.executor_id.clone(),
            framework_id: info.framework_id.clone(),
            name: info.name.clone(),
            ..ExecutorInfo::default()
        };
    }
    state
}

#[test]
fn a_reader_that_follows_tasks_keeps_what_it_says() {
    let mut tasks = 0;
    for path in files("http") {
        let text = fs::read_to_string(&path).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("< {")) {
            let body = format!("{{{line}");
            let Ok(full) = json::from_slice::<master::Response>(body.as_bytes()) else { continue };
            let Some(state) = full.get_state else { continue };
            let read: following::Response = json::from_slice(body.as_bytes()).unwrap();
            tasks += state.get_tasks.as_ref().map_or(0, |all| all.tasks.len());
            assert_eq!(read.get_state, Some(followed(state).into()), "{}", path.display());
        }
    }
    assert!(tasks > 0);
}
