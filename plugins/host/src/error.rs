//! What goes wrong before a plugin is a provider.

use podform_model::{Diagnostic, code};
use podform_plugin_abi::LayoutError;
use podform_provider::ProviderError;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// Why a plugin cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// No file of the right name is in any of the folders.
    #[error("no plugin for the provider `{name}` was found")]
    NotFound {
        /// The provider's name.
        name: String,
        /// The name of the file that was looked for.
        file: String,
        /// The folders that were searched, in this order.
        searched: Vec<PathBuf>,
    },
    /// The name cannot be part of a file's name.
    #[error("`{name}` cannot be the name of a provider")]
    Name {
        /// The name.
        name: String,
    },
    /// The file cannot be read.
    #[error("the plugin `{}` cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Anyone may change the file.
    #[error("the plugin `{}` may be written by anyone", path.display())]
    Writable {
        /// The file.
        path: PathBuf,
    },
    /// The file is not the one that is locked, or not the one that was found.
    #[error("the plugin `{}` is not the file that is expected", path.display())]
    Checksum {
        /// The provider's name.
        name: String,
        /// The file.
        path: PathBuf,
        /// Its hash: `sha256:` and hex.
        found: String,
        /// The hashes that are expected.
        expected: Vec<String>,
    },
    /// The file is not a library that can be loaded, or exports no table.
    #[error("`{}` is not a plugin of podform", path.display())]
    NotAPlugin {
        /// The file.
        path: PathBuf,
        /// Why.
        source: libloading::Error,
    },
    /// The plugin speaks another version of the boundary.
    #[error("the plugin `{}` does not fit this podform", path.display())]
    Layout {
        /// The file.
        path: PathBuf,
        /// How it differs.
        source: LayoutError,
    },
    /// The plugin's process cannot be started.
    #[error("the process of the plugin `{name}` cannot be started from `{}`", executable.display())]
    Start {
        /// The provider's name.
        name: String,
        /// The program.
        executable: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The plugin's process could not load it; the causes are texts from there.
    #[error("{message}")]
    Refused {
        /// What failed.
        message: String,
        /// Why, outermost first.
        causes: Vec<String>,
    },
    /// The plugin crashed, hung or failed when it was asked who it is.
    #[error("the plugin `{name}` could not be started")]
    Broken {
        /// The provider's name.
        name: String,
        /// What it did.
        source: Box<ProviderError>,
    },
    /// The plugin is another provider than its file's name says.
    #[error("the plugin `{}` is the provider `{found}`, not `{name}`", path.display())]
    OtherName {
        /// The expected name.
        name: String,
        /// What it says it is.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// The plugin has another version than the lock file says.
    #[error("the plugin `{}` has version {found}, the lock file says {expected}", path.display())]
    OtherVersion {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: String,
        /// The locked version.
        expected: String,
    },
}

impl Error {
    /// The stable code of the diagnostic.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } | Self::Name { .. } => code::PLUGIN_NOT_FOUND,
            Self::Io { .. } | Self::Writable { .. } => code::PLUGIN_NOT_FOUND,
            Self::Checksum { .. } | Self::OtherVersion { .. } => code::PLUGIN_CHECKSUM,
            Self::NotAPlugin { .. } | Self::Layout { .. } | Self::Refused { .. } => {
                code::PLUGIN_ABI
            }
            Self::Start { .. } | Self::Broken { .. } => code::PLUGIN_CRASHED,
            Self::OtherName { .. } => code::PLUGIN_PROTOCOL,
        }
    }

    /// The error as a finding, with its causes as detail and what to do as help.
    #[must_use]
    pub fn diagnostic(&self) -> Diagnostic {
        let mut diagnostic = Diagnostic::error(self.code(), self.to_string());
        let detail = self.details().join("\n");
        if !detail.is_empty() {
            diagnostic = diagnostic.detail(detail);
        }
        match self.help() {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    fn details(&self) -> Vec<String> {
        match self {
            Self::NotFound { file, searched, .. } => {
                let folders = searched.iter().map(|folder| folder.display().to_string());
                vec![format!("looked for `{file}` in {}", folders.collect::<Vec<_>>().join(", "))]
            }
            Self::Checksum { found, expected, .. } => vec![
                format!("the file is {found}"),
                format!("expected is {}", expected.join(" or ")),
            ],
            Self::Refused { causes, .. } => causes.clone(),
            Self::Broken { source, .. } => {
                let first = std::iter::once(source.message.clone());
                first.chain(source.causes.iter().cloned()).collect()
            }
            other => causes(other),
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::NotFound { .. } => {
                "put the plugin beside podform, or name its folder with `podform init -plugin-dir`"
                    .into()
            }
            Self::Writable { path } => format!("chmod go-w '{}'", path.display()),
            Self::Checksum { .. } | Self::OtherVersion { .. } => {
                "if you trust this file run `podform init -upgrade`, else restore the former one"
                    .into()
            }
            Self::Layout { source: LayoutError::TooNew { .. }, .. } => {
                "use a newer podform or an older plugin".into()
            }
            Self::Layout { .. } => "build the plugin with the SDK of this podform".into(),
            Self::Broken { source, .. } => source.help.clone()?,
            _ => return None,
        })
    }
}

/// The sources of an error as texts, outermost first.
pub(crate) fn causes(error: &dyn std::error::Error) -> Vec<String> {
    std::iter::successors(error.source(), |error| error.source()).map(ToString::to_string).collect()
}
