//! A loaded plugin as a provider.

use crate::in_process::InProcess;
use crate::isolated::Isolated;
use crate::sessions::Sessions;
use crate::{Candidate, Error, HostOptions, Isolation, LockedProvider, LogLevel, digest, discover};
use podform_model::Diagnostics;
use podform_plugin_abi::{Body, Codec, Request, Response, decode, encode};
use podform_provider::{
    ApplyRequest, ApplySession, Configure, Configured, Description, ErrorKind, ImportAnswer,
    ImportRequest, LogsAnswer, LogsRequest, Observed, PlanAnswer, PlanRequest, Provider,
    ProviderError, ReadRequest, SettleAnswer, SettleRequest, ValidateRequest,
};
use std::borrow::Cow;
use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The way to a plugin. Calls may come from several threads.
pub(crate) trait Transport: Send + Sync {
    /// Passes a request and waits for its answer, at most so long where it can be ended.
    fn call(&self, id: u64, request: Body, deadline: Option<Duration>) -> Result<Body, Broken>;
}

/// That a plugin did not answer.
pub(crate) struct Broken {
    /// What it did, after its name: `ended unexpectedly (exit status: 7)`.
    pub(crate) message: String,
    /// More about it.
    pub(crate) causes: Vec<String>,
}

/// A plugin that is loaded: a provider. It ends when it is dropped.
pub struct LoadedProvider {
    name: String,
    path: PathBuf,
    sha256: String,
    description: Option<Description>,
    transport: Box<dyn Transport>,
    sessions: Arc<Sessions>,
    ids: AtomicU64,
    deadline: Duration,
}

impl fmt::Debug for LoadedProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoadedProvider")
            .field("name", &self.name)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Loads a plugin and asks it who it is.
///
/// The file's hash is compared with `expected` (the lock file), or with what was discovered where
/// nothing is locked or the candidate is a developer's, before anything of it runs; what is loaded
/// is the very file that was hashed.
///
/// # Errors
/// The file is another one, is no plugin, speaks another version, or crashes, hangs or fails to say
/// who it is.
pub fn load(
    candidate: &Candidate,
    expected: Option<&LockedProvider>,
    options: &HostOptions,
) -> Result<LoadedProvider, Error> {
    let expected = expected.filter(|_| !candidate.dev);
    if candidate.dev {
        let text = format!("`{}` is used instead of what is locked", candidate.path.display());
        (options.log)(&candidate.name, LogLevel::Warn, &text);
    }
    let file = verified(candidate, expected)?;
    let sessions = Arc::new(Sessions::default());
    let (name, path) = (candidate.name.as_str(), candidate.path.as_path());
    let transport: Box<dyn Transport> = match options.isolation {
        Isolation::Process => {
            Box::new(Isolated::start(candidate, &file, options, sessions.clone())?)
        }
        Isolation::None => Box::new(InProcess::load(name, path, file, options, sessions.clone())?),
    };
    let mut loaded = LoadedProvider {
        name: name.to_owned(),
        path: path.to_owned(),
        sha256: candidate.sha256.clone(),
        description: None,
        transport,
        sessions,
        ids: AtomicU64::new(1),
        deadline: options.deadline,
    };
    let description = loaded
        .describe()
        .map_err(|source| Error::Broken { name: name.to_owned(), source: Box::new(source) })?;
    check(candidate, expected, &description)?;
    loaded.description = Some(description);
    Ok(loaded)
}

/// Opens the file and compares its hash.
fn verified(candidate: &Candidate, expected: Option<&LockedProvider>) -> Result<File, Error> {
    let path = &candidate.path;
    let mut file = discover::open(path)?;
    let found = digest::of(&mut file).map_err(|source| Error::Io { path: path.clone(), source })?;
    let hashes = match expected {
        Some(locked) => locked.hashes.as_slice(),
        None => std::slice::from_ref(&candidate.sha256),
    };
    if hashes.contains(&found) {
        return Ok(file);
    }
    let (name, expected) = (candidate.name.clone(), hashes.to_vec());
    Err(Error::Checksum { name, path: path.clone(), found, expected })
}

fn check(
    candidate: &Candidate,
    expected: Option<&LockedProvider>,
    description: &Description,
) -> Result<(), Error> {
    let path = candidate.path.clone();
    if description.name != candidate.name {
        let (name, found) = (candidate.name.clone(), description.name.clone());
        return Err(Error::OtherName { name, found, path });
    }
    match expected {
        Some(locked) if locked.version != description.version => {
            let (found, expected) = (description.version.clone(), locked.version.clone());
            Err(Error::OtherVersion { path, found, expected })
        }
        _ => Ok(()),
    }
}

impl LoadedProvider {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The hash of its file: `sha256:` and hex.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// What it said it is when it was loaded.
    #[must_use]
    pub fn description(&self) -> &Description {
        self.description.as_ref().expect("`load` gives a provider away with its description only")
    }

    fn call(
        &self,
        request: &Request<'_>,
        deadline: Option<Duration>,
    ) -> Result<Response, ProviderError> {
        let body = self.encode(request)?;
        let id = self.next_id();
        self.understand(request, self.transport.call(id, body, deadline))
    }

    fn next_id(&self) -> u64 {
        self.ids.fetch_add(1, Ordering::Relaxed)
    }

    fn encode(&self, request: &Request<'_>) -> Result<Body, ProviderError> {
        encode(Codec::Json, "a request", request)
            .map_err(|error| self.fault(error.to_string(), vec![]))
    }

    /// Makes an answer, or the failure to give one, a result.
    fn understand(
        &self,
        request: &Request<'_>,
        answer: Result<Body, Broken>,
    ) -> Result<Response, ProviderError> {
        let method = request.name();
        let body = answer.map_err(|broken| {
            self.fault(format!("{} during `{method}`", broken.message), broken.causes)
        })?;
        match decode(Codec::Json, "an answer", &body) {
            Ok(Response::Error(error)) if error.kind == ErrorKind::Plugin => {
                let message = format!("plugin `{}`: {}", self.name, error.message);
                Err(ProviderError { message, ..error })
            }
            Ok(Response::Error(error)) => Err(error),
            Ok(response) if response.name() == method => Ok(response),
            Ok(response) => {
                let answered = response.name();
                Err(self.fault(format!("answered `{answered}` to `{method}`"), vec![]))
            }
            Err(error) => Err(self.fault(
                format!("gave an answer to `{method}` that cannot be understood"),
                vec![error.to_string()],
            )),
        }
    }

    fn fault(&self, what: String, causes: Vec<String>) -> ProviderError {
        let message = format!("plugin `{}` {what}", self.name);
        ProviderError { causes, ..ProviderError::new(ErrorKind::Plugin, message) }
    }
}

/// Calls the plugin; `understand` has made sure that the answer is of the request's variant.
macro_rules! call {
    ($self:ident, $variant:ident($request:expr), $deadline:expr) => {
        match $self.call(&Request::$variant(Cow::Borrowed($request)), $deadline)? {
            Response::$variant(answer) => Ok(answer),
            _ => Err($self.fault("broke its contract".into(), vec![])),
        }
    };
}

impl Provider for LoadedProvider {
    fn describe(&self) -> Result<Description, ProviderError> {
        match self.call(&Request::Describe {}, Some(self.deadline))? {
            Response::Describe(description) => Ok(description),
            _ => Err(self.fault("broke its contract".into(), vec![])),
        }
    }

    fn configure(&self, request: &Configure) -> Result<Configured, ProviderError> {
        call!(self, Configure(request), Some(self.deadline))
    }

    fn validate(&self, request: &ValidateRequest) -> Result<Diagnostics, ProviderError> {
        call!(self, Validate(request), Some(self.deadline))
    }

    fn read(&self, request: &ReadRequest) -> Result<Observed, ProviderError> {
        call!(self, Read(request), None)
    }

    fn settle(&self, request: &SettleRequest) -> Result<SettleAnswer, ProviderError> {
        call!(self, Settle(request), None)
    }

    fn plan(&self, request: &PlanRequest) -> Result<PlanAnswer, ProviderError> {
        call!(self, Plan(request), None)
    }

    fn apply(
        &self,
        request: &ApplyRequest,
        session: &dyn ApplySession,
    ) -> Result<(), ProviderError> {
        let request = Request::Apply(Cow::Borrowed(request));
        let body = self.encode(&request)?;
        let id = self.next_id();
        let answer = self
            .sessions
            .run(id, session, || self.transport.call(id, body, None))
            .map_err(|error| self.fault(format!("could not be called: {error}"), vec![]))?;
        self.understand(&request, answer).map(drop)
    }

    fn import(&self, request: &ImportRequest) -> Result<ImportAnswer, ProviderError> {
        call!(self, Import(request), None)
    }

    fn logs(&self, request: &LogsRequest) -> Result<LogsAnswer, ProviderError> {
        call!(self, Logs(request), None)
    }
}
