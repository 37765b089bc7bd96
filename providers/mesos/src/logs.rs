//! A piece of a container's output, from the sandbox on its agent.

use crate::cluster::Cluster;
use crate::error::Error;
use crate::private::InstancePrivate;
use podform_mesos_client::{AgentAddress, SandboxFile, sandbox_path};
use podform_mesos_proto::{ExecutorId, FrameworkId, TaskId, master};
use podform_provider::{LogStream, LogsAnswer, LogsRequest};

/// The most bytes that are read at once.
const MOST: u64 = 1024 * 1024;

/// Reads a piece of output.
pub(crate) fn logs(cluster: &Cluster, request: &LogsRequest) -> Result<LogsAnswer, Error> {
    let private = InstancePrivate::of(&request.instance);
    let task = private.tasks.iter().find(|task| task.container == request.container).map_or_else(
        || format!("{}.{}", request.instance.id, request.container),
        |task| task.task_id.clone(),
    );
    let stream = match request.stream {
        LogStream::Stdout => "stdout",
        LogStream::Stderr => "stderr",
    };
    let path = sandbox_path(
        &FrameworkId::new(&private.framework_id),
        &ExecutorId::new(&request.instance.id),
        &TaskId::new(task),
        stream,
    );
    let address = agent(cluster, request, &private)?;
    let length = request.length.min(MOST);
    let client = &cluster.client;
    let file = cluster.runtime.block_on(async {
        match request.offset {
            Some(offset) => client.read_file(&address, &path, offset, length).await,
            None => client.tail_file(&address, &path, length).await,
        }
    })?;
    Ok(answer(&file))
}

fn answer(file: &SandboxFile) -> LogsAnswer {
    // A character that is cut at the end comes whole with the next piece.
    let whole = match std::str::from_utf8(&file.data) {
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => error.valid_up_to(),
        _ => file.data.len(),
    };
    let data = &file.data[..whole];
    LogsAnswer {
        offset: file.offset,
        text: String::from_utf8_lossy(data).into_owned(),
        next: file.offset.saturating_add(data.len() as u64),
    }
}

/// The agent's address: as the master knows it now, else as it was at the launch.
fn agent(
    cluster: &Cluster,
    request: &LogsRequest,
    private: &InstancePrivate,
) -> Result<AgentAddress, Error> {
    let client = &cluster.client;
    let listed = cluster
        .ask(&master::Call::new(master::CallType::GetAgents))?
        .get_agents
        .into_iter()
        .flat_map(|agents| agents.agents)
        .find(|agent| {
            let id = agent.agent_info.id.as_ref().map(|id| id.as_str());
            id.is_some() && id == request.instance.agent_id.as_deref()
        });
    if let Some(pid) = listed.and_then(|agent| agent.pid) {
        return Ok(client.agent_address(&pid)?);
    }
    match &private.agent_url {
        Some(url) => Ok(client.agent_address(&format!("slave(1)@{url}"))?),
        None => Err(Error::NoAgent(request.instance.id.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_cut_comes_with_the_next_piece() {
        let data = "aé".as_bytes();
        let cut = SandboxFile { offset: 5, data: data[..2].to_vec(), size: 9 };
        assert_eq!(answer(&cut), LogsAnswer { offset: 5, text: "a".into(), next: 6 });
        let broken = SandboxFile { offset: 0, data: vec![0xff, b'a'], size: 2 };
        assert_eq!(answer(&broken).text, "\u{fffd}a");
    }
}
