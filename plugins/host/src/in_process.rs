//! The transport within this process.

use crate::library::{Door, Instance, Library};
use crate::lines::clean;
use crate::provider::{Broken, Transport};
use crate::sessions::{Reply, Sessions};
use crate::{Error, HostOptions, LogSink};
use podform_plugin_abi::{Body, Codec, HostCall, Response, decode, encode};
use podform_provider::{ErrorKind, ProviderError};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::time::Duration;

/// A plugin in this process.
pub(crate) struct InProcess {
    instance: Instance,
}

impl InProcess {
    pub(crate) fn load(
        name: &str,
        path: &Path,
        file: File,
        options: &HostOptions,
        sessions: Arc<Sessions>,
    ) -> Result<Self, Error> {
        let library = Library::open(file, path)?;
        let codec = library.codec;
        let door = DirectDoor { name: name.to_owned(), log: options.log.clone(), sessions, codec };
        let instance = library.create(Box::new(door)).map_err(|answer| Error::Broken {
            name: name.to_owned(),
            source: Box::new(creation_error(codec, &answer)),
        })?;
        Ok(Self { instance })
    }
}

/// Why a plugin could not make its provider.
pub(crate) fn creation_error(codec: Codec, answer: &[u8]) -> ProviderError {
    match decode(codec, "an error", answer) {
        Ok(Response::Error(error)) => error,
        _ => ProviderError::new(ErrorKind::Plugin, "the plugin does not say why"),
    }
}

impl Transport for InProcess {
    /// The deadline is not kept: a thread of this process cannot be ended.
    fn call(&self, id: u64, request: Body, _: Option<Duration>) -> Result<Body, Broken> {
        self.instance
            .call(id, &request)
            .ok_or_else(|| Broken { message: "could not make an answer".into(), causes: vec![] })
    }
}

/// Takes the calls of a plugin in this process.
struct DirectDoor {
    name: String,
    log: LogSink,
    sessions: Arc<Sessions>,
    codec: Codec,
}

impl Door for DirectDoor {
    fn notify(&self, session: u64, call: &[u8]) {
        match decode(self.codec, "a call to the host", call) {
            Ok(HostCall::Log { level, message }) => (self.log)(&self.name, level, &clean(&message)),
            Ok(call) => self.sessions.pass(session, call, Reply::none()),
            Err(_) => {}
        }
    }

    fn ask(&self, session: u64, call: &[u8]) -> Option<Body> {
        let call = decode(self.codec, "a call to the host", call).ok()?;
        let (sender, answer) = sync_channel(1);
        self.sessions.pass(session, call, Reply::new(move |answer| drop(sender.send(answer))));
        encode(self.codec, "an answer", &answer.recv().ok()?).ok()
    }
}
