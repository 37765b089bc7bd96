//! The development cluster's own word on what lives, apart from everything that podform believes.

use crate::env::TestEnv;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// The states in which a task has ended.
const TERMINAL: &[&str] = &[
    "TASK_FINISHED",
    "TASK_FAILED",
    "TASK_KILLED",
    "TASK_ERROR",
    "TASK_LOST",
    "TASK_DROPPED",
    "TASK_GONE",
    "TASK_GONE_BY_OPERATOR",
];

/// A running development cluster.
pub(super) struct Cluster {
    /// `127.0.0.1:5050`
    master: String,
}

impl Cluster {
    /// The cluster that a test's environment started.
    pub(super) fn of(env: &TestEnv) -> Result<Self, String> {
        let output = env.run(&["dev", "status", "-json"]);
        super::round::expect_ok(&output, "dev status")?;
        let status: Value =
            serde_json::from_str(&output.stdout).map_err(|e| format!("dev status: {e}"))?;
        let url = status["url"].as_str().ok_or("dev status names no `url`")?;
        let master = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        Ok(Self { master })
    }

    /// The executor of every live task group: one for each instance that runs.
    pub(super) fn live_executors(&self) -> Result<Vec<String>, String> {
        let answer = self.call(&json!({"type": "GET_TASKS"}))?;
        let tasks = answer["get_tasks"]["tasks"].as_array().cloned().unwrap_or_default();
        let live = tasks
            .iter()
            .filter(|task| task["state"].as_str().is_some_and(|state| !TERMINAL.contains(&state)));
        live.map(|task| {
            let id = task["executor_id"]["value"].as_str();
            id.map(str::to_owned).ok_or_else(|| format!("a task without executor: {task}"))
        })
        .collect()
    }

    /// One call of the operator API (`POST /api/v1`).
    fn call(&self, call: &Value) -> Result<Value, String> {
        let failed = |e: std::io::Error| format!("the cluster at {}: {e}", self.master);
        let mut stream = TcpStream::connect(&self.master).map_err(failed)?;
        stream.set_read_timeout(Some(Duration::from_secs(30))).map_err(failed)?;
        let body = call.to_string();
        let request = format!(
            "POST /api/v1 HTTP/1.0\r\nHost: {}\r\nContent-Type: application/json\r\n\
             Accept: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.master,
            body.len()
        );
        stream.write_all(request.as_bytes()).map_err(failed)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).map_err(failed)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("an answer without body")?;
        if !head.lines().next().is_some_and(|status| status.contains(" 200 ")) {
            return Err(format!("the cluster refused {call}: {head}\n{body}"));
        }
        serde_json::from_str(body).map_err(|e| format!("the cluster's answer: {e}"))
    }
}
