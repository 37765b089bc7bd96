//! The agent's operator API and the legacy reads of files.

use super::Agent;
use super::files::Refusal;
use crate::http::{Handler, Reply, Request};
use crate::master::{read_call, refuse_accept, version};
use crate::world::{Shared, lock};
use podform_mesos_proto::agent::{Call, CallType, Response};
use podform_mesos_proto::json;
use podform_mesos_proto::master::GetHealth;
use std::sync::Arc;

/// Answers the requests to one agent.
pub(crate) fn handler(shared: &Shared, index: usize) -> Handler {
    let world = Arc::downgrade(shared);
    Arc::new(move |request| {
        let Some(shared) = world.upgrade() else { return Reply::empty(503) };
        let world = lock(&shared);
        answer(&world.agents[index], &request, world.options.isolation_cgroups)
    })
}

fn answer(agent: &Agent, request: &Request, cgroups: bool) -> Reply {
    let path = request.path.strip_prefix("/slave(1)").unwrap_or(&request.path);
    match path.trim_end_matches('/') {
        "/api/v1" => operator(agent, request, cgroups),
        "/health" => Reply::empty(200),
        "/version" => version(),
        "/files/read" => legacy_read(agent, request),
        "/state"
        | "/containers"
        | "/monitor/statistics"
        | "/flags"
        | "/metrics/snapshot"
        | "/files/browse"
        | "/files/download" => Reply::not_implemented(),
        _ => Reply::empty(404),
    }
}

fn operator(agent: &Agent, request: &Request, cgroups: bool) -> Reply {
    let call: Call = match read_call(request) {
        Ok(call) => call,
        Err(reply) => return reply,
    };
    let Some(kind) = call.r#type else {
        let text = "Failed to validate agent::Call: Expecting 'type' to be present";
        return Reply::text(400, text);
    };
    let expecting = "Expecting 'Accept' to allow application/json or application/x-protobuf or \
                     application/recordio";
    if let Some(reply) = refuse_accept(request, expecting) {
        return reply;
    }
    let mut response = Response { r#type: Some(kind), ..Response::default() };
    match kind {
        CallType::GetHealth => response.get_health = Some(GetHealth { healthy: true }),
        CallType::GetVersion => response.get_version = Some(crate::master::get_version()),
        CallType::GetFlags => response.get_flags = Some(agent.get_flags(cgroups)),
        CallType::GetAgent => response.get_agent = Some(agent.get_agent()),
        CallType::GetState => response.get_state = Some(agent.get_state()),
        CallType::GetTasks => response.get_tasks = Some(agent.get_tasks()),
        CallType::GetExecutors => response.get_executors = Some(agent.get_executors()),
        CallType::GetFrameworks => response.get_frameworks = Some(agent.get_frameworks()),
        CallType::GetContainers => {
            let nested = call.get_containers.and_then(|show| show.show_nested).unwrap_or(false);
            response.get_containers = Some(agent.get_containers(nested));
        }
        CallType::ListFiles => {
            let Some(list) = call.list_files else { return missing("list_files") };
            match agent.list_files(&list.path) {
                Ok(files) => response.list_files = Some(files),
                Err(refusal) => return refused(&refusal),
            }
        }
        CallType::ReadFile => {
            let Some(read) = call.read_file else { return missing("read_file") };
            match agent.read_file(&read.path, read.offset, read.length) {
                Ok(file) => response.read_file = Some(file),
                Err(refusal) => return refused(&refusal),
            }
        }
        _ => return Reply::not_implemented(),
    }
    Reply::json(json::to_vec(&response).unwrap_or_default())
}

fn missing(name: &str) -> Reply {
    Reply::text(400, format!("Failed to validate agent::Call: Expecting '{name}' to be present"))
}

fn refused(refusal: &Refusal) -> Reply {
    match refusal {
        Refusal::Unknown => Reply::text(404, ""),
        Refusal::Folder => Reply::text(400, "Cannot read a directory.\n"),
        Refusal::Failed(error) => Reply::text(500, error.to_string()),
    }
}

fn legacy_read(agent: &Agent, request: &Request) -> Reply {
    let Some(path) = request.parameter("path") else {
        return Reply::text(400, "Expecting 'path=value' in query.\n");
    };
    let number = |name: &str| request.parameter(name).and_then(|text| text.parse::<i64>().ok());
    let offset = number("offset").unwrap_or(-1);
    let wanted = u64::try_from(offset).unwrap_or_default();
    let length = number("length").and_then(|length| u64::try_from(length).ok());
    match agent.read_file(&path, wanted, length) {
        Ok(file) if offset < 0 => legacy_json("", file.size),
        Ok(file) => legacy_json(&String::from_utf8_lossy(file.data.as_slice()), wanted),
        Err(refusal) => refused(&refusal),
    }
}

fn legacy_json(data: &str, offset: u64) -> Reply {
    Reply::json(serde_json::json!({ "data": data, "offset": offset }).to_string())
}
