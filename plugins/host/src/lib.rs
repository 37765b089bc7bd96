//! Discovery, checksums and loading of plugins, and the adapter that makes one a
//! [`podform_provider::Provider`].
//!
//! [`discover`] finds a plugin's file, [`load`] compares its SHA-256 with the lock file, loads it
//! and asks who it is. By default the plugin lives in a process of its own, which is this very
//! binary started again with [`PLUGIN_HOST_ARGUMENT`]: its `main` must then call
//! [`plugin_host_main`]. Crashes, hangs and exits of a plugin become errors with its name.
//!
//! Nothing here reads the environment or a lock file: the rim does.
#![expect(unsafe_code, reason = "plugins are loaded and called over a C boundary")]

mod child;
mod constraint;
mod digest;
mod discover;
mod error;
mod in_process;
mod isolated;
mod library;
mod lines;
mod provider;
mod sessions;

pub use child::{PLUGIN_HOST_ARGUMENT, plugin_host_main};
pub use constraint::Constraint;
pub use discover::{Candidate, SearchPath, discover, discover_all};
pub use error::Error;
pub use podform_plugin_abi::LogLevel;
pub use provider::{LoadedProvider, load};

use std::fmt;
use std::os::fd::RawFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

/// Where a plugin runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Isolation {
    /// In a process of its own.
    #[default]
    Process,
    /// In this process: a crash of the plugin is a crash of podform. For tests and debuggers.
    None,
}

/// Takes a line of a plugin's log: the provider's name, the level, the text. Called from several
/// threads; must not call the provider.
pub type LogSink = Arc<dyn Fn(&str, LogLevel, &str) + Send + Sync>;

/// How plugins are run.
#[derive(Clone)]
pub struct HostOptions {
    /// Where.
    pub isolation: Isolation,
    /// The program whose `main` calls [`plugin_host_main`] when its first argument is
    /// [`PLUGIN_HOST_ARGUMENT`]: podform itself.
    pub executable: PathBuf,
    /// A descriptor that an isolated plugin keeps open as long as it lives: the state's lock, so
    /// that it lasts until both processes are dead. Must be open whenever a plugin is loaded.
    pub inherit: Option<RawFd>,
    /// Takes the plugins' logs.
    pub log: LogSink,
    /// How long an isolated plugin may take to load, and for each `describe`, `configure` and
    /// `validate`, before it is killed.
    pub deadline: Duration,
}

impl HostOptions {
    /// Isolated, without a lock to keep, without a log, with a deadline of 30 seconds.
    pub fn new(executable: impl Into<PathBuf>) -> Self {
        Self {
            isolation: Isolation::Process,
            executable: executable.into(),
            inherit: None,
            log: Arc::new(|_, _, _| {}),
            deadline: Duration::from_secs(30),
        }
    }
}

impl fmt::Debug for HostOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostOptions")
            .field("isolation", &self.isolation)
            .field("executable", &self.executable)
            .field("inherit", &self.inherit)
            .field("deadline", &self.deadline)
            .finish_non_exhaustive()
    }
}

/// A provider as the lock file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedProvider {
    /// Its name: the label of its block.
    pub name: String,
    /// Where it comes from, as `required_providers` writes it.
    pub source: String,
    /// Its version, exact.
    pub version: String,
    /// The hashes of the files that are this version, one per platform or build: `sha256:` and hex.
    pub hashes: Vec<String>,
}
