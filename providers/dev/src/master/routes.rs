//! The master's addresses, and what all its endpoints check alike.

use crate::http::{Handler, Reply, Request};
use crate::world::{Shared, World, lock};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use podform_mesos_proto::{CONTENT_TYPE, json};
use serde::de::{DeserializeOwned, IgnoredAny};
use std::sync::Arc;
use std::time::Instant;

/// What the scheduler API says to an `Accept` that it cannot satisfy.
pub(super) const SCHEDULER_ACCEPT: &str =
    "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'";

/// Answers the requests to the master, and those of the fault hooks below `/dev`.
pub(crate) fn handler(shared: &Shared) -> Handler {
    let world = Arc::downgrade(shared);
    Arc::new(move |request| {
        let Some(shared) = world.upgrade() else { return Reply::empty(503) };
        lock(&shared).answer(&request)
    })
}

impl World {
    fn answer(&mut self, request: &Request) -> Reply {
        let path = request.path.strip_prefix("/master").unwrap_or(&request.path);
        match path.trim_end_matches('/') {
            "/api/v1/scheduler" => self.scheduler_api(request),
            "/api/v1" => self.operator_api(request),
            "/health" => Reply::empty(200),
            "/version" => super::version(),
            "/redirect" => {
                let address = format!("//127.0.0.1:{}", self.master.port);
                Reply::empty(307).header("Location", address)
            }
            "/state" => self.legacy_read(request, Self::legacy_state),
            "/metrics/snapshot" => self.legacy_read(request, Self::legacy_metrics),
            "/tasks" | "/slaves" | "/frameworks" | "/roles" | "/flags" | "/state-summary"
            | "/quota" | "/weights" | "/teardown" | "/files/read" | "/files/browse"
            | "/files/download" => Reply::not_implemented(),
            other => match other.strip_prefix("/dev/") {
                Some(hook) => self.control(hook, request),
                None => Reply::empty(404),
            },
        }
    }

    fn legacy_read(&self, request: &Request, read: impl Fn(&Self) -> serde_json::Value) -> Reply {
        if let Err(reply) = self.authenticate(request, "mesos-master-readonly") {
            return reply;
        }
        if self.is_replaying() {
            return Reply::text(503, "Master has not finished recovery");
        }
        Reply::json(read(self).to_string())
    }

    /// Whether the master still replays its registry.
    pub(super) fn is_replaying(&self) -> bool {
        self.master.replaying_until.is_some_and(|until| until > Instant::now())
    }

    /// The principal of a request, or the refusal of one without the right credentials.
    pub(super) fn authenticate(
        &self,
        request: &Request,
        realm: &str,
    ) -> Result<Option<String>, Reply> {
        let Some(credentials) = &self.options.credentials else { return Ok(None) };
        let given = request.header("Authorization").and_then(|value| value.strip_prefix("Basic "));
        let decoded = given.and_then(|text| STANDARD.decode(text).ok());
        let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
        let parts: Vec<_> = decoded.split(':').collect();
        if parts == [credentials.principal.as_str(), credentials.secret.as_str()] {
            return Ok(Some(credentials.principal.clone()));
        }
        let challenge = format!("Basic realm=\"{realm}\"");
        Err(Reply::text(401, "401 Unauthorized.").header("WWW-Authenticate", challenge))
    }
}

/// Reads a call in JSON, or refuses it as masters and agents do.
pub(crate) fn read_call<T: DeserializeOwned>(request: &Request) -> Result<T, Reply> {
    if request.method != "POST" {
        let method = &request.method;
        let text = format!(
            "405 Method Not Allowed. Expecting one of {{ 'POST' }}, but received '{method}'."
        );
        return Err(Reply::text(405, text).header("Allow", "POST"));
    }
    match request.header("Content-Type") {
        None => return Err(Reply::text(400, "Expecting 'Content-Type' to be present")),
        Some(CONTENT_TYPE) => {}
        // The stand-in speaks JSON only.
        Some("application/x-protobuf") => return Err(Reply::not_implemented()),
        Some(_) => {
            let text = "Expecting 'Content-Type' of application/json or application/x-protobuf";
            return Err(Reply::text(415, text));
        }
    }
    if let Err(error) = json::from_slice::<IgnoredAny>(&request.body) {
        let text = format!("Failed to parse body into JSON: {}", parse_error(request, &error));
        return Err(Reply::text(400, text));
    }
    let start = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
    if start != Some(&b'{') {
        let text = "Failed to convert JSON into Call protobuf: Expecting a JSON object";
        return Err(Reply::text(400, text));
    }
    json::from_slice(&request.body).map_err(|error| {
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        Reply::text(400, format!("Failed to convert JSON into Call protobuf: {text}"))
    })
}

/// Where the text stops to be JSON, in the words of Mesos's parser.
fn parse_error(request: &Request, error: &serde_json::Error) -> String {
    let text = String::from_utf8_lossy(&request.body);
    let line = text.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
    let near: String = line.chars().skip(error.column().saturating_sub(1)).collect();
    format!("syntax error at line {} near: {near}", error.line())
}

/// The refusal of a request whose `Accept` does not allow JSON.
pub(crate) fn refuse_accept(request: &Request, text: &str) -> Option<Reply> {
    let accept = request.header("Accept")?;
    let mut kinds = accept.split(',').map(|kind| kind.split(';').next().unwrap_or("").trim());
    if kinds.clone().any(|kind| matches!(kind, "*/*" | "application/*" | "application/json")) {
        return None;
    }
    if kinds.any(|kind| kind == "application/x-protobuf") {
        return Some(Reply::not_implemented());
    }
    Some(Reply::text(406, text))
}
