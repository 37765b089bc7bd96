//! From a folder to an engine: the state, its key, the plugins, the cluster.

use crate::args::{ClusterArgs, LockArgs, PlanningArgs, VariableArgs};
use crate::connect::{Connection, Connector, StandIns};
use crate::context::Context;
use crate::error::{Failure, Result, provider_diagnostics};
use crate::exit::leave;
use crate::reads::Reads;
use crate::workspace::{Workspace, prompt, read_module};
use podform_config::Backend;
use podform_model::{Diagnostic, Diagnostics, ProviderRef, Target, Value, code, with_causes};
use podform_plan::{Mode, Options};
use podform_runtime::Engine;
use podform_state::{Key, LockRequest, Snapshot, State, Store};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The name of the state file where no backend says another.
pub const STATE_FILE: &str = "podform.state.json";

/// Where the state of a configuration is: of `backend "local" { path }`, else in its folder.
///
/// # Errors
/// The configuration names another backend.
pub fn state_path(workspace: &Workspace) -> Result<PathBuf> {
    path_of(workspace.configuration.backend())
}

/// Where the state is, by the `podform` block alone: the state can be looked at without a
/// configuration, and what is wrong elsewhere in one does not hide it.
///
/// # Errors
/// The files cannot be read, the block is wrong, or it names another backend.
pub fn recorded_path(context: &Context) -> Result<PathBuf> {
    let files = read_module(context, Path::new("."))?;
    let (backend, found) = podform_config::backend(&files);
    if found.has_errors() {
        return Err(found.into());
    }
    path_of(backend)
}

fn path_of(backend: Option<Backend>) -> Result<PathBuf> {
    let Some(Backend { kind, settings, label }) = backend else {
        return Ok(PathBuf::from(STATE_FILE));
    };
    if kind != "local" {
        let summary =
            format!("there is no backend `{kind}` in this release: a state is a local file");
        return Err(Diagnostic::error(code::UNSUPPORTED, summary)
            .help("write `backend \"local\" {}`, or leave it out")
            .label(label)
            .into());
    }
    let unknown = settings.as_map().into_iter().flatten().find(|(name, _)| &***name != "path");
    if let Some((name, _)) = unknown {
        let summary = format!("the backend `local` has no setting `{name}`");
        return Err(Diagnostic::error(code::UNKNOWN_ATTRIBUTE, summary)
            .help("write `path = \"FILE\"`")
            .label(label)
            .into());
    }
    let path = settings.get("path").and_then(Value::as_str).unwrap_or(STATE_FILE);
    Ok(PathBuf::from(path))
}

/// Turns a failure of the state into what the user sees.
#[must_use]
pub fn state_failure(error: &podform_state::Error) -> Failure {
    error.diagnostic().into()
}

/// Reads the state without changing anything.
///
/// # Errors
/// The state or its journal cannot be read.
pub fn read_state(path: &Path) -> Result<Snapshot> {
    Store::read(path).map_err(|error| state_failure(&error))
}

/// Reads the state while no writer works on it, where the folder can be written to.
///
/// # Errors
/// As [`read_state`], and a writer holds the lock.
pub fn read_state_locked(path: &Path, args: &LockArgs) -> Result<Snapshot> {
    let request = lock_request("plan", args)?;
    Store::read_locked(path, &request).map_err(|error| state_failure(&error))
}

/// What the lock says of this run.
///
/// # Errors
/// The time-out is not a duration.
pub fn lock_request(operation: &str, args: &LockArgs) -> Result<LockRequest> {
    let timeout = podform_model::convert::duration(1, &Value::string(args.lock_timeout.as_str()))
        .map_err(|why| Failure::new(code::CLI_USAGE, format!("-lock-timeout: {why}")))?;
    let seconds = timeout.as_number().map_or(0.0, podform_model::Number::as_f64);
    Ok(LockRequest {
        operation: operation.to_owned(),
        who: whoami(),
        timeout: Duration::from_secs_f64(seconds.clamp(0.0, 1e9)),
    })
}

/// `user@host`.
#[must_use]
pub fn whoami() -> String {
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    format!("{}@{host}", user())
}

/// The name of the user who runs podform.
#[must_use]
pub fn user() -> String {
    let uid = rustix::process::getuid().as_raw();
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let by_uid = passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_owned())
    });
    by_uid.or_else(|| std::env::var("USER").ok()).unwrap_or_else(|| uid.to_string())
}

/// The key that the environment gives, `PODFORM_STATE_KEY`, in hexadecimal digits.
#[must_use]
pub fn given_key() -> Option<String> {
    std::env::var("PODFORM_STATE_KEY").ok().filter(|key| !key.is_empty())
}

/// Everything that a command needs to plan, or to look at what runs.
pub struct Setup {
    /// The configuration.
    pub workspace: Workspace,
    /// The key of the digests; `None` when it is lost.
    pub key: Option<Key>,
    /// The providers and the cluster.
    pub connection: Connection,
    /// Who tells what is read.
    reads: Reads,
}

impl Setup {
    /// Loads and configures the providers for a configuration and a state.
    ///
    /// # Errors
    /// The configuration is wrong, or a plugin or its settings are.
    pub fn new(
        context: &Context,
        workspace: Workspace,
        state: &State,
        key: Option<Key>,
        cluster: &ClusterArgs,
        lock: Option<std::os::fd::BorrowedFd<'_>>,
    ) -> Result<Self> {
        let stand_ins = &StandIns::new();
        let connector = Connector {
            context,
            workspace: &workspace,
            state,
            key: key.as_ref(),
            args: cluster,
            lock,
            stand_ins,
        };
        let connection = connector.all()?;
        Ok(Self { workspace, key, connection, reads: Reads::new(context.json) })
    }

    /// Loads and configures some of the providers that a state names, to look at what runs: of the
    /// configuration only their settings are evaluated.
    ///
    /// # Errors
    /// The settings are wrong, or a plugin is.
    pub fn looking(
        context: &Context,
        mut workspace: Workspace,
        snapshot: &Snapshot,
        wanted: &BTreeSet<ProviderRef>,
        args: (&ClusterArgs, &VariableArgs),
    ) -> Result<Self> {
        let (cluster, variables) = args;
        let key = snapshot.key(given_key().as_deref()).map_err(|e| state_failure(&e))?;
        if variables.input {
            let needed = workspace.configuration.provider_variables(wanted);
            prompt(context, &needed, &mut workspace.variables);
        }
        let connector = Connector {
            context,
            workspace: &workspace,
            state: &snapshot.state,
            key: key.as_ref(),
            args: cluster,
            lock: None,
            stand_ins: &StandIns::new(),
        };
        let connection = connector.recorded(wanted)?;
        Ok(Self { workspace, key, connection, reads: Reads::new(context.json) })
    }

    /// Ends the providers; the rest is left to the end of the process ([`leave`]).
    pub fn close(self) {
        leave(self.workspace);
    }

    /// The engine over it.
    #[must_use]
    pub fn engine(&self) -> Engine<'_> {
        Engine {
            evaluator: &self.workspace,
            providers: &self.connection.providers,
            key: self.key.as_ref(),
            former_cluster: self.connection.former_cluster,
            reading: Some(&self.reads),
        }
    }
}

/// Turns a failure of the engine into what the user sees, with places in the configuration.
#[must_use]
pub fn engine_failure(workspace: &Workspace, error: &podform_runtime::Error) -> Failure {
    let mut diagnostics = match error {
        podform_runtime::Error::Input(diagnostics) => diagnostics.clone(),
        podform_runtime::Error::Provider { provider, source } => {
            provider_diagnostics(&provider.to_string(), source)
        }
        podform_runtime::Error::State(error) => state_failure(error).0,
        other => Failure::new(code::STATE_IO, with_causes(other)).0,
    };
    workspace.locate(&mut diagnostics);
    diagnostics.into()
}

/// The options of a plan, from the command line and the clock.
///
/// # Errors
/// Flags that exclude one another, or addresses that are none.
pub fn options(args: &PlanningArgs) -> Result<Options> {
    if args.destroy && args.refresh_only {
        return Err(Failure::new(
            code::CLI_USAGE,
            "`-destroy` and `-refresh-only` exclude one another",
        ));
    }
    if args.refresh_only && !args.refresh {
        return Err(Failure::new(
            code::CLI_USAGE,
            "`-refresh-only` and `-refresh=false` exclude one another",
        ));
    }
    let mut diagnostics = Diagnostics::new();
    let mut targets = Vec::new();
    for text in &args.target {
        match text.parse::<Target>() {
            Ok(target) => targets.push(target),
            Err(error) => {
                let text = format!("-target: {error}");
                diagnostics.push(Diagnostic::error(code::CLI_USAGE, text));
            }
        }
    }
    let mut replace = Vec::new();
    for text in &args.replace {
        match text.parse() {
            Ok(target) => replace.push(target),
            Err(error) => {
                let text = format!("-replace: {error}");
                diagnostics.push(Diagnostic::error(code::CLI_USAGE, text));
            }
        }
    }
    if diagnostics.has_errors() {
        return Err(diagnostics.into());
    }
    let mut options = Options::new(uuid::Uuid::new_v4().to_string(), now());
    options.mode = match (args.destroy, args.refresh_only) {
        (true, _) => Mode::Destroy,
        (_, true) => Mode::RefreshOnly,
        _ => Mode::Normal,
    };
    options.targets = targets;
    options.replace = replace;
    options.refresh = args.refresh;
    Ok(options)
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |t| t.as_secs_f64())
}

/// Refuses `-refresh=false` while intents of a former run are pending.
///
/// # Errors
/// There are such intents.
pub fn refuse_pending(state: &State, refresh: bool) -> Result<()> {
    if refresh || state.pending.is_empty() {
        return Ok(());
    }
    Err(Failure::new(
        code::PLAN_PENDING,
        format!(
            "{} intents of a former run are pending, and `-refresh=false` would not look at them",
            state.pending.len()
        ),
    )
    .help("leave out `-refresh=false`"))
}

/// No standings known beforehand.
#[must_use]
pub fn no_standings() -> BTreeMap<String, podform_provider::Standing> {
    BTreeMap::new()
}
