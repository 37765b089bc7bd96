//! Agents: their operator API and the files of sandboxes.

use podform_http::{Url, safe_url};
use podform_mesos_proto::{Bytes, ExecutorId, FrameworkId, TaskId, agent, master};

use crate::Error;
use crate::client::{MesosClient, body, read_answer, refused};

/// The most bytes that one READ_FILE gives.
const PIECE: u64 = 64 * 1024;

/// Where an agent's API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgentAddress(Url);

impl AgentAddress {
    /// The address in a `pid` as masters print it, `slave(1)@10.0.0.5:5051`.
    ///
    /// # Errors
    /// [`Error::AgentAddress`]
    pub fn from_pid(pid: &str, scheme: &str) -> Result<Self, Error> {
        let wrong = || Error::AgentAddress { pid: pid.to_owned() };
        let (_, address) = pid.split_once('@').ok_or_else(wrong)?;
        let plain = !address.is_empty()
            && address.chars().all(|c| c.is_ascii_alphanumeric() || ".:[]-_".contains(c));
        let url = Url::parse(&format!("{scheme}://{address}/"))
            .ok()
            .filter(|url| plain && url.port_or_known_default().is_some());
        url.map(Self).ok_or_else(wrong)
    }
}

impl std::fmt::Display for AgentAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&safe_url(&self.0))
    }
}

/// A part of a file of a sandbox.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SandboxFile {
    /// Which byte of the file the part begins with.
    pub offset: u64,
    /// The part.
    pub data: Vec<u8>,
    /// How long the file was when it was read.
    pub size: u64,
}

/// The path by which an agent knows a file of a task's sandbox, such as `stdout`, while the sandbox lasts.
#[must_use]
pub fn sandbox_path(
    framework: &FrameworkId,
    executor: &ExecutorId,
    task: &TaskId,
    file: &str,
) -> String {
    format!("/frameworks/{framework}/executors/{executor}/runs/latest/tasks/{task}/{file}")
}

impl MesosClient {
    /// The address of an agent by its `pid`, with TLS if the masters are asked with TLS.
    ///
    /// # Errors
    /// [`Error::AgentAddress`]
    pub fn agent_address(&self, pid: &str) -> Result<AgentAddress, Error> {
        AgentAddress::from_pid(pid, self.scheme())
    }

    /// Asks an agent; an answer without a body gives an empty [`agent::Response`].
    ///
    /// # Errors
    /// The agent is not reached, or refuses.
    pub async fn agent(
        &self,
        address: &AgentAddress,
        call: &agent::Call,
    ) -> Result<agent::Response, Error> {
        read_answer(&self.ask_agent(address, call).await?)
    }

    /// A part of a file in a sandbox: at most `length` bytes from `offset`, which may be past the end.
    ///
    /// # Errors
    /// [`Error::NoSuchFile`]; the agent is not reached, or refuses.
    pub async fn read_file(
        &self,
        address: &AgentAddress,
        path: &str,
        offset: u64,
        length: u64,
    ) -> Result<SandboxFile, Error> {
        let mut file = SandboxFile { offset, ..SandboxFile::default() };
        loop {
            let have = file.data.len() as u64;
            let piece = self
                .read_piece(address, path, offset.saturating_add(have), (length - have).min(PIECE))
                .await?;
            file.size = piece.size;
            let room = usize::try_from(length - have).unwrap_or(usize::MAX);
            let data = piece.data.as_slice();
            file.data.extend_from_slice(&data[..data.len().min(room)]);
            if data.is_empty()
                || file.data.len() as u64 >= length
                || offset.saturating_add(file.data.len() as u64) >= file.size
            {
                return Ok(file);
            }
        }
    }

    /// The last `length` bytes of a file in a sandbox.
    ///
    /// # Errors
    /// As [`MesosClient::read_file`].
    pub async fn tail_file(
        &self,
        address: &AgentAddress,
        path: &str,
        length: u64,
    ) -> Result<SandboxFile, Error> {
        let size = self.read_piece(address, path, 0, 0).await?.size;
        self.read_file(address, path, size.saturating_sub(length), length).await
    }

    /// The entries of a folder in a sandbox.
    ///
    /// # Errors
    /// As [`MesosClient::read_file`].
    pub async fn list_files(
        &self,
        address: &AgentAddress,
        path: &str,
    ) -> Result<Vec<master::FileInfo>, Error> {
        let answer = self.ask_agent(address, &agent::Call::list_files(path)).await?;
        if answer.status == 404 {
            return Err(Error::NoSuchFile { url: address.to_string(), path: path.to_owned() });
        }
        let files = read_answer::<agent::Response>(&answer)?.list_files;
        Ok(files.map(|files| files.file_infos).unwrap_or_default())
    }

    async fn read_piece(
        &self,
        address: &AgentAddress,
        path: &str,
        offset: u64,
        length: u64,
    ) -> Result<Piece, Error> {
        let answer = self.ask_agent(address, &agent::Call::read_file(path, offset, length)).await?;
        match answer.status {
            404 => Err(Error::NoSuchFile { url: address.to_string(), path: path.to_owned() }),
            200 => match read_answer::<agent::Response>(&answer)?.read_file {
                Some(file) => Ok(Piece { size: file.size, data: file.data }),
                None => Err(Error::Unreadable {
                    url: address.to_string(),
                    what: "no `read_file` in the answer".to_owned(),
                }),
            },
            _ => Err(refused(&answer)),
        }
    }

    async fn ask_agent(
        &self,
        address: &AgentAddress,
        call: &agent::Call,
    ) -> Result<podform_http::Response, Error> {
        let request = self.post(&address.0, master::PATH, &body(call)?)?;
        let unreachable =
            |source| Error::Unreachable { who: format!("the agent {address}"), source };
        request.send().await.map_err(|error| {
            if error.is_unreachable() { unreachable(error) } else { Error::from_http(error) }
        })
    }
}

/// One answer to READ_FILE.
struct Piece {
    size: u64,
    data: Bytes,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agents_are_found_by_their_pid() {
        let address =
            |pid: &str| AgentAddress::from_pid(pid, "http").map(|address| address.to_string());
        assert_eq!(address("slave(1)@10.0.0.5:5051").unwrap(), "http://10.0.0.5:5051/");
        assert_eq!(address("slave(1)@[fd00::5]:5051").unwrap(), "http://[fd00::5]:5051/");
        for pid in ["", "slave(1)", "slave(1)@", "x@me:pw@evil", "x@host/path", "x@h?y"] {
            assert!(matches!(address(pid), Err(Error::AgentAddress { .. })), "{pid}");
        }
    }
}
