//! The plugins of a run: where they are searched, what the lock file says, and their logs.

use crate::connect::described;
use crate::context::Context;
use crate::error::{Failure, Result};
use crate::lockfile;
use crate::report::printable;
use podform_model::code;
use podform_plugin_host::{
    Candidate, HostOptions, Isolation, LockedProvider, LogLevel, LogSink, SearchPath, discover_all,
    load,
};
use podform_runtime::Connected;
use std::io::Write;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::PathBuf;
use std::sync::Arc;

/// Finds and loads plugins.
pub struct Plugins {
    search: SearchPath,
    options: HostOptions,
    locked: Vec<LockedProvider>,
}

/// Where plugins are searched, from the command line and the environment.
#[must_use]
pub fn search_path(plugin_dirs: &[PathBuf]) -> SearchPath {
    let home = std::env::var_os("XDG_DATA_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/share")));
    SearchPath {
        dev: std::env::var_os("PODFORM_PLUGIN_DEV").filter(|v| !v.is_empty()).map(PathBuf::from),
        plugin_dirs: plugin_dirs.to_vec(),
        executable: std::env::current_exe().ok(),
        user: home.map(|home| home.join("podform/plugins")),
    }
}

/// How plugins are run: isolated, unless `PODFORM_PLUGIN_ISOLATION=none`; their logs on stderr,
/// from the level that `PODFORM_LOG` names (`error`, `warn`, `info`, `debug`, `trace`).
///
/// # Errors
/// podform does not know its own file.
pub fn host_options(lock: Option<BorrowedFd<'_>>) -> Result<HostOptions> {
    let executable = std::env::current_exe().map_err(|e| {
        Failure::new(code::CLI_IO, format!("podform does not know its own file: {e}"))
    })?;
    let mut options = HostOptions::new(executable);
    if std::env::var_os("PODFORM_PLUGIN_ISOLATION").is_some_and(|v| v == "none") {
        options.isolation = Isolation::None;
    }
    options.inherit = lock.map(|fd| fd.as_raw_fd());
    options.log = log_sink();
    Ok(options)
}

fn log_sink() -> LogSink {
    let shown = match std::env::var("PODFORM_LOG").unwrap_or_default().to_lowercase().as_str() {
        "error" => LogLevel::Error,
        "info" => LogLevel::Info,
        "debug" => LogLevel::Debug,
        "trace" => LogLevel::Trace,
        _ => LogLevel::Warn,
    };
    Arc::new(move |provider, level, text| {
        if level >= shown {
            let level = format!("{level:?}").to_lowercase();
            let text = printable(text);
            let _ = writeln!(std::io::stderr().lock(), "[{provider} {level}] {text}");
        }
    })
}

impl Plugins {
    /// Reads the lock file and prepares to load what it names.
    ///
    /// # Errors
    /// The lock file is wrong.
    pub fn open(
        context: &Context,
        plugin_dirs: &[PathBuf],
        lock: Option<BorrowedFd<'_>>,
    ) -> Result<Self> {
        let search = search_path(plugin_dirs);
        Ok(Self { search, options: host_options(lock)?, locked: lockfile::read(context)? })
    }

    /// The same where there is a lock file; `None` where not.
    ///
    /// # Errors
    /// As [`Plugins::open`].
    pub fn open_locked(context: &Context, plugin_dirs: &[PathBuf]) -> Result<Option<Self>> {
        let plugins = Self::open(context, plugin_dirs, None)?;
        Ok((!plugins.locked.is_empty()).then_some(plugins))
    }

    /// The providers that the lock file names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.locked.iter().map(|locked| locked.name.as_str())
    }

    /// Whether the lock file names a provider.
    #[must_use]
    pub fn is_locked(&self, name: &str) -> bool {
        self.locked.iter().any(|locked| locked.name == name)
    }

    /// The file to load: a developer's, else the locked one wherever it is, else the first, whose
    /// refusal says how it differs.
    fn find(&self, name: &str, locked: Option<&LockedProvider>) -> Result<Candidate> {
        let mut found =
            discover_all(name, &self.search).map_err(|e| Failure::from(e.diagnostic()))?;
        let wanted = |candidate: &Candidate| {
            candidate.dev || locked.is_some_and(|locked| locked.hashes.contains(&candidate.sha256))
        };
        let chosen = found.iter().position(wanted).unwrap_or(0);
        Ok(found.swap_remove(chosen))
    }

    /// Finds, verifies and loads a provider's plugin.
    ///
    /// # Errors
    /// It is not locked, not found, not the locked one, or broken.
    pub fn load(&self, name: &str) -> Result<Connected> {
        let locked = self.locked.iter().find(|locked| locked.name == name);
        if locked.is_none() && self.search.dev.is_none() {
            return Err(Failure::new(
                code::PLUGIN_NOT_LOCKED,
                format!("the lock file does not name the provider `{name}`"),
            )
            .help("run `podform init`"));
        }
        let candidate = self.find(name, locked)?;
        let provider =
            load(&candidate, locked, &self.options).map_err(|e| Failure::from(e.diagnostic()))?;
        described(name, Arc::new(provider))
    }
}
